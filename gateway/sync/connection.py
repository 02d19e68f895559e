"""One connection to an MQTT broker, for box and calendar bridge.

A connection is made new each time: what was not acknowledged is sent again from the outbox, never
from paho's memory, so that a kill and a lost connection are the same case.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway.contract.certificates import tls_context, what_is_wrong, why_unwelcome
from gateway.contract.mqtt_client import MqttClient
from gateway.contract.settings import Broker
from gateway.errors import SyncError

CONNECT_S = 5.0
"""TCP and TLS; shorter than the watchdog of the program, which does nothing else meanwhile."""
GREETING_S = 10.0
"""CONNACK and SUBACK; a broker that recovers a large database at its start takes seconds."""
SESSION_S = 7 * 24 * 3600
"""The broker keeps what comes in for us this long, in seconds: a box off over the holidays."""
LARGEST_BYTES = 16 * 1024 * 1024
"""The broker is asked to keep larger messages to itself: a hundred of ours, and no danger to the
memory of the box. What is smaller and still too large is refused with a reason."""
INFLIGHT = 20
"""Mosquitto's own limit of unacknowledged messages; paho queues what is beyond it."""
QOS = 1
"""At least once, everywhere."""


@dataclass(frozen=True)
class Message:
    """A message from the broker."""

    topic: str
    """its topic"""
    payload: bytes
    """its bytes, unread"""
    number: int
    """packet identifier, for acknowledge()"""
    retained: bool = False
    """True: it was kept by the broker"""


@dataclass(frozen=True)
class Will:
    """What the broker says when we vanish."""

    topic: str
    """retained topic"""
    payload: bytes
    """its bytes"""


@dataclass(frozen=True)
class Address:
    """Where to connect and as whom."""

    broker: Broker
    """the broker's table of site.toml"""
    client_id: str
    """the same for the life of the box, so that the broker keeps our session"""
    password: str | None = None
    """of broker.username"""
    subscriptions: tuple[str, ...] = ()
    """topic filters"""
    wishes: tuple[str, ...] = ()
    """topic filters that the broker may refuse"""


@dataclass
class _Inbox:
    acknowledged: set[int] = field(default_factory=set)
    messages: deque[Message] = field(default_factory=deque)
    granted: set[int] = field(default_factory=set)
    wishes: set[int] = field(default_factory=set)
    wish_refused: bool = False
    remembered: bool = False
    fault: str = ""
    greeted: bool = False


class Connection:
    """A live connection; open() or SyncError."""

    def __init__(self, address: Address, will: Will) -> None:
        self._address = address
        self._state = _Inbox()
        self._client = MqttClient(address.client_id)
        self._client.connect_timeout = CONNECT_S
        self._client.max_inflight_messages_set(INFLIGHT)
        self._client.will_set(will.topic, will.payload, qos=QOS, retain=True)
        if address.broker.username is not None:
            self._client.username_pw_set(address.broker.username, address.password)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def open(self) -> None:
        """Connect, keep the session of before, subscribe; SyncError says what failed."""
        broker = self._address.broker
        where = f"broker {broker.host}:{broker.port}"
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = SESSION_S
        session.MaximumPacketSize = LARGEST_BYTES
        try:
            if broker.tls:
                self._client.tls_set_context(tls_context(broker))
            self._client.connect(
                broker.host, broker.port, broker.announced_keep_alive_s,
                clean_start=False, properties=session,
            )  # fmt: skip
            self._await(lambda: self._state.greeted)
            for topic in (*self._address.subscriptions, *self._address.wishes):
                _, number = self._client.subscribe(topic, qos=QOS)
                if number is not None and topic in self._address.wishes:
                    self._state.wishes.add(number)
                self._await(lambda wanted=number: wanted in self._state.granted)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise SyncError(f"{where}: {what_is_wrong(error, broker)}") from error
        except SyncError as error:
            unwelcome = broker.tls and not self._state.greeted
            hint = f"; {why_unwelcome(broker)}" if unwelcome else ""
            raise SyncError(f"{where}: {error}{hint}") from error

    @property
    def remembered(self) -> bool:
        """Whether the broker still knew the session of before; False: it has lost its memory."""
        return self._state.remembered

    @property
    def wish_refused(self) -> bool:
        """Whether the broker has refused a message or a filter that was only wished for."""
        return self._state.wish_refused

    @property
    def wish_pending(self) -> bool:
        """Whether something wished for has no answer yet; of a lost connection: maybe the cause."""
        return bool(self._state.wishes)

    def turn(self, timeout_s: float) -> None:
        """Read and write what there is, waiting at most timeout_s; SyncError when it is lost."""
        code = self._client.loop(timeout_s)
        if self._state.fault:
            raise SyncError(f"the broker says: {self._state.fault}")
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise SyncError(f"the connection to the broker is lost ({code.name})")

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False,
        attributes: Mapping[str, str] | None = None, wish: bool = False,
    ) -> int:  # fmt: skip
        """Hand a message over; gives its number, which take_acknowledged() names later.

        `wish`: the broker may refuse it without harm to the connection.
        """
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ContentType = "application/json"
        if attributes:
            properties.UserProperty = list(attributes.items())
        sent = self._client.publish(topic, payload, QOS, retain, properties)
        if sent.rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_QUEUE_SIZE):
            raise SyncError(f"the connection to the broker is lost ({sent.rc.name})")
        if wish:
            self._state.wishes.add(sent.mid)
        return sent.mid

    def take_acknowledged(self) -> set[int]:
        """Numbers that the broker has acknowledged since the last call."""
        taken, self._state.acknowledged = self._state.acknowledged, set()
        return taken

    def take_message(self) -> Message | None:
        """The next message from the broker; acknowledge() it once it is safe."""
        return self._state.messages.popleft() if self._state.messages else None

    def acknowledge(self, message: Message) -> None:
        """The message is in the database (or refused): the broker may forget it."""
        self._client.ack(message.number, QOS)

    def settle(self, numbers: set[int]) -> None:
        """Wait until the broker has answered these messages; SyncError when it keeps silent."""
        self._await(lambda: numbers <= self._state.acknowledged)

    def close(self, last: Will | None = None) -> None:
        """Say goodbye, after a last retained message; the broker then keeps the will to itself."""
        try:
            if last is not None:
                number = self.publish(last.topic, last.payload, retain=True)
                self._await(lambda: number in self._state.acknowledged)
            self._client.disconnect()
            self._client.loop(0.1)
        except (SyncError, OSError):
            pass  # gone already: the will tells it
        self.drop()

    def drop(self) -> None:
        """Close the socket without a word: to the broker that is a lost connection."""
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def _await(self, done: Any) -> None:
        deadline = time.monotonic() + GREETING_S
        while not done():
            if time.monotonic() > deadline:
                raise SyncError("the broker does not answer")
            self.turn(0.05)

    def _on_connect(
        self, _client: Client, _data: object, flags: ConnectFlags, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            self._state.fault = str(code)
        self._state.remembered = flags.session_present
        self._state.greeted = True

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            self._state.fault = self._state.fault or str(code)

    def _on_publish(
        self, _client: Client, _data: object, number: int, code: ReasonCode, _more: object
    ) -> None:
        if not code.is_failure:
            self._state.acknowledged.add(number)
        elif number in self._state.wishes:
            self._state.acknowledged.add(number)
            self._state.wish_refused = True
        else:
            self._state.fault = f"message refused: {code}"
        self._state.wishes.discard(number)

    def _on_subscribe(
        self, _client: Client, _data: object, number: int, codes: list[ReasonCode], _more: object
    ) -> None:
        if any(code.is_failure for code in codes) and number not in self._state.wishes:
            self._state.fault = f"subscription refused: {codes[0]}"
        self._state.wishes.discard(number)
        self._state.granted.add(number)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._state.messages.append(
            Message(message.topic, bytes(message.payload), message.mid, message.retain)
        )
