"""The inbox: what came in over MQTT, applied once, refused with a reason, never half."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.errors import MessageRefused
from gateway.store.base import Base
from gateway.store.columns import utc_text
from gateway.store.database import Reader, Transaction

REFUSALS_KEPT = 1000
"""Enough to see what is wrong; a broken sender cannot fill the disk."""


class Taken(StrEnum):
    """What became of a message."""

    APPLIED = "applied"
    REPEATED = "repeated"
    """seen before: nothing changed"""
    SUPERSEDED = "superseded"
    """something newer was applied already: nothing changed"""
    REFUSED = "refused"


@dataclass(frozen=True)
class Letter:
    """Envelope of a message."""

    id: str
    """chosen by the sender, the same in every repetition"""
    topic: str
    """what it came on, after in/"""
    stream: str = ""
    """of the sender; a new one when it lost its memory"""
    sequence: int = 0
    """within the stream"""
    as_of: datetime | None = None
    """when the sender looked at its calendar, aware"""


class Inbox(Base):
    """Inbox methods of the Store."""

    def note_refused(self, letter: Letter, reason: str, *, now: datetime, count: int = 1) -> None:
        """Keep why it was refused; stands for `count` alike, and the oldest are forgotten."""
        with self._db.transaction() as tx:
            note(tx, letter, Taken.REFUSED, now, reason)
            tx.run(
                "DELETE FROM inbox WHERE result = 'refused' AND number <= "
                "(SELECT max(number) FROM inbox) - ?",
                (REFUSALS_KEPT,),
            )
            tx.run(
                "UPDATE meta SET value = CAST(value AS INTEGER) + ? WHERE key = 'refused'", (count,)
            )

    def inbox_counts(self) -> dict[str, int]:
        """Messages by what became of them, as far back as they are kept."""
        with self._db.reading() as reader:
            rows = reader.rows("SELECT result, count(*) n FROM inbox GROUP BY result")
        return {row["result"]: row["n"] for row in rows}


def is_repeated(reader: Reader, letter: Letter) -> bool:
    """Whether a message with this id was applied already."""
    return bool(reader.row("SELECT 1 FROM inbox WHERE id = ? AND result = 'applied'", (letter.id,)))


def note(tx: Transaction, letter: Letter, taken: Taken, now: datetime, reason: str = "") -> Taken:
    """Write what became of a message, within the transaction that applies it."""
    if taken is not Taken.REPEATED:
        row = {"id": letter.id, "topic": letter.topic, "received_at": utc_text(now)}
        tx.insert("inbox", row | {"result": taken.value, "reason": reason})
    return taken


def is_old(reader: Reader, letter: Letter, key: str) -> bool:
    """Whether a snapshot is not newer than what stands for a practitioner ("" = exceptions)."""
    state = reader.row("SELECT * FROM calendar_state WHERE practitioner = ?", (key,))
    if state is None:
        return False
    if state["stream"] == letter.stream:
        return bool(letter.sequence <= state["sequence"])
    assert letter.as_of is not None, "every snapshot has asOf"
    return bool(utc_text(letter.as_of) <= state["as_of"])


def follows(reader: Reader, letter: Letter, key: str) -> bool:
    """Whether changes come right after what stands; MessageRefused when something is missing."""
    state = reader.row("SELECT * FROM calendar_state WHERE practitioner = ?", (key,))
    if state is None or state["stream"] != letter.stream:
        raise MessageRefused("gap: there is no snapshot of this stream yet; send one")
    if letter.sequence > state["sequence"] + 1:
        missing = state["sequence"] + 1
        raise MessageRefused(f"gap: sequence {missing} has not come; send a snapshot")
    return bool(letter.sequence == state["sequence"] + 1)


def advance(tx: Transaction, letter: Letter, key: str, now: datetime) -> None:
    """Remember how far a practitioner's calendar is known; the future cannot be known yet."""
    assert letter.as_of is not None, "every letter about the calendar has asOf"
    tx.run(
        "INSERT OR REPLACE INTO calendar_state (practitioner, stream, sequence, heard_at, as_of) "
        "VALUES (?, ?, ?, ?, ?)",
        (key, letter.stream, letter.sequence, utc_text(now), utc_text(min(letter.as_of, now))),
    )
