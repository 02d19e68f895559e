"""The real console on a pseudo-terminal, and what its screen shows and when."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from types import TracebackType

from gateway.errors import StartRefused

_ESCAPES = re.compile(rb"\x1b(\[[0-9;?<>=]*[a-zA-Z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>78])")
_LOST = re.compile(rb"(\d+) lost")
KEPT = 60_000
"""Bytes of the screen's output that are searched: more than a whole screen."""


class Screen:
    """`nightporter fleet watch` as an operator sees it."""

    def __init__(self, config: Path) -> None:
        self._config = config
        self._text = b""
        self._lost: dict[int, float] = {}
        self._seen = threading.Condition()
        self._stopping = False
        self.began = 0.0
        """when it was started, monotonic"""
        self.pid = 0
        """of the console"""

    def __enter__(self) -> Screen:
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 220, 0, 0))
        self._master = master
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "fleet", "watch", "--config", self._config],
            stdin=slave, stdout=slave, stderr=slave,
            env=os.environ | {"TERM": "xterm-256color"}, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.pid = self._process.pid
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._process.terminate()
        self._process.wait(30)
        self._stopping = True
        self._thread.join(10)
        os.close(self._master)

    def wait(self, words: str, seconds: float) -> float:
        """When the screen showed these words, monotonic."""
        wanted = words.encode()
        return self._wait(lambda: wanted in self._text, words, seconds)

    def wait_lost(self, count: int, seconds: float) -> float:
        """When the screen showed at least so many lost boxes."""

        def shown() -> bool:
            return any(number >= count for number in self._lost)

        self._wait(shown, f"{count} lost", seconds)
        with self._seen:
            return min(at for number, at in self._lost.items() if number >= count)

    def _wait(self, condition: object, words: str, seconds: float) -> float:
        assert callable(condition)
        with self._seen:
            if not self._seen.wait_for(condition, seconds):
                tail = self._text[-500:].decode(errors="replace")
                raise StartRefused(f"the screen did not show: {words}; it showed: {tail}")
            return time.monotonic()

    def _read(self) -> None:
        while not self._stopping:
            if not select.select([self._master], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(self._master, 65_536)
            except OSError:  # the console has gone
                return
            with self._seen:
                self._text = (self._text + _ESCAPES.sub(b"", data))[-KEPT:]
                for found in _LOST.finditer(self._text[-4000:]):
                    self._lost.setdefault(int(found.group(1)), time.monotonic())
                self._seen.notify_all()
