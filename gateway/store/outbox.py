"""The outbox: what MQTT has to carry, written in the transaction of the fact that it reports."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import datetime

from gateway.store.base import Base
from gateway.store.columns import Document, canonical, utc_text, utc_time
from gateway.store.database import Transaction

VERSION = 1
"""Version of the payloads; readers refuse others."""
BATCH = 1000
"""Rows changed in one transaction where there may be a million: tens of milliseconds."""
COUNTED = 10_000
"""A longer queue is not counted row by row every two seconds; sequences have no gaps in it."""


@dataclass(frozen=True)
class Event:
    """One event on its way out."""

    sequence: int
    """number in this box's stream, from 1, without gaps"""
    id: str
    """UUID; the same in every repetition"""
    type: str
    """appointment.booked, message.taken, ..."""
    uid: str
    """UUID of what it is about"""
    body: Document
    """payload as in docs/asyncapi.yaml, without `sequence`, `previous`, `stream` and `source`"""
    previous: int = 0
    """sequence of the event before it that is still kept, 0 = none"""


@dataclass(frozen=True)
class OutboxState:
    """How far behind the outside is."""

    queued: int
    """events not yet acknowledged by the broker"""
    oldest_s: float
    """age of the oldest of them in seconds, 0 without any"""


@dataclass(frozen=True)
class Position:
    """Where the stream of events stands."""

    sent: int
    """all events up to this sequence were acknowledged"""
    oldest: int
    """sequence of the oldest event that is kept"""


class Outbox(Base):
    """Outbox methods of the Store."""

    def stream(self) -> str:
        """Id of this database; sequences of another stream start anew."""
        with self._db.reading() as reader:
            return str(reader.value("SELECT value FROM meta WHERE key = 'stream'"))

    def next_events(self, limit: int, *, after: int = 0) -> list[Event]:
        """The oldest events that are not sent, in order, those above the sequence `after`."""
        with self._db.reading() as reader:
            rows = reader.rows(
                "SELECT sequence, id, type, uid, body, coalesce((SELECT max(o.sequence) "
                "FROM outbox o WHERE o.sequence < outbox.sequence), 0) previous FROM outbox "
                "WHERE sent_at IS NULL AND sequence > ? ORDER BY sequence LIMIT ?",
                (after, limit),
            )
        return [Event(**row | {"body": json.loads(row["body"])}) for row in rows]

    def mark_sent(self, sequences: list[int], *, now: datetime) -> None:
        """The broker has acknowledged these."""
        with self._db.transaction() as tx:
            for sequence in sequences:
                tx.run(
                    "UPDATE outbox SET sent_at = ? WHERE sequence = ?", (utc_text(now), sequence)
                )

    def position(self) -> Position:
        """How far the broker has everything, and from where on it can be sent again."""
        with self._db.reading() as reader:
            row = reader.row(
                "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0) last, "
                "(SELECT min(sequence) FROM outbox WHERE sent_at IS NULL) unsent, "
                "(SELECT min(sequence) FROM outbox) oldest"
            )
        assert row is not None, "a query without FROM gives one row"
        sent = row["last"] if row["unsent"] is None else row["unsent"] - 1
        return Position(sent, row["last"] + 1 if row["oldest"] is None else row["oldest"])

    def send_again(self, stream: str, from_sequence: int) -> int:
        """A consumer missed something: queue what is still kept from that sequence on once more.

        Gives the number of events queued; 0 when the stream is another one.
        """
        if self.stream() != stream:
            return 0
        queued, after = 0, from_sequence - 1
        while True:  # a batch at a time, so that a caller's booking never waits for all of it
            with self._db.transaction() as tx:
                last = tx.value(
                    "SELECT max(sequence) FROM (SELECT sequence FROM outbox WHERE sequence > ? "
                    "AND sent_at IS NOT NULL ORDER BY sequence LIMIT ?)",
                    (after, BATCH),
                )
                if last is None:
                    return queued
                queued += tx.run(
                    "UPDATE outbox SET sent_at = NULL "
                    "WHERE sequence > ? AND sequence <= ? AND sent_at IS NOT NULL",
                    (after, last),
                )
            after = int(last)

    def next_connection(self, *, above: int = 0) -> int:
        """The number of a new connection to the broker; rises for the life of the database.

        `above`: a number seen at the broker, higher than ours after a backup was restored.
        """
        with self._db.transaction() as tx:
            last = int(tx.value("SELECT value FROM meta WHERE key = 'connection'") or 0)
            number = max(last, above) + 1
            tx.run(
                "INSERT INTO meta (key, value) VALUES ('connection', :n) "
                "ON CONFLICT (key) DO UPDATE SET value = :n",
                {"n": str(number)},
            )
        return number

    def outbox_state(self, *, now: datetime) -> OutboxState:
        """Length and age of the queue; counted up to COUNTED, then taken from the sequences."""
        with self._db.reading() as reader:
            queued = reader.value(
                "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE sent_at IS NULL LIMIT ?)",
                (COUNTED,),
            )
            if queued == COUNTED:
                queued = reader.value(
                    "SELECT (SELECT max(sequence) FROM outbox) - sequence + 1 FROM outbox "
                    "WHERE sent_at IS NULL ORDER BY sequence LIMIT 1"
                )
            oldest = reader.value(
                "SELECT time FROM outbox WHERE sent_at IS NULL ORDER BY sequence LIMIT 1"
            )
        age = (now - utc_time(oldest)).total_seconds() if oldest else 0.0
        return OutboxState(int(queued), max(0.0, age))


def add(
    tx: Transaction,
    kind: str,
    *,
    now: datetime,
    uid: str,
    revision: int | None = None,
    before: Document | None = None,
    after: Document | None = None,
) -> None:
    """Queue an event within a transaction."""
    event_id = str(uuid.uuid4())
    body = {
        "version": VERSION,
        "id": event_id,
        "type": kind,
        "time": utc_text(now),
        "uid": uid,
        "revision": revision,
        "before": before,
        "after": after,
    }
    tx.insert(
        "outbox",
        {
            "id": event_id,
            "type": kind,
            "time": utc_text(now),
            "uid": uid,
            "body": canonical(body),
        },
    )
