"""Pages for people: lists of calls and bookings, and everything about one call."""

from __future__ import annotations

import json
from datetime import datetime

from gateway.appointments.calls import CallPage, CallSummary
from gateway.appointments.records import Appointment, Outcome
from gateway.errors import NotFound
from gateway.store.base import Base
from gateway.store.columns import appointment_from, follow_up_from, utc_text, utc_time
from gateway.store.database import Row

CALLS_LISTED = 50
"""A night's calls fit on a screen or two."""


class Pages(Base):
    """Reading methods of the Store for the command line and the desk."""

    def appointment(self, uid: str) -> Appointment:
        """One appointment, cancelled or not; NotFound."""
        with self._db.reading() as reader:
            row = reader.row("SELECT * FROM appointments WHERE uid = ?", (uid,))
        if row is None:
            raise NotFound(f"there is no appointment {uid}")
        return appointment_from(row)

    def appointments(self, *, since: datetime | None = None) -> list[Appointment]:
        """All appointments that end after `since` (default: all), cancelled ones too, in order."""
        with self._db.reading() as reader:
            rows = reader.rows(
                "SELECT * FROM appointments WHERE ends > ? ORDER BY starts",
                (utc_text(since) if since else "",),
            )
        return [appointment_from(row) for row in rows]

    def calls(self, limit: int = CALLS_LISTED) -> list[CallSummary]:
        """The newest calls, newest first."""
        with self._db.reading() as reader:
            rows = reader.rows("SELECT * FROM calls ORDER BY started_at DESC LIMIT ?", (limit,))
        return [_summary(row) for row in rows]

    def call_page(self, call_id: str) -> CallPage:
        """Everything about one call; NotFound. The beginning of an id will do if it is unique."""
        with self._db.reading() as reader:
            found = reader.rows(
                "SELECT * FROM calls WHERE substr(id, 1, length(:id)) = :id ORDER BY id LIMIT 2",
                {"id": call_id},
            )
            found = [r for r in found if r["id"] == call_id] or found
            if len(found) != 1:
                raise NotFound(f"there is {'more than one' if found else 'no'} call {call_id}")
            row, key = found[0], (found[0]["id"],)
            appointments = reader.rows("SELECT * FROM appointments WHERE call_id = ?", key)
            messages = reader.rows("SELECT * FROM messages WHERE call_id = ?", key)
            follow_ups = reader.rows("SELECT * FROM follow_ups WHERE call_id = ?", key)
            decisions = reader.rows(
                "SELECT j.id, j.at, j.kind, j.reason, d.data FROM journal j "
                "LEFT JOIN journal_details d ON d.journal_id = j.id "
                "WHERE j.call_id = ? ORDER BY j.id",
                key,
            )
        for decision in decisions:
            decision["data"] = json.loads(decision["data"]) if decision["data"] else None
        return CallPage(
            summary=_summary(row),
            reason=row["reason"],
            rung_reasons=json.loads(row["rung_reasons"]),
            turns=json.loads(row["turns"]),
            recording=row["recording"],
            appointments=[appointment_from(r) for r in appointments],
            messages=messages,
            follow_ups=[follow_up_from(r) for r in follow_ups],
            decisions=decisions,
        )


def _summary(row: Row) -> CallSummary:
    return CallSummary(
        id=row["id"],
        caller=row["caller"],
        started_at=utc_time(row["started_at"]),
        ended_at=utc_time(row["ended_at"]) if row["ended_at"] else None,
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        lowest_rung=row["lowest_rung"],
    )
