"""What `nightporter up` does with programs that die, hang or cannot start."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.supervisor import watch
from gateway.supervisor.watch import Program, Supervisor

pytestmark = pytest.mark.processes

READY = """
import os, signal, socket, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
def note(text):
    with (folder / "log").open("a") as file:
        file.write(text + "\\n")
def stop(*_):
    note("stopped " + sys.argv[2]); sys.exit(0)
signal.signal(signal.SIGTERM, stop)
link = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
link.connect(os.environ["NOTIFY_SOCKET"])
note(f"started {sys.argv[2]} {os.getpid()}")
link.sendall(b"READY=1")
"""
STEADY = READY + "\nwhile True:\n    link.sendall(b'WATCHDOG=1'); time.sleep(0.1)\n"
HANGING = READY + "\nwhile True:\n    time.sleep(60)\n"
DYING = READY + "\nsys.exit(3)\n"


def program(folder: Path, name: str, code: str) -> Program:
    return Program(name, (sys.executable, "-c", code, str(folder), name))


@contextmanager
def supervised(folder: Path, *programs: Program) -> Iterator[list[str]]:
    told: list[str] = []
    supervisor = Supervisor(programs, os.environ, folder / "notify.sock", told.append)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        yield told
    finally:
        supervisor.stop()
        thread.join(120)
        assert not thread.is_alive()


def lines(folder: Path) -> list[str]:
    log = folder / "log"
    return log.read_text().splitlines() if log.exists() else []


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_killed_program_comes_back_within_a_second(tmp_path: Path) -> None:
    with supervised(tmp_path, program(tmp_path, "a", STEADY)) as told:
        wait_until(lambda: "a is ready" in told)
        os.kill(int(lines(tmp_path)[0].split()[2]), signal.SIGKILL)
        wait_until(lambda: len(lines(tmp_path)) == 2)
    assert any("SIGKILL" in text for text in told)


def test_a_program_that_hangs_is_restarted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "HANG_AFTER_S", 0.5)
    with supervised(tmp_path, program(tmp_path, "a", HANGING)):
        wait_until(lambda: len(lines(tmp_path)) >= 2)


def test_a_program_that_keeps_dying_is_left_alone_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "SHORT_PAUSES_S", (0.05,))
    with supervised(tmp_path, program(tmp_path, "a", DYING)) as told:
        wait_until(lambda: any("died" in text for text in told))
        count = len(lines(tmp_path))
        time.sleep(1.0)
        assert len(lines(tmp_path)) == count
    assert count == watch.RESTART_LIMIT + 1


def test_programs_stop_in_the_reverse_order_of_their_start(tmp_path: Path) -> None:
    programs = [program(tmp_path, name, STEADY) for name in ("a", "b", "c")]
    with supervised(tmp_path, *programs) as told:
        wait_until(lambda: len([t for t in told if "is ready" in t]) == 3)
    stops = [line for line in lines(tmp_path) if line.startswith("stopped")]
    assert stops == ["stopped c", "stopped b", "stopped a"]
