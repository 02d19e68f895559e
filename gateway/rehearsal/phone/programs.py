"""Programs that a rehearsal starts: a log file, a careful end, nothing left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO

STOP_DEADLINE_S = 12.0
"""The box stops its programs within five seconds each, most at once; then SIGKILL."""
_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a child gets when its parent dies."""
_DEAD = "ZXx"
"""States of processes that have ended and wait for their parent to notice."""
_libc = ctypes.CDLL(None)


def start_program(
    command: list[str], log: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program with its output in a file; it gets SIGTERM if we are killed, and no Ctrl-C
    of ours: we stop it ourselves, in order."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )


def start_listener(command: list[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
    """As start_program, with standard output in an open file."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def stop_program(process: subprocess.Popen[bytes] | None) -> None:
    """SIGTERM, patience, SIGKILL to its own session."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def parent_of(pid: int) -> int | None:
    """Process id of the parent, None when there is no such process, or a dead one (proc(5))."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, parent = stat.rpartition(")")[2].split()[:2]
    return None if state in _DEAD else int(parent)
