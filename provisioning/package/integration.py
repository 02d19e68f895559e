"""Units, udev rule, users, folders, the command: whatever lies in systemd/, by its suffix."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

UNITS = "usr/lib/systemd/system"
TARGET = "nightporter.target"
PLACES = {
    **dict.fromkeys(
        (".service", ".target", ".slice", ".path", ".timer", ".socket", ".mount"),
        UNITS + "/{name}",
    ),
    ".rules": "usr/lib/udev/rules.d/{name}",
    ".sysusers": "usr/lib/sysusers.d/{stem}.conf",
    ".tmpfiles": "usr/lib/tmpfiles.d/{stem}.conf",
    ".default": "etc/default/{stem}",
    "": "usr/lib/nightporter/{name}",
}
"""Suffix in systemd/ -> place in the package."""
COMMANDS = {
    "nightporter": "usr/bin/nightporter",
    "python": "usr/lib/nightporter/venv/bin/python",
    "live-copy": "usr/lib/nightporter/live-copy",
    "restart-when-quiet": "usr/lib/nightporter/restart-when-quiet",
}
"""Scripts in debian/ -> place in the package."""


def stage_integration(stage: Path, root: Path) -> None:
    """Lay out the files of systemd/ and the package's commands below `stage`."""
    for file in sorted((root / "systemd").iterdir()):
        if file.suffix not in PLACES:
            sys.exit(f"{file}: the package has no place for {file.suffix}; see integration.py")
        place = stage / PLACES[file.suffix].format(name=file.name, stem=file.stem)
        _copy(file, place, executable=not file.suffix)
        if f"{UNITS}/" in str(place):
            _want(file, stage / UNITS)
    for name, target in COMMANDS.items():
        _copy(Path(__file__).parent / "debian" / name, stage / target, executable=True)
    (stage / "etc/nightporter").mkdir(parents=True)
    calls = root / "tests" / "conversations"
    skip = shutil.ignore_patterns("*.py", "__pycache__")
    shutil.copytree(calls, stage / "usr/share/nightporter/calls", ignore=skip)


def _copy(file: Path, place: Path, *, executable: bool) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, place)
    place.chmod(0o755 if executable else 0o644)


def _want(unit: Path, units: Path) -> None:
    """A unit that says WantedBy=nightporter.target starts with it, without `systemctl enable`."""
    if re.search(rf"^WantedBy=.*\b{re.escape(TARGET)}", unit.read_text(), re.MULTILINE):
        wants = units / f"{TARGET}.wants"
        wants.mkdir(parents=True, exist_ok=True)
        (wants / unit.name).symlink_to(f"../{unit.name}")
