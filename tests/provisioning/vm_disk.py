"""The disk of the virtual machine: a minimal Debian with the package installed; and the stick."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.provisioning.workshop import Technician, tool

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nightporter" / "vm"
MACHINE = (
    "systemd-sysv", "udev", "dbus", "linux-image-amd64", "kmod", "iproute2", "e2fsprogs",
    "systemd-timesyncd",
)  # fmt: skip
"""What makes a root bootable; the package's own Depends come on top, and nothing else does."""
DISK_BYTES = 8 * 1024**3
"""Mostly holes. An upgrade keeps the old package and unpacks the new one twice."""
STICK_BYTES = 256 * 1024**2

SHELL = """\
[Unit]
Description=Commands from outside, for the test
[Service]
ExecStart=/bin/sh
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
Restart=always
[Install]
WantedBy=multi-user.target
"""
SLOW = "[Service]\nTimeoutStartSec=900\nWatchdogSec={watchdog}\n"
"""Software emulation is twenty times slower than any box, on a busy machine still more; everything
else in the units is as it is shipped."""
SLOW_WATCHDOG_S = {
    "line": 60, "gateway": 120, "models": 240, "sync": 240, "calendar-bridge": 240,
}  # fmt: skip
NETWORK = "[Match]\nType=ether\n[Network]\nDHCP=ipv4\n[Link]\nRequiredForOnline=no\n"


def package_needs(deb: Path) -> list[str]:
    """The package's Depends, versions and alternatives left out."""
    line = tool(["dpkg-deb", "--field", deb, "Depends"])
    return [re.split(r"[ |(]", word.strip())[0] for word in line.split(",")]


def make_root(deb: Path) -> Path:
    """A minimal Debian with what the package needs, kept for the next time."""
    wanted = ",".join(sorted({*MACHINE, *package_needs(deb)}))
    root, note = CACHE / "root", CACHE / "root.packages"
    if not (root / "usr").is_dir() or not note.exists() or note.read_text() != wanted:
        shutil.rmtree(root, ignore_errors=True)
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["mmdebstrap", "--variant=minbase", f"--include={wanted}", "bookworm"]
        subprocess.run([*command, str(root)], check=True)
        note.write_text(wanted)
    return root


def make_disk(deb: Path) -> Path:
    """Folder of disk.img, vmlinuz and initrd.img; made anew when package or root have changed."""
    root, folder = make_root(deb), CACHE / "machine"
    digest = hashlib.sha256(Path(__file__).read_bytes() + (CACHE / "root.packages").read_bytes())
    with deb.open("rb") as file:
        while block := file.read(1024 * 1024):
            digest.update(block)
    note = folder / "made-from"
    if note.exists() and note.read_text() == digest.hexdigest():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("upper", "work", "merged"):
        (folder / name).mkdir(parents=True)
    merged = folder / "merged"
    options = f"lowerdir={root},upperdir={folder}/upper,workdir={folder}/work"
    tool(["mount", "-t", "overlay", "-o", options, "overlay", merged])
    try:
        _install(deb, merged)
        with (folder / "disk.img").open("wb") as file:
            file.truncate(DISK_BYTES)
        subprocess.run(["mkfs.ext4", "-q", "-d", str(merged), str(folder / "disk.img")], check=True)
        for name in ("vmlinuz", "initrd.img"):
            shutil.copy(max((merged / "boot").glob(f"{name}-*")), folder / name)
    finally:
        tool(["umount", merged])
    for name in ("upper", "work", "merged"):
        shutil.rmtree(folder / name)
    note.write_text(digest.hexdigest())
    return folder


def _install(deb: Path, root: Path) -> None:
    """As a person would: `dpkg --install`, with nothing forced."""
    shutil.copy(deb, root / "tmp")
    command = ["chroot", str(root), "dpkg", "--install", f"/tmp/{deb.name}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the package cannot be installed: {done.stdout}{done.stderr}")
    (root / "tmp" / deb.name).unlink()
    (root / "etc/fstab").write_text("/dev/vda / ext4 defaults 0 1\n")
    units = root / "etc/systemd/system"
    (units / "outside.service").write_text(SHELL)
    for name, watchdog in SLOW_WATCHDOG_S.items():
        drop_in = units / f"nightporter-{name}.service.d"
        drop_in.mkdir()
        (drop_in / "slow.conf").write_text(SLOW.format(watchdog=watchdog))
    with (root / "etc/default/nightporter").open("a") as file:
        file.write("NIGHTPORTER_LINE_LIMIT_S=900\nNIGHTPORTER_PROGRAMS_LIMIT_S=1800\n")
        file.write("NIGHTPORTER_PATIENCE=60\n")  # the recogniser needs 60 times what it should
    (root / "etc/systemd/network/10-outside.network").write_text(NETWORK)
    wants = units / "multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / "outside.service").symlink_to("../outside.service")
    (wants / "systemd-networkd.service").symlink_to("/lib/systemd/system/systemd-networkd.service")


def make_stick(
    folder: Path, site: str, password: str, models: list[Path], package: Path | None = None
) -> Path:
    """A FAT32 image, made by `nightporter stick make`; the one-time code lies in code.txt on it."""
    technician = Technician.in_folder(folder / "technician")
    settings, secrets = folder / "site.toml", folder / "secrets.toml"
    settings.write_text(site)
    secrets.write_text(f'line_password = "{password}"\n')
    image = folder / "stick.img"
    with image.open("wb") as file:
        file.truncate(STICK_BYTES + sum(_size(place) for place in (*models, package) if place))
    command: list[str | Path] = [
        sys.executable, "-m", "gateway.cli", "stick", "make", image, "--yes",
        "--settings", settings, "--secrets", secrets, "--key", technician.key,
    ]  # fmt: skip
    for model in models:
        command += ["--model", model]
    if package is not None:
        command += ["--package", package]
    said = subprocess.run(
        [str(word) for word in command], check=True, capture_output=True, text=True
    ).stdout
    (code,) = re.findall(r"^One-time code: (.*)$", said, re.MULTILINE)
    (folder / "code.txt").write_text(f"{code}\n")
    tool(["mcopy", "-i", image, folder / "code.txt", "::/code.txt"])
    return image


def _size(place: Path) -> int:
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file())
