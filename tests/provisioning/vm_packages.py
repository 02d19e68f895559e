"""A disk with signed packages for `nightporter upgrade`: a newer one, two that must not stay."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import minisign

from tests.provisioning.workshop import Technician, tool

NEWER, BROKEN, UNFIT = "90.1", "90.2", "90.3"
"""Works; its line dies at once; fails its rehearsal."""
IN_PACKAGE = "usr/lib/nightporter/environment/venv"


def make_packages(folder: Path, deb: Path) -> Path:
    """An ext4 image with NEWER.deb, BROKEN.deb and UNFIT.deb, each with its signature, and with the
    public key, trusted.pub."""
    technician = Technician.in_folder(folder / "maker")
    laid = folder / "laid"
    laid.mkdir()
    stage = folder / "stage"
    tool(["dpkg-deb", "--raw-extract", deb, stage])
    old = tool(["dpkg-deb", "--field", deb, "Version"]).strip()
    _only_one_call(stage)
    for version, before in ((NEWER, old), (BROKEN, NEWER)):
        if version == BROKEN:
            _break_the_line(stage)
        _rename(stage, before, version)
        _build(stage, laid / f"{version}.deb")
    shutil.rmtree(stage)
    _unfit(stage, laid / f"{UNFIT}.deb")
    shutil.rmtree(stage)
    key = minisign.SecretKey.from_file(technician.key)
    for package in laid.glob("*.deb"):
        Path(f"{package}.minisig").write_bytes(bytes(key.sign(package.read_bytes())) + b"\n")
    shutil.copy(technician.key.with_suffix(".pub"), laid / "trusted.pub")
    image = folder / "packages.img"
    with image.open("wb") as file:
        file.truncate(sum(f.stat().st_size for f in laid.iterdir()) + 128 * 1024**2)
    tool(["mkfs.ext4", "-q", "-d", laid, image])
    shutil.rmtree(laid)
    return image


def _only_one_call(stage: Path) -> None:
    """The whole rehearsal takes an hour in software emulation."""
    calls = stage / "usr/share/nightporter/calls"
    kept, *others = sorted(calls.rglob("*.call"), key=lambda file: file.stat().st_size)
    assert others, kept
    for call in others:
        call.unlink()


def _break_the_line(stage: Path) -> None:
    (main,) = (stage / IN_PACKAGE).glob("lib/python3*/site-packages/telephony/__main__.py")
    main.write_text('raise SystemExit("this line is broken on purpose")\n')
    for compiled in main.parent.glob("__pycache__/__main__.*"):
        compiled.unlink()


def _rename(stage: Path, old: str, new: str) -> None:
    for name in ("control", "postinst"):
        file = stage / "DEBIAN" / name
        text = file.read_text()
        assert old in text, file
        file.write_text(text.replace(old, new))


def _unfit(stage: Path, deb: Path) -> None:
    python = stage / "usr/lib/nightporter/venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 'this version cannot read the settings' >&2\nexit 1\n")
    python.chmod(0o755)
    control = stage / "DEBIAN/control"
    control.parent.mkdir()
    about = f"Package: nightporter\nVersion: {UNFIT}\nArchitecture: all\nMaintainer: nobody\n"
    control.write_text(f"{about}Description: fails its rehearsal\n")
    _build(stage, deb)


def _build(stage: Path, deb: Path) -> None:
    # Not `tool`: half a gigabyte takes longer than that allows.
    command = ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z1", "--build", str(stage), str(deb)]
    subprocess.run(command, check=True, capture_output=True)
