"""Drains the outbox: in order, a small window in flight, a row done only when acknowledged."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Protocol

from gateway.errors import SyncError
from gateway.store.outbox import Event
from gateway.store.store import Store
from gateway.sync.topics import Topics

WINDOW = 8
"""Events in flight, two messages each at most: within the broker's limit of 20, so that nothing
waits in paho; one commit marks what was acknowledged together."""

ACKNOWLEDGE_S = 30.0
"""A broker that writes to a slow disk takes seconds; one that lost the message never answers."""


class Outlet(Protocol):
    """What the drain needs of a connection."""

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False,
        attributes: dict[str, str] | None = None,
    ) -> int:  # fmt: skip
        """Hand a message over; gives its number."""

    def take_acknowledged(self) -> set[int]:
        """Numbers acknowledged since the last call."""


@dataclass
class _Flight:
    sequence: int
    numbers: set[int]
    since: float


class Drain:
    """Carries events of one connection; make a new one for a new connection."""

    def __init__(self, store: Store, topics: Topics) -> None:
        self._store = store
        self._topics = topics
        self._stream = store.stream()
        self._flights: deque[_Flight] = deque()

    def turn(self, outlet: Outlet, now: datetime) -> bool:
        """Mark what is done, send what is next; True while anything is on its way.

        StoreError leaves everything as it was, for the next turn.

        SyncError when the broker keeps silent: a new connection begins anew.
        """
        self._mark(outlet.take_acknowledged(), now)
        if self._flights and time.monotonic() - self._flights[0].since > ACKNOWLEDGE_S:
            raise SyncError("the broker does not acknowledge")
        room = WINDOW - len(self._flights)
        if room > WINDOW // 2:
            after = self._flights[-1].sequence if self._flights else 0
            for event in self._store.next_events(room, after=after):
                self._flights.append(
                    _Flight(event.sequence, self._send(outlet, event), time.monotonic())
                )
        return bool(self._flights)

    def _mark(self, acknowledged: set[int], now: datetime) -> None:
        for flight in self._flights:
            flight.numbers -= acknowledged
        done = [f.sequence for f in takewhile(lambda f: not f.numbers, self._flights)]
        if done:
            self._store.mark_sent(done, now=now)
            for _ in done:
                self._flights.popleft()

    def _send(self, outlet: Outlet, event: Event) -> set[int]:
        source = self._topics.base
        body = event.body | {
            "sequence": event.sequence,
            "previous": event.previous,
            "stream": self._stream,
            "source": source,
        }
        attributes = {
            "specversion": "1.0",
            "id": event.id,
            "source": source,
            "type": event.type,
            "time": str(body["time"]),
        }
        numbers = set()
        if event.type.startswith("appointment."):
            document = {"version": body["version"], "appointment": body["after"]}
            payload = encode(document) if body["after"] else b""  # empty: the broker forgets it
            numbers.add(outlet.publish(self._topics.booking(event.uid), payload, retain=True))
        topic = self._topics.event(event.type)
        numbers.add(outlet.publish(topic, encode(body), attributes=attributes))
        return numbers


def encode(document: object) -> bytes:
    """A payload: JSON in UTF-8."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
