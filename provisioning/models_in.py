"""Takes models from a stick into the box: beside the old ones, verified, then by rename."""

from __future__ import annotations

import shutil
from pathlib import Path

from gateway.errors import BundleRefused
from provisioning.bundle import ListedFile
from provisioning.disk import Disk
from provisioning.finding import Finding
from provisioning.stick import Stick

ROOM_LEFT = 1024**3
"""Bytes that must stay free beside what a stick brings: a night of voicemail and the database."""
INCOMING = ".incoming"


def take_models(
    stick: Stick, files: tuple[ListedFile, ...], folder: Path, disk: Disk
) -> tuple[Finding, ...]:
    """Install each model of the stick; BundleRefused leaves the installed ones as they were."""
    if not files:
        return ()
    disk.make_folder(folder, 0o755)
    disk.sync_folder(folder.parent)
    needed = sum(file.size for file in files)
    free = shutil.disk_usage(folder).free
    if needed + ROOM_LEFT > free:
        raise BundleRefused(
            f"the models on the stick need {needed // 1024**2} MiB and {ROOM_LEFT // 1024**2} MiB "
            f"to spare, the box has {free // 1024**2} MiB; use a box with a larger disk"
        )
    incoming = folder / INCOMING
    disk.remove(incoming)
    disk.make_folder(incoming, 0o755)
    names = dict.fromkeys(file.model[0] for file in files)
    try:
        for file in files:
            name, rest = file.model
            place = incoming / name / rest
            _make_folders(place.parent, incoming, disk)
            disk.write(place, stick.blocks(file), 0o644)
        for name in names:
            _put(incoming / name, folder / name, folder, disk)
    finally:
        disk.remove(incoming)
    return tuple(Finding("model", "ok", f"{name} was copied and verified") for name in names)


def _make_folders(place: Path, top: Path, disk: Disk) -> None:
    for folder in reversed([place, *place.parents]):
        if top in folder.parents:
            disk.make_folder(folder, 0o755)


def _put(new: Path, place: Path, folder: Path, disk: Disk) -> None:
    for level in sorted((p for p in new.rglob("*") if p.is_dir()), reverse=True):
        disk.sync_folder(level)
    disk.sync_folder(new)
    if place.exists():
        disk.exchange(new, place)
    else:
        disk.rename(new, place)
    disk.sync_folder(folder)
