"""What a call has written without its caller knowing: somebody in the office has to say it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.appointments.book import Book
from gateway.appointments.records import Booked, Cancelled, Moved, Outcome, Receipt
from gateway.store.base import Base
from gateway.store.database import Reader, Transaction
from gateway.store.facts import Cause
from gateway.store.follow_ups import Task, open_task

WRITTEN = {
    "appointment.booked": Outcome.BOOKED,
    "appointment.requested": Outcome.BOOKED,
    "appointment.moved": Outcome.MOVED,
    "appointment.cancelled": Outcome.CANCELLED,
}
"""Decision in the journal -> outcome of a call that broke off afterwards, the weightiest first."""
BROKEN_OFF = {
    Outcome.BOOKED: "The call broke off after an appointment was written; tell the caller that it "
    "stands, and ask whether there was more.",
    Outcome.MOVED: "The call broke off after an appointment was moved; tell the caller the new "
    "time.",
    Outcome.CANCELLED: "The call broke off after an appointment was cancelled; tell the caller.",
}
"""What is to be done when nobody knows whether the caller has heard it."""
TOO_LATE: Mapping[type[Receipt], str] = {
    Booked: "The caller was told that the book could not be reached, and then the appointment was "
    "written after all: it stands. Tell the caller, or cancel it.",
    Moved: "The caller was told that the book could not be reached, and then the appointment was "
    "moved after all. Tell the caller the new time, or move it back.",
    Cancelled: "The caller was told that the book could not be reached, and then the appointment "
    "was cancelled after all. Tell the caller, or undo it.",
}
"""What is to be done when the caller has heard the contrary. Other receipts do no harm."""
REASON = "unheard"
"""Of all these follow-ups."""


class Untold(Base):
    """What the Store does about receipts that came too late."""

    def written_too_late(self, receipt: Receipt, call_id: str, *, now: datetime) -> None:
        """A row was committed after its caller had been told that it could not be: a follow-up."""
        if not isinstance(receipt, Booked | Moved | Cancelled):
            return
        task = Task(REASON, TOO_LATE[type(receipt)], uid=receipt.appointment.uid)
        with self._db.transaction() as tx:
            open_task(tx, self._book, task, Cause(now, call_id, "too-late"))


def written(reader: Reader, call_id: str) -> Outcome:
    """What a call has brought about by its rows, whatever became of it."""
    rows = reader.rows("SELECT kind FROM journal WHERE call_id = ?", (call_id,))
    kinds = {row["kind"] for row in rows}
    return next((WRITTEN[kind] for kind in WRITTEN if kind in kinds), Outcome.ABANDONED)


def tell(tx: Transaction, book: Book, call_id: str, outcome: Outcome, cause: Cause) -> None:
    """A call that broke off has written something: a follow-up, unless somebody has to ring the
    caller about it anyway."""
    known = tx.row(
        "SELECT 1 FROM follow_ups WHERE call_id = ? AND reason IN (?, 'request')", (call_id, REASON)
    )
    if outcome in BROKEN_OFF and known is None:
        open_task(tx, book, Task(REASON, BROKEN_OFF[outcome]), cause)
