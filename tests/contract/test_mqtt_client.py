"""A message whose properties the MQTT library cannot read is refused; the connection stays."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.contract.mqtt_client import UNREADABLE
from gateway.contract.settings import Broker
from gateway.sync.connection import Address, Connection, Message, Will
from tests.sync.broker import Mosquitto, Observer, until

pytestmark = pytest.mark.processes
TOPIC = "office/in/busy"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path / "broker").start()
    yield mosquitto
    mosquitto.kill()


def publish_with_mark(port: int, where: str, *, retain: bool) -> None:
    """As a program that leaves its editor's byte-order mark in the content type: the broker takes
    it; the library would send it, and would not take it back."""
    content_type = "\ufeffapplication/json".encode()
    properties = b"\x03" + len(content_type).to_bytes(2, "big") + content_type
    topic = len(where).to_bytes(2, "big") + where.encode()
    rest = topic + b"\x00\x07" + bytes((len(properties),)) + properties + b"{}"
    assert len(rest) < 128  # so that its length takes a byte
    with socket.create_connection(("127.0.0.1", port), 60) as careless:
        careless.sendall(b"\x10\x0f\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x02px")
        assert careless.recv(100)[:1] == b"\x20", "greeted"
        careless.sendall(bytes((0x33 if retain else 0x32, len(rest))) + rest)
        assert careless.recv(100)[:1] == b"\x40", "taken"


def opened(port: int) -> Connection:
    address = Address(Broker(host="127.0.0.1", port=port), "box", subscriptions=("office/in/#",))
    connection = Connection(address, Will("office/state", b"{}"))
    connection.open()
    return connection


def next_message(connection: Connection) -> Message:
    found: list[Message] = []

    def came() -> bool:
        connection.turn(0.05)
        message = connection.take_message()
        found.extend([message] if message is not None else [])
        return bool(found)

    until(came)
    return found[0]


def test_a_byte_order_mark_in_a_property_costs_no_connection(broker: Mosquitto) -> None:
    observer = Observer(broker.port, filter="nothing")
    connection = opened(broker.port)
    publish_with_mark(broker.port, TOPIC, retain=True)
    message = next_message(connection)
    assert (message.topic, message.payload) == (TOPIC, UNREADABLE)
    connection.acknowledge(message)
    observer.send(TOPIC, {"good": True})
    assert next_message(connection).payload == b'{"good": true}'
    connection.drop()
    observer.send(TOPIC, b"", retain=True)
    publish_with_mark(broker.port, TOPIC, retain=False)  # waits at the broker
    again = opened(broker.port)
    assert [next_message(again).payload for _ in range(3)] == [b'{"good": true}', b"", UNREADABLE]
    again.close()
    observer.stop()
