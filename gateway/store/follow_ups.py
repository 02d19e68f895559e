"""Follow-ups: what a person has to do, with an owner and a due time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.appointments.book import Book
from gateway.appointments.records import FollowUp
from gateway.store import calendar
from gateway.store.base import Base
from gateway.store.columns import follow_up_document, follow_up_from, local_text, utc_text
from gateway.store.database import Transaction
from gateway.store.facts import Cause, record
from gateway.store.keys import whole_key

OFFICE = "office"
"""Owner of what belongs to nobody in particular."""
NO_OPENING = timedelta(days=1)
"""Due time of a follow-up when the settings name no opening at all."""


@dataclass(frozen=True)
class Task:
    """What shall become a follow-up."""

    reason: str
    """message, voicemail, call-back, request, late-cancel, conflict, abandoned, urgent, ..."""
    text: str
    """what is to be done, in plain words"""
    owner: str = ""
    """key of a practitioner or person; empty = the office"""
    uid: str | None = None
    """appointment that it is about"""
    message_id: str | None = None
    """message that it is about"""
    at_once: bool = False
    """due now, not at the next opening"""


class FollowUps(Base):
    """Follow-up methods of the Store."""

    def open_follow_ups(self) -> list[FollowUp]:
        """Everything that is still to be done, the most pressing first."""
        with self._db.reading() as reader:
            rows = reader.rows(
                "SELECT * FROM follow_ups WHERE closed_at IS NULL ORDER BY due_at, opened_at"
            )
        return [follow_up_from(row) for row in rows]

    def close_follow_up(self, follow_up_id: str, by: str, *, now: datetime) -> FollowUp:
        """Somebody has done it; closing twice changes nothing. NotFound for an unknown id, of
        which the beginning will do."""
        with self._db.transaction() as tx:
            key = whole_key(tx, "follow_ups", follow_up_id)
            [row] = tx.rows("SELECT * FROM follow_ups WHERE id = ?", (key,))
            if row["closed_at"] is not None:
                return follow_up_from(row)
            return close(tx, self._book, follow_up_from(row), by, now)


def open_task(tx: Transaction, book: Book, task: Task, cause: Cause) -> FollowUp:
    """Open a follow-up within a transaction; due when the office opens next."""
    local = book.local(cause.now)
    due = local
    if not task.at_once:
        opening = book.with_exceptions(calendar.exceptions(tx)).next_opening(local)
        due = opening or local + NO_OPENING
    follow_up = FollowUp(
        reason=task.reason,
        owner=task.owner or OFFICE,
        due=due.replace(microsecond=0),
        text=task.text,
        call_id=cause.call_id,
        id=str(uuid.uuid4()),
        uid=task.uid,
    )
    tx.insert(
        "follow_ups",
        {
            "id": follow_up.id,
            "call_id": cause.call_id,
            "message_id": task.message_id,
            "uid": task.uid,
            "reason": task.reason,
            "owner": follow_up.owner,
            "due": local_text(follow_up.due),
            "due_at": utc_text(follow_up.due.replace(tzinfo=book.zone)),
            "text": task.text,
            "opened_at": utc_text(cause.now),
        },
    )
    after = follow_up_document(follow_up, book.timezone)
    record(tx, "follow-up.opened", cause, uid=follow_up.id, after=after)
    return follow_up


def close(tx: Transaction, book: Book, follow_up: FollowUp, by: str, now: datetime) -> FollowUp:
    """Close a follow-up within a transaction."""
    tx.run(
        "UPDATE follow_ups SET closed_at = ?, closed_by = ? WHERE id = ?",
        (utc_text(now), by, follow_up.id),
    )
    row = tx.row("SELECT * FROM follow_ups WHERE id = ?", (follow_up.id,))
    assert row is not None, "it was there a statement ago, in this transaction"
    closed = follow_up_from(row)
    record(
        tx,
        "follow-up.closed",
        Cause(now, closed.call_id, closed.reason),
        uid=closed.id,
        before=follow_up_document(follow_up, book.timezone),
        after=follow_up_document(closed, book.timezone),
    )
    return closed


def close_about(
    tx: Transaction, book: Book, column: str, value: str, reason: str, by: str, now: datetime
) -> None:
    """Close the open follow-ups of one reason about an appointment ("uid") or call ("call_id")."""
    assert column in ("uid", "call_id")
    for row in tx.rows(
        f"SELECT * FROM follow_ups WHERE {column} = ? AND reason = ? AND closed_at IS NULL",
        (value, reason),
    ):
        close(tx, book, follow_up_from(row), by, now)
