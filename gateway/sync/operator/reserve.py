"""A reserve of disk space: taken while there is plenty, given back when the disk is full.

Bookings and messages go on with it while somebody comes to make room.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
from pathlib import Path

from gateway.contract.service import log_fields

log = logging.getLogger(__name__)

MEBIBYTE = 2**20
SIZE_MB = 48
"""A night of voicemail (46 MB), or ten thousand bookings with their events and journal."""
LOW_MB = 24
"""Below this it is given back: more than the largest write-ahead log (16 MiB)."""
PLENTY_MB = 1024
"""Above this it is taken (again)."""
TAKE_AFTER_S = 60.0
"""A box that has just started has other things to do."""


class Reserve:
    """The file `reserve` in the folder of the database."""

    def __init__(
        self, folder: Path, size_mb: int = SIZE_MB, low_mb: int = LOW_MB,
        plenty_mb: int = PLENTY_MB, take_after_s: float = TAKE_AFTER_S,
    ) -> None:  # fmt: skip
        self.file = folder / "reserve"
        self._size = size_mb * MEBIBYTE
        self._low = low_mb * MEBIBYTE
        self._plenty = plenty_mb * MEBIBYTE
        self._take_from_s = time.monotonic() + take_after_s

    def tend(self) -> None:
        """Take it or give it back, as the disk is; never raises."""
        try:
            free = shutil.disk_usage(self.file.parent).free
            if self.file.exists():
                if free < self._low:
                    self.file.unlink()
                    log.error("disk-full-reserve-given-back", extra=log_fields(free=free))
            elif free > self._plenty and time.monotonic() >= self._take_from_s:
                self._take()
        except OSError as error:
            log.warning("reserve-not-tended", extra=log_fields(kind=type(error).__name__))

    def _take(self) -> None:
        unfinished = self.file.with_name(".reserve.new")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.posix_fallocate(handle, 0, self._size)
        except OSError:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise
        finally:
            os.close(handle)
        unfinished.replace(self.file)
