"""The bridge's end of caldav_worker.py: a process in its own environment, JSON lines, deadlines."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from gateway.errors import (
    CalendarAway,
    CalendarChanged,
    CalendarGone,
    CalendarRefused,
    StartRefused,
)

WORKER = Path(__file__).with_name("caldav_worker.py")
ANSWER_S = 60.0
"""Each request of the worker has 10 s of its own; a list of thousands takes longer to read."""
FAULTS = {"away": CalendarAway, "refused": CalendarRefused, "changed": CalendarChanged,
          "gone": CalendarGone}  # fmt: skip


def default_python() -> Path:
    """The environment beside ours: .venv -> .venv-caldav, venv -> venv-caldav."""
    ours = Path(sys.prefix)
    return ours.with_name(f"{ours.name}-caldav") / "bin" / "python"


class CalendarLink:
    """Asks the worker; starts it when it is not there. One thread at a time."""

    def __init__(self, python: Path, calendars: dict[str, dict[str, str | None]]) -> None:
        if calendars and not python.exists():
            raise StartRefused(
                f"{python}: there is no environment with caldav; run `make setup`, or name its "
                "Python as caldav_python in calendar-bridge.toml"
            )
        self._python = python
        self._calendars = calendars
        self._worker: subprocess.Popen[bytes] | None = None
        self._number = 0
        self._rest = b""

    def ask(self, do: str, **fields: Any) -> Any:
        """The answer; CalendarAway, CalendarRefused, CalendarChanged or CalendarGone."""
        if self._worker is None or self._worker.poll() is not None:
            self._start()
        return self._ask(do, fields)

    def close(self) -> None:
        """End the worker; a request that is on its way fails. May be called by another thread."""
        worker = self._worker
        if worker is not None:
            worker.kill()
            worker.wait()

    def _start(self) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        self._rest = b""
        try:
            self._worker = subprocess.Popen(
                [str(self._python), "-I", str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a library may print what stands in an event
                env=clean,
            )
        except OSError as error:
            raise CalendarAway(f"the CalDAV worker cannot start: {error}") from error
        self._ask("open", {"calendars": self._calendars})

    def _ask(self, do: str, fields: dict[str, Any]) -> Any:
        worker = self._worker
        assert worker is not None and worker.stdin is not None
        self._number += 1
        line = json.dumps({"id": self._number, "do": do, **fields}).encode() + b"\n"
        try:
            worker.stdin.write(line)
            worker.stdin.flush()
            answer = json.loads(self._line(worker))
        except (OSError, ValueError) as error:
            worker.kill()
            worker.wait()
            self._worker = None
            raise CalendarAway("the CalDAV worker died or keeps silent") from error
        if "fault" in answer:
            raise FAULTS.get(answer["fault"], CalendarAway)(str(answer["text"]))
        return answer["done"]

    def _line(self, worker: subprocess.Popen[bytes]) -> bytes:
        """The next line; TimeoutError (an OSError), or ValueError at the end of the stream."""
        assert worker.stdout is not None
        deadline = time.monotonic() + ANSWER_S
        parts = [self._rest]
        with selectors.DefaultSelector() as selector:
            selector.register(worker.stdout, selectors.EVENT_READ)
            while b"\n" not in parts[-1]:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError("no answer")
                piece = os.read(worker.stdout.fileno(), 1 << 16)
                if not piece:
                    raise ValueError("the worker's output ended")
                parts.append(piece)
        line, _, self._rest = b"".join(parts).partition(b"\n")
        return line
