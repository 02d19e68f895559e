"""What the operator's side needs of the store: command numbers, alerts, counts; no person in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.store.calls import Calls
from gateway.store.columns import follow_up_from, utc_text, utc_time
from gateway.store.database import Reader
from gateway.store.facts import Cause
from gateway.store.follow_ups import Task, close, open_task

WEEKS = 4
"""As far back it is looked whether calls came at this time of the week."""
TOLD_DAYS = 90
"""Alerts that are over and told are kept this long."""


@dataclass(frozen=True)
class AlertRow:
    """An alert of this box, open or over."""

    number: int
    """rises with each alert"""
    kind: str
    """one of contract.fleet.AlertKind"""
    severity: str
    """one of contract.fleet.Severity"""
    opened: datetime
    """when, aware"""
    closed: datetime | None
    """when it was over; None: still open"""
    value: float | None
    """the figure behind it"""
    opening_told: bool
    """the operator's broker has the opening"""


@dataclass(frozen=True)
class Figures:
    """Counts for `health`."""

    calls_day: dict[str, int]
    """ended calls of the last 24 hours by outcome"""
    calls_week: int
    """ended calls of the last seven days"""
    same_day: tuple[int, ...]
    """calls of this box in the same 24 hours one, two, ... WEEKS weeks ago"""
    last_call: datetime | None
    """start of the newest call"""
    reply_p95_ms: int | None
    """95th percentile of the silence before a reply, last 24 hours"""
    unowned: int
    """calls that nobody owns"""
    follow_ups_open: int
    """things to do"""
    follow_ups_late: int
    """of these, past their due time"""
    refused: int
    """bad messages and commands since the database was made"""
    newest: datetime | None
    """newest row of the journal: the clock was there already"""


class Fleet(Calls):
    """Fleet methods of the Store."""

    def accept_command(self, key: str, number: int, command_id: str, *, now: datetime) -> bool:
        """Whether the number is above all that this key has used; it is committed as used.

        Commit comes before execution: a command is obeyed once or, after a crash, not at all.
        """
        with self._db.transaction() as tx:
            last = tx.value("SELECT number FROM operator_commands WHERE key = ?", (key,))
            if last is not None and number <= int(last):
                return False
            tx.run(
                "INSERT OR REPLACE INTO operator_commands (key, number, id, accepted_at) "
                "VALUES (?, ?, ?, ?)",
                (key, number, command_id, utc_text(now)),
            )
        return True

    def open_alert(self, kind: str, severity: str, value: float | None, *, now: datetime) -> None:
        """Something is wrong; while it stays so, a second call changes nothing."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO alerts (kind, severity, opened_at, value) SELECT ?, ?, ?, ? "
                "WHERE NOT EXISTS (SELECT 1 FROM alerts WHERE kind = ? AND closed_at IS NULL)",
                (kind, severity, utc_text(now), value, kind),
            )

    def close_alert(self, kind: str, *, now: datetime) -> None:
        """It is over."""
        with self._db.transaction() as tx:
            tx.run(
                "UPDATE alerts SET closed_at = ? WHERE kind = ? AND closed_at IS NULL",
                (utc_text(now), kind),
            )
            tx.run(
                "DELETE FROM alerts WHERE closing_told = 1 AND closed_at < ?",
                (utc_text(now - timedelta(days=TOLD_DAYS)),),
            )

    def open_alerts(self) -> list[AlertRow]:
        """What is wrong now."""
        return self._alerts("closed_at IS NULL")

    def untold_alerts(self) -> list[AlertRow]:
        """Openings and closings that the operator's broker does not have yet, in order."""
        return self._alerts("opening_told = 0 OR (closed_at IS NOT NULL AND closing_told = 0)")

    def alert_told(self, number: int, *, closing: bool) -> None:
        """The broker has acknowledged it."""
        column = "closing_told" if closing else "opening_told"
        with self._db.transaction() as tx:
            tx.run(f"UPDATE alerts SET {column} = 1 WHERE number = ?", (number,))

    def tell_alerts_again(self) -> None:
        """The broker has lost its memory: it needs the open ones once more."""
        with self._db.transaction() as tx:
            tx.run("UPDATE alerts SET opening_told = 0 WHERE closed_at IS NULL")

    def tell_office(self, reason: str, text: str, *, now: datetime) -> None:
        """Put something about the box itself onto the office's list, once while it is open."""
        with self._db.transaction() as tx:
            if not tx.row(_ABOUT_BOX, (reason,)):
                open_task(tx, self._book, Task(reason, text), Cause(now, None, reason))

    def untell_office(self, reason: str, *, now: datetime) -> None:
        """It is over: nobody has to act."""
        with self._db.transaction() as tx:
            for row in tx.rows(_ABOUT_BOX, (reason,)):
                close(tx, self._book, follow_up_from(row), "box", now)

    def remember(self, name: str, value: str) -> None:
        """A small fact of the box; "" forgets it."""
        with self._db.transaction() as tx:
            tx.run("DELETE FROM meta WHERE key = ?", (f"box.{name}",))
            if value:
                tx.insert("meta", {"key": f"box.{name}", "value": value})

    def recall(self, name: str) -> str:
        """What remember() was told; "" when it was not."""
        with self._db.reading() as reader:
            return str(reader.value("SELECT value FROM meta WHERE key = ?", (f"box.{name}",)) or "")

    def figures(self, *, now: datetime) -> Figures:
        """Counts for `health`."""
        day, week = utc_text(now - timedelta(days=1)), utc_text(now - timedelta(days=7))
        unowned = len(self.unowned_calls(now=now))
        with self._db.reading() as reader:
            outcomes = reader.rows(
                "SELECT outcome, count(*) n FROM calls WHERE ended_at > ? AND outcome IS NOT NULL "
                "GROUP BY outcome",
                (day,),
            )
            last = reader.value("SELECT max(started_at) FROM calls")
            newest = reader.value("SELECT at FROM journal ORDER BY id DESC LIMIT 1")
            return Figures(
                calls_day={row["outcome"]: row["n"] for row in outcomes},
                calls_week=_count(reader, "calls WHERE ended_at > ?", week),
                same_day=tuple(_same_day(reader, now, weeks) for weeks in range(1, WEEKS + 1)),
                last_call=utc_time(last) if last else None,
                reply_p95_ms=_reply_p95_ms(reader, day),
                unowned=unowned,
                follow_ups_open=_count(
                    reader, "follow_ups WHERE closed_at IS NULL AND ? <> ''", day
                ),
                follow_ups_late=_count(
                    reader, "follow_ups WHERE closed_at IS NULL AND due_at < ?", utc_text(now)
                ),
                refused=int(reader.value("SELECT value FROM meta WHERE key = 'refused'") or 0),
                newest=utc_time(newest) if newest else None,
            )

    def calendar_heard(self) -> datetime | None:
        """When the stalest practitioner's calendar was read; None: one was never heard of."""
        with self._db.reading() as reader:
            rows = reader.rows("SELECT practitioner, as_of FROM calendar_state")
        heard = {row["practitioner"]: row["as_of"] for row in rows}
        known = [heard[p.key] for p in self._book.practitioners if p.key in heard]
        return utc_time(min(known)) if len(known) == len(self._book.practitioners) else None

    def _alerts(self, which: str) -> list[AlertRow]:
        with self._db.reading() as reader:
            rows = reader.rows(f"SELECT * FROM alerts WHERE {which} ORDER BY number")
        return [
            AlertRow(
                number=row["number"],
                kind=row["kind"],
                severity=row["severity"],
                opened=utc_time(row["opened_at"]),
                closed=utc_time(row["closed_at"]) if row["closed_at"] else None,
                value=row["value"],
                opening_told=bool(row["opening_told"]),
            )
            for row in rows
        ]


_ABOUT_BOX = (
    "SELECT * FROM follow_ups WHERE reason = ? AND closed_at IS NULL AND call_id IS NULL "
    "AND uid IS NULL AND message_id IS NULL"
)


def _count(reader: Reader, what: str, value: str) -> int:
    return int(reader.value(f"SELECT count(*) FROM {what}", (value,)))


def _same_day(reader: Reader, now: datetime, weeks: int) -> int:
    end = now - timedelta(weeks=weeks)
    return int(
        reader.value(
            "SELECT count(*) FROM calls WHERE started_at > ? AND started_at <= ?",
            (utc_text(end - timedelta(days=1)), utc_text(end)),
        )
    )


def _reply_p95_ms(reader: Reader, since: str) -> int | None:
    """Nearest rank: the smallest silence that 95 in 100 do not exceed."""
    silences = sorted(
        row["value"]
        for row in reader.rows(
            "SELECT e.value FROM calls, json_each(calls.replies_ms) e WHERE calls.ended_at > ?",
            (since,),
        )
    )
    return int(silences[math.ceil(0.95 * len(silences)) - 1]) if silences else None
