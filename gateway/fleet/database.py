"""The console's SQLite file: opened by several consoles at once, changed in transactions."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.contract.fleet import AlertKind, BoxState, Health, Result, Severity
from gateway.errors import FleetDatabaseError
from gateway.fleet import schema
from gateway.fleet.box import Box
from gateway.fleet.episode import Episode, Source

BUSY_S = 15.0
"""Another console commits a batch within a second; a busy disk may take longer."""
WAL_LIMIT_BYTES = 32 * 1024 * 1024
"""The write-ahead log is cut back to this."""
CHECKPOINT_PAGES = 4_000
"""Of 4 kB, less than that limit: the same rows are written again and again, the log gathers it."""
CACHE_KB = 16_000
"""Pages of the file kept in memory: the rows of ten thousand boxes."""
CACHED = 200_000
"""Boxes kept in memory, so that their rows need not be read again before each change."""
Cache = dict[int, tuple[int, Box]]
"""Id of the row -> its revision, and the box."""


@dataclass
class Own:
    """Boxes that one connection wrote or read, true as long as nobody else has written."""

    boxes: dict[tuple[str, str], tuple[int, Box]] = field(default_factory=dict)
    """site and box -> id of the row, and the box"""
    revision: int = -1
    """of the database after our last transaction"""

    def keep(self, box_id: int, box: Box) -> None:
        """Remember a box."""
        if len(self.boxes) >= CACHED:
            self.boxes.clear()
        self.boxes[box.site, box.box] = box_id, box


_BOX = (
    "site", "box", "state", "connection", "state_at", "status", "changed", "heard", "health",
    "first_call", "last_call", "longest_gap_s", "stale", "first_seen",
)  # fmt: skip
_EPISODE = (
    "kind", "severity", "source", "opened", "last_opened", "closed", "connection", "value",
    "count", "absent",
)  # fmt: skip
_INSERT_BOX = (
    f"INSERT INTO boxes ({', '.join(_BOX)}, revision) VALUES ({', '.join('?' * (len(_BOX) + 1))})"
)
_UPDATE_BOX = f"UPDATE boxes SET {', '.join(f'{name} = ?' for name in _BOX)}, revision = ? "
_INSERT_EPISODE = (
    f"INSERT INTO episodes ({', '.join(_EPISODE)}, box_id, touched, revision) "
    f"VALUES ({', '.join('?' * (len(_EPISODE) + 3))})"
)
_UPDATE_EPISODE = (
    f"UPDATE episodes SET {', '.join(f'{name} = ?' for name in _EPISODE)}, "
    "touched = ?, revision = ? WHERE id = ?"
)
SELECT_BOX = f"SELECT id, {', '.join(_BOX)} FROM boxes"
SELECT_EPISODE = f"SELECT {', '.join(f'episodes.{name}' for name in _EPISODE)}"


class Reading:
    """Queries inside one consistent view of the file."""

    def __init__(self, connection: sqlite3.Connection, cache: Cache) -> None:
        self._connection = connection
        self._cache = cache

    def rows(self, sql: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self._connection.execute(sql, tuple(values)).fetchall()

    def value(self, sql: str, values: Iterable[Any] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self._connection.execute(sql, tuple(values)).fetchone()
        return row[0] if row else None

    def box(self, site: str, box: str) -> tuple[int, Box] | None:
        """A box and the id of its row."""
        rows = self.rows("SELECT id, revision FROM boxes WHERE site = ? AND box = ?", (site, box))
        return (rows[0][0], self._read(*rows[0])) if rows else None

    def boxes_after(self, revision: int) -> list[tuple[int, Box]]:
        """Boxes that changed after a revision, with the ids of their rows."""
        rows = self.rows("SELECT id, revision FROM boxes WHERE revision > ?", (revision,))
        return [(box_id, self._read(box_id, now)) for box_id, now in rows]

    def _read(self, box_id: int, revision: int) -> Box:
        known = self._cache.get(box_id)
        if known is not None and known[0] == revision:
            return known[1]
        row = self.rows(f"{SELECT_BOX} WHERE id = ?", (box_id,))[0]
        found = box_of(row[1:])
        self._keep(box_id, revision, found)
        return found

    def _keep(self, box_id: int, revision: int, box: Box) -> None:
        if len(self._cache) >= CACHED:
            self._cache.clear()
        self._cache[box_id] = revision, box

    def latest_episode(
        self, box_id: int, kind: AlertKind, source: Source
    ) -> tuple[int, Episode] | None:
        """The last episode of a kind, and the id of its row."""
        rows = self.rows(
            f"{SELECT_EPISODE}, episodes.id FROM episodes WHERE box_id = ? AND kind = ? "
            "AND source = ? ORDER BY last_opened DESC LIMIT 1",
            (box_id, kind.value, source),
        )
        return (rows[0][-1], episode_of(rows[0][:-1])) if rows else None


class Writing(Reading):
    """Changes inside one transaction; all of them get the same new revision."""

    def __init__(self, connection: sqlite3.Connection, cache: Cache, own: Own) -> None:
        super().__init__(connection, cache)
        connection.execute("UPDATE facts SET value = value + 1 WHERE name = 'revision'")
        self.revision: int = self.value("SELECT value FROM facts WHERE name = 'revision'")
        self._own = own
        if own.revision != self.revision - 1:
            own.boxes.clear()
        own.revision = self.revision

    def run(self, sql: str, values: Iterable[Any] = ()) -> int:
        """Execute a statement; gives the number of rows changed."""
        return self._connection.execute(sql, tuple(values)).rowcount

    def box(self, site: str, box: str) -> tuple[int, Box] | None:
        """A box and the id of its row; from memory when nobody else can have written it."""
        found = self._own.boxes.get((site, box))
        if found is None:
            found = super().box(site, box)
            if found is not None:
                self._own.keep(*found)
        return found

    def add_box(self, box: Box) -> int:
        """Insert a box; gives the id of its row."""
        cursor = self._connection.execute(_INSERT_BOX, (*_box_values(box), self.revision))
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def put_boxes(self, boxes: Iterable[tuple[int, Box]]) -> None:
        """Write boxes anew, by the ids of their rows."""
        values = []
        for box_id, box in boxes:
            values.append((*_box_values(box), self.revision, box_id))
            self._keep(box_id, self.revision, box)
            self._own.keep(box_id, box)
        self._connection.executemany(f"{_UPDATE_BOX} WHERE id = ?", values)

    def note_status(self, box_id: int, status: str, at: float) -> None:
        """Remember since when a box shows a status."""
        self.run("INSERT INTO statuses VALUES (?, ?, ?)", (box_id, at, status))

    def note_calls(self, box_id: int, at: float, health: Health) -> None:
        """Remember the calls of the 24 hours before a moment."""
        self.run(
            "INSERT INTO calls VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET outcomes = excluded.outcomes",
            (box_id, int(at // 3600), json.dumps(health.calls_day)),
        )

    def put_episode(
        self, episode_id: int | None, box_id: int, episode: Episode, now: float
    ) -> None:
        """Write an episode anew, or a new one (id None); the box counts as changed too."""
        values = (
            episode.kind.value, episode.severity.value, episode.source, episode.opened,
            episode.last_opened, episode.closed, episode.connection, episode.value, episode.count,
            int(episode.absent),
        )  # fmt: skip
        if episode_id is None:
            self.run(_INSERT_EPISODE, (*values, box_id, now, self.revision))
        else:
            self.run(_UPDATE_EPISODE, (*values, now, self.revision, episode_id))
        self.run("UPDATE boxes SET revision = ? WHERE id = ?", (self.revision, box_id))

    def note_refused(self, code: str, now: float) -> None:
        """Count a message that was refused."""
        self.run(
            "INSERT INTO refused VALUES (?, 1, ?) "
            "ON CONFLICT DO UPDATE SET count = count + 1, last = excluded.last",
            (code, now),
        )

    def note_result(self, result: Result, site: str, box: str, now: float) -> None:
        """Keep the answer to a command of ours; the first counts, but that "started" is not all."""
        self.run(
            "UPDATE commands SET result = ?, answered = ? WHERE id = ? AND site = ? AND box = ? "
            "AND (result IS NULL OR (? <> 'started' AND result ->> 'result' = 'started'))",
            (result.model_dump_json(), now, result.id, site, box, result.result),
        )

    def remove_box(self, site: str, box: str) -> bool:
        """Forget a box and all about it."""
        self._own.boxes.pop((site, box), None)
        gone = self.run("DELETE FROM boxes WHERE site = ? AND box = ?", (site, box)) > 0
        if gone:
            self.run("UPDATE facts SET value = value + 1 WHERE name = 'removals'")
        return gone


class Database:
    """A connection that any thread may use, one at a time.

    Two of one process may share their memory of boxes: `Database(path, first.cache)`.
    """

    def __init__(self, path: Path, cache: Cache | None = None) -> None:
        self.path = path
        self.cache: Cache = {} if cache is None else cache
        self._own = Own()
        self._lock = threading.RLock()
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = sqlite3.connect(
                path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            path.chmod(0o600)
            # NORMAL: a power cut may lose the last moments; the broker's retained state has them.
            for pragma in (
                "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON",
                f"journal_size_limit = {WAL_LIMIT_BYTES}",
                f"wal_autocheckpoint = {CHECKPOINT_PAGES}", f"cache_size = -{CACHE_KB}",
            ):  # fmt: skip
                self._connection.execute(f"PRAGMA {pragma}")
        self._migrate()

    def _migrate(self) -> None:
        with self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            known = schema.migrate(self._connection)
            self._connection.execute("COMMIT")
        if not known:
            raise FleetDatabaseError(
                f"{self.path}: written by a later Nightporter; upgrade this console"
            )

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """One transaction; any exception rolls everything back."""
        with self._lock, self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Writing(self._connection, self.cache, self._own)
                self._connection.execute("COMMIT")
            except BaseException:
                self.cache.clear()  # before the rollback: nobody else can have written meanwhile
                self._own = Own()
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """One consistent view for several queries."""
        with self._lock, self._errors():
            self._connection.execute("BEGIN")
            try:
                yield Reading(self._connection, self.cache)
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise FleetDatabaseError(
                f"{self.path}: console.database: {error}; check the folder, its owner and its "
                "free space, or name another file in fleet.toml"
            ) from error


def box_of(row: tuple[Any, ...]) -> Box:
    """A row of SELECT_BOX without its id."""
    values = dict(zip(_BOX, row, strict=True))
    values["state"] = None if values["state"] is None else BoxState(values["state"])
    if values["health"] is not None:
        values["health"] = Health.model_validate_json(values["health"])
    return Box(**values)


def episode_of(row: tuple[Any, ...]) -> Episode:
    """A row of SELECT_EPISODE."""
    values = dict(zip(_EPISODE, row, strict=True))
    values["kind"], values["severity"] = AlertKind(values["kind"]), Severity(values["severity"])
    values["absent"] = bool(values["absent"])
    return Episode(**values)


def _box_values(box: Box) -> tuple[Any, ...]:
    return (
        box.site, box.box, None if box.state is None else box.state.value, box.connection,
        box.state_at, box.status, box.changed, box.heard,
        None if box.health is None else box.health.model_dump_json(),
        box.first_call, box.last_call, box.longest_gap_s, box.stale, box.first_seen,
    )  # fmt: skip
