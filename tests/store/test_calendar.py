"""Busy times, freshness and exceptions as the office's calendar told them."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from gateway.contract.settings import Settings
from gateway.errors import SlotTaken
from gateway.store.store import Store
from tests.store.office import NOW, TEN, draft, later, slot

TUESDAY = date(2026, 11, 24)


@pytest.fixture
def raw(store: Store, path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def add_busy(raw: sqlite3.Connection, starts: str, ends: str, who: str = "weber") -> None:
    raw.execute("INSERT INTO foreign_busy VALUES (?, ?, ?, ?)", (who, starts, starts, ends))


def test_the_offices_own_entries_are_busy_and_refuse_holds_and_bookings(
    store: Store, raw: sqlite3.Connection
) -> None:
    add_busy(raw, "2026-11-24T15:00:00.000Z", "2026-11-24T15:30:00.000Z")
    [busy] = store.busy(TUESDAY, TUESDAY, now=NOW)
    assert (busy.start, busy.end) == (TEN.start, TEN.end)
    with pytest.raises(SlotTaken):
        store.hold(slot(10, 15), "call-1", now=NOW)
    with pytest.raises(SlotTaken):
        store.book(draft(), "call-1", now=NOW)
    uid = store.book(draft(slot(11)), "call-1", now=NOW).appointment.uid
    with pytest.raises(SlotTaken):
        store.move(uid, 0, TEN, "call-1", now=NOW)
    store.book(draft(slot(10, who="patel")), "call-1", now=NOW)


def test_an_entry_that_begins_the_day_before_counts(store: Store, raw: sqlite3.Connection) -> None:
    add_busy(raw, "2026-11-20T00:00:00.000Z", "2026-11-24T15:00:00.000Z")
    assert store.busy(TUESDAY, TUESDAY, now=NOW)[0].end == datetime(2026, 11, 24, 10)
    assert store.busy(date(2026, 11, 25), date(2026, 11, 25), now=NOW) == []


def test_busy_time_within_the_doubled_hour_never_looks_free(
    store: Store, raw: sqlite3.Connection
) -> None:
    add_busy(raw, "2026-11-01T05:45:00.000Z", "2026-11-01T06:15:00.000Z")  # 1:45 EDT - 1:15 EST
    [busy] = store.busy(date(2026, 11, 1), date(2026, 11, 1), now=NOW)
    assert busy.start <= datetime(2026, 11, 1, 1, 0)
    assert busy.end >= datetime(2026, 11, 1, 2, 0)


def test_a_calendar_is_fresh_when_it_was_heard_of_lately(
    store: Store, raw: sqlite3.Connection
) -> None:
    assert store.calendar_fresh(now=NOW), "an office without another calendar"
    rules = replace(store._book.rules, calendar_stale_hours=6)
    store._book = replace(store._book, rules=rules)
    assert not store.calendar_fresh(now=NOW)
    raw.execute(
        "INSERT INTO calendar_state VALUES ('weber', 's', 1, '', '2026-11-22T20:00:00.000Z')"
    )
    assert store.calendar_fresh("weber", now=later(hours=5.9))
    assert not store.calendar_fresh("weber", now=later(hours=6.1))
    assert not store.calendar_fresh("patel", now=NOW)
    assert not store.calendar_fresh(now=NOW)


def test_exceptions_change_the_book_and_the_due_times(
    store: Store, raw: sqlite3.Connection, settings: Settings
) -> None:
    from gateway.appointments.records import NoteDraft

    raw.execute("INSERT INTO opening_exceptions VALUES ('', '2026-11-23', 'closed', '[]', 'Flood')")
    [exception] = store.book_now().exceptions
    assert (exception.day, exception.closed, exception.name) == (date(2026, 11, 23), True, "Flood")
    noted = store.note(NoteDraft("x", "y"), "call-1", now=NOW)
    assert noted.follow_up.due == datetime(2026, 11, 24, 8, 30)
