"""The written rule for conflicts (docs/conflicts.md): what staff decided stands; what a caller was
promised is never lost but becomes a follow-up that names both sides, due when the office opens."""

from __future__ import annotations

from datetime import datetime

from gateway.appointments.book import Book
from gateway.appointments.records import Appointment, Slot, Status
from gateway.errors import MessageRefused
from gateway.store.appointments import set_status
from gateway.store.columns import appointment_from, instants
from gateway.store.database import Row, Transaction
from gateway.store.facts import Cause, record_appointment
from gateway.store.follow_ups import Task, open_task

REASON = "conflict"
"""Reason of the follow-ups that this rule opens."""


def make_room(tx: Transaction, book: Book, winner: Appointment, now: datetime) -> None:
    """Take the time of staff's appointment from holds and from what was booked by phone.

    MessageRefused when the time belongs to another appointment that staff decided on.
    """
    slot = Slot(winner.start, winner.minutes, winner.practitioner)
    starts, ends = instants(slot, winner.zone)
    tx.run(
        "DELETE FROM holds WHERE practitioner = ? AND starts < ? AND ends > ?",
        (winner.practitioner, ends, starts),
    )
    losers = overlapping(tx, winner.practitioner, starts, ends, unless=winner.uid)
    for row in losers:
        if row["changed_by"] == "staff":
            raise MessageRefused(f"overlap: appointment {row['uid']} of staff is at that time")
    for row in losers:
        before = appointment_from(row)
        after = set_status(tx, before, Status.CANCELLED, now, by="staff")
        cause = Cause(now, before.call_id, "staff-took-the-time")
        record_appointment(tx, "appointment.displaced", cause, before, after)
        open_conflict(tx, book, before, f"Staff gave the time to {side(winner)}.", cause)


def doubt(tx: Transaction, book: Book, row: Row, other_side: str, now: datetime) -> None:
    """The calendar speaks against an appointment booked by phone: it becomes a request."""
    if row["changed_by"] == "staff":
        return  # staff knows both
    before = appointment_from(row)
    cause = Cause(now, before.call_id, "calendar-disagrees")
    if before.status is Status.CONFIRMED:
        after = set_status(tx, before, Status.TENTATIVE, now)
        record_appointment(tx, "appointment.doubted", cause, before, after)
    open_conflict(tx, book, before, other_side, cause)


def open_conflict(
    tx: Transaction, book: Book, lost: Appointment, other_side: str, cause: Cause
) -> None:
    """A follow-up that names both sides; the same one is opened once."""
    text = f"By phone: {side(lost)}. {other_side} Settle it and tell the client."
    known = tx.row(
        "SELECT 1 FROM follow_ups WHERE uid = ? AND reason = ? AND text = ?",
        (lost.uid, REASON, text),
    )
    if not known:
        open_task(tx, book, Task(REASON, text, lost.practitioner, lost.uid), cause)


def overlapping(
    tx: Transaction, practitioner: str, starts: str, ends: str, *, unless: str = ""
) -> list[Row]:
    """Live appointments of a practitioner between two instants (UTC text)."""
    return tx.rows(
        "SELECT * FROM appointments WHERE practitioner = ? AND status <> 'cancelled' "
        "AND starts < ? AND ends > ? AND uid <> ? ORDER BY starts",
        (practitioner, ends, starts, unless),
    )


def side(appointment: Appointment) -> str:
    """An appointment in words, for people in the office."""
    who = ", ".join(part for part in (appointment.name, appointment.phone) if part)
    return (
        f"{who or 'a client'}, {appointment.service}, {appointment.start:%A %d %B %Y %H:%M} to "
        f"{appointment.end:%H:%M} with {appointment.practitioner}"
    )
