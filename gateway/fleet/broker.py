"""The console's connection to the operator's broker; paho-mqtt without its thread."""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway.contract.certificates import tls_context, what_is_wrong, why_unwelcome
from gateway.errors import SyncError
from gateway.fleet.apply import Arrived
from gateway.fleet.client import ConsoleClient
from gateway.fleet.message import MAX_BYTES
from gateway.fleet.settings import ConsoleBroker, password

CONNECT_S = 10.0
"""TCP and TLS, to a broker far away."""
GREETING_S = 30.0
"""CONNACK, SUBACK and PUBACK of a broker that is busy with a whole fleet."""
BATCH = 2_000
"""Messages in one transaction: large enough to be quick, small enough to be shown soon."""
QOS = 1
"""At least once, everywhere."""


class Link:
    """A live connection; open() or SyncError. A message counts once it is acknowledged."""

    def __init__(self, broker: ConsoleBroker, client_id: str) -> None:
        self._broker = broker
        self._arrived: deque[Arrived] = deque()
        self._granted: set[int] = set()
        self._published: set[int] = set()
        self._greeted = False
        self._fault = ""
        client = self._client = ConsoleClient(client_id)
        client.connect_timeout = CONNECT_S
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message

    def open(self) -> None:
        """Connect with a new session; SyncError names the field to mend where one is known."""
        broker = self._broker
        if broker.username is not None:
            self._client.username_pw_set(broker.username, password(broker))
        if broker.tls:
            try:
                self._client.tls_set_context(tls_context(broker))
            except SyncError as error:
                raise SyncError(self._of_broker(str(error))) from error
        try:
            self._client.connect(
                broker.host, broker.port, broker.announced_keep_alive_s, clean_start=True
            )
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise SyncError(self._of_broker(what_is_wrong(error, broker))) from error
        try:
            self._await(lambda: self._greeted)
        except SyncError as error:
            if not broker.tls or self._greeted:
                raise
            raise SyncError(f"{error}; {why_unwelcome(broker)}") from error

    def subscribe(self, topics: str | Iterable[str]) -> None:
        """Subscribe and wait until the broker has granted it."""
        wanted = [topics] if isinstance(topics, str) else list(topics)
        _, number = self._client.subscribe([(topic, QOS) for topic in wanted])
        self._await(lambda: number in self._granted)

    def unsubscribe(self, topic: str) -> None:
        """No longer receive these, and wait until the broker has heard it."""
        _, number = self._client.unsubscribe(topic)
        self._await(lambda: number in self._granted)

    def read(self, timeout_s: float) -> list[Arrived]:
        """At most BATCH messages; waits at most timeout_s for the first."""
        if not self._arrived:
            self._turn(timeout_s)
        return [self._arrived.popleft() for _ in range(min(BATCH, len(self._arrived)))]

    def acknowledge(self, taken: Iterable[Arrived]) -> None:
        """They are in the database: the broker may forget them."""
        for arrived in taken:
            if arrived.number:
                self._client.ack(arrived.number, QOS)
        sock: Any = self._client.socket()
        if sock is not None:
            sock.flush()

    def publish(
        self, topic: str, payload: bytes, *, expires_s: int | None = None, retain: bool = False
    ) -> None:
        """Hand a message to the broker and wait until it has it."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ContentType = "application/json"
        if expires_s is not None:
            properties.MessageExpiryInterval = expires_s
        sent = self._client.publish(topic, payload, QOS, retain, properties)
        self._await(lambda: sent.mid in self._published)

    def close(self) -> None:
        """Say goodbye."""
        try:
            self._client.disconnect()
            self._client.loop_write()
        except (OSError, ValueError):
            pass  # gone already
        sock = self._client.socket()
        if sock is not None:
            sock.close()

    def _await(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + GREETING_S
        while not done():
            if time.monotonic() > deadline:
                raise SyncError(self._of_broker("does not answer"))
            self._turn(0.05)

    def _turn(self, timeout_s: float) -> None:
        """Read and write what there is."""
        sock: Any = self._client.socket()
        if sock is None:
            raise SyncError(self._lost())
        sock.flush()
        waiting = sock.pending()
        writers = [sock] if sock.unsent or self._client.want_write() else []
        readable, writable, _ = select.select([sock], writers, [], 0 if waiting else timeout_s)
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if writable:
            code = self._client.loop_write()
        if readable or waiting:
            code = self._read_all() or code
        if not code:
            code = self._client.loop_misc()
        if self._fault or code:
            raise SyncError(self._lost(code))

    def _read_all(self) -> MQTTErrorCode:
        while len(self._arrived) < BATCH:
            before = len(self._arrived)
            code = self._client.loop_read()
            if code or len(self._arrived) == before:
                return code
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _lost(self, code: MQTTErrorCode | None = None) -> str:
        return self._of_broker(self._fault or (code.name if code else "connection lost"))

    def _of_broker(self, what: str) -> str:
        return f"broker {self._broker.host}:{self._broker.port}: {what}"

    def _on_connect(
        self, _client: Client, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            self._fault = str(code)
        self._greeted = True

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure:
            self._fault = self._fault or str(code)

    def _on_subscribe(
        self, _client: Client, _data: object, number: int, codes: list[ReasonCode], _more: object
    ) -> None:
        if any(code.is_failure for code in codes):
            self._fault = f"subscription refused: {codes[0]}"
        self._granted.add(number)

    def _on_unsubscribe(self, _client: Client, _data: object, number: int, *_more: object) -> None:
        self._granted.add(number)

    def _on_publish(
        self, _client: Client, _data: object, number: int, code: ReasonCode, _more: object
    ) -> None:
        if code.is_failure and str(code) != "No matching subscribers":
            self._fault = f"message refused: {code}"
        self._published.add(number)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        payload = bytes(message.payload[: MAX_BYTES + 1])  # so much of a large one is refused
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""  # refused likewise
        self._arrived.append(Arrived(topic, payload, message.retain, message.mid))
