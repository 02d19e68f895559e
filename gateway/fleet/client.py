"""The MQTT library's client, for a console that reads thousands of small messages a second."""

from __future__ import annotations

from typing import Any

from gateway.contract.mqtt_client import MqttClient
from gateway.fleet.buffered_socket import BufferedSocket


class ConsoleClient(MqttClient):
    """Reads through a buffer: the library asks the system four times for each message."""

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())  # type: ignore[arg-type]
