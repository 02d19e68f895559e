"""What the office's own calendar says: busy times, freshness, exceptions from opening hours."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta

from gateway.appointments.book import Book
from gateway.appointments.records import Busy, OpeningException, Slot
from gateway.appointments.wall_time import to_local_span, to_utc
from gateway.contract.opening_hours import parse_spans
from gateway.errors import SlotTaken
from gateway.store.base import Base
from gateway.store.columns import instants, utc_text, utc_time
from gateway.store.database import Reader, Row

EVERYBODY = ""
"""Practitioner column of an exception that concerns the whole office."""


class Calendar(Base):
    """Calendar methods of the Store."""

    def book_now(self) -> Book:
        """The book with the exceptions that are in force; use it for free_slots()."""
        with self._db.reading() as reader:
            return self._book.with_exceptions(exceptions(reader))

    def busy(
        self, start_day: date, end_day: date, *, for_call: str | None = None, now: datetime
    ) -> list[Busy]:
        """What cannot be booked from start_day to end_day (both included), local wall time.

        Live appointments, the office calendar's busy times, and slots held for other calls.
        """
        zone = self._zone
        first = utc_text(to_utc(datetime.combine(start_day, time(0)), zone))
        last = utc_text(to_utc(datetime.combine(end_day + timedelta(days=1), time(0)), zone))
        with self._db.reading() as reader:
            rows = reader.rows(
                "SELECT practitioner, starts, ends FROM appointments "
                "WHERE status <> 'cancelled' AND starts < :last AND ends > :first "
                "UNION ALL SELECT practitioner, starts, ends FROM holds "
                "WHERE expires_at > :now AND call_id <> :call AND starts < :last AND ends > :first "
                "UNION ALL SELECT practitioner, starts, ends FROM foreign_busy "
                "WHERE starts < :last AND ends > :first",
                {"first": first, "last": last, "now": utc_text(now), "call": for_call or ""},
            )
        return [self._busy_from(row) for row in rows]

    def calendar_fresh(self, practitioner: str | None = None, *, now: datetime) -> bool:
        """Whether the office's calendar was heard of lately enough to book, not only to request.

        What counts is when the calendar was read, not when its word arrived here. Always True
        where the office has no other calendar; None asks for all practitioners.
        """
        hours = self._book.rules.calendar_stale_hours
        if hours is None:
            return True
        oldest = utc_text(now - timedelta(hours=hours))
        with self._db.reading() as reader:
            fresh = {
                row["practitioner"]
                for row in reader.rows(
                    "SELECT practitioner FROM calendar_state WHERE as_of >= ?", (oldest,)
                )
            }
        wanted = {practitioner} if practitioner else {p.key for p in self._book.practitioners}
        return wanted <= fresh

    def _busy_from(self, row: Row) -> Busy:
        start, end = to_local_span(utc_time(row["starts"]), utc_time(row["ends"]), self._zone)
        return Busy(row["practitioner"], start, end)


def exceptions(reader: Reader) -> list[OpeningException]:
    """Exceptions from the opening hours that are in force."""
    return [
        OpeningException(
            practitioner=row["practitioner"] or None,
            day=date.fromisoformat(row["day"]),
            closed=row["kind"] != "hours",
            spans=parse_spans(json.loads(row["spans"])),
            office_open=row["kind"] == "do-not-book",
            name=row["name"],
        )
        for row in reader.rows("SELECT * FROM opening_exceptions ORDER BY day, practitioner, kind")
    ]


def refuse_foreign_busy(reader: Reader, book: Book, slot: Slot) -> None:
    """SlotTaken if the office's calendar has something at that time."""
    starts, ends = instants(slot, book.zone)
    if reader.row(
        "SELECT 1 FROM foreign_busy WHERE practitioner = ? AND starts < ? AND ends > ?",
        (slot.practitioner, ends, starts),
    ):
        raise SlotTaken("the time is taken in the office's calendar")
