"""One connection to the SQLite file: pragmas, migrations, transactions, errors with a mend."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlite_utils

from gateway.errors import RowRefused, SlotTaken, StoreError
from gateway.store.schema import migrations

BUSY_S = 2.0
"""A caller waits meanwhile: below speech.message_after_ms (5 s), far above a commit (10 ms)."""
OPEN_S = 10.0
"""At start two programs may migrate the same file at once; systemd gives them 90 s."""
WAL_LIMIT_BYTES = 16 * 1024 * 1024
"""The write-ahead log is cut back to this, so that a long reader cannot fill the disk."""

Row = dict[str, Any]
Values = Sequence[Any] | Mapping[str, Any]


class Reader:
    """Reads rows as dictionaries."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """All rows of a query."""
        cursor = self._connection.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def row(self, sql: str, values: Values = ()) -> Row | None:
        """The first row of a query, or None."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def value(self, sql: str, values: Values = ()) -> Any:
        """The first column of the first row, or None."""
        found = self._connection.execute(sql, values).fetchone()
        return found[0] if found else None


class Transaction(Reader):
    """Writes rows; lives inside `Database.transaction()`."""

    def run(self, sql: str, values: Values = ()) -> int:
        """Execute a statement; gives the number of rows changed."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, row: Row) -> int:
        """Insert a row (keys are column names of ours); gives its rowid."""
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        cursor = self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)
        return cursor.lastrowid or 0


class Database:
    """A connection that any thread may use, one at a time."""

    def __init__(self, path: Path, *, busy_s: float = BUSY_S) -> None:
        self.path = path
        self._lock = threading.RLock()
        with naming_errors(path):
            # isolation_level None: transactions begin where we say so, never by themselves.
            self._connection = sqlite3.connect(
                path, timeout=busy_s, isolation_level=None, check_same_thread=False
            )
        try:
            self._prepare(busy_s)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, busy_s: float) -> None:
        with naming_errors(self.path):
            connection = self._connection
            connection.execute(f"PRAGMA busy_timeout = {int(OPEN_S * 1000)}")
            self._switch_to_wal()
            for pragma in (
                "synchronous = FULL",
                "foreign_keys = ON",
                "secure_delete = ON",
                f"journal_size_limit = {WAL_LIMIT_BYTES}",
            ):
                connection.execute(f"PRAGMA {pragma}")
            tables = sqlite_utils.Database(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                migrations.apply(tables)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute(f"PRAGMA busy_timeout = {int(busy_s * 1000)}")

    def _switch_to_wal(self) -> None:
        """The switch does not honour the busy timeout, so it is tried again until OPEN_S."""
        deadline = time.monotonic() + OPEN_S
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """BEGIN IMMEDIATE … COMMIT; any exception rolls everything back.

        IMMEDIATE because a plain BEGIN that reads first fails at once as "locked" when another
        process commits between the read and the write.
        """
        with self._lock, naming_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """One consistent view of the file for several queries."""
        with self._lock, naming_errors(self.path):
            self._connection.execute("BEGIN")
            try:
                yield Reader(self._connection)
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def checkpoint(self) -> bool:
        """Move the write-ahead log into the file and cut it to nothing; False while others read."""
        with self._lock, naming_errors(self.path):
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()


@contextmanager
def naming_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, naming the file and the mend."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if "slot-taken" in str(error):
            raise SlotTaken(
                "the time is taken by another appointment or held for a call"
            ) from error
        raise RowRefused(f"{path}: the database refused a row: {error}") from error
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {_mend(error)} ({error})") from error


def _mend(error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another program keeps the database locked; stop whatever else has it open"
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full; free some space"
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return "the database is damaged; restore the backup, or move the file away to start anew"
    if code == sqlite3.SQLITE_CANTOPEN:
        return "the database cannot be opened; check that the folder exists and is ours"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return "the database cannot be written; check owner and mode of file and folder"
    if code == sqlite3.SQLITE_IOERR:
        return "the disk does not read or write; check it, and its free space"
    return "the database refused a statement"
