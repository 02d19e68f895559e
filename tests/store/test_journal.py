"""The journal: a chain that shows every change, and that survives erasing personal data."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gateway.errors import JournalBroken
from gateway.store.store import Store
from tests.store.office import NOW


def tamper(path: Path, statement: str) -> None:
    """What somebody with the file and a shell can do: drop the triggers first."""
    raw = sqlite3.connect(path, isolation_level=None)
    for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {row[0]}")
    raw.execute(statement)
    raw.close()


@pytest.fixture
def five(store: Store) -> Store:
    for n in range(5):
        assert store.journal("call-1", "offered", "nearest", {"n": n}, now=NOW) == n + 1
    return store


def test_an_untouched_journal_verifies(five: Store, other: Store) -> None:
    assert five.verify_journal() == 5
    other.journal(None, "started", "boot", {}, now=NOW)
    assert five.verify_journal() == 6


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE journal SET reason = 'other' WHERE id = 3", "row 3"),
        ("UPDATE journal SET at = '' WHERE id = 1", "row 1"),
        ("UPDATE journal SET hash = previous WHERE id = 4", "row 4"),
        ("DELETE FROM journal WHERE id = 2", "row 2"),
        ("DELETE FROM journal WHERE id = 5", "row 5"),
        ("UPDATE journal_details SET data = '{\"n\":9}' WHERE journal_id = 2", "row 2"),
        ("UPDATE journal SET call_id = 'call-2' WHERE id = 5", "row 5"),
    ],
)
def test_a_change_is_found_and_the_row_named(
    five: Store, path: Path, statement: str, named: str
) -> None:
    tamper(path, "PRAGMA foreign_keys = OFF")
    tamper(path, statement)
    with pytest.raises(JournalBroken, match=named):
        five.verify_journal()


def test_a_row_rewritten_with_a_hash_of_its_own_breaks_the_next_one(
    five: Store, path: Path
) -> None:
    from gateway.store.journal import _row_hash

    raw = sqlite3.connect(path)
    raw.row_factory = sqlite3.Row
    row = dict(raw.execute("SELECT * FROM journal WHERE id = 2").fetchone())
    del row["hash"]
    forged = _row_hash(row | {"reason": "other"})
    raw.close()
    tamper(path, f"UPDATE journal SET reason = 'other', hash = '{forged}' WHERE id = 2")
    with pytest.raises(JournalBroken, match="row 3"):
        five.verify_journal()


def test_details_may_be_erased_without_breaking_the_chain(five: Store, path: Path) -> None:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("DELETE FROM journal_details WHERE journal_id < 4")
    raw.close()
    assert five.verify_journal() == 5
    five.save_progress("call-1", "", now=NOW)
    data = [decision["data"] for decision in five.call_page("call-1").decisions]
    assert data == [None, None, None, {"n": 3}, {"n": 4}]


def test_nothing_is_journalled_when_the_change_fails(store: Store) -> None:
    from gateway.errors import NotFound

    with pytest.raises(NotFound):
        store.cancel("none", 0, "call-1", now=NOW)
    assert store.verify_journal() == 0
    assert store.next_events(9) == []
