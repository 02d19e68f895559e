"""A Mosquitto of our own on loopback, and what `mosquitto_sub` receives from it."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from gateway.errors import StartRefused
from gateway.rehearsal.phone.programs import start_listener, start_program, stop_program

START_DEADLINE_S = 30.0
"""Mosquitto listens within a tenth of a second."""
STEP_S = 0.05
"""Between two looks."""
TRIES = 20
"""Ports tried; a taken one is refused by Mosquitto itself, so that nothing can slip in between."""
PORTS = range(20_000, 30_000)
"""Below the ephemeral ports of Linux, which other programs get by chance."""
TOPIC = "nightporter/#"


class Broker:
    """Runs until stop()."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: subprocess.Popen[bytes] | None = None
        self._listener: subprocess.Popen[bytes] | None = None
        self._received = folder / "mqtt-received.jsonl"
        self.port = 0

    def start(self) -> None:
        """Mosquitto on a free port, and a subscriber to all that boxes publish."""
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        listener = shutil.which("mosquitto_sub")
        if program is None or listener is None:
            raise StartRefused("mosquitto or mosquitto_sub is not installed; run `make setup`")
        for port in random.sample(PORTS, TRIES):
            if self._listens(program, port):
                break
        else:
            raise StartRefused(f"Mosquitto did not start; see {self._folder / 'mosquitto.log'}")
        with self._received.open("wb") as output:
            address = ["-h", "127.0.0.1", "-p", str(self.port)]
            self._listener = start_listener(
                [listener, *address, "-t", TOPIC, "-q", "1", "-F", "%j"], output
            )

    def stop(self) -> None:
        """Stop both."""
        stop_program(self._listener)
        stop_program(self._server)

    def received(self) -> list[dict[str, Any]]:
        """Messages in the order of arrival: topic, retain, payload (parsed where it is JSON)."""
        messages = []
        for line in self._received.read_text(errors="replace").splitlines():
            message = json.loads(line)
            with contextlib.suppress(ValueError, TypeError):
                message["payload"] = json.loads(message["payload"])
            messages.append(message)
        return messages

    def _listens(self, program: str, port: int) -> bool:
        """Whether Mosquitto came up on this port."""
        config = self._folder / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            f"user {Path.home().owner()}\n"
        )
        self._server = start_program([program, "-c", str(config)], self._folder / "mosquitto.log")
        deadline = time.monotonic() + START_DEADLINE_S
        while self._server.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    self.port = port
                    return self._server.poll() is None
            time.sleep(STEP_S)
        stop_program(self._server)
        return False
