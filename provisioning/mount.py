"""Attaches a stick read-only and gives it its receipt; the only part that mounts, run as root.

python -m provisioning.mount attach sdb1        before the reader of the stick starts
python -m provisioning.mount hand-back sdb1     after it ended, whatever became of it
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

from gateway.errors import ProvisioningError
from provisioning.hand_back import hand_back

KINDS = ("vfat", "exfat", "ext4")
OPTIONS = "nosuid,nodev,noexec,nosymfollow"
MOUNTS = Path("/run/nightporter-stick")
OUTBOXES = Path("/run/nightporter-provisioning")
LIMIT_S = 60.0
"""A stick that does not answer within this is broken."""

_NAME = re.compile(r"[a-z0-9]{1,32}")


def kind_of(device: Path) -> str:
    """The file system on a device; ProvisioningError when it is not one of KINDS."""
    command = ["blkid", "--probe", "--match-tag", "TYPE", "--output", "value", str(device)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    kind = done.stdout.strip()
    if kind not in KINDS:
        raise ProvisioningError(
            f"{device}: holds {kind or 'no file system'}; format the stick as FAT32, exFAT or ext4"
        )
    return kind


def attach(device: Path, folder: Path) -> None:
    """Mount read-only; nothing on it can be run, is a device, or leads elsewhere."""
    found = device.stat()
    if not stat.S_ISBLK(found.st_mode):
        raise ProvisioningError(f"{device}: is not a disk")
    kind = kind_of(device)
    options = f"ro,{OPTIONS}"
    if kind == "ext4":
        options += ",noload"  # never replay a hostile journal, never write before we decided
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _attach(kind, options, device, folder)


def writable(folder: Path) -> None:
    """Now it may be written. ext4 was attached without its journal, and a program of FUSE opened
    the stick for reading only: both are attached anew."""
    source, driver = _attached(folder)
    if driver in ("ext4", "fuseblk"):
        detach(folder)
        _attach(kind_of(source), f"rw,{OPTIONS}", source, folder)
        return
    _mount(["mount", "--options", f"remount,rw,{OPTIONS}", str(folder)])


def detach(folder: Path) -> None:
    """Everything is written and the stick can be pulled out."""
    _mount(["umount", str(folder)])


def return_stick(folder: Path, outbox: Path) -> list[str]:
    """Receipt in, secrets wiped, detached; what could not be done, in words."""
    try:
        writable(folder)
        faults = hand_back(outbox, folder)
    except (ProvisioningError, OSError) as error:
        faults = [str(error)]
    with contextlib.suppress(ProvisioningError):  # already pulled out
        detach(folder)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return faults


def _attach(kind: str, options: str, device: Path, folder: Path) -> None:
    try:
        _mount(["mount", "--types", kind, "--options", options, str(device), str(folder)])
    except ProvisioningError as error:
        if kind != "exfat" or "unknown filesystem type" not in str(error):
            raise
        _attach_by_fuse(options, device, folder)


def _attach_by_fuse(options: str, device: Path, folder: Path) -> None:
    """exFAT on a kernel without it, by the package exfat-fuse; the kernel adds what FUSE drops."""
    try:
        _mount(["mount", "--types", "exfat-fuse", "--options", options, str(device), str(folder)])
    except ProvisioningError as error:
        raise ProvisioningError(
            f"{device}: holds exFAT, which this machine's kernel cannot read; use a stick with "
            "FAT32, or apt install exfat-fuse"
        ) from error
    try:
        _mount(["mount", "--options", f"remount,bind,{options}", str(folder)])
    except ProvisioningError:
        detach(folder)  # never without noexec and nosymfollow
        raise


def _attached(folder: Path) -> tuple[Path, str]:
    """Device and driver of what is attached there."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        device, place, driver, *_ = line.split()
        if place == str(folder):
            return Path(device), driver
    raise ProvisioningError(f"{folder}: no stick is attached there")


def _mount(command: list[str]) -> None:
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired as error:
        raise ProvisioningError(f"{command[-1]}: does not answer; try another stick") from error
    if done.returncode != 0:
        raise ProvisioningError(f"{command[-1]}: {done.stderr.strip()}")


def main(arguments: list[str]) -> int:
    """The two commands of the unit; the exit status."""
    if len(arguments) != 2 or arguments[0] not in ("attach", "hand-back"):
        print("usage: python -m provisioning.mount attach|hand-back NAME", file=sys.stderr)
        return 2
    verb, name = arguments
    if not _NAME.fullmatch(name):
        print(f"{name}: is not the name of a disk", file=sys.stderr)
        return 2
    try:
        if verb == "attach":
            attach(Path("/dev") / name, MOUNTS / name)
        else:
            for fault in return_stick(MOUNTS / name, OUTBOXES / name):
                print(fault, file=sys.stderr)
    except (ProvisioningError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
