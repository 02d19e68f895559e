"""The office's calendar as it comes in over MQTT: busy times and opening exceptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from gateway.appointments.records import OpeningException
from gateway.appointments.wall_time import to_local_span, to_utc
from gateway.contract.opening_hours import Span
from gateway.store import inbox
from gateway.store.base import Base
from gateway.store.calendar import EVERYBODY
from gateway.store.columns import canonical, utc_text
from gateway.store.conflicts import doubt, overlapping
from gateway.store.database import Transaction
from gateway.store.inbox import Letter, Taken


@dataclass(frozen=True)
class BusyTime:
    """One stretch of a calendar entry."""

    uid: str
    """of the entry; our own appointments come back under their own uid and are left out"""
    starts: datetime
    """aware"""
    ends: datetime
    """aware, later than starts"""


class Foreign(Base):
    """Methods of the Store for the office's calendar; MessageRefused changes nothing."""

    def take_busy_snapshot(
        self, letter: Letter, practitioner: str, busy: Sequence[BusyTime], *, now: datetime
    ) -> Taken:
        """All busy times of a practitioner: replaces what was known."""
        with self._db.transaction() as tx:
            if inbox.is_repeated(tx, letter):
                return Taken.REPEATED
            if inbox.is_old(tx, letter, practitioner):
                return inbox.note(tx, letter, Taken.SUPERSEDED, now)
            tx.run("DELETE FROM foreign_busy WHERE practitioner = ?", (practitioner,))
            self._add_busy(tx, practitioner, busy, now)
            inbox.advance(tx, letter, practitioner, now)
            return inbox.note(tx, letter, Taken.APPLIED, now)

    def take_busy_changes(
        self, letter: Letter, practitioner: str, gone: Sequence[str], busy: Sequence[BusyTime], *,
        now: datetime,
    ) -> Taken:  # fmt: skip
        """Entries that are gone or changed (all times of a uid in `gone` are replaced by those in
        `busy`); MessageRefused when the changes before them have not come."""
        with self._db.transaction() as tx:
            if inbox.is_repeated(tx, letter):
                return Taken.REPEATED
            if not inbox.follows(tx, letter, practitioner):
                return inbox.note(tx, letter, Taken.SUPERSEDED, now)
            for uid in gone:
                tx.run(
                    "DELETE FROM foreign_busy WHERE practitioner = ? AND uid = ?",
                    (practitioner, uid),
                )
            self._add_busy(tx, practitioner, busy, now)
            inbox.advance(tx, letter, practitioner, now)
            return inbox.note(tx, letter, Taken.APPLIED, now)

    def take_exceptions(
        self, letter: Letter, exceptions: Sequence[OpeningException], *, now: datetime
    ) -> Taken:
        """All exceptions from the opening hours: replaces what was known."""
        with self._db.transaction() as tx:
            if inbox.is_repeated(tx, letter):
                return Taken.REPEATED
            if inbox.is_old(tx, letter, EVERYBODY):
                return inbox.note(tx, letter, Taken.SUPERSEDED, now)
            tx.run("DELETE FROM opening_exceptions")
            for exception in exceptions:
                self._except(tx, exception, now)
            inbox.advance(tx, letter, EVERYBODY, now)
            return inbox.note(tx, letter, Taken.APPLIED, now)

    def _add_busy(
        self, tx: Transaction, practitioner: str, busy: Sequence[BusyTime], now: datetime
    ) -> None:
        ours = {row["uid"] for row in tx.rows("SELECT uid FROM appointments")}
        for entry in busy:
            if entry.uid in ours or entry.ends <= now:
                continue
            starts, ends = utc_text(entry.starts), utc_text(entry.ends)
            if starts == ends:
                continue  # within one millisecond
            tx.run(
                "INSERT OR REPLACE INTO foreign_busy VALUES (?, ?, ?, ?)",
                (practitioner, entry.uid, starts, ends),
            )
            for row in overlapping(tx, practitioner, starts, ends):
                first, last = to_local_span(entry.starts, entry.ends, self._zone)
                what = f"The calendar has an entry from {first:%A %d %B %Y %H:%M} to {last:%H:%M}."
                doubt(tx, self._book, row, what, now)

    def _except(self, tx: Transaction, exception: OpeningException, now: datetime) -> None:
        kind = "do-not-book" if exception.office_open else "closed"
        tx.run(
            "INSERT OR REPLACE INTO opening_exceptions (practitioner, day, kind, spans, name) "
            "VALUES (?, ?, ?, ?, ?)",
            (
                exception.practitioner or EVERYBODY,
                exception.day.isoformat(),
                kind if exception.closed else "hours",
                canonical([_span_text(span) for span in exception.spans]),
                exception.name,
            ),
        )
        if exception.closed and not exception.office_open:
            self._doubt_day(tx, exception, now)

    def _doubt_day(self, tx: Transaction, exception: OpeningException, now: datetime) -> None:
        midnight = datetime.combine(exception.day, time(0))
        starts = max(utc_text(to_utc(midnight, self._zone)), utc_text(now))
        ends = utc_text(to_utc(midnight + timedelta(days=1), self._zone))
        who = exception.practitioner
        for key in [who] if who else [p.key for p in self._book.practitioners]:
            for row in overlapping(tx, key, starts, ends):
                what = f"Nobody works then: {exception.name or 'closed'}."
                doubt(tx, self._book, row, what, now)


def _span_text(span: Span) -> str:
    end = "24:00" if span.end == time(0) else f"{span.end:%H:%M}"
    return f"{span.start:%H:%M}-{end}"
