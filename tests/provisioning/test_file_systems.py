"""Sticks on real file systems: detected, attached as they must be, read, written, detached."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning import mount
from provisioning.session import fill_outbox
from tests.provisioning.workshop import CODE, Bench, Technician, tool

MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-L", "NIGHTPORTER"],
    "exfat": ["mkfs.exfat", "-L", "NIGHTPORTER"],
    "vfat": ["mkfs.vfat", "-F", "32", "-n", "NIGHTPORTER"],
}
IMAGE_BYTES = 40 * 1024 * 1024
"""FAT32 needs 33 MiB."""


def mountable(kind: str) -> bool:
    """Whether this machine can attach it, by kernel or by FUSE."""
    kernel = Path("/proc/filesystems").read_text().split()
    return kind in kernel or (kind == "exfat" and Path("/sbin/mount.exfat-fuse").exists())


@pytest.fixture
def formatted(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A loop device with the file system that the test asks for."""
    kind = request.param
    if os.geteuid() != 0 or not shutil.which("losetup"):
        pytest.skip("only root mounts")
    if not shutil.which(MAKE[kind][0]):
        pytest.skip(f"{MAKE[kind][0]} is not installed")
    image = tmp_path / f"{kind}.img"
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    tool([*MAKE[kind], image])
    try:
        loop = tool(["losetup", "--find", "--show", image]).strip()
    except subprocess.CalledProcessError:
        pytest.skip("there are no loop devices")
    yield Path(loop)
    tool(["losetup", "--detach", loop])


@pytest.mark.parametrize("formatted", sorted(MAKE), indirect=True)
def test_kind_and_label_are_what_the_usb_rule_looks_for(
    formatted: Path, request: pytest.FixtureRequest
) -> None:
    kind = mount.kind_of(formatted)
    assert kind in mount.KINDS and kind in request.node.name
    about = tool(["blkid", "--probe", "--output", "udev", formatted])
    assert "ID_FS_LABEL=NIGHTPORTER\n" in about and "ID_FS_USAGE=filesystem" in about
    assert (
        'ENV{ID_FS_LABEL}=="NIGHTPORTER"' in Path("systemd/90-nightporter-stick.rules").read_text()
    )


@pytest.mark.parametrize("formatted", sorted(MAKE), indirect=True)
def test_a_stick_is_attached_read_only_applied_and_given_back(
    formatted: Path, tmp_path: Path, bench: Bench, technician: Technician
) -> None:
    kind = mount.kind_of(formatted)
    place = tmp_path / "mnt"
    if not mountable(kind):
        pytest.skip(f"this machine's kernel has no {kind}")
    technician.stick(tmp_path / "made", 1, password="one", code=CODE)
    (tmp_path / "made" / "code.txt").write_bytes(b"\xef\xbb\xbf" + CODE.encode() + b"\r\n")
    mount.attach(formatted, place)
    mount.writable(place)
    shutil.copytree(tmp_path / "made", place, dirs_exist_ok=True)
    mount.detach(place)
    mount.attach(formatted, place)
    try:
        assert {"ro", "nosuid", "nodev", "noexec", "nosymfollow"} <= options(place)
        with pytest.raises(OSError, match="Read-only"):
            (place / "x").write_text("x")
        receipt = bench.session().run(place)
        assert receipt.outcome == "applied", receipt.reason
        assert bench.password == "one"
        fill_outbox(tmp_path / "outbox", receipt)
    finally:
        faults = mount.return_stick(place, tmp_path / "outbox")
    assert faults == [] and not place.exists()
    mount.attach(formatted, place)
    left = {path.name for path in place.iterdir()}
    mount.detach(place)
    assert {"receipt.txt", "receipt.json", "site.toml"} <= left
    assert not left & {"secrets.age", "code.txt"}


@pytest.mark.parametrize("formatted", ["exfat"], indirect=True)
def test_a_kernel_without_exfat_says_which_stick_to_use(
    formatted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the kernel nor FUSE knows it."""

    def unknown(command: list[str]) -> None:
        raise mount.ProvisioningError(f"{command[-1]}: unknown filesystem type 'exfat'.")

    monkeypatch.setattr(mount, "_mount", unknown)
    with pytest.raises(mount.ProvisioningError, match="use a stick with FAT32"):
        mount.attach(formatted, tmp_path / "mnt")


def options(place: Path) -> set[str]:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        words = line.split()
        if words[1] == str(place):
            return set(words[3].split(","))
    raise AssertionError("not mounted")
