"""The build of PJSIP trusts nothing but the pinned hash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "provisioning" / "build-pjsua2.sh"
NAME = "pjproject-2.15.1.tar.gz"


def build(folder: Path, pin: str | None) -> subprocess.CompletedProcess[str]:
    shutil.copy(SCRIPT, folder)
    if pin is not None:
        (folder / "pjproject.sha256").write_text(f"{pin}  {NAME}\n")
    (folder / "source.tar.gz").write_bytes(b"not the release")
    environment = {**os.environ, "PJPROJECT_TARBALL": str(folder / "source.tar.gz")}
    return subprocess.run(
        ["bash", folder / SCRIPT.name, Path(sys.executable).parents[1]],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_without_a_pinned_hash_nothing_is_built(tmp_path: Path) -> None:
    done = build(tmp_path, None)
    assert done.returncode == 1
    assert f"holds no line for {NAME}" in done.stderr


def test_a_source_with_another_hash_is_not_even_unpacked(tmp_path: Path) -> None:
    done = build(tmp_path, "a" * 64)
    assert done.returncode == 1
    assert "its hash is not the pinned one; nothing was built" in done.stderr
