"""A real line in a home of its own: started, watched, killed; for whole-box tests too."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.contract.service import Paths
from gateway.contract.spooled import SpooledMessage
from telephony import prompts
from tests.sip.sound import wideband_sine

READY_S = 60.0
"""A start on a busy machine; on an idle one it takes half a second."""
ROOT = Path(__file__).parents[2]
_REST = """
[[services]]
key = "check-up"
name = "check-up"
minutes = 30

[[practitioners]]
key = "weber"
name = "Doctor Weber"
"""


def site_toml(
    line: Mapping[str, Any] | None = None,
    voicemail: Mapping[str, Any] | None = None,
    opening: Mapping[str, Any] | None = None,
    timezone: str = "UTC",
) -> str:
    """A small site.toml: a trunk on loopback that answers always, with these changes."""
    settings = {
        "mode": "trunk",
        "allowed_peers": ["127.0.0.1"],
        "bind": "127.0.0.1",
        "port": 0,
        "answer": "always",
        "media_ports": "42000-43000",
        **(line or {}),
    }
    tables = {
        "office": {"name": "Test Office", "timezone": timezone},
        "opening": dict(opening or {}),
        "line": settings,
        "voicemail": {"silence_seconds": 2, "max_seconds": 10, **(voicemail or {})},
    }
    lines = []
    for name, values in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n" + _REST


class LineProcess:
    """`python -m telephony` in a temporary NIGHTPORTER_HOME."""

    def __init__(self, site: str, home: Path, environ: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.environ = {**os.environ, "NIGHTPORTER_HOME": str(home), **(environ or {})}
        self.paths = Paths.from_environment(self.environ)
        self.log_file = home / "line.log"
        self.paths.settings.write_text(site, encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> LineProcess:
        """Start it; with `wait`, until it takes calls."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "telephony"],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if wait:
            self.wait_for(ready=True)
        return self

    def shorten_greetings(self, seconds: float = 0.5) -> None:
        """Give the office recordings of its own: a 440 Hz tone instead of each sentence."""
        folder = self.paths.greetings
        folder.mkdir(parents=True, exist_ok=True)
        for name in prompts.NEEDED:
            with wave.open(str(folder / f"{name}.wav"), "wb") as file:
                file.setparams((1, 2, 16000, 0, "NONE", ""))
                file.writeframes(wideband_sine(seconds))

    @property
    def pid(self) -> int:
        """Process id."""
        assert self.process is not None
        return self.process.pid

    @property
    def port(self) -> int:
        """SIP port, UDP and TCP."""
        return int(self.status()["port"])

    @property
    def log(self) -> str:
        """Everything it has logged."""
        return self.log_file.read_text(errors="replace")

    def status(self) -> dict[str, Any]:
        """Its status file."""
        data = json.loads(self.paths.status_file("line").read_bytes())
        assert isinstance(data, dict)
        return data

    def wait_for(self, timeout: float = READY_S, **facts: Any) -> dict[str, Any]:
        """Wait until the status of this process says all these facts."""
        give_up = time.monotonic() + timeout
        seen: dict[str, Any] = {}
        while time.monotonic() < give_up:
            try:
                seen = self.status()
            except (OSError, ValueError):
                seen = {}
            if seen.get("pid") == self.pid and all(seen.get(k) == v for k, v in facts.items()):
                return seen
            if self.process and self.process.poll() is not None:
                raise AssertionError(f"the line ended by itself:\n{self.log}")
            time.sleep(0.02)
        raise AssertionError(f"no {facts} within {timeout} s, last {seen}:\n{self.log[-4000:]}")

    def spooled(self, count: int = 1, timeout: float = READY_S) -> list[SpooledMessage]:
        """Wait for so many entries in the spool."""
        give_up = time.monotonic() + timeout
        while True:
            files = sorted(self.paths.spool.glob("*.json"))
            if len(files) >= count:
                return [SpooledMessage.from_json(file.read_bytes()) for file in files]
            if time.monotonic() > give_up:
                raise AssertionError(f"{len(files)} entries in the spool:\n{self.log[-4000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, timeout: float = READY_S) -> float:
        """SIGTERM; the seconds that it took."""
        assert self.process is not None
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        return time.monotonic() - began


@contextmanager
def running_line(
    site: str | None = None, *, start: bool = True, environ: Mapping[str, str] | None = None
) -> Iterator[LineProcess]:
    """A line for one test; its home is short enough for Unix sockets and goes away afterwards."""
    home = Path(tempfile.mkdtemp(prefix="np-"))
    line = LineProcess(site or site_toml(), home, environ)
    try:
        yield line.start() if start else line
    finally:
        if line.process and line.process.poll() is None:
            line.stop()
        shutil.rmtree(home, ignore_errors=True)
