"""A whole box of our own: a home, the sample office, `nightporter up`; parts killed on demand."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.contract.service import Paths, read_status
from gateway.contract.settings import Settings
from gateway.contract.settings_file import load_settings
from gateway.errors import StartRefused
from gateway.rehearsal.phone.programs import parent_of, start_program, stop_program
from gateway.supervisor.up import SAMPLE, user_phrases

READY_DEADLINE_S = 300.0
"""Models load in a few seconds from a warm disk; a busy machine takes minutes."""
STEP_S = 0.1
"""Between two looks at the status files."""
DEATH_STEP_S = 0.005
"""Between two looks whether a killed program is dead."""
MEDIA_PORTS = range(30_000, 60_000, 100)
"""First of a hundred RTP ports; another box on this machine has others."""
PROGRAMS = ("line", "gateway", "models", "sync")


def sample_site(mqtt_port: int | None, changes: dict[str, str] | None = None) -> str:
    """The sample office on ports of its own; `changes` adds lines to tables by name."""
    text = SAMPLE.read_text(encoding="utf-8")
    first = random.choice(MEDIA_PORTS)
    text = re.sub(r"(?m)^port = 5060$", f'port = 0\nmedia_ports = "{first}-{first + 99}"', text)
    if mqtt_port is not None:
        text = re.sub(r"(?m)^port = 1883$", f"port = {mqtt_port}", text)
    else:
        text = text.replace('[office.mqtt]\nhost = "127.0.0.1"\nport = 1883\n', "")
    for table, lines in (changes or {}).items():
        header = f"[{table}]\n"
        text = text.replace(header, header + lines) if header in text else text + header + lines
    return text


class Box:
    """One running box."""

    def __init__(self, home: Path, site: str) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / "site.toml").write_text(site, encoding="utf-8")
        self._environment = dict(os.environ)
        for name in ("NIGHTPORTER_SETTINGS", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY"):
            self._environment.pop(name, None)
        self._environment["NIGHTPORTER_HOME"] = str(home)
        self._environment.setdefault("NIGHTPORTER_PHRASES", str(user_phrases()))
        self.paths = Paths.from_environment(self._environment)
        self.settings: Settings = load_settings(self.paths.settings)
        self.log = home / "box.log"
        self._up: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """`nightporter up`."""
        command = [sys.executable, "-m", "gateway.cli", "up", "--home", str(self.home)]
        self._up = start_program(command, self.log, self._environment)

    def stop(self) -> None:
        """Stop all of it."""
        stop_program(self._up)

    def wait_ready(self, programs: tuple[str, ...], tell: Callable[[str], None]) -> None:
        """Return when these programs are ready; StartRefused after READY_DEADLINE_S."""
        started, missing = time.monotonic(), list(programs)
        while missing:
            for name in [name for name in missing if self.is_ready(name)]:
                missing.remove(name)
                tell(f"{name} is ready after {time.monotonic() - started:.1f} s")
            if self._up is None or self._up.poll() is not None:
                raise StartRefused(f"the box has ended by itself; see {self.log}")
            if time.monotonic() - started > READY_DEADLINE_S:
                raise StartRefused(f"{', '.join(missing)}: not ready; see {self.log}")
            time.sleep(STEP_S)

    def is_ready(self, program: str) -> bool:
        """Whether it says so and lives."""
        status = self.status(program)
        return bool(status and status["ready"] and parent_of(int(status["pid"])) == self._pid)

    def status(self, program: str) -> dict[str, Any] | None:
        """What the program last said about itself."""
        return read_status(self.paths, program)

    @property
    def uri(self) -> str:
        """Where to ring."""
        status = self.status("line")
        if status is None:
            raise StartRefused(f"the line is not running; see {self.log}")
        return f"sip:{self.settings.line.user}@127.0.0.1:{status['port']}"

    def pid(self, program: str) -> int:
        """Process id of a program that this box started; StartRefused for any other."""
        status = self.status(program)
        if status is None or parent_of(int(status["pid"])) != self._pid:
            raise StartRefused(f"{program} is not a running program of this box")
        return int(status["pid"])

    def kill(self, program: str) -> int:
        """SIGKILL, as a crash; the process that was killed."""
        pid = self.pid(program)
        os.kill(pid, signal.SIGKILL)
        return pid

    def wait_gone(self, pid: int) -> None:
        """Return when a killed program is dead: the kernel may take a moment."""
        while parent_of(pid) == self._pid:
            time.sleep(DEATH_STEP_S)

    @property
    def _pid(self) -> int:
        return self._up.pid if self._up else -1
