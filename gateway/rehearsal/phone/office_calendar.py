"""The office's calendar beside a box: a real Radicale, and `nightporter calendar-bridge` to it.

office = OfficeCalendar(home, broker.port)      # home: folder of the box, with its site.toml
office.start()                                  # both are there when it returns
office.staff.add("weber", datetime(2026, 12, 1, 9, 0), 60, "Staff meeting")
office.staff.events("weber")                    # bookings by phone among them
office.stop()
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from gateway.contract.service import Paths, read_status
from gateway.contract.settings_file import load_settings
from gateway.errors import StartRefused
from gateway.rehearsal.phone.programs import start_program, stop_program
from gateway.rehearsal.phone.staff_calendar import StaffCalendar

READY_S = 240.0
"""The bridge is there within two seconds; two busy cores take longer. One that ends is noticed."""
STEP_S = 0.05
"""Between two looks."""
LOOK_EVERY_S = 0.5
"""Seconds between two looks at the calendar: nobody should wait in a rehearsal."""


class OfficeCalendar:
    """Radicale and the bridge of one box; stop() ends both."""

    def __init__(self, home: Path, broker_port: int, more: str = "") -> None:
        """`more`: further lines of calendar-bridge.toml, before its first table."""
        self._home = home
        self._more = more
        self._environment = os.environ | {"NIGHTPORTER_HOME": str(home)}
        self._paths = Paths.from_environment(self._environment)
        self._settings = load_settings(self._paths.settings)
        self._broker_port = broker_port
        keys = tuple(practitioner.key for practitioner in self._settings.practitioners)
        self._keys = keys
        self.staff = StaffCalendar(home / "radicale", keys)
        self.bridge: subprocess.Popen[bytes] | None = None
        self.feed = home / "bookings.ics"

    def start(self, wait: bool = True) -> None:
        """Start both; with `wait`, return when the bridge has looked at every calendar."""
        self.staff.start()
        self.start_bridge()
        if wait:
            self.wait()

    def start_bridge(self) -> None:
        """Start the bridge alone."""
        file = self._home / "calendar-bridge.toml"
        file.write_text(self._file())
        command = [sys.executable, "-m", "gateway.calendar_bridge", str(file)]
        self.bridge = start_program(command, self._home / "calendar-bridge.log", self._environment)

    def wait(self) -> None:
        """Until the bridge is connected and has looked at every calendar; StartRefused."""
        deadline = time.monotonic() + READY_S
        while not ((status := self.status()) and status["connected"] and not status["unreachable"]):
            if self.bridge is None or self.bridge.poll() is not None:
                raise StartRefused(f"the calendar bridge ended; see {self._home}")
            if time.monotonic() > deadline:
                raise StartRefused(f"the calendar bridge is not ready; see {self._home}")
            time.sleep(STEP_S)

    def status(self) -> dict[str, Any] | None:
        """What the bridge last said about itself."""
        status = read_status(self._paths, "calendar-bridge")
        ours = self.bridge is not None and status is not None and status["pid"] == self.bridge.pid
        return status if ours else None

    def stop(self) -> None:
        """Stop both."""
        stop_program(self.bridge)
        self.staff.stop()

    def _file(self) -> str:
        office = self._settings.office
        lines = [
            f'site = "{office.site}"',
            f'box = "{office.box}"',
            f'timezone = "{office.timezone}"',
            f"look_every_s = {LOOK_EVERY_S}",
            f"feed = {json.dumps(str(self.feed))}",
            self._more,
            "[broker]",
            'host = "127.0.0.1"',
            f"port = {self._broker_port}",
            "keep_alive_s = 5",
        ]
        for key in self._keys:
            lines += [
                "[[calendars]]",
                f'practitioner = "{key}"',
                f'url = "{self.staff.url(key)}"',
                'user = "office"',
                f"password_file = {json.dumps(str(self.staff.password_file))}",
            ]
        return "\n".join(lines) + "\n"
