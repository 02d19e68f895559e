"""A full disk, for real: a file system of a few megabytes in memory."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import FetchError
from models.fetch import Fetcher
from tests.models.file_server import file_server
from tests.models.test_fetch import CONTENT, model, put_old_model

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that holds one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs root to mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fetcher(folder: Path, downloads: Path) -> Fetcher:
    return Fetcher(folder, downloads, lambda what, done, total: None, lambda note: None)


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(
    small_disk: Path, tmp_path: Path
) -> None:
    with file_server() as server:
        server.files["/a.bin"] = CONTENT
        old = put_old_model(small_disk)
        with pytest.raises(FetchError, match=r"ears: the disk is too full.*nothing was installed"):
            fetcher(small_disk / "models", tmp_path / "downloads").fetch(model(server.address))
        assert server.requests == []
        assert old.read_bytes() == b"the old one"


@pytest.mark.parametrize("full", ["models", "downloads"])
def test_a_disk_that_fills_up_in_mid_fetch_keeps_the_old_model_and_nothing_else(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    # Somebody else fills the disk after we looked: the look sees room, the write does not find it.
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 40, 0, 1 << 40))
    places = {"models": tmp_path, "downloads": tmp_path, full: small_disk}
    with file_server() as server:
        server.files["/a.bin"] = CONTENT
        old = put_old_model(places["models"])
        fetch = fetcher(places["models"] / "models", places["downloads"] / "downloads").fetch
        with pytest.raises(FetchError, match=r"the disk is full .*nothing was installed") as told:
            fetch(model(server.address))
    assert "\n" not in str(told.value)
    assert old.read_bytes() == b"the old one"
    assert list((places["models"] / "models").glob(".incoming*")) == []
    assert sum(f.stat().st_size for f in small_disk.rglob("*") if f.is_file()) < 1000
