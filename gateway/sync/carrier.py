"""Carries between store and broker: connects, drains, listens, tries again after any outage."""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Protocol

from gateway.contract import strict_json
from gateway.contract.fleet import Health
from gateway.contract.service import log_fields
from gateway.errors import MessageRefused, StoreError, SyncError
from gateway.store.inbox import Letter
from gateway.store.outbox import Position
from gateway.store.store import Store
from gateway.sync import home_assistant
from gateway.sync.backoff import Backoff
from gateway.sync.connection import Address, Connection, Message, Will
from gateway.sync.drain import Drain, encode
from gateway.sync.state import Session, State, connection_of
from gateway.sync.topics import Topics

log = logging.getLogger(__name__)

IDLE_TURN_S = 0.1
"""An event is on the wire this long after its commit at most; waking up costs microseconds."""
BUSY_TURN_S = 0.02
"""While acknowledgements are due."""
REFUSED_S = 3600.0
"""A broker whose rules forbid Home Assistant's topics is asked again this seldom: Mosquitto 2.0.11
may close a connection on which it has refused a message."""
UNANSWERED = 2
"""So many connections in a row that end before an answer to a wish count as its refusal: the broker
may close faster than its refusal can be read."""
CALENDAR = "calendar-refused"
"""What the store remembers: how many events of the office's calendar are not understood."""
MOST_EVENTS = 1_000_000
"""In a calendar; a higher count is no count."""
HOME = "home-assistant"
"""What the store remembers: where the box appeared in Home Assistant."""


class Listener(Protocol):
    """Who takes what comes in."""

    def take(self, message: Message, now: datetime) -> bytes | None:
        """Put it into the database; gives the refusal to publish, or None."""


@dataclass
class _Link:
    connection: Connection
    drain: Drain
    session: Session
    said: State | None = None
    health: Health | None = None
    announced: Position | None = None


class Carrier:
    """The office's connection; step() is the loop's body and never raises for an outage."""

    def __init__(
        self, store: Store, topics: Topics, address: Address, listener: Listener,
        state: Callable[[], State], home: Callable[[], Health | None] | None = None,
    ) -> None:  # fmt: skip
        """`home`: health for Home Assistant, None when the office does not ask for it."""
        self._store = store
        self._topics = topics
        self._address = address
        self._listener = listener
        self._state = state
        self._home = home
        self._home_refused_s = float("-inf")
        self._home_unanswered = 0
        self._run = str(uuid.uuid4())
        self._link: _Link | None = None
        self._backoff = Backoff()
        self._next_try = 0.0
        self._above = 0

    @property
    def connected(self) -> bool:
        """Whether the broker has greeted us."""
        return self._link is not None

    def step(self) -> None:
        """One turn: connect when it is time, carry what there is, or sleep a little."""
        try:
            if self._link is not None:
                self._carry(self._link)
            elif time.monotonic() >= self._next_try:
                self._connect()
            else:
                time.sleep(IDLE_TURN_S)
        except (SyncError, StoreError) as error:
            self._lose(error)

    def close(self) -> None:
        """Say `disconnected` and go."""
        if self._link is not None:
            document = self._link.session.document(State.DISCONNECTED, _now())
            self._link.connection.close(Will(self._topics.state, encode(document)))
            self._link = None

    def _connect(self) -> None:
        session = Session(self._run, self._store.next_connection(above=self._above))
        will = Will(self._topics.state, encode(session.document(State.LOST, _now())))
        connection = Connection(self._address, will)
        try:
            connection.open()
        except BaseException:
            connection.drop()
            raise
        self._link = _Link(connection, Drain(self._store, self._topics), session)
        self._say_state(self._link)
        connection.publish(self._topics.info, encode(self._info()), retain=True)
        self._announce_home(self._link)
        self._backoff = Backoff()
        log.info("broker-connected", extra=log_fields(connection=session.connection))

    def _carry(self, link: _Link) -> None:
        busy = self._drain(link)
        link.connection.turn(BUSY_TURN_S if busy else IDLE_TURN_S)
        while (message := link.connection.take_message()) is not None:
            self._hear(link, message)
        if self._state() is not link.said:
            self._say_state(link)
        self._say_health(link)

    def _drain(self, link: _Link) -> bool:
        """Whether anything is on its way; a locked database is no reason to lose the broker."""
        try:
            busy = link.drain.turn(link.connection, _now())
            if not busy:
                self._announce(link)
        except StoreError as error:
            log.warning("store-away: %s", error)
            return False
        return busy

    def _hear(self, link: _Link, message: Message) -> None:
        if message.topic == self._topics.state:
            self._hear_state(link, _read(message.payload))
        elif message.topic == self._topics.calendar:
            self._hear_calendar(message)
        elif message.topic == home_assistant.STATUS:
            if message.payload == home_assistant.ONLINE:
                link.health = None
                self._announce_home(link)
        else:
            refusal = self._listener.take(message, _now())
            if refusal is not None:
                link.connection.publish(self._topics.refused, refusal)
        link.connection.acknowledge(message)

    def _hear_calendar(self, message: Message) -> None:
        """Events that the calendar bridge cannot understand count as refused, each once."""
        told = _read(message.payload)
        calendars = told.get("calendars") if isinstance(told, dict) else None
        if not isinstance(calendars, list) or not calendars:  # the bridge is gone
            return
        counts = [c.get("refused") for c in calendars if isinstance(c, dict)]
        total = sum(count for count in counts if type(count) is int and 0 < count < MOST_EVENTS)
        known = int(self._store.recall(CALENDAR) or 0)
        if total > known:
            reason = "calendar-event: the office's calendar has an event that is not understood"
            letter = Letter("", message.topic)
            self._store.note_refused(letter, reason, now=_now(), count=total - known)
        if total != known:
            self._store.remember(CALENDAR, str(total) if total else "")

    def _hear_state(self, link: _Link, retained: object) -> None:
        if link.session.is_overwritten_by(retained):
            self._say_state(link)  # an old will came late
        elif connection_of(retained) > link.session.connection:
            self._above = connection_of(retained)
            raise SyncError("the broker knows a later connection of this box; a restored backup?")

    def _say_state(self, link: _Link) -> None:
        link.said = self._state()
        document = link.session.document(link.said, _now())
        link.connection.publish(self._topics.state, encode(document), retain=True)

    def _announce_home(self, link: _Link) -> None:
        """Appear in Home Assistant if the office asks for it; vanish if it asked once."""
        config = home_assistant.discovery_topic(self._topics)
        if self._home is not None:
            if time.monotonic() - self._home_refused_s < REFUSED_S:
                return
            self._store.remember(HOME, config)
            document = encode(home_assistant.discovery(self._topics, version("nightporter")))
            link.connection.publish(config, document, retain=True, wish=True)
        elif shown := self._store.recall(HOME):
            topics = (shown, self._topics.health)
            numbers = {link.connection.publish(t, b"", retain=True, wish=True) for t in topics}
            link.connection.settle(numbers)
            self._store.remember(HOME, "")

    def _say_health(self, link: _Link) -> None:
        health = self._home() if self._home is not None else None
        if health is not None and health is not link.health:
            link.health = health
            payload = health.model_dump_json(exclude_none=True).encode()
            link.connection.publish(self._topics.health, payload, retain=True, wish=True)

    def _announce(self, link: _Link) -> None:
        """Whoever lost the last events learns of it, also after the broker has lost its memory."""
        position = self._store.position()
        if position == link.announced:
            return
        link.announced = position
        document = {
            "version": 1,
            "stream": self._store.stream(),
            "source": self._topics.base,
            "sequence": position.sent,
            "oldest": position.oldest,
        }
        link.connection.publish(self._topics.sequence, encode(document), retain=True)

    def _lose(self, error: Exception) -> None:
        if self._link is not None:
            connection = self._link.connection
            self._home_unanswered = self._home_unanswered + 1 if connection.wish_pending else 0
            if connection.wish_refused or self._home_unanswered >= UNANSWERED:
                self._home_refused_s = time.monotonic()
                log.warning("home-assistant-refused")
            self._link.connection.drop()
            self._link = None
        self._backoff = self._backoff.failed()
        wait = self._backoff.wait_s(random.random())
        self._next_try = time.monotonic() + wait
        fields = log_fields(failures=self._backoff.failures, next_try_s=round(wait, 1))
        log.warning("broker-away: %s", error, extra=fields)

    def _info(self) -> dict[str, object]:
        return {
            "version": 1,
            "software": version("nightporter"),
            "site": self._topics.site,
            "box": self._topics.box,
            "stream": self._store.stream(),
        }


def _read(payload: bytes) -> object:
    try:
        return strict_json.read(payload)
    except MessageRefused:
        return None


def _now() -> datetime:
    return datetime.now(UTC)
