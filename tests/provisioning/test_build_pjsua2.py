"""The build of PJSIP trusts nothing but the pinned hash."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "provisioning" / "build-pjsua2.sh"
NAME = "pjproject.tar.gz"
VERSION = "export PJ_VERSION_MAJOR  := 2\nexport PJ_VERSION_MINOR  := 99\n"


def build(
    folder: Path, pin: str | None, source: bytes = b"not the release"
) -> subprocess.CompletedProcess[str]:
    shutil.copy(SCRIPT, folder)
    if pin is not None:
        (folder / "pjproject.sha256").write_text(f"{pin}  {NAME}\n")
    (folder / "source.tar.gz").write_bytes(source)
    environment = {
        **os.environ,
        "PJPROJECT_TARBALL": str(folder / "source.tar.gz"),
        "PJPROJECT_UNPACK_ONLY": "1",
    }
    return subprocess.run(
        ["bash", folder / SCRIPT.name, Path(sys.executable).parents[1]],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_without_a_pinned_hash_nothing_is_built(tmp_path: Path) -> None:
    done = build(tmp_path, None)
    assert done.returncode == 1
    assert 'holds no line "HASH  FILE"' in done.stderr


def test_a_source_with_another_hash_is_not_even_unpacked(tmp_path: Path) -> None:
    done = build(tmp_path, "a" * 64)
    assert done.returncode == 1
    assert "its hash is not the pinned one; nothing was built" in done.stderr


def test_a_source_with_the_pinned_hash_is_unpacked_and_its_version_told(tmp_path: Path) -> None:
    (tmp_path / "version.mak").write_text(VERSION)
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as made:
        made.add(tmp_path / "version.mak", "pjproject-2.99/version.mak")
    source = (tmp_path / "x.tar.gz").read_bytes()
    done = build(tmp_path, hashlib.sha256(source).hexdigest(), source)
    assert done.returncode == 0, done.stderr
    assert "PJSIP 2.99" in done.stdout


def test_one_release_is_pinned() -> None:
    (line,) = (SCRIPT.parent / "pjproject.sha256").read_text().splitlines()
    assert re.fullmatch(r"[0-9a-f]{64}  [A-Za-z0-9+~._-]+\.orig-Xpjproject\.tar\.xz", line)
