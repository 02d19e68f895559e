"""The bridge's connection to the office's broker: hears the box, tells it what staff did.

What comes in is in the database before it is acknowledged; what staff did waits in the outbox until
the box must have it; what the calendars have is told anew, as a snapshot, with every connection.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from gateway.calendar_bridge.memory import Memory, ends_at
from gateway.calendar_bridge.outbox import Outbox
from gateway.calendar_bridge.telling import Times, changes, instant, snapshot
from gateway.contract import strict_json
from gateway.contract.service import log_fields
from gateway.errors import MessageRefused, SyncError
from gateway.sync.backoff import Backoff
from gateway.sync.connection import Address, Connection, Message, Will
from gateway.sync.consumer import Consumer, Event, NotAnEvent, Took
from gateway.sync.documents import StaffEvent
from gateway.sync.drain import encode
from gateway.sync.topics import Topics

log = logging.getLogger(__name__)

TURN_S = 0.05
"""An event is heard this long after it came at most."""
REPLAY_EVERY_S = 60.0
"""Requests for missing events, or their answers, may get lost."""
ALIVE = ("init", "ready", "alert")
"""States of a box that is there."""


@dataclass
class _Link:
    connection: Connection
    number: int
    told: dict[str, dict[str, Times]] = field(default_factory=dict)
    told_at: dict[str, float] = field(default_factory=dict)
    days: list[dict[str, Any]] | None = None
    said: bytes = b""


class BrokerSide:
    """step() is the loop's body; neither it nor what tells raises for an outage."""

    def __init__(
        self, memory: Memory, topics: Topics, address: Address, heartbeat_s: float
    ) -> None:
        self._memory = memory
        self._topics = topics
        self._address = address
        self._heartbeat_s = heartbeat_s
        self._consumer = Consumer(memory.db, self._apply)
        self._link: _Link | None = None
        self._backoff = Backoff()
        self._next_try = 0.0
        self._next_replay = 0.0
        self._next_sign = 0.0
        self._box = (0, "")
        self._outbox = Outbox(memory)
        self.refused = 0
        """messages that could not be understood"""
        self.box_refused = 0
        """our messages that the box refused"""
        self.news = True
        """something about an appointment has changed; whoever deals with it sets it to False"""

    @property
    def connected(self) -> bool:
        """Whether the broker has greeted us."""
        return self._link is not None

    @property
    def box_alive(self) -> bool:
        """Whether the box says that it is there."""
        return self._box[1] in ALIVE

    def step(self) -> None:
        """One turn: connect when it is time, carry what there is, or sleep a little."""
        with self._losing():
            if self._link is not None:
                self._carry(self._link)
            elif time.monotonic() >= self._next_try:
                self._connect()
            else:
                time.sleep(TURN_S)

    def tell_busy(self, practitioner: str, busy: dict[str, Times], as_of: datetime) -> None:
        """Tell what differs from what was told; a sign of life when nothing does."""
        link = self._link
        if link is None:
            return
        before = link.told.get(practitioner)
        differ = before is None or before != busy
        quiet = time.monotonic() - link.told_at.get(practitioner, float("-inf"))
        # Signs of life for a box that is off would fill its queue at the broker.
        if not differ and (quiet < self._heartbeat_s or not self.box_alive):
            return
        what = (
            {"snapshot": snapshot(busy)} if before is None else {"changes": changes(before, busy)}
        )
        with self._losing():
            self._tell(link, f"busy/{practitioner}", what, as_of)
            link.told[practitioner] = busy
            link.told_at[practitioner] = time.monotonic()

    def tell_days(self, found: list[dict[str, Any]], as_of: datetime) -> None:
        """Tell which days are closed. A bridge that never knew of any leaves the box's alone."""
        link = self._link
        if link is None or link.days == found:
            return
        if found or link.days or self._memory.meta("days-told"):
            self._memory.set_meta("days-told", "yes")
            with self._losing():
                self._tell(link, "exceptions", {"exceptions": found}, as_of)
        link.days = found

    def say_state(self, state: str, calendars: list[dict[str, Any]]) -> None:
        """Keep the retained state of the bridge true."""
        link = self._link
        if link is None:
            return
        document = {"version": 1, "state": state, "connection": link.number, "calendars": calendars}
        payload = encode(document)
        if payload != link.said:
            with self._losing():
                link.connection.publish(self._topics.calendar, payload, retain=True, wish=True)
                link.said = payload

    def close(self) -> None:
        """Say `disconnected` and go."""
        if self._link is not None:
            self._link.connection.close(last_words(self._topics, "disconnected", self._link.number))
            self._link = None

    @contextmanager
    def _losing(self) -> Iterator[None]:
        """A fault of the connection ends it; step() makes a new one."""
        try:
            yield
        except SyncError as error:
            self._lose(error)

    def _connect(self) -> None:
        number = self._memory.next_connection()
        connection = Connection(self._address, last_words(self._topics, "lost", number))
        try:
            connection.open()
        except BaseException:
            connection.drop()
            raise
        self._link = _Link(connection, number)
        self._outbox.connected()
        self._backoff = Backoff()
        self._next_replay = 0.0
        log.info("broker-connected", extra=log_fields(connection=number))

    def _carry(self, link: _Link) -> None:
        def send(what: str, payload: bytes) -> int:
            return link.connection.publish(self._topics.into(what), payload)

        acknowledged = link.connection.take_acknowledged()
        self._outbox.turn(send, acknowledged, box_alive=self.box_alive)
        if time.monotonic() >= self._next_replay:
            self._next_replay = time.monotonic() + REPLAY_EVERY_S
            for topic, payload in self._consumer.replays():
                link.connection.publish(topic, payload)
        link.connection.turn(TURN_S)
        while (message := link.connection.take_message()) is not None:
            self._hear(link, message)
            link.connection.acknowledge(message)
        self._give_up_waiting(link)

    def _hear(self, link: _Link, message: Message) -> None:
        topics, topic = self._topics, message.topic
        if not message.retained and topic != topics.state:  # a state comes before it has listened
            self._outbox.heard()
        try:
            if topic.startswith(f"{topics.base}/event/"):
                self._ask_again(link, self._consumer.take(message.payload))
            elif topic == topics.sequence:
                self._ask_again(link, self._consumer.take_position(message.payload))
            elif topic.startswith(f"{topics.base}/booking/"):
                self._hear_booking(topic.rpartition("/")[2], message.payload)
            elif topic == topics.state:
                self._hear_state(link, strict_json.read(message.payload))
            elif topic == topics.refused:
                self._hear_refusal(link, strict_json.read(message.payload))
        except (NotAnEvent, MessageRefused, ValidationError) as error:
            self.refused += 1
            log.warning("message-refused", extra=log_fields(kind=type(error).__name__))

    def _ask_again(self, link: _Link, took: Took) -> None:
        if took.replay is not None:
            link.connection.publish(took.replay_topic, took.replay)

    def _apply(self, _db: object, event: Event) -> None:
        """One event of the box, within the consumer's transaction."""
        if not str(event["type"]).startswith("appointment."):
            return
        if event["after"] is None:
            self._memory.forget(event["uid"])
            self.news = True
            return
        self._take(event["after"])

    def _hear_booking(self, uid: str, payload: bytes) -> None:
        with self._memory.transaction():
            if not payload:
                self._memory.forget(uid)
                self.news = True
                return
            document = strict_json.read(payload)
            if document.get("version") != 1 or not isinstance(document.get("appointment"), dict):
                raise MessageRefused("version: only version 1 is understood")
            self._take(document["appointment"])

    def _take(self, body: dict[str, Any]) -> None:
        try:
            appointment = StaffEvent.model_validate(body)
        except ValidationError as error:  # of a later version; the others must not wait for it
            self.refused += 1
            log.warning("appointment-not-understood", extra=log_fields(faults=error.error_count()))
            return
        if self._memory.take(appointment, body, ends_at(appointment)):
            self.news = True

    def _hear_state(self, link: _Link, told: dict[str, Any]) -> None:
        number, state = told.get("connection"), told.get("state")
        if not isinstance(number, int) or not isinstance(state, str) or number < self._box[0]:
            return  # an old will that came late
        if state in ALIVE:
            anew = number > self._box[0]
            if anew:  # it may have missed something while it was off
                link.told.clear()
                link.days = None
            self._outbox.box_is_there(anew=anew)
        self._box = (number, state)

    def _hear_refusal(self, link: _Link, told: dict[str, Any]) -> None:
        topic, code = str(told.get("topic")), str(told.get("code"))
        prefix = self._topics.into("busy/")
        if topic.startswith(prefix) and code == "gap":
            link.told.pop(topic.removeprefix(prefix), None)
            return
        if isinstance(told.get("id"), str) and self._memory.answered(told["id"]):
            self.news = True
            self.box_refused += 1
            log.warning("box-refused", extra=log_fields(code=code))

    def _give_up_waiting(self, link: _Link) -> None:
        """A word that the box never answers must not keep its appointment from the calendar."""
        unanswered, ask = self._outbox.give_up(box_alive=self.box_alive)
        for name in unanswered:
            if self._memory.answered(name):
                self.news = True
                log.warning("box-did-not-answer")
        if ask and time.monotonic() >= self._next_sign:
            self._next_sign = time.monotonic() + REPLAY_EVERY_S
            for topic, payload in self._consumer.last_again():
                link.connection.publish(topic, payload)

    def _tell(self, link: _Link, what: str, body: dict[str, Any], as_of: datetime) -> None:
        document = {
            "version": 1,
            "id": str(uuid.uuid4()),
            "stream": self._memory.stream,
            "sequence": self._memory.next_sequence(what),
            "asOf": instant(as_of),
            **body,
        }
        link.connection.publish(self._topics.into(what), encode(document))

    def _lose(self, error: Exception) -> None:
        if self._link is not None:
            self._link.connection.drop()
            self._link = None
        self._backoff = self._backoff.failed()
        wait = self._backoff.wait_s(random.random())
        self._next_try = time.monotonic() + wait
        fields = log_fields(failures=self._backoff.failures, next_try_s=round(wait, 1))
        log.warning("broker-away: %s", error, extra=fields)


def subscriptions(topics: Topics) -> tuple[str, ...]:
    """What the bridge listens to."""
    base = topics.base
    return (f"{base}/event/#", f"{base}/booking/+", topics.sequence, topics.state, topics.refused)


def last_words(topics: Topics, state: str, number: int) -> Will:
    """What stands in the retained state of the bridge when connection `number` is over."""
    document = {"version": 1, "state": state, "connection": number, "calendars": []}
    return Will(topics.calendar, encode(document))
