"""Reads the files of a stick that may be hostile: no links, no devices, no surprise in size."""

from __future__ import annotations

import hashlib
import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gateway.errors import BundleRefused
from provisioning.bundle import ListedFile, check_name

CHUNK = 1024 * 1024
LOOKED_AT = 10_000
"""Names in the folder of a stick; a person's stick has fewer."""


class Stick:
    """The folder at which a stick is attached, read-only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, name: str) -> bool:
        """Whether there is anything of that name."""
        return os.path.lexists(self.folder / name)

    def named(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """What lies on the stick under one of the names, in small letters or capitals."""
        with os.scandir(self.folder) as entries:
            looked_at = [entry.name for entry in itertools.islice(entries, LOOKED_AT)]
        return tuple(sorted(name for name in looked_at if name.lower() in names))

    def read(self, name: str, limit: int) -> bytes:
        """The whole of a small file, at most `limit` bytes; else BundleRefused."""
        with self._opened(name) as (file, size):
            if size > limit:
                raise BundleRefused(
                    f"{name}: has {size} bytes, at most {limit} are read; make the stick again"
                )
            data = file.read(limit + 1)
        if len(data) != size:
            raise BundleRefused(f"{name}: changed while it was read; try another stick")
        return data

    def blocks(self, listed: ListedFile) -> Iterator[bytes]:
        """The bytes of a listed file; BundleRefused at the end if they are not the listed ones."""
        digest, seen = hashlib.sha256(), 0
        with self._opened(listed.name) as (file, size):
            if size != listed.size:
                raise BundleRefused(
                    f"{listed.name}: has {size} bytes, bundle.toml says {listed.size}; "
                    "make the stick again"
                )
            while block := file.read(CHUNK):
                seen += len(block)
                digest.update(block)
                yield block
        if seen != listed.size or digest.hexdigest() != listed.sha256:
            raise damaged(listed.name)

    @contextmanager
    def _opened(self, name: str) -> Iterator[tuple[BinaryIO, int]]:
        """Open below the folder, each part by itself, following no link and waiting for no pipe."""
        parts = check_name(name).split("/")
        folders = [self._open_folder(str(self.folder), None, name)]
        try:
            for part in parts[:-1]:
                folders.append(self._open_folder(part, folders[-1], name))
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            try:
                handle = os.open(parts[-1], flags, dir_fd=folders[-1])
            except OSError as error:
                raise _unreadable(name, error) from error
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                os.close(handle)
                raise BundleRefused(f"{name}: is not a plain file; make the stick again")
            with os.fdopen(handle, "rb") as file:
                try:
                    yield file, found.st_size
                except OSError as error:
                    raise _unreadable(name, error) from error
        finally:
            for folder in folders:
                os.close(folder)

    def _open_folder(self, part: str, parent: int | None, name: str) -> int:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        try:
            if parent is None:
                return os.open(part, flags)
            return os.open(part, flags | os.O_NOFOLLOW, dir_fd=parent)
        except OSError as error:
            raise _unreadable(name, error) from error


def damaged(name: str) -> BundleRefused:
    """The file is not the one that was signed."""
    return BundleRefused(
        f"{name}: is not the file that was signed (its hash differs); make the stick again"
    )


def _unreadable(name: str, error: OSError) -> BundleRefused:
    if isinstance(error, FileNotFoundError):
        return BundleRefused(f"{name}: is not on the stick; make the stick again")
    return BundleRefused(f"{name}: cannot be read ({error.strerror}); try another stick")
