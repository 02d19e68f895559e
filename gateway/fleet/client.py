"""The MQTT library's client, for a console that reads thousands of small messages a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from gateway.fleet.apply import Arrived
from gateway.fleet.buffered_socket import BufferedSocket
from gateway.fleet.message import MAX_BYTES


class ConsoleClient(Client):
    """As the library's, but that it reads through a buffer and hands a message over as it came.

    The library asks the system four times for each message, and builds objects for properties that
    nobody here looks at: together that takes longer than all the console's own work.
    """

    def __init__(self, client_id: str, take: Callable[[Arrived], None]) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2, client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True,
        )  # fmt: skip
        self._take = take

    def _create_socket(self) -> Any:
        return BufferedSocket(super()._create_socket())  # type: ignore[arg-type]

    def _handle_publish(self) -> MQTTErrorCode:
        arrived = read_publish(self._in_packet["command"], bytes(self._in_packet["packet"]))
        if arrived is None:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self._take(arrived)
        return MQTTErrorCode.MQTT_ERR_SUCCESS


def read_publish(first: int, body: bytes) -> Arrived | None:
    """What a PUBLISH brings: its first byte, and all after its length; None when it is none.

    Of a payload that is too large so much is kept that it is refused. Source: MQTT 5, 3.3.
    """
    qos = first >> 1 & 3
    end = 2 + int.from_bytes(body[:2], "big")
    number = 0
    if qos:
        number = int.from_bytes(body[end : end + 2], "big")
    place, length, shift = end + 2 * qos, 0, 0
    while True:
        if qos > 1 or place >= len(body) or shift > 21:
            return None
        byte = body[place]
        length |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            break
    if place + length > len(body):
        return None
    try:
        topic = body[2:end].decode()
    except UnicodeDecodeError:
        topic = ""
    payload = body[place + length : place + length + MAX_BYTES + 1]
    return Arrived(topic, payload, bool(first & 1), number)
