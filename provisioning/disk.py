"""Every write that the provisioner makes to the box, one small step each."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
"""renameat2(2); ext4, f2fs, btrfs, xfs and tmpfs can do it."""


class Disk:
    """The real one. Tests record these calls and cut the power between any two of them."""

    def make_folder(self, path: Path, mode: int) -> None:
        """A new folder, or the one that is there."""
        if not path.is_dir():
            path.mkdir(parents=True)
            path.chmod(mode)

    def write(self, path: Path, blocks: Iterable[bytes], mode: int) -> None:
        """A file, new or emptied first, with its bytes on the disk before we go on."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, mode), "wb") as file:
            os.fchmod(file.fileno(), mode)
            for block in blocks:
                file.write(block)
            file.flush()
            os.fsync(file.fileno())

    def link(self, path: Path, target: str) -> None:
        """A symbolic link; one that is in the way goes."""
        path.unlink(missing_ok=True)
        path.symlink_to(target)

    def rename(self, old: Path, new: Path) -> None:
        """Move over whatever is there, at once and whole."""
        old.replace(new)

    def exchange(self, one: Path, other: Path) -> None:
        """Two things change places at once: at no moment is either name without one."""
        failed = _LIBC.renameat2(
            _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE
        )
        if failed:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(one))

    def sync_folder(self, path: Path) -> None:
        """The names in this folder are on the disk before we go on."""
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, path: Path) -> None:
        """A file or link, or a folder with what is in it; a link is never followed."""
        if path.is_symlink() or not path.is_dir():
            path.unlink(missing_ok=True)
            return
        for entry in sorted(path.iterdir()):
            self.remove(entry)
        path.rmdir()
