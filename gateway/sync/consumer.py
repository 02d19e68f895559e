"""For integrators: takes the box's events exactly once in effect, in order, into your own tables.

The box sends each event at least once. This library makes that exactly once, with nothing but a
SQLite file of yours and the standard library; copy it or import it.

    def apply(db: sqlite3.Connection, event: dict) -> None:
        ...                                   # write to your tables with db; never commit

    consumer = Consumer(sqlite3.connect("office.db", isolation_level=None), apply)
    result = consumer.take(payload)           # from topic nightporter/v1/+/+/event/#
    ...                                       # now, and only now, acknowledge it to the broker
    if result.replay:                         # something before it is missing: ask for it
        publish(result.replay_topic, result.replay)

    consumer.take_position(payload)           # from nightporter/v1/+/+/sequence: likewise
    consumer.replays()                        # at start and every few minutes: publish these too

`apply` runs in the transaction that notes the event as done: after a crash at any moment the event
was applied and noted, or neither. If your effect lies outside this database (a web service, say),
let `apply` write a row into a table of things to do and work through that table, passing on the
event's `id` as the idempotency key.

Events may come repeated, late and in any order. Each box has a stream; its sequences rise by one.
An event that comes too early is kept until those before it have come. `previous` names the event
before it that the box still keeps: what lies between is gone for good (erased by retention before
a broker ever took it), is not waited for, and is listed by lost(). If `apply` raises, nothing is
noted, the exception is passed on, and the event must come again.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VERSION = 1
"""Version of the events that are understood."""
WAITING_MAX = 10_000
"""Early events that are kept for each stream; beyond that the replay brings them again."""
FIELDS = {"id": str, "type": str, "stream": str, "source": str, "sequence": int, "previous": int}
"""What every event has, and its type."""
POSITION_FIELDS = {"stream": str, "source": str, "sequence": int, "oldest": int}
"""What a message of the topic `sequence` has."""

TABLES = (
    "CREATE TABLE IF NOT EXISTS nightporter_streams ("
    "stream TEXT PRIMARY KEY, source TEXT NOT NULL, sequence INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS nightporter_waiting ("
    "stream TEXT NOT NULL, sequence INTEGER NOT NULL, body TEXT NOT NULL, "
    "PRIMARY KEY (stream, sequence))",
    "CREATE TABLE IF NOT EXISTS nightporter_lost ("
    "stream TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, "
    "PRIMARY KEY (stream, first))",
)

Event = dict[str, Any]
Apply = Callable[[sqlite3.Connection, Event], None]


class NotAnEvent(ValueError):
    """The payload is no event of a version that is understood; acknowledge and report it."""


class Result(StrEnum):
    """What became of an event."""

    APPLIED = "applied"
    REPEATED = "repeated"
    WAITING = "waiting"


@dataclass(frozen=True)
class Took:
    """Answer of Consumer.take()."""

    result: Result
    """what became of the event"""
    applied: int = 0
    """events applied now: this one and those that waited for it"""
    replay: bytes | None = None
    """request to publish, when something is missing"""
    replay_topic: str = ""
    """where to publish it, QoS 1, not retained"""


class Consumer:
    """Applies the events of any number of boxes to one database."""

    def __init__(self, db: sqlite3.Connection, apply: Apply, *, from_start: bool = True) -> None:
        """`db` must be opened with isolation_level=None: transactions are begun here.

        from_start: an unknown stream is asked for all that the box still keeps; False begins with
        the first event seen.
        """
        if db.isolation_level is not None:
            raise ValueError("open the database with isolation_level=None")
        self._db = db
        self._apply = apply
        self._from_start = from_start
        for table in TABLES:
            db.execute(table)

    def take(self, payload: bytes) -> Took:
        """Take one event; acknowledge it to the broker when this returns. NotAnEvent, or whatever
        `apply` raises: then nothing was changed."""
        event = read_event(payload)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            took = self._take(event)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        return took

    def take_position(self, payload: bytes) -> Took:
        """Take a message of nightporter/v1/+/+/sequence (retained): if the last events got lost on
        the way, the answer says what to ask for. NotAnEvent."""
        told = read_document(payload, POSITION_FIELDS)
        stream, sent, oldest = told["stream"], told["sequence"], told["oldest"]
        self._db.execute("BEGIN IMMEDIATE")
        try:
            last = self._start(told | {"sequence": sent + 1, "previous": sent})
            applied = 0
            if last < oldest - 1:  # not kept any more, so it will not come
                self._skip(stream, last, oldest - 1)
                applied = self._follow(stream)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        last = self.position(stream)
        if last >= sent:
            return Took(Result.APPLIED if applied else Result.REPEATED, applied)
        topic, request = _replay(stream, told["source"], last + 1)
        return Took(Result.WAITING, applied, request, topic)

    def position(self, stream: str) -> int:
        """Sequence of the last event applied, 0 before the first."""
        row = self._db.execute(
            "SELECT sequence FROM nightporter_streams WHERE stream = ?", (stream,)
        ).fetchone()
        return int(row[0]) if row else 0

    def replays(self) -> list[tuple[str, bytes]]:
        """(topic, payload) of requests for whatever is missing now: publish them at start and every
        few minutes, in case an earlier request or its answer got lost."""
        rows = self._db.execute(
            "SELECT s.stream, s.source, s.sequence FROM nightporter_streams s WHERE EXISTS "
            "(SELECT 1 FROM nightporter_waiting w WHERE w.stream = s.stream)"
        )
        return [_replay(stream, source, last + 1) for stream, source, last in rows.fetchall()]

    def last_again(self) -> list[tuple[str, bytes]]:
        """(topic, payload) of requests for the last event of each stream once more: a box that
        sends it is there, and has taken what was sent to it before."""
        rows = self._db.execute("SELECT stream, source, sequence FROM nightporter_streams")
        return [_replay(stream, source, max(1, last)) for stream, source, last in rows.fetchall()]

    def lost(self) -> list[tuple[str, int, int]]:
        """(stream, first, last) of events that no box keeps any more and that never came."""
        return list(self._db.execute("SELECT stream, first, last FROM nightporter_lost"))

    def _take(self, event: Event) -> Took:
        stream, sequence = event["stream"], event["sequence"]
        last = self._start(event)
        if sequence <= last:
            return Took(Result.REPEATED)
        if event["previous"] > last:
            return self._keep(event, last)
        self._do(event, last)
        return Took(Result.APPLIED, 1 + self._follow(stream))

    def _follow(self, stream: str) -> int:
        """Apply what waited; gives how many."""
        applied = 0
        while (follower := self._next(stream)) is not None:
            self._do(follower, self.position(stream))
            applied += 1
        return applied

    def _start(self, event: Event) -> int:
        last = self.position(event["stream"])
        if not last:
            begin = 0 if self._from_start else min(event["sequence"] - 1, event["previous"])
            self._db.execute(
                "INSERT OR IGNORE INTO nightporter_streams VALUES (?, ?, ?)",
                (event["stream"], event["source"], begin),
            )
            last = self.position(event["stream"])
        return last

    def _do(self, event: Event, last: int) -> None:
        stream, sequence = event["stream"], event["sequence"]
        if sequence > last + 1:
            self._skip(stream, last, sequence - 1)
        self._apply(self._db, event)
        self._advance(stream, sequence)

    def _skip(self, stream: str, last: int, to: int) -> None:
        """What lies between will never come; before the first event nothing was lost to us."""
        if last:
            self._db.execute(
                "INSERT INTO nightporter_lost VALUES (?, ?, ?)", (stream, last + 1, to)
            )
        self._advance(stream, to)

    def _advance(self, stream: str, sequence: int) -> None:
        self._db.execute(
            "UPDATE nightporter_streams SET sequence = ? WHERE stream = ?", (sequence, stream)
        )
        self._db.execute(
            "DELETE FROM nightporter_waiting WHERE stream = ? AND sequence <= ?",
            (stream, sequence),
        )

    def _next(self, stream: str) -> Event | None:
        row = self._db.execute(
            "SELECT body FROM nightporter_waiting WHERE stream = ? ORDER BY sequence LIMIT 1",
            (stream,),
        ).fetchone()
        event: Event | None = json.loads(row[0]) if row else None
        return event if event and event["previous"] <= self.position(stream) else None

    def _keep(self, event: Event, last: int) -> Took:
        """Wait for what is missing; ask for it when the gap is new, not for every event behind."""
        stream = event["stream"]
        waiting = self._db.execute(
            "SELECT count(*), min(sequence) FROM nightporter_waiting WHERE stream = ?", (stream,)
        ).fetchone()
        if waiting[0] < WAITING_MAX:
            self._db.execute(
                "INSERT OR IGNORE INTO nightporter_waiting VALUES (?, ?, ?)",
                (stream, event["sequence"], json.dumps(event)),
            )
        if waiting[0] and waiting[1] <= event["sequence"]:
            return Took(Result.WAITING)
        topic, request = _replay(stream, event["source"], last + 1)
        return Took(Result.WAITING, 0, request, topic)


def _replay(stream: str, source: str, first: int) -> tuple[str, bytes]:
    request = {"version": VERSION, "id": str(uuid.uuid4()), "stream": stream, "fromSequence": first}
    return f"{source}/in/replay", json.dumps(request).encode()


def read_event(payload: bytes) -> Event:
    """The event in a payload; NotAnEvent."""
    event = read_document(payload, FIELDS)
    if not 0 <= event["previous"] < event["sequence"]:
        raise NotAnEvent("sequence and previous contradict each other")
    return event


def read_document(payload: bytes, fields: dict[str, type]) -> dict[str, Any]:
    """A JSON object with at least these fields; NotAnEvent."""
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise NotAnEvent("the payload is not JSON") from error
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise NotAnEvent(f"only version {VERSION} is understood")
    for name, kind in fields.items():
        if type(document.get(name)) is not kind:
            raise NotAnEvent(f"{name} is missing or of another type")
    return document
