"""The journal: every decision with its reason, append-only, hash-chained.

A row holds no personal data, only the salted hash of its details. Details lie in a table beside it
and may be erased without breaking the chain; while they are there, they are verified too.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from gateway.errors import JournalBroken
from gateway.store.base import Base
from gateway.store.columns import canonical, utc_text
from gateway.store.database import Reader, Row, Transaction

FIRST_PREVIOUS = "0" * 64
"""What the first row names as the hash before it."""


class Journal(Base):
    """Journal methods of the Store."""

    def journal(
        self, call_id: str | None, kind: str, reason: str, data: dict[str, Any], *, now: datetime
    ) -> int:
        """Write a decision; gives the id of its row. `kind` and `reason` hold no personal data."""
        with self._db.transaction() as tx:
            return append(tx, call_id, kind, reason, data, now)

    def verify_journal(self) -> int:
        """Walk the whole chain; gives the number of rows, or JournalBroken names the row."""
        with self._db.reading() as reader:
            return verify(reader)


def append(
    tx: Transaction,
    call_id: str | None,
    kind: str,
    reason: str,
    data: dict[str, Any],
    now: datetime,
) -> int:
    """Write one row within a transaction; gives its id."""
    salt, text = secrets.token_hex(16), canonical(data)
    last = tx.row("SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1")
    row: Row = {
        "id": last["id"] + 1 if last else 1,
        "at": utc_text(now),
        "call_id": call_id,
        "kind": kind,
        "reason": reason,
        "details_hash": _details_hash(salt, text),
        "previous": last["hash"] if last else FIRST_PREVIOUS,
    }
    tx.insert("journal", row | {"hash": _row_hash(row)})
    tx.insert("journal_details", {"journal_id": row["id"], "salt": salt, "data": text})
    return int(row["id"])


def verify(reader: Reader) -> int:
    """See Journal.verify_journal."""
    previous, count = FIRST_PREVIOUS, 0
    for row in reader.rows(
        "SELECT j.*, d.salt, d.data FROM journal j "
        "LEFT JOIN journal_details d ON d.journal_id = j.id ORDER BY j.id"
    ):
        salt, data, claimed = row.pop("salt"), row.pop("data"), row.pop("hash")
        count += 1
        if row["id"] != count:
            raise JournalBroken(f"journal: row {count} is missing")
        if row["previous"] != previous or _row_hash(row) != claimed:
            raise JournalBroken(f"journal: row {row['id']} was changed, or the row before it")
        if data is not None and _details_hash(salt, data) != row["details_hash"]:
            raise JournalBroken(f"journal: the details of row {row['id']} were changed")
        previous = claimed
    written = reader.value("SELECT seq FROM sqlite_sequence WHERE name = 'journal'") or 0
    if written != count:
        raise JournalBroken(f"journal: row {count + 1} is missing: {written} were written")
    return count


def _details_hash(salt: str, data: str) -> str:
    return hashlib.sha256(f"{salt}\n{data}".encode()).hexdigest()


def _row_hash(row: Row) -> str:
    return hashlib.sha256(canonical(row).encode()).hexdigest()
