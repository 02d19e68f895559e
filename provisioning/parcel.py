"""Opens a stick: verifies before it parses, reads everything small, changes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.contract.settings import Settings
from gateway.contract.settings_file import parse_secrets
from gateway.errors import BundleRefused, SettingsError
from provisioning.box import Box
from provisioning.bundle import (
    CODE_BYTES,
    CODE_NAMES,
    KEY_BYTES,
    KEY_NAME,
    LARGEST,
    MANIFEST_BYTES,
    MANIFEST_NAME,
    SIGNATURE_BYTES,
    ListedFile,
    read_manifest,
)
from provisioning.plan import BoxState, Plan, check_settings, decide
from provisioning.sealing import unseal_with_code, unseal_with_key
from provisioning.signature import (
    SIGNATURE_NAME,
    TrustedKey,
    key_from_file,
    read_comment,
    verify,
)
from provisioning.stick import Stick, damaged
from provisioning.text import canonical


@dataclass(frozen=True)
class Parcel:
    """A stick that this box will take: everything small is in memory, verified and checked."""

    stick: Stick
    """Where large files are still to be read from"""
    plan: Plan
    """What will be done"""
    before: BoxState
    """What the box was before"""
    settings_text: str | None
    """New settings, canonical; None: none on this stick"""
    settings: Settings | None
    """The same, typed"""
    secrets_text: str | None
    """New secrets in the clear; None: none on this stick"""


def open_parcel(stick: Stick, box: Box, now: datetime | None = None) -> Parcel:
    """The stick, opened; BundleRefused with what is wrong and the mend."""
    state = box.state()
    manifest = canonical(stick.read(MANIFEST_NAME, MANIFEST_BYTES), MANIFEST_NAME)
    signature = canonical(stick.read(SIGNATURE_NAME, SIGNATURE_BYTES), SIGNATURE_NAME)
    signer, comment = verify(manifest, signature, _keys(stick, state))
    plan = decide(
        state, read_comment(comment), read_manifest(manifest), signer, now or datetime.now(UTC)
    )
    if plan.nothing_new:
        return Parcel(stick, plan, state, None, None, None)
    listed = plan.bundle.one("settings")
    text = _settings_text(stick, listed) if listed else None
    settings = check_settings(text, plan.comment, box.judge) if text is not None else None
    listed = plan.bundle.one("secrets")
    secrets_text = _secrets_text(stick, box, listed, plan.bundle.code) if listed else None
    return Parcel(stick, plan, state, text, settings, secrets_text)


def _keys(stick: Stick, state: BoxState) -> tuple[TrustedKey, ...]:
    if state.factory:
        return (key_from_file(stick.read(KEY_NAME, KEY_BYTES), KEY_NAME),)
    if not state.keys:
        raise BundleRefused(
            "this box was set up by hand and trusts no key yet; at its console run "
            f"`nightporter stick trust {KEY_NAME}` with the technician's key"
        )
    return state.keys


def _settings_text(stick: Stick, listed: ListedFile) -> str:
    # Twice the size: an editor may have saved it as UTF-16; the hash is over the canonical text.
    data = stick.read(listed.name, 2 * LARGEST["settings"] + 4)
    text = canonical(data, listed.name)
    if len(text.encode()) != listed.size or _sha256(text.encode()) != listed.sha256:
        raise damaged(listed.name)
    return text


def _secrets_text(stick: Stick, box: Box, listed: ListedFile, by_code: bool) -> str:
    sealed = stick.read(listed.name, LARGEST["secrets"])
    if len(sealed) != listed.size or _sha256(sealed) != listed.sha256:
        raise damaged(listed.name)
    if by_code:
        plain = unseal_with_code(sealed, _codes(stick, box))
    else:
        plain = unseal_with_key(sealed, box.own_key())
    text = canonical(plain, "secrets.toml")
    try:
        parse_secrets(text, "secrets.toml")
    except (SettingsError, RecursionError) as error:
        raise BundleRefused(f"{error}\ncorrect it and make the stick again") from None
    return text


def _codes(stick: Stick, box: Box) -> tuple[str, ...]:
    typed = [
        canonical(stick.read(name, CODE_BYTES), name).strip() for name in stick.named(CODE_NAMES)
    ]
    return (*typed, *box.codes())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
