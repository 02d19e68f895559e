"""The MQTT library's client as our programs use it; imported by those alone that speak MQTT."""

from __future__ import annotations

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.exception import MalformedPacket

UNREADABLE = b"unreadable"
"""Payload of a message that the library could not read: no JSON, so everybody refuses it."""


class MqttClient(Client):
    """MQTT 5; messages are acknowledged by hand.

    paho 2.2 takes U+FEFF in the text of a property for a malformed packet and closes the
    connection, though brokers pass it on (MQTT 5, 1.5.4 allows it; a careless editor writes it).
    A retained or queued message of that kind would come back with each connection and end it, for
    as long as the broker keeps it: here it comes as UNREADABLE, to be refused and acknowledged.
    """

    def __init__(self, client_id: str) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2, client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True,
        )  # fmt: skip

    def _handle_publish(self) -> MQTTErrorCode:
        try:
            return super()._handle_publish()
        except MalformedPacket:
            first, body = self._in_packet["command"], bytes(self._in_packet["packet"])
        end = 2 + int.from_bytes(body[:2], "big")
        message = MQTTMessage(topic=body[2:end])
        message.qos, message.retain, message.payload = first >> 1 & 3, bool(first & 1), UNREADABLE
        if message.qos > 1:  # exactly once was not asked for
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        message.mid = int.from_bytes(body[end : end + 2], "big") if message.qos else 0
        self._handle_on_message(message)
        return MQTTErrorCode.MQTT_ERR_SUCCESS
