"""Appointments and decisions of staff, as they come in over MQTT."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.appointments.records import Appointment, Slot, Status
from gateway.errors import MessageRefused, NotFound
from gateway.store import inbox
from gateway.store.appointments import find, insert, relocate, set_status, where
from gateway.store.base import Base
from gateway.store.columns import appointment_from, utc_text
from gateway.store.conflicts import make_room, open_conflict, side
from gateway.store.database import Row, Transaction
from gateway.store.decisions import Decision
from gateway.store.facts import Cause, record_appointment
from gateway.store.follow_ups import close_about
from gateway.store.inbox import Letter, Taken


@dataclass(frozen=True)
class StaffAppointment:
    """An appointment as staff wants it."""

    appointment: Appointment
    """its revision is staff's own count (iCalendar SEQUENCE)"""
    updated: datetime
    """when staff changed it, aware"""
    based_on: int | None = None
    """our revision that staff had before their eyes; None = unknown"""


@dataclass(frozen=True)
class StaffDecision:
    """What staff says to a request."""

    uid: str
    """the appointment"""
    decision: Decision
    """accepted, declined or moved"""
    by: str
    """who decided"""
    slot: Slot | None = None
    """the new time, when moved"""
    based_on: int | None = None
    """our revision that staff had before their eyes; None = unknown"""


class Staff(Base):
    """Methods of the Store for the word of staff; MessageRefused changes nothing."""

    def take_appointment(self, letter: Letter, word: StaffAppointment, *, now: datetime) -> Taken:
        """Staff made, moved, changed or cancelled an appointment: it stands as they say."""
        with self._db.transaction() as tx:
            if inbox.is_repeated(tx, letter):
                return Taken.REPEATED
            row = tx.row("SELECT * FROM appointments WHERE uid = ?", (word.appointment.uid,))
            if row is not None and utc_text(word.updated) <= row["staff_updated"]:
                return inbox.note(tx, letter, Taken.SUPERSEDED, now)
            if word.appointment.status is not Status.CANCELLED:
                make_room(tx, self._book, word.appointment, now)
            if row is None:
                self._add_of_staff(tx, word, now)
            else:
                self._change_by_staff(tx, row, word, now)
            return inbox.note(tx, letter, Taken.APPLIED, now)

    def take_decision(self, letter: Letter, word: StaffDecision, *, now: datetime) -> Taken:
        """Staff accepted, declined or moved what a caller asked for."""
        with self._db.transaction() as tx:
            if inbox.is_repeated(tx, letter):
                return Taken.REPEATED
            try:
                before = find(tx, word.uid)
            except NotFound as error:
                raise MessageRefused(f"unknown-appointment: {error}") from error
            row = tx.row("SELECT changed_by FROM appointments WHERE uid = ?", (word.uid,))
            by_phone = row is not None and row["changed_by"] == "phone"
            if by_phone and _is_overtaken(before, word):
                cause = Cause(now, before.call_id, "decided-on-older")
                said = f"Staff ({word.by}) had {word.decision} an earlier state of it."
                open_conflict(tx, self._book, before, said, cause)
            else:
                self._decide(tx, before, word, now)
            return inbox.note(tx, letter, Taken.APPLIED, now)

    def _add_of_staff(self, tx: Transaction, word: StaffAppointment, now: datetime) -> None:
        more = {"changed_by": "staff", "staff_updated": utc_text(word.updated)}
        insert(tx, word.appointment, self._book.country, now, **more)
        kind = "booked" if word.appointment.status is not Status.CANCELLED else "cancelled"
        cause = Cause(now, None, "staff")
        record_appointment(tx, f"appointment.{kind}", cause, None, word.appointment)

    def _change_by_staff(
        self, tx: Transaction, row: Row, word: StaffAppointment, now: datetime
    ) -> None:
        before, revision = appointment_from(row), word.appointment.revision
        after = replace(
            word.appointment,
            revision=max(before.revision + 1, revision),
            call_id=before.call_id,
            source=before.source,
        )
        columns: Row = where(after) | {
            "revision": after.revision,
            "status": after.status.value,
            "service": after.service,
            "practitioner": after.practitioner,
            "minutes": after.minutes,
            "timezone": after.timezone,
            "name": after.name,
            "phone": after.phone,
            "note": after.note,
            "updated_at": utc_text(now),
            "changed_by": "staff",
            "staff_updated": utc_text(word.updated),
        }
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        tx.run(f"UPDATE appointments SET {changes} WHERE uid = :uid", columns | {"uid": after.uid})
        cause = Cause(now, before.call_id, "staff")
        record_appointment(tx, f"appointment.{_kind(before, after)}", cause, before, after)
        close_about(tx, self._book, "uid", after.uid, "request", "staff", now)
        seen = revision - 1 if word.based_on is None else word.based_on
        if row["changed_by"] == "phone" and seen < before.revision and _differ(before, after):
            decided = "cancelled it" if after.status is Status.CANCELLED else f"set: {side(after)}"
            open_conflict(tx, self._book, before, f"Staff {decided}.", cause)

    def _decide(
        self, tx: Transaction, before: Appointment, word: StaffDecision, now: datetime
    ) -> None:
        cause = Cause(now, before.call_id, "staff")
        if word.decision is Decision.MOVED:
            if word.slot is None:
                raise MessageRefused("schema: a decision moved needs start")
            wanted = replace(
                before,
                start=word.slot.start,
                minutes=word.slot.minutes,
                practitioner=word.slot.practitioner,
            )
            make_room(tx, self._book, wanted, now)
            zone = before.timezone
            after = relocate(tx, before, word.slot, Status.CONFIRMED, zone, now, by="staff")
        else:
            accepted = word.decision is Decision.ACCEPTED
            status = Status.CONFIRMED if accepted else Status.CANCELLED
            after = set_status(tx, before, status, now, by="staff")
        record_appointment(tx, f"appointment.{word.decision.value}", cause, before, after)
        for reason in ("request", "conflict"):
            close_about(tx, self._book, "uid", word.uid, reason, word.by, now)


def _is_overtaken(before: Appointment, word: StaffDecision) -> bool:
    """Whether the caller changed or cancelled it after staff looked."""
    if word.based_on is not None:
        return word.based_on < before.revision
    return before.status is Status.CANCELLED and word.decision is not Decision.DECLINED


def _differ(before: Appointment, after: Appointment) -> bool:
    same = ("status", "start", "minutes", "practitioner", "service")
    return any(getattr(before, name) != getattr(after, name) for name in same)


def _kind(before: Appointment, after: Appointment) -> str:
    if after.status is Status.CANCELLED:
        return "cancelled"
    if before.status is Status.CANCELLED:
        return "restored"
    places = ("start", "minutes", "practitioner")
    moved = any(getattr(before, name) != getattr(after, name) for name in places)
    return "moved" if moved else "changed"
