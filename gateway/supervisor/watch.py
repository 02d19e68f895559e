"""Starts programs, restarts what dies or hangs, stops all in reverse order."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway.contract.service import log_fields

log = logging.getLogger(__name__)

RESTART_LIMIT = 6
"""Deaths within RESTART_WINDOW_S after which a program is left alone for a longer while."""
RESTART_WINDOW_S = 60.0
"""Seconds over which deaths are counted."""
LONG_PAUSE_S = 30.0
"""Pause after too many deaths: the ladder carries the calls, the machine stays usable."""
SHORT_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Pause before the n-th restart in a row: the first at once, a caller may be waiting."""
STOP_DEADLINE_S = 5.0
"""Time that a program has after SIGTERM, as in the unit files; then SIGKILL."""
HANG_AFTER_S = 15.0
"""A program that was ready and has not fed its watchdog for so long is killed."""
_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a child gets when its parent dies."""


@dataclass(frozen=True)
class Program:
    """One program to keep running."""

    name: str
    """short name, as in its status file"""
    command: tuple[str, ...]
    """argv"""
    niceness: int = 0
    """added to the niceness: the models yield to the line"""


@dataclass
class _Running:
    program: Program
    """what"""
    process: subprocess.Popen[bytes] | None = None
    """None between death and restart"""
    deaths: list[float] = field(default_factory=list)
    """monotonic times of recent deaths"""
    start_at: float = 0.0
    """monotonic time of the next start while there is no process"""
    ready: bool = False
    """has said READY=1"""
    fed_at: float = 0.0
    """monotonic time of the last sign of life"""


class Supervisor:
    """Keeps programs running until stop(); speaks sd_notify with them."""

    def __init__(
        self,
        programs: tuple[Program, ...],
        environment: Mapping[str, str],
        notify_socket: Path,
        tell: Callable[[str], None],
    ) -> None:
        self._running = [_Running(program) for program in programs]
        self._environment = dict(environment)
        self._tell = tell
        self._stopping = False
        notify_socket.unlink(missing_ok=True)
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(notify_socket))
        self._notify.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._notify.setblocking(False)
        self._environment["NOTIFY_SOCKET"] = str(notify_socket)

    def stop(self) -> None:
        """Ask `run` to stop everything and return."""
        self._stopping = True

    def run(self) -> None:
        """Keep the programs alive until stop() is called; returns when all have ended."""
        selector = selectors.DefaultSelector()
        selector.register(self._notify, selectors.EVENT_READ)
        try:
            while not self._stopping:
                now = time.monotonic()
                for running in self._running:
                    self._look_after(running, now)
                if selector.select(timeout=0.1):
                    self._read_notifications()
        finally:
            self._stop_all()
            selector.close()
            self._notify.close()

    def _look_after(self, running: _Running, now: float) -> None:
        process = running.process
        if process is None:
            if now >= running.start_at:
                self._start(running, now)
            return
        if process.poll() is not None:
            self._died(running, now)
        elif running.ready and now - running.fed_at > HANG_AFTER_S:
            log.error("program-hangs", extra=log_fields(program=running.program.name))
            process.kill()

    def _start(self, running: _Running, now: float) -> None:
        niceness = running.program.niceness
        libc = ctypes.CDLL(None, use_errno=True)

        def prepare() -> None:  # in the child: die with the supervisor, yield to the line
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            os.nice(niceness)

        running.process = subprocess.Popen(
            running.program.command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            preexec_fn=prepare,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in order
        )
        running.ready = False
        running.fed_at = now
        log.info(
            "program-started",
            extra=log_fields(program=running.program.name, pid=running.process.pid),
        )

    def _died(self, running: _Running, now: float) -> None:
        assert running.process is not None
        code = running.process.returncode
        running.process = None
        running.deaths = [t for t in running.deaths if now - t < RESTART_WINDOW_S] + [now]
        count = len(running.deaths)
        if count > RESTART_LIMIT:
            pause = LONG_PAUSE_S
            self._tell(
                f"{running.program.name} died {count} times in a minute; next try in "
                f"{LONG_PAUSE_S:.0f} s. Calls go on without it."
            )
        else:
            pause = SHORT_PAUSES_S[min(count, len(SHORT_PAUSES_S)) - 1]
            self._tell(f"{running.program.name} ended ({_reason(code)}); starting it again")
        running.start_at = now + pause

    def _read_notifications(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                data, ancillary, _, _ = self._notify.recvmsg(4096, socket.CMSG_SPACE(12))
                pid = _sender(ancillary)
                for running in self._running:
                    if running.process is not None and running.process.pid == pid:
                        self._heard_from(running, data.decode(errors="replace"))

    def _heard_from(self, running: _Running, text: str) -> None:
        running.fed_at = time.monotonic()
        if "READY=1" in text.split("\n") and not running.ready:
            running.ready = True
            self._tell(f"{running.program.name} is ready")

    def _stop_all(self) -> None:
        for running in reversed(self._running):
            process = running.process
            if process is None or process.poll() is not None:
                continue
            process.terminate()
            try:
                process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _sender(ancillary: list[tuple[int, int, bytes]]) -> int:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_CREDENTIALS:
            return int.from_bytes(data[:4], sys.byteorder)
    return 0


def _reason(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"
