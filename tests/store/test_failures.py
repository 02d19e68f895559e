"""A database that is locked, damaged, full or not there: a clear StoreError, never a hang."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.appointments.records import NoteDraft
from gateway.contract.settings import Settings
from gateway.errors import StoreError
from gateway.store.store import Store
from tests.store.conftest import SAMPLE
from tests.store.office import NOW, draft, slot

NOTE = NoteDraft("Call me.", "caller-asked")


def test_a_locked_database_is_an_error_within_the_deadline(store: Store, other: Store) -> None:
    store._db._connection.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    with pytest.raises(StoreError, match="another program keeps the database locked"):
        other.book(draft(), "call-1", now=NOW)
    assert 0.1 < time.monotonic() - started < 60  # not for ever
    store._db._connection.execute("ROLLBACK")
    other.book(draft(), "call-1", now=NOW)


def test_reading_goes_on_while_somebody_writes(store: Store, other: Store) -> None:
    store.note(NOTE, "call-1", now=NOW)
    store._db._connection.execute("BEGIN IMMEDIATE")
    assert len(other.open_follow_ups()) == 1
    store._db._connection.execute("ROLLBACK")


def test_a_file_that_is_no_database_is_named(path: Path, settings: Settings) -> None:
    path.write_bytes(b"This is no database. " * 500)
    with pytest.raises(StoreError, match=r"nightporter\.db: the database is damaged"):
        Store.open(path, settings)
    assert path.read_bytes().startswith(b"This is no"), "it is left for a person to look at"


def test_damage_found_in_operation_is_a_store_error(path: Path, settings: Settings) -> None:
    store = Store.open(path, settings)
    for n in range(200):
        store.note(NoteDraft("x" * 3000, "y"), f"call-{n}", now=NOW)
    store.close()
    data = bytearray(path.read_bytes())
    for page in range(3, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = os.urandom(64)
    path.write_bytes(data)
    with pytest.raises(StoreError):
        damaged = Store.open(path, settings)
        damaged.verify_journal()
        damaged.calls(9999)
        damaged.open_follow_ups()


def test_a_full_disk_is_a_store_error_and_nothing_is_half_written(store: Store) -> None:
    pages = store._db._connection.execute("PRAGMA page_count").fetchone()[0]
    store._db._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="the disk is full"):
        store.note(NoteDraft("x" * 100_000, "y"), "call-1", now=NOW)
    store._db._connection.execute("PRAGMA max_page_count = 1000000")
    assert store.open_follow_ups() == [] and store.next_events(9) == []
    store.note(NOTE, "call-1", now=NOW)
    assert store.verify_journal() == 2


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path / "none" / "n.db", settings)


def test_the_file_is_safe_by_its_settings(store: Store) -> None:
    def pragma(name: str) -> object:
        return store._db._connection.execute(f"PRAGMA {name}").fetchone()[0]

    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2, "FULL"
    assert pragma("foreign_keys") == 1
    assert pragma("secure_delete") == 1
    assert 0 < pragma("busy_timeout") <= 5000  # type: ignore[operator]


BOOKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gateway.contract.settings_file import load_settings
from gateway.store.store import Store
from tests.store.office import NOW, draft, slot
store = Store.open(Path(sys.argv[1]), load_settings(Path(sys.argv[2])))
for n in range(28):
    store.book(draft(slot(8 + n // 4, n % 4 * 15, minutes=15)), f"call-{n}", now=NOW)
    print(n, flush=True)
"""


@pytest.mark.processes
@pytest.mark.parametrize("after", [0, 3, 9])
def test_what_was_receipted_survives_a_kill(path: Path, settings: Settings, after: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BOOKER, str(path), str(SAMPLE)], stdout=subprocess.PIPE, text=True
    ) as booker:
        assert booker.stdout is not None
        receipted = [booker.stdout.readline() for _ in range(after + 1)]
        booker.send_signal(signal.SIGKILL)
        receipted += booker.stdout.readlines()
    store = Store.open(path, settings)
    rows = store.appointments()
    assert len(rows) >= len([line for line in receipted if line.strip()])
    assert len(store.next_events(99)) == store.verify_journal() == len(rows)
    assert {a.start for a in rows} <= {slot(8 + n // 4, n % 4 * 15).start for n in range(28)}
    store.close()


def test_the_schema_is_applied_once_and_foreign_keys_hold(store: Store, path: Path) -> None:
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA foreign_keys = ON")
    assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    assert raw.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0] >= 1
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute("INSERT INTO journal_details VALUES (99, '', '')")
