"""Put a model in place, all of it or nothing; and check what is in place."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from gateway.errors import FetchError
from models.catalog import MANIFEST, expected_files, model_folder
from models.catalog_entries import Model
from models.download import INCOMING

BLOCK = 1 << 20
"""Bytes copied at once."""

RENAME_EXCHANGE = 2
"""renameat2(2): swap two names in one step."""

AT_FDCWD = -100
"""openat(2): relative to the working folder."""


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder, so that two fetches never meet in it; clears what a killed one left."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise FetchError(
            f"cannot write to {folder} ({error.strerror}); run as a user who may, "
            "or set NIGHTPORTER_MODELS and XDG_CACHE_HOME to folders of your own"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{INCOMING}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(lock)


def copy_hashed(source: IO[bytes], target: IO[bytes], digest: hashlib._Hash) -> int:
    """Copy a stream, hashing on the way; returns the number of bytes."""
    count = 0
    while block := source.read(BLOCK):
        digest.update(block)
        target.write(block)
        count += len(block)
    return count


def hash_file(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, model: Model) -> None:
    """Note size and SHA-256 of each file in a model's folder."""
    files = {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": hash_file(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    text = json.dumps({"model": model.name, "files": files}, indent=1)
    (folder / MANIFEST).write_text(text + "\n")


def publish(incoming: Path, folder: Path, model: Model) -> None:
    """Make a filled folder the model, in one step; the model there before is then deleted."""
    sync_tree(incoming)
    target = folder / model.name
    if target.exists():
        _exchange(incoming, target)
        shutil.rmtree(incoming)
    else:
        incoming.rename(target)
    _sync(folder)


def sync_tree(folder: Path) -> None:
    """Bring a folder's files and names to the disk itself."""
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exchange(one: Path, other: Path) -> None:
    """Swap two folders' names at once, so that at no moment the old model is gone.

    Source: renameat2(2), Linux 3.15. A file system without it (old network shares) gets two
    renames: a power cut between them costs a new fetch, never a half model.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    names = (os.fsencode(one), os.fsencode(other))
    if libc.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE) == 0:
        return
    if ctypes.get_errno() not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))
    aside = one.with_name(one.name + "-old")
    other.rename(aside)
    one.rename(other)
    aside.rename(one)


def faults(folder: Path, model: Model) -> list[str]:
    """What is wrong with an installed model, one line a fault; reads and hashes every file."""
    root = model_folder(folder, model)
    expected = expected_files(folder, model)
    if not expected:
        return [f"{root / MANIFEST}: cannot be read"]
    found = []
    for path, (size, sha256) in expected.items():
        try:
            if (root / path).stat().st_size != size:
                found.append(f"{root / path}: {(root / path).stat().st_size:,} bytes, not {size:,}")
            elif hash_file(root / path) != sha256:
                found.append(f"{root / path}: its SHA-256 is not the expected one")
        except OSError as error:
            found.append(f"{root / path}: {error.strerror}")
    return found
