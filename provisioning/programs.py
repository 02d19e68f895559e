"""Restarts our programs and hears from their status files how they are."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.contract.service import PROGRAMS, Paths, read_status

LINE_LIMIT_S = float(os.environ.get("NIGHTPORTER_LINE_LIMIT_S", "120"))
"""From the restart to the line on duty: a registrar may make us wait for one retry of 60 s."""
PROGRAMS_LIMIT_S = float(os.environ.get("NIGHTPORTER_PROGRAMS_LIMIT_S", "300"))
"""From the restart to the models ready: a Raspberry Pi reads a gigabyte from its card."""
COMMAND_LIMIT_S = 30.0
"""systemctl only hands the wish over; whether the line came back is seen in its status."""
LOOK_EVERY_S = 0.5
TOO_SLOW = 124
"""Exit code of a command that did not end within its limit, as of timeout(1)."""

Run = Callable[[list[str], float], "subprocess.CompletedProcess[str]"]
"""(command, limit in seconds) -> what it printed."""


def run(command: list[str], limit_s: float) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal; exit code 127 when it is missing, 124 when too slow."""
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(
            command, TOO_SLOW, "", f"no answer within {limit_s:.0f} s"
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, 127, "", str(error.strerror))


def under_systemd() -> bool:
    """Whether systemd runs this machine."""
    return Path("/run/systemd/system").is_dir() and "NIGHTPORTER_HOME" not in os.environ


def on_duty(status: dict[str, Any] | None) -> bool:
    """Whether a line with this status answers calls."""
    if not status or not status.get("ready"):
        return False
    return status.get("mode") == "trunk" or status.get("registered") is True


@dataclass(frozen=True)
class Programs:
    """The long-lived programs of this box."""

    paths: Paths
    """Where their status files lie"""
    run: Run = run
    """How systemctl is called"""

    def line_on_duty(self, since: float = 0.0) -> bool:
        """Whether the line answers calls, with a process started after `since` (seconds of the
        epoch)."""
        status = read_status(self.paths, "line")
        return on_duty(status) and float((status or {}).get("started_at", 0.0)) >= since

    def call_is_on(self) -> bool:
        """Whether somebody is on the phone."""
        status = read_status(self.paths, "line") or {}
        return int(status.get("calls_active") or 0) > 0

    def restart(self) -> None:
        """Have every program read its settings anew."""
        if under_systemd():
            # All of them by PartOf= and Wants=; naming them too would start each of them twice.
            self.run(["systemctl", "restart", "--no-block", "nightporter.target"], COMMAND_LIMIT_S)
            return
        for name in PROGRAMS:  # `nightporter up` starts again what ends
            status = read_status(self.paths, name)
            if status is not None:
                with contextlib.suppress(ProcessLookupError, KeyError, ValueError):
                    os.kill(int(status["pid"]), signal.SIGTERM)

    def wait_for_line(self, since: float, limit_s: float = LINE_LIMIT_S) -> bool:
        """Whether a line started after `since` comes on duty within the limit."""
        until = time.monotonic() + limit_s
        while not self.line_on_duty(since):
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_EVERY_S)
        return True

    def wait_for_all(self, since: float, limit_s: float = PROGRAMS_LIMIT_S) -> None:
        """Until each program is ready, or the limit is over."""
        until = time.monotonic() + limit_s
        while time.monotonic() < until and not all(self.ready(name, since) for name in PROGRAMS):
            time.sleep(LOOK_EVERY_S)

    def ready(self, name: str, since: float = 0.0) -> bool:
        """Whether a program started after `since` says that it is ready."""
        status = read_status(self.paths, name)
        return bool(status and status.get("ready") and float(status.get("started_at", 0)) >= since)
