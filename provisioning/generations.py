"""Settings as generations: a folder each, synced, switched by one rename.

/etc/nightporter/
    site.toml -> current/site.toml          links that never change
    secrets.toml -> current/secrets.toml
    current -> generations/000007           the one rename of a switch is that of this link
    generations/000007/{site.toml,secrets.toml,generation.json}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import ProvisioningError
from provisioning.disk import Disk

LINKED = ("site.toml", "secrets.toml")
MODES = {"site.toml": 0o644, "secrets.toml": 0o600, "generation.json": 0o644}
KEPT = 3
"""Generations that stay: the current one, the one before, and one more for a puzzled technician."""

_NUMBER = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class Generation:
    """One set of settings."""

    folder: Path
    """Where it lies"""

    @property
    def number(self) -> int:
        """Counted from 1."""
        return int(self.folder.name)

    def read(self, name: str) -> bytes | None:
        """One of its files."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None


class Generations:
    """The folder of settings of this box."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self.disk = disk or Disk()

    @property
    def current(self) -> Generation | None:
        """The one in force, None before the first stick."""
        link = self.folder / "current"
        if not link.is_symlink():
            return None
        target = self.folder / link.readlink()
        if target.parent != self.folder / "generations" or not _NUMBER.fullmatch(target.name):
            raise ProvisioningError(
                f"{link}: points elsewhere than generations/NNNNNN; set it to one of them"
            )
        return Generation(target)

    def all(self) -> list[Generation]:
        """Every finished generation, oldest first."""
        home = self.folder / "generations"
        if not home.is_dir():
            return []
        return [Generation(p) for p in sorted(home.iterdir()) if _NUMBER.fullmatch(p.name)]

    def write(self, contents: Mapping[str, bytes]) -> Generation:
        """A new generation, whole and on the disk, not yet in force."""
        home = self.folder / "generations"
        self.disk.make_folder(home, 0o755)
        for entry in sorted(home.iterdir()):
            if not _NUMBER.fullmatch(entry.name):
                self.disk.remove(entry)  # left by a run that was cut off
        known = self.all()
        number = max((g.number for g in known), default=0) + 1
        unfinished = home / f"unfinished-{number:06}"
        self.disk.make_folder(unfinished, 0o755)
        for name, data in sorted(contents.items()):
            self.disk.write(unfinished / name, [data], MODES[name])
        self.disk.sync_folder(unfinished)
        finished = home / f"{number:06}"
        self.disk.rename(unfinished, finished)
        self.disk.sync_folder(home)
        self.disk.sync_folder(self.folder)
        return Generation(finished)

    def switch(self, generation: Generation) -> None:
        """Put it in force by one rename."""
        self._link()
        self._point(generation)

    def adopt(self) -> None:
        """Make files laid by hand the first generation; what programs read stays the same."""
        by_hand = {
            name: (self.folder / name).read_bytes()
            for name in LINKED
            if (self.folder / name).is_file() and not (self.folder / name).is_symlink()
        }
        if by_hand and self.current is None:
            self._point(self.write(by_hand))
            self._link()

    def _point(self, generation: Generation) -> None:
        link = self.folder / ".current.new"
        self.disk.link(link, f"generations/{generation.folder.name}")
        self.disk.rename(link, self.folder / "current")
        self.disk.sync_folder(self.folder)

    def _link(self) -> None:
        for name in LINKED:
            place = self.folder / name
            if place.is_symlink():
                continue
            link = self.folder / f".{name}.new"
            self.disk.link(link, f"current/{name}")
            self.disk.rename(link, place)
        self.disk.sync_folder(self.folder)

    def prune(self) -> None:
        """Forget old generations; the current one always stays."""
        current = self.current
        for old in self.all()[:-KEPT]:
            if current is None or old.folder != current.folder:
                self.disk.remove(old.folder)
