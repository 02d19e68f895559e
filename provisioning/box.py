"""What the box knows of itself: its own key, whose sticks it takes, the generation in force."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.contract.service import Paths
from gateway.contract.settings_file import parse_settings
from gateway.errors import ProvisioningError, SettingsError
from provisioning.disk import Disk
from provisioning.generations import Generations
from provisioning.judge import Judge, judge
from provisioning.plan import BoxState, Plan
from provisioning.sealing import new_box_key
from provisioning.signature import TrustedKey
from provisioning.text import canonical


@dataclass(frozen=True)
class Box:
    """The files of a box that the provisioner owns."""

    paths: Paths
    """Where the programs' files lie"""
    disk: Disk
    """How they are written"""
    judge: Judge = judge
    """How new settings are checked"""

    @property
    def folder(self) -> Path:
        """/etc/nightporter, or the home folder in development."""
        return self.paths.settings.parent

    @property
    def generations(self) -> Generations:
        """The settings, old and new."""
        return Generations(self.folder, self.disk)

    @property
    def trusted_by_hand(self) -> Path:
        """Keys that somebody at the box's console, or the maker of the box, laid there."""
        return self.folder / "trusted-keys"

    def state(self) -> BoxState:
        """What plan.decide needs to know."""
        current = self.generations.current
        text = self._settings_text()
        note = _note(current.read("generation.json") if current else None)
        keys = tuple(TrustedKey(str(key)) for key in note.get("keys", []))
        keys += tuple(key for key in self._keys_by_hand() if key not in keys)
        box, site = note.get("box"), note.get("site")
        if text is not None and box is None:
            box, site = _names(text)
        return BoxState(
            box=box,
            site=site,
            serial=int(note.get("serial", 0)),
            digest=str(note.get("digest", "")),
            keys=keys,
            settings=text,
        )

    def _settings_text(self) -> str | None:
        site = self.folder / "site.toml"
        return canonical(site.read_bytes(), "site.toml") if site.is_file() else None

    def _keys_by_hand(self) -> list[TrustedKey]:
        if not self.trusted_by_hand.is_file():
            return []
        text = canonical(self.trusted_by_hand.read_bytes(), str(self.trusted_by_hand))
        lines = [line.strip() for line in text.splitlines()]
        return [
            TrustedKey.from_text(line, str(self.trusted_by_hand))
            for line in lines
            if line and not line.startswith(("#", "untrusted comment:"))
        ]

    def own_key(self) -> str:
        """The box's secret key, made when first asked for."""
        place = self.folder / "box" / "age.key"
        if place.is_file():
            return place.read_text().strip()
        self.disk.make_folder(self.folder, 0o755)
        self.disk.make_folder(place.parent, 0o700)
        unfinished = place.with_name(".age.key.new")
        self.disk.write(unfinished, [f"{new_box_key()}\n".encode()], 0o600)
        self.disk.rename(unfinished, place)
        self.disk.sync_folder(place.parent)
        self.disk.sync_folder(self.folder)
        return place.read_text().strip()

    def codes(self) -> tuple[str, ...]:
        """A one-time code that the maker of the box left there and printed on its label."""
        place = self.folder / "box" / "code"
        return (place.read_text().strip(),) if place.is_file() else ()

    def forget_code(self) -> None:
        """A one-time code opens once."""
        self.disk.remove(self.folder / "box" / "code")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One provisioner at a time; ProvisioningError when another one is at work."""
        self.disk.make_folder(self.folder, 0o755)
        handle = os.open(self.folder / ".provisioning.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ProvisioningError(
                    "another stick is being read; wait for its light, then plug this one in again"
                ) from error
            yield
        finally:
            os.close(handle)


def note_of(plan: Plan) -> bytes:
    """generation.json: what a later stick is judged by; switched together with the settings."""
    note = {
        "box": plan.comment.box,
        "site": plan.comment.site,
        "serial": plan.comment.serial,
        "digest": plan.bundle.digest,
        "keys": [key.base64 for key in plan.keys],
        "signer": plan.signer.number,
        "made": plan.bundle.made.isoformat(),
    }
    return json.dumps(note, indent=2).encode() + b"\n"


def _note(data: bytes | None) -> dict[str, Any]:
    if data is None:
        return {}
    try:
        note = json.loads(data)
    except ValueError as error:
        raise ProvisioningError(
            "current/generation.json: is damaged; point `current` to the generation before"
        ) from error
    return note if isinstance(note, dict) else {}


def _names(text: str) -> tuple[str | None, str | None]:
    try:
        office = parse_settings(text, "site.toml").office
    except SettingsError:
        return None, None
    return office.box, office.site
