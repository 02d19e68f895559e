"""What would be done with a stick, given what the box knows of itself. Pure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.contract.settings import Settings
from gateway.errors import BundleRefused, SettingsError
from provisioning.bundle import MANIFEST_NAME, Bundle
from provisioning.judge import Judge
from provisioning.signature import SIGNATURE_NAME, SignedComment, TrustedKey

CLOCK_SLACK = timedelta(hours=26)
"""A clock this far behind the stick's making is wrong, not in another time zone."""


@dataclass(frozen=True)
class BoxState:
    """What the box knows before a stick is read; the default is factory state."""

    box: str | None = None
    """Short name of the box; None in factory state"""
    site: str | None = None
    """Short name of its site"""
    serial: int = 0
    """Serial of the last stick that was applied"""
    digest: str = ""
    """SHA-256 of that stick's manifest"""
    keys: tuple[TrustedKey, ...] = ()
    """Whose sticks are taken"""
    settings: str | None = None
    """Text of the settings in force"""

    @property
    def factory(self) -> bool:
        """Nobody has been here: no key is trusted and no settings are in force."""
        return not self.keys and self.settings is None


@dataclass(frozen=True)
class Plan:
    """What will be done; nothing was done yet."""

    comment: SignedComment
    """For whom and which one"""
    bundle: Bundle
    """What it brings"""
    signer: TrustedKey
    """Who signed"""
    keys: tuple[TrustedKey, ...]
    """Whose sticks are taken from now on"""
    first: bool
    """The box was in factory state and trusts this signer from now on"""
    nothing_new: bool
    """This very stick was applied before"""
    clock_behind: bool
    """The box's clock stands before the making of the stick: it cannot judge the expiry"""


def decide(
    state: BoxState, comment: SignedComment, bundle: Bundle, signer: TrustedKey, now: datetime
) -> Plan:
    """Whether this box takes this stick, now; BundleRefused says why not and what to do."""
    if state.box is not None and comment.box != state.box:
        raise _refused(f"is for the box {comment.box}, this is {state.box}")
    if state.site is not None and comment.site != state.site:
        raise _refused(f"is for the site {comment.site}, this box stands at {state.site}")
    nothing_new = comment.serial == state.serial and bundle.digest == state.digest
    if comment.serial <= state.serial and not nothing_new:
        raise _refused(
            f"is an old one (serial {comment.serial}, the box is already at {state.serial})"
        )
    if comment.expires < bundle.made:
        raise _refused("expired before it was made")
    if now > comment.expires and not nothing_new:
        raise _refused(f"expired on {comment.expires:%Y-%m-%d}")
    if state.factory and bundle.one("settings") is None:
        raise BundleRefused(
            f"{MANIFEST_NAME}: brings no settings, and this box has none yet; "
            "make the stick with a site.toml"
        )
    keys = bundle.trusted_keys or (state.keys or (signer,))
    return Plan(
        comment=comment,
        bundle=bundle,
        signer=signer,
        keys=keys,
        first=state.factory,
        nothing_new=nothing_new,
        clock_behind=now + CLOCK_SLACK < bundle.made,
    )


def check_settings(text: str, comment: SignedComment, judge: Judge) -> Settings:
    """The stick's settings, as strict as the programs are; BundleRefused with every fault."""
    try:
        settings = judge(text, "site.toml")
    except (SettingsError, RecursionError) as error:
        raise BundleRefused(f"{error}\ncorrect it and make the stick again") from error
    for field, said in (("box", comment.box), ("site", comment.site)):
        meant = getattr(settings.office, field)
        if meant != said:
            raise BundleRefused(
                f'site.toml: office.{field}: is "{meant}", but the stick is signed for "{said}"; '
                "make the stick again"
            )
    return settings


def changed_fields(old: str | None, new: str) -> tuple[str, ...]:
    """Names of the settings that differ, without their values."""
    before = _flat(tomllib.loads(old)) if old is not None else {}
    after = _flat(tomllib.loads(new))
    return tuple(
        sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    )


def _flat(table: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(table, dict):
        flat: dict[str, Any] = {}
        for key, value in table.items():
            flat |= _flat(value, f"{prefix}.{key}" if prefix else str(key))
        return flat
    return {prefix: table}


def _refused(why: str) -> BundleRefused:
    return BundleRefused(f"{SIGNATURE_NAME}: this stick {why}; have a new one made for this box")
