"""A real Mosquitto on loopback, and an observer that keeps what it sees."""

from __future__ import annotations

import json
import random
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

START_S = 60.0
"""Mosquitto listens within milliseconds; two busy cores may take longer."""


class Mosquitto:
    """A broker of our own; keeps its sessions on disk, so that it can be killed."""

    def __init__(self, folder: Path, extra: str = "", port: int = 0) -> None:
        self.folder = folder
        self.extra = extra
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Mosquitto:
        """Listen on the port of before, or on any that is free: tried, never guessed."""
        for _ in range(20):
            port = self.port or random.randint(20000, 32000)
            if self._try(port):
                self.port = port
                return self
        raise RuntimeError("no port for mosquitto")

    def _try(self, port: int) -> bool:
        config = self.folder / "mosquitto.conf"
        self.folder.mkdir(exist_ok=True)
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/\nautosave_on_changes true\nautosave_interval 1\n"
            f"max_queued_messages 0\nuser root\nlog_dest none\n{self.extra}"
        )
        self.process = subprocess.Popen(
            ["mosquitto", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return self.process.poll() is None
            except OSError:
                time.sleep(0.02)
        self.kill()
        return False

    def stop(self) -> None:
        """SIGTERM: it writes its sessions first."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None

    def kill(self) -> None:
        """SIGKILL; what it had not yet written is gone, as on a bad day."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(60)
            self.process = None

    def forget(self) -> None:
        """While it is off: nothing that it ever had was on its disk."""
        (self.folder / "mosquitto.db").unlink(missing_ok=True)


@dataclass
class Observer:
    """Subscribes with a session of its own and keeps every message."""

    port: int
    client_id: str = "observer"
    filter: str = "nightporter/#"
    seen: list[tuple[str, Any, bool]] = field(default_factory=list)
    properties: list[dict[str, str]] = field(default_factory=list)
    subscribed: bool = False

    def __post_init__(self) -> None:
        self.client = Client(
            CallbackAPIVersion.VERSION2, self.client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        self.client.on_message = self._on_message
        self.client.on_subscribe = self._on_subscribe
        self.client.on_connect = lambda client, *_: client.subscribe(self.filter, qos=1)
        self.client.reconnect_delay_set(1, 1)
        session = Properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = 3600
        self.client.connect("127.0.0.1", self.port, clean_start=False, properties=session)
        self.client.loop_start()
        until(lambda: self.subscribed)  # else the broker may be stopped before it knows us

    def _on_subscribe(self, *_: object) -> None:
        self.subscribed = True

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            body = json.loads(message.payload) if message.payload else None
        except (ValueError, RecursionError):  # what a test sent on purpose
            body = message.payload
        self.seen.append((message.topic, body, message.retain))
        if message.properties is not None:
            self.properties.append(dict(getattr(message.properties, "UserProperty", [])))

    def bodies(self, part: str) -> list[Any]:
        """Payloads of topics that contain this part, in order of arrival."""
        return [body for topic, body, _ in self.seen if part in topic]

    def send(self, topic: str, payload: bytes | dict[str, Any], retain: bool = False) -> None:
        """Publish something."""
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.client.publish(topic, data, qos=1, retain=retain).wait_for_publish(5)

    def stop(self) -> None:
        """Go."""
        self.client.disconnect()
        self.client.loop_stop()


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for a condition; the test fails when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)
