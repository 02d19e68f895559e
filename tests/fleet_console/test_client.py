"""How the console reads a PUBLISH: as the MQTT library does; nothing else is taken for one."""

from __future__ import annotations

import random

import pytest
from paho.mqtt._packet import decode_publish  # the library's own reading is the measure
from paho.mqtt.enums import MQTTProtocolVersion

from gateway.fleet.client import read_publish
from gateway.fleet.message import MAX_BYTES

TOPIC = b"nightporter-fleet/v1/hillside/front-desk/health"
PROPERTIES = bytes((2,)) + b"\x01\x01" + b'{"version":1}'
"""Payload format indicator, and then the payload."""


def body(topic: bytes = TOPIC, number: int = 258, rest: bytes = b"\x00{}") -> bytes:
    return len(topic).to_bytes(2, "big") + topic + number.to_bytes(2, "big") + rest


@pytest.mark.parametrize("first", [0x32, 0x33, 0x3A, 0x3B])
@pytest.mark.parametrize("rest", [b"\x00", b"\x00{}", PROPERTIES])
def test_a_message_is_read_as_the_library_reads_it(first: int, rest: bytes) -> None:
    ours = read_publish(first, body(rest=rest))
    theirs = decode_publish(first, body(rest=rest), MQTTProtocolVersion.MQTTv5)
    assert ours is not None
    assert (ours.topic.encode(), ours.payload, ours.retained, ours.number) == (
        theirs.topic, theirs.payload, theirs.retain, theirs.mid,
    )  # fmt: skip


def test_without_a_number_there_is_nothing_to_acknowledge() -> None:
    arrived = read_publish(0x31, len(TOPIC).to_bytes(2, "big") + TOPIC + b"\x00{}")
    assert arrived is not None
    assert (arrived.payload, arrived.retained, arrived.number) == (b"{}", True, 0)


def test_a_topic_that_is_no_text_and_a_payload_that_is_too_large_are_left_to_be_refused() -> None:
    arrived = read_publish(0x32, body(topic=b"\xff\xfe", rest=b"\x00" + b"x" * 10_000_000))
    assert arrived is not None
    assert arrived.topic == ""
    assert len(arrived.payload) == MAX_BYTES + 1


def test_what_is_no_message_is_not_taken_for_one() -> None:
    whole = body(rest=PROPERTIES)
    assert read_publish(0x34, whole) is None, "exactly once was not asked for"
    head = len(whole) - len(b'{"version":1}')
    for length in range(head):
        assert read_publish(0x32, whole[:length]) is None, length
    assert read_publish(0x32, body(rest=b"\xff\xff\xff\xff\xff\x01")) is None
    chance = random.Random(7)
    for _ in range(2_000):
        read_publish(chance.randrange(256), chance.randbytes(chance.randrange(60)))
