"""Holds: a slot kept for a call while the caller decides; one per call."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.appointments.records import Hold, Slot
from gateway.store.base import Base
from gateway.store.calendar import refuse_foreign_busy
from gateway.store.columns import instants, local_text, utc_text
from gateway.store.database import Transaction


class Holds(Base):
    """Hold methods of the Store."""

    def hold(self, slot: Slot, call_id: str, *, now: datetime) -> Hold:
        """Keep a slot for a call for booking.hold_seconds; SlotTaken if somebody else has it.

        A call holds one slot: a new hold replaces the old one, a refused one leaves it standing.
        """
        expires = now + timedelta(seconds=self._book.rules.hold_seconds)
        starts, ends = instants(slot, self._zone)
        with self._db.transaction() as tx:
            drop(tx, call_id, now)
            refuse_foreign_busy(tx, self._book, slot)
            tx.insert(
                "holds",
                {
                    "call_id": call_id,
                    "practitioner": slot.practitioner,
                    "start": local_text(slot.start),
                    "minutes": slot.minutes,
                    "starts": starts,
                    "ends": ends,
                    "expires_at": utc_text(expires),
                },
            )
        return Hold(slot, call_id, expires)

    def release_holds(self, call_id: str) -> None:
        """The call is over or the caller wants another time."""
        with self._db.transaction() as tx:
            tx.run("DELETE FROM holds WHERE call_id = ?", (call_id,))


def drop(tx: Transaction, call_id: str | None, now: datetime) -> None:
    """Remove the call's own hold and all that have expired."""
    tx.run("DELETE FROM holds WHERE expires_at <= ? OR call_id = ?", (utc_text(now), call_id or ""))
