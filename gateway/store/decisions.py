"""What the office decides about appointments: undo, cancel, accept, decline, move."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from gateway.appointments.records import Appointment, Slot, Status
from gateway.errors import NotFound, StoreError
from gateway.store.appointments import find, live_at, relocate, set_status
from gateway.store.base import Base
from gateway.store.database import Transaction
from gateway.store.facts import Cause, record_appointment
from gateway.store.follow_ups import Task, close_about, open_task


class Decision(StrEnum):
    """What the office says to a request."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    MOVED = "moved"


class Decisions(Base):
    """Methods of the Store for the office's side."""

    def undo_cancel(self, uid: str, *, by: str, now: datetime) -> Appointment:
        """Bring a cancelled appointment back; SlotTaken if the time went to somebody else."""
        with self._db.transaction() as tx:
            before = find(tx, uid)
            if before.status is not Status.CANCELLED:
                return before
            after = set_status(tx, before, Status.CONFIRMED, now, by="staff")
            record_appointment(tx, "appointment.restored", Cause(now, None, by), before, after)
            close_about(tx, self._book, "uid", uid, "late-cancel", by, now)
        return after

    def cancel_by_office(self, uid: str, *, by: str, now: datetime) -> Appointment:
        """The office cancels; the client has to be told (follow-up)."""
        with self._db.transaction() as tx:
            before = find(tx, uid)
            if before.status is Status.CANCELLED:
                return before
            after = set_status(tx, before, Status.CANCELLED, now, by="staff")
            cause = Cause(now, None, by)
            record_appointment(tx, "appointment.cancelled", cause, before, after)
            self._tell_caller(tx, after, cause)
        return after

    def decide(
        self, uid: str, decision: Decision, *, by: str, now: datetime, slot: Slot | None = None
    ) -> Appointment:
        """Settle a request; deciding the same again changes nothing.

        NotFound for an unknown or cancelled one; SlotTaken when it is moved onto taken time.
        """
        with self._db.transaction() as tx:
            before = find(tx, uid)
            if _is_settled(before, decision, slot):
                return before
            before = live_at(tx, uid, None)
            if before.status is not Status.TENTATIVE:
                raise NotFound(f"appointment {uid} is no request any more")
            after = self._apply(tx, before, decision, slot, now)
            cause = Cause(now, before.call_id, by)
            record_appointment(tx, f"appointment.{decision.value}", cause, before, after)
            for reason in ("request", "conflict"):
                close_about(tx, self._book, "uid", uid, reason, by, now)
            if decision is not Decision.ACCEPTED:
                self._tell_caller(tx, after, cause)
        return after

    def _apply(
        self, tx: Transaction, before: Appointment, decision: Decision, slot: Slot | None,
        now: datetime,
    ) -> Appointment:  # fmt: skip
        if decision is Decision.ACCEPTED:
            return set_status(tx, before, Status.CONFIRMED, now, by="staff")
        if decision is Decision.DECLINED:
            return set_status(tx, before, Status.CANCELLED, now, by="staff")
        if slot is None:
            raise StoreError('decision "moved" needs the new time')
        zone = self._book.timezone
        return relocate(tx, before, slot, Status.CONFIRMED, zone, now, by="staff")

    def _tell_caller(self, tx: Transaction, after: Appointment, cause: Cause) -> None:
        text = "Tell the client what became of the appointment."
        open_task(tx, self._book, Task("tell-client", text, "", after.uid), cause)


def _is_settled(appointment: Appointment, decision: Decision, slot: Slot | None) -> bool:
    if decision is Decision.ACCEPTED:
        return appointment.status is Status.CONFIRMED
    if decision is Decision.DECLINED:
        return appointment.status is Status.CANCELLED
    stands = Slot(appointment.start, appointment.minutes, appointment.practitioner)
    return appointment.status is Status.CONFIRMED and stands == slot
