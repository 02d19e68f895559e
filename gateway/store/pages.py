"""Pages for people: lists of calls and bookings, and everything about one call."""

from __future__ import annotations

import json
from datetime import datetime

from gateway.appointments.calls import CallPage, CallSummary, ToDo
from gateway.appointments.records import Appointment, Outcome
from gateway.store.base import Base
from gateway.store.columns import appointment_from, follow_up_from, utc_text, utc_time
from gateway.store.database import Row
from gateway.store.keys import whole_key

CALLS_LISTED = 50
"""A night's calls fit on a screen or two."""


_NAME, _PHONE = (
    f"coalesce(nullif(m.{column}, ''), nullif(a.{column}, ''), "
    f"(SELECT {column} FROM appointments WHERE call_id = f.call_id AND {column} <> '' LIMIT 1), "
    f"(SELECT {column} FROM messages WHERE call_id = f.call_id AND {column} <> '' LIMIT 1), "
    f"{last}, '')"
    for column, last in (
        ("name", "json_extract(nullif(c.progress, ''), '$.name')"),
        ("phone", "nullif(c.caller, '')"),
    )
)
_TO_DO = f"""SELECT f.*, {_NAME} name, {_PHONE} phone,
    coalesce(m.recording, '') recording, coalesce(m.transcript, '') transcript
    FROM follow_ups f LEFT JOIN messages m ON m.id = f.message_id
    LEFT JOIN appointments a ON a.uid = f.uid LEFT JOIN calls c ON c.id = f.call_id
    WHERE f.closed_at IS NULL ORDER BY f.due_at, f.opened_at"""


class Pages(Base):
    """Reading methods of the Store for the command line and the desk."""

    def appointment(self, uid: str) -> Appointment:
        """One appointment, cancelled or not; NotFound. The beginning of a uid will do."""
        with self._db.reading() as reader:
            key = whole_key(reader, "appointments", uid)
            rows = reader.rows("SELECT * FROM appointments WHERE uid = ?", (key,))
        return appointment_from(rows[0])

    def requests(self, *, now: datetime) -> list[Appointment]:
        """Requests that are not settled, in order; past ones while somebody still has to act."""
        with self._db.reading() as reader:
            rows = reader.rows(
                "SELECT * FROM appointments a WHERE status = 'tentative' AND (ends > ? OR EXISTS "
                "(SELECT 1 FROM follow_ups f WHERE f.uid = a.uid AND f.closed_at IS NULL)) "
                "ORDER BY starts",
                (utc_text(now),),
            )
        return [appointment_from(row) for row in rows]

    def to_do(self) -> list[ToDo]:
        """Every open follow-up with whom it is about, the most pressing first."""
        with self._db.reading() as reader:
            rows = reader.rows(_TO_DO)
        return [_to_do(row) for row in rows]

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
        """Everything about one call; NotFound. The beginning of an id will do."""
        with self._db.reading() as reader:
            key = (whole_key(reader, "calls", call_id),)
            [row] = reader.rows("SELECT * FROM calls WHERE id = ?", key)
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
            called=row["called"],
            forwarded_from=row["forwarded_from"],
            forward_reason=row["forward_reason"],
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


def _to_do(row: Row) -> ToDo:
    more = {name: row[name] for name in ("name", "phone", "recording", "transcript")}
    return ToDo(**vars(follow_up_from(row)), **more)
