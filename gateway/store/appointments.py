"""Appointments by phone: booked, moved, cancelled, confirmed, found."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.appointments.names import phone_key, same_name, same_phone
from gateway.appointments.records import (
    Appointment,
    Booked,
    Cancelled,
    Confirmed,
    Draft,
    Moved,
    Slot,
    Status,
    seal_for_store,
)
from gateway.appointments.wall_time import to_utc
from gateway.errors import NotFound, StaleRevision
from gateway.store import holds
from gateway.store.base import Base
from gateway.store.calendar import refuse_foreign_busy
from gateway.store.calls import ensure_call
from gateway.store.columns import appointment_from, canonical, instants, local_text, utc_text
from gateway.store.database import Row, Transaction
from gateway.store.facts import Cause, record_appointment
from gateway.store.follow_ups import Task, open_task


class Appointments(Base):
    """Appointment methods of the Store for calls; see Decisions for the office's side."""

    def book(self, draft: Draft, call_id: str, *, now: datetime) -> Booked:
        """Write the appointment; the call's hold is used up.

        The same draft of the same call gives the same receipt again. SlotTaken if the time went to
        somebody else. A tentative draft is a request: it takes the time and opens a follow-up.
        """
        key = hashlib.sha256(canonical(asdict(draft)).encode()).hexdigest()
        cause = Cause(now, call_id, "request" if draft.tentative else "agreed")
        with self._db.transaction() as tx:
            row = tx.row(
                "SELECT * FROM appointments "
                "WHERE call_id = ? AND draft_key = ? AND status <> 'cancelled'",
                (call_id, key),
            )
            if row is not None:
                return Booked(row["journal_id"], now, seal_for_store(), appointment_from(row))
            ensure_call(tx, call_id, now)
            holds.drop(tx, call_id, now)
            refuse_foreign_busy(tx, self._book, draft.slot)
            appointment = self._insert(tx, draft, call_id, key, now)
            kind = "appointment.requested" if draft.tentative else "appointment.booked"
            journal_id = record_appointment(tx, kind, cause, None, appointment)
            if draft.tentative:
                text = "Confirm or decline the requested appointment and tell the caller."
                task = Task("request", text, draft.slot.practitioner, appointment.uid)
                open_task(tx, self._book, task, cause)
        return Booked(journal_id, now, seal_for_store(), appointment)

    def move(
        self, uid: str, revision: int, slot: Slot, call_id: str, *, now: datetime,
        tentative: bool = False,
    ) -> Moved:  # fmt: skip
        """Move an appointment; SlotTaken, StaleRevision (changed meanwhile) or NotFound.

        Tentative: a request, as for book(). A request that is moved stays a request.
        """
        cause = Cause(now, call_id, "request" if tentative else "agreed")
        with self._db.transaction() as tx:
            before = live_at(tx, uid, revision)
            ensure_call(tx, call_id, now)
            holds.drop(tx, call_id, now)
            refuse_foreign_busy(tx, self._book, slot)
            status = Status.TENTATIVE if tentative else before.status
            after = relocate(tx, before, slot, status, self._book.timezone, now)
            journal_id = record_appointment(tx, "appointment.moved", cause, before, after)
            if tentative:
                text = "Confirm or decline the requested move and tell the caller."
                open_task(tx, self._book, Task("request", text, slot.practitioner, uid), cause)
        return Moved(journal_id, now, seal_for_store(), after, before)

    def cancel(self, uid: str, revision: int, call_id: str, *, now: datetime) -> Cancelled:
        """Cancel an appointment (soft); StaleRevision or NotFound.

        Within booking.cancel_notice_hours of its start it is late and opens a follow-up.
        """
        notice = timedelta(hours=self._book.rules.cancel_notice_hours)
        with self._db.transaction() as tx:
            before = live_at(tx, uid, revision)
            late = to_utc(before.start, self._zone) - now < notice
            cause = Cause(now, call_id, "late" if late else "in-time")
            ensure_call(tx, call_id, now)
            after = set_status(tx, before, Status.CANCELLED, now)
            journal_id = record_appointment(tx, "appointment.cancelled", cause, before, after)
            if late:
                text = "Cancelled at short notice: the time is free again."
                open_task(
                    tx, self._book, Task("late-cancel", text, before.practitioner, uid), cause
                )
        return Cancelled(journal_id, now, seal_for_store(), after, late)

    def confirm(self, uid: str, call_id: str, *, now: datetime) -> Confirmed:
        """The caller says that they will come; the appointment itself does not change."""
        with self._db.transaction() as tx:
            appointment = live_at(tx, uid, None)
            ensure_call(tx, call_id, now)
            tx.run("UPDATE appointments SET confirmed_at = ? WHERE uid = ?", (utc_text(now), uid))
            cause = Cause(now, call_id, "caller-will-come")
            journal_id = record_appointment(
                tx, "appointment.confirmed", cause, appointment, appointment
            )
        return Confirmed(journal_id, now, seal_for_store(), appointment)

    def find_appointments(
        self, *, phone: str | None = None, name: str | None = None, day: date | None = None,
        now: datetime,
    ) -> list[Appointment]:  # fmt: skip
        """Live appointments that are not over, in order; whatever is given must agree.

        Numbers agree in national and international form, names when they look or sound alike.
        """
        with self._db.reading() as reader:
            rows = reader.rows(
                "SELECT * FROM appointments WHERE status <> 'cancelled' AND ends > ? "
                "ORDER BY starts",
                (utc_text(now),),
            )
        key = phone_key(phone, self._book.country)
        return [
            appointment_from(row)
            for row in rows
            if (phone is None or same_phone(key, row["phone_key"]))
            and (name is None or same_name(name, row["name"]))
            and (day is None or row["start"].startswith(day.isoformat()))
        ]

    def _insert(
        self, tx: Transaction, draft: Draft, call_id: str, key: str, now: datetime
    ) -> Appointment:
        status = Status.TENTATIVE if draft.tentative else Status.CONFIRMED
        appointment = Appointment(
            uid=str(uuid.uuid4()),
            revision=0,
            status=status,
            service=draft.service,
            practitioner=draft.slot.practitioner,
            start=draft.slot.start,
            minutes=draft.slot.minutes,
            timezone=self._book.timezone,
            name=draft.name,
            phone=phone_key(draft.phone, self._book.country) or draft.phone,
            call_id=call_id,
            note=draft.note,
        )
        insert(tx, appointment, self._book.country, now, draft_key=key)
        return appointment


def insert(
    tx: Transaction, appointment: Appointment, country: str, now: datetime, **more: Any
) -> None:
    """Write a new row; the schema refuses overlaps (SlotTaken)."""
    row: Row = asdict(appointment) | where(appointment) | more
    row["status"] = appointment.status.value
    row["phone_key"] = phone_key(appointment.phone, country)
    row["created_at"] = row["updated_at"] = utc_text(now)
    tx.insert("appointments", row)


def where(appointment: Appointment) -> Row:
    """Columns of the time: local wall time, and the instants derived from it."""
    slot = Slot(appointment.start, appointment.minutes, appointment.practitioner)
    starts, ends = instants(slot, appointment.zone)
    return {"start": local_text(appointment.start), "starts": starts, "ends": ends}


def find(tx: Transaction, uid: str) -> Appointment:
    """The appointment; NotFound."""
    row = tx.row("SELECT * FROM appointments WHERE uid = ?", (uid,))
    if row is None:
        raise NotFound(f"there is no appointment {uid}")
    return appointment_from(row)


def live_at(tx: Transaction, uid: str, revision: int | None) -> Appointment:
    """The appointment as the caller knows it; NotFound when cancelled, StaleRevision."""
    appointment = find(tx, uid)
    if revision is not None and appointment.revision != revision:
        raise StaleRevision(f"appointment {uid} was changed: it is at {appointment.revision}")
    if appointment.status is Status.CANCELLED:
        raise NotFound(f"appointment {uid} is cancelled")
    return appointment


def set_status(
    tx: Transaction, before: Appointment, status: Status, now: datetime, *, by: str = "phone"
) -> Appointment:
    """Change the status; the revision rises. SlotTaken when it comes back to life on taken time.

    `by`: phone or staff.
    """
    tx.run(
        "UPDATE appointments SET status = ?, revision = revision + 1, updated_at = ?, "
        "changed_by = ? WHERE uid = ?",
        (status.value, utc_text(now), by, before.uid),
    )
    return find(tx, before.uid)


def relocate(
    tx: Transaction, before: Appointment, slot: Slot, status: Status, zone: str, now: datetime,
    *, by: str = "phone",
) -> Appointment:  # fmt: skip
    """Change time, length, practitioner and status; the revision rises. SlotTaken.

    `by`: phone or staff.
    """
    starts, ends = instants(slot, ZoneInfo(zone))
    tx.run(
        "UPDATE appointments SET practitioner = :practitioner, start = :start, minutes = :minutes, "
        "timezone = :zone, starts = :starts, ends = :ends, status = :status, "
        "revision = revision + 1, updated_at = :now, changed_by = :by WHERE uid = :uid",
        {
            "practitioner": slot.practitioner,
            "start": local_text(slot.start),
            "minutes": slot.minutes,
            "zone": zone,
            "starts": starts,
            "ends": ends,
            "status": status.value,
            "now": utc_text(now),
            "by": by,
            "uid": before.uid,
        },
    )
    return find(tx, before.uid)
