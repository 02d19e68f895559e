"""What must never be true is refused by the schema itself, whoever writes."""

from __future__ import annotations

import sqlite3
import threading
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.contract.settings import Settings
from gateway.errors import SlotTaken
from gateway.store.store import Store
from tests.store.office import NOW, TEN, draft, slot

INSERT = (
    "INSERT INTO appointments (uid, status, service, practitioner, start, minutes, timezone, "
    "starts, ends, name, phone, phone_key, source, created_at, updated_at) VALUES "
    "(?, ?, 's', 'weber', '', 30, 'UTC', ?, ?, '', '', '', 'staff', '', '')"
)
AT_TEN = ("2026-11-24T15:00:00.000Z", "2026-11-24T15:30:00.000Z")
AT_ELEVEN = ("2026-11-24T16:00:00.000Z", "2026-11-24T16:30:00.000Z")


@pytest.fixture
def raw(store: Store, path: Path) -> sqlite3.Connection:
    """A stranger's connection: no code of ours between it and the file."""
    return sqlite3.connect(path, timeout=1, isolation_level=None)


@pytest.mark.parametrize("status", ["confirmed", "tentative"])
def test_an_overlapping_insert_is_refused(
    store: Store, raw: sqlite3.Connection, status: str
) -> None:
    store.book(draft(), "call-1", now=NOW)
    for starts, ends in (
        AT_TEN,
        ("2026-11-24T15:29:59.000Z", "2026-11-24T16:00:00.000Z"),
        ("2026-11-24T14:00:00.000Z", "2026-11-24T17:00:00.000Z"),
        ("2026-11-24T15:10:00.000Z", "2026-11-24T15:20:00.000Z"),
    ):
        with pytest.raises(sqlite3.IntegrityError, match="slot-taken"):
            raw.execute(INSERT, ("x", status, starts, ends))
    with pytest.raises(sqlite3.IntegrityError, match="slot-taken"):
        raw.execute(INSERT.replace("INSERT", "INSERT OR REPLACE"), ("x", status, *AT_TEN))
    raw.execute(INSERT, ("x", status, AT_TEN[1], AT_ELEVEN[0]))


def test_an_update_onto_taken_time_or_back_to_life_is_refused(
    store: Store, raw: sqlite3.Connection
) -> None:
    store.book(draft(), "call-1", now=NOW)
    raw.execute(INSERT, ("moved", "confirmed", *AT_ELEVEN))
    raw.execute(INSERT, ("dead", "cancelled", *AT_TEN))
    for change in (
        f"starts = '{AT_TEN[0]}' WHERE uid = 'moved'",
        "status = 'confirmed' WHERE uid = 'dead'",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="slot-taken"):
            raw.execute(f"UPDATE appointments SET {change}")
    raw.execute("UPDATE appointments SET note = 'as before' WHERE uid = 'moved'")


def test_a_held_slot_is_refused_to_appointments_and_other_holds(
    store: Store, raw: sqlite3.Connection
) -> None:
    store.hold(TEN, "call-1", now=NOW)
    with pytest.raises(sqlite3.IntegrityError, match="slot-taken"):
        raw.execute(INSERT, ("x", "confirmed", *AT_TEN))
    copy = (
        "INSERT INTO holds SELECT 'call-2', practitioner, start, minutes, starts, ends, expires_at "
        "FROM holds"
    )
    with pytest.raises(sqlite3.IntegrityError, match="slot-taken"):
        raw.execute(copy)


def test_the_journal_cannot_be_changed_or_shortened(store: Store, raw: sqlite3.Connection) -> None:
    store.book(draft(), "call-1", now=NOW)
    for statement in (
        "UPDATE journal SET reason = 'other'",
        "DELETE FROM journal",
        "UPDATE journal_details SET data = '{}'",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(statement)


def test_many_callers_at_once_get_each_slot_once(path: Path, settings: Settings) -> None:
    Store.open(path, settings).close()
    won: list[str] = []
    failed: list[Exception] = []

    def rush(call: int) -> None:
        store = Store.open(path, settings, busy_s=20)
        try:
            take_what_is_free(store, call)
        except Exception as error:  # noqa: BLE001 - told to the main thread
            failed.append(error)
        store.close()

    def take_what_is_free(store: Store, call: int) -> None:
        for hour in (9, 10, 11, 14):
            for minute in (0, 15, 30):
                try:
                    store.book(draft(slot(hour, minute)), f"call-{call}-{hour}-{minute}", now=NOW)
                    won.append(f"{hour}:{minute}")
                except SlotTaken:
                    pass

    threads = [threading.Thread(target=rush, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    store = Store.open(path, settings)
    assert failed == [], "nobody is told that the database is locked"
    live = store.appointments()
    assert len(live) == len(won) >= 4
    assert all(a.end <= b.start for a, b in pairwise(live))
    assert [e.sequence for e in store.next_events(99)] == list(range(1, len(won) + 1))
    assert store.verify_journal() == len(won)
    store.close()


def test_several_programs_may_create_the_file_at_the_same_moment(
    path: Path, settings: Settings
) -> None:
    failed: list[Exception] = []

    def start() -> None:
        try:
            Store.open(path, settings).close()
        except Exception as error:  # noqa: BLE001 - told to the main thread
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
