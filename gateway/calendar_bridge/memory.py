"""What the bridge remembers, in one SQLite file: the box's side, the calendar's side, what is said.

Every change is one transaction; after a crash at any moment the next look and the next message
lead to the same end.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gateway.calendar_bridge.entry import Standing
from gateway.sync.documents import StaffEvent

TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS appointments (
    uid TEXT PRIMARY KEY, sequence INTEGER NOT NULL, updated TEXT NOT NULL, ends TEXT NOT NULL,
    body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    calendar TEXT NOT NULL, href TEXT NOT NULL, etag TEXT NOT NULL, uid TEXT NOT NULL,
    text TEXT NOT NULL, times TEXT NOT NULL, days TEXT NOT NULL, recurring INTEGER NOT NULL,
    refused TEXT NOT NULL, PRIMARY KEY (calendar, href));
CREATE INDEX IF NOT EXISTS objects_uid ON objects (uid);
CREATE TABLE IF NOT EXISTS looks (
    calendar TEXT PRIMARY KEY, token TEXT, as_of TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS written (
    uid TEXT PRIMARY KEY, calendar TEXT NOT NULL, href TEXT NOT NULL, etag TEXT NOT NULL,
    revision INTEGER NOT NULL, start TEXT NOT NULL, minutes INTEGER NOT NULL, status TEXT NOT NULL,
    summary TEXT NOT NULL, description TEXT NOT NULL, gone INTEGER NOT NULL,
    given TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS begun (uid TEXT PRIMARY KEY, revision INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS words (
    uid TEXT PRIMARY KEY, id TEXT NOT NULL, basis INTEGER NOT NULL, updated TEXT NOT NULL,
    open INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, topic TEXT NOT NULL,
    payload BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS acknowledged (number INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS streams (topic TEXT PRIMARY KEY, sequence INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class Object:
    """A resource of a calendar, as last seen."""

    calendar: str
    """key of the calendar"""
    href: str
    """its path at the server"""
    etag: str
    """of this state"""
    uid: str
    """of the event; empty when it was never understood"""
    text: str
    """as it stands there; empty for single events of others: their words are not ours to keep"""
    times: tuple[tuple[datetime, datetime], ...] = ()
    """what it blocks, UTC"""
    days: tuple[tuple[str, str, str], ...] = ()
    """(ISO day, kind, word)"""
    recurring: bool = False
    """is read again each day"""
    refused: str = ""
    """why its newest state was not understood; times and days are then those of before"""


@dataclass(frozen=True)
class Written:
    """How an appointment stands in the calendar, as last understood by both."""

    uid: str
    """of the appointment"""
    calendar: str
    """key of the calendar"""
    href: str
    """its path"""
    etag: str
    """of the state that was understood; empty = unknown"""
    revision: int
    """of the box, that staff has before their eyes"""
    standing: Standing
    """time and status"""
    summary: str = ""
    """title that we wrote"""
    description: str = ""
    """text that we wrote"""
    gone: bool = False
    """staff removed it"""
    given: Standing | None = None
    """how the server shows this standing, where it changes what it is given; None = as it is"""


@dataclass(frozen=True)
class Word:
    """What staff did in the calendar, on its way to the box."""

    uid: str
    """of the appointment"""
    id: str
    """of the message"""
    basis: int
    """revision of the box when it was said; a higher one is the answer"""
    updated: str
    """its `updated`; the next one is later"""
    open: bool
    """not answered yet"""


@dataclass(frozen=True)
class Letter:
    """A message that waits until the box has it."""

    number: int
    """order"""
    topic: str
    """what stands after in/"""
    payload: bytes
    """its bytes"""


class Memory:
    """The file; one thread."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)  # it holds callers' names; SQLite's files beside it follow it
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(TABLES)
        columns = {row["name"] for row in self.db.execute("PRAGMA table_info(written)")}
        if "given" not in columns:  # a file of before
            self.db.execute("ALTER TABLE written ADD COLUMN given TEXT NOT NULL DEFAULT ''")
        self.stream = self.meta("stream") or str(uuid.uuid4())
        self.set_meta("stream", self.stream)

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; within another one, part of it."""
        if self.db.in_transaction:
            yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.execute("COMMIT")
        except BaseException:
            self.db.execute("ROLLBACK")
            raise

    def meta(self, name: str) -> str | None:
        """A remembered value."""
        row = self.db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def set_meta(self, name: str, value: str) -> None:
        """Remember a value."""
        self.db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    # --- the box's side

    def take(self, appointment: StaffEvent, body: dict[str, Any], ends: datetime) -> bool:
        """The box's word; False when a newer one is known. A higher revision answers staff."""
        row = self.db.execute(
            "SELECT sequence, updated FROM appointments WHERE uid = ?", (appointment.uid,)
        ).fetchone()
        updated = _text(appointment.updated)
        if row is not None and (row[0], row[1]) >= (appointment.sequence, updated):
            return False
        self.db.execute(
            "INSERT OR REPLACE INTO appointments VALUES (?, ?, ?, ?, ?)",
            (appointment.uid, appointment.sequence, updated, _text(ends), json.dumps(body)),
        )
        self.db.execute(
            "UPDATE words SET open = 0 WHERE uid = ? AND basis < ?",
            (appointment.uid, appointment.sequence),
        )
        return True

    def forget(self, uid: str) -> None:
        """The box has erased it."""
        for table in ("appointments", "written", "words", "begun"):
            self.db.execute(f"DELETE FROM {table} WHERE uid = ?", (uid,))

    def appointments(self, since: datetime | None = None) -> list[StaffEvent]:
        """Those that end after `since`, in order of time."""
        rows = self.db.execute(
            "SELECT body FROM appointments WHERE ends > ? ORDER BY ends, uid",
            (_text(since) if since else "",),
        )
        return [StaffEvent.model_validate(json.loads(row[0])) for row in rows]

    def uids(self) -> set[str]:
        """Of all appointments of the box."""
        return {row[0] for row in self.db.execute("SELECT uid FROM appointments")}

    def is_ours(self, uid: str) -> bool:
        """Whether it is an appointment of the box."""
        row = self.db.execute("SELECT 1 FROM appointments WHERE uid = ?", (uid,)).fetchone()
        return row is not None

    # --- the calendar's side

    def objects(self, calendar: str | None = None) -> list[Object]:
        """What the calendars have."""
        rows = self.db.execute(
            "SELECT * FROM objects WHERE calendar = ifnull(?, calendar)", (calendar,)
        )
        return [_object(row) for row in rows]

    def objects_of(self, uid: str) -> list[Object]:
        """The resources with an event's UID."""
        rows = self.db.execute("SELECT * FROM objects WHERE uid = ? ORDER BY calendar", (uid,))
        return [_object(row) for row in rows]

    def known(self, calendar: str) -> dict[str, str]:
        """href -> etag of what was read."""
        rows = self.db.execute("SELECT href, etag FROM objects WHERE calendar = ?", (calendar,))
        return {row[0]: row[1] for row in rows}

    def object_at(self, calendar: str, href: str) -> Object | None:
        """One resource."""
        row = self.db.execute(
            "SELECT * FROM objects WHERE calendar = ? AND href = ?", (calendar, href)
        ).fetchone()
        return _object(row) if row else None

    def keep(self, found: Object) -> None:
        """Remember a resource."""
        times = [[_text(start), _text(end)] for start, end in found.times]
        self.db.execute(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (found.calendar, found.href, found.etag, found.uid, found.text, json.dumps(times),
             json.dumps(found.days), found.recurring, found.refused),
        )  # fmt: skip

    def drop(self, calendar: str, href: str) -> None:
        """The resource is gone."""
        self.db.execute("DELETE FROM objects WHERE calendar = ? AND href = ?", (calendar, href))

    def read_again(self, calendar: str, href: str) -> None:
        """Fetch the resource with the next look, though it has not changed."""
        self.db.execute(
            "UPDATE objects SET etag = '' WHERE calendar = ? AND href = ?", (calendar, href)
        )
        self.db.execute("UPDATE looks SET token = NULL WHERE calendar = ?", (calendar,))

    def look(self, calendar: str) -> tuple[str | None, datetime] | None:
        """(token, when) of the last look at a calendar that succeeded."""
        row = self.db.execute(
            "SELECT token, as_of FROM looks WHERE calendar = ?", (calendar,)
        ).fetchone()
        return (row[0], _time(row[1])) if row else None

    def looked(self, calendar: str, token: str | None, as_of: datetime) -> None:
        """A look succeeded."""
        self.db.execute(
            "INSERT OR REPLACE INTO looks VALUES (?, ?, ?)", (calendar, token, _text(as_of))
        )

    def forget_calendars(self, but: set[str]) -> None:
        """Calendars that the settings name no more."""
        for (calendar,) in self.db.execute(
            "SELECT calendar FROM looks UNION SELECT calendar FROM objects"
        ).fetchall():
            if calendar not in but:
                self.db.execute("DELETE FROM objects WHERE calendar = ?", (calendar,))
                self.db.execute("DELETE FROM looks WHERE calendar = ?", (calendar,))

    def written(self, uid: str) -> Written | None:
        """How an appointment was last understood to stand in the calendar."""
        row = self.db.execute("SELECT * FROM written WHERE uid = ?", (uid,)).fetchone()
        if row is None:
            return None
        standing = Standing(datetime.fromisoformat(row["start"]), row["minutes"], row["status"])
        given = _standing(row["given"]) if row["given"] else None
        return Written(
            row["uid"], row["calendar"], row["href"], row["etag"], row["revision"], standing,
            row["summary"], row["description"], bool(row["gone"]), given,
        )  # fmt: skip

    def set_written(self, w: Written) -> None:
        """Remember it."""
        self.db.execute(
            "INSERT OR REPLACE INTO written VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (w.uid, w.calendar, w.href, w.etag, w.revision, w.standing.start.isoformat(),
             w.standing.minutes, w.standing.status, w.summary, w.description, w.gone,
             _standing_text(w.given) if w.given else ""),
        )  # fmt: skip

    def forget_written(self, uid: str) -> None:
        """It stands nowhere that we know of."""
        self.db.execute("DELETE FROM written WHERE uid = ?", (uid,))

    def begin(self, uid: str, revision: int) -> None:
        """It is about to be written; until end(), what the server made of it is not known."""
        self.db.execute("INSERT OR REPLACE INTO begun VALUES (?, ?)", (uid, revision))

    def begun(self, uid: str) -> int | None:
        """Revision whose writing has begun and has not ended."""
        row = self.db.execute("SELECT revision FROM begun WHERE uid = ?", (uid,)).fetchone()
        return int(row[0]) if row else None

    def end(self, uid: str) -> None:
        """What the server made of it is known."""
        self.db.execute("DELETE FROM begun WHERE uid = ?", (uid,))

    # --- what is said to the box

    def word(self, uid: str) -> Word | None:
        """The last word of staff about an appointment."""
        row = self.db.execute("SELECT * FROM words WHERE uid = ?", (uid,)).fetchone()
        if row is None:
            return None
        return Word(row["uid"], row["id"], row["basis"], row["updated"], bool(row["open"]))

    def say(self, word: Word, topic: str, payload: bytes) -> None:
        """Put a word of staff into the outbox."""
        self.db.execute(
            "INSERT OR REPLACE INTO words VALUES (?, ?, ?, ?, 1)",
            (word.uid, word.id, word.basis, word.updated),
        )
        self.db.execute(
            "INSERT INTO outbox (id, topic, payload) VALUES (?, ?, ?)", (word.id, topic, payload)
        )

    def answered(self, message_id: str) -> bool:
        """The box refused a word of staff; False when it was none of ours."""
        done = self.db.execute("UPDATE words SET open = 0 WHERE id = ? AND open", (message_id,))
        return done.rowcount > 0

    def open_words(self) -> list[tuple[str, int | None]]:
        """(id of the message, its number in the outbox if it is still there) of words that the box
        has not answered."""
        rows = self.db.execute(
            "SELECT words.id, outbox.number FROM words LEFT JOIN outbox ON outbox.id = words.id "
            "WHERE words.open"
        )
        return [(row[0], row[1]) for row in rows]

    def letters(self, after: int, limit: int) -> list[Letter]:
        """The next messages of the outbox."""
        rows = self.db.execute(
            "SELECT number, topic, payload FROM outbox WHERE number > ? ORDER BY number LIMIT ?",
            (after, limit),
        )
        return [Letter(row[0], row[1], bytes(row[2])) for row in rows]

    def delivered(self, number: int) -> None:
        """The box has it."""
        with self.transaction():
            for table in ("outbox", "acknowledged"):
                self.db.execute(f"DELETE FROM {table} WHERE number = ?", (number,))

    def acknowledge(self, number: int) -> None:
        """A broker has it, and perhaps not on its disk."""
        self.db.execute("INSERT OR IGNORE INTO acknowledged VALUES (?)", (number,))

    def acknowledged(self) -> set[int]:
        """Numbers of the messages in the outbox that a broker has."""
        return {row[0] for row in self.db.execute("SELECT number FROM acknowledged")}

    def not_acknowledged(self, numbers: Iterable[int]) -> None:
        """They are to be said again."""
        with self.transaction():
            for number in numbers:
                self.db.execute("DELETE FROM acknowledged WHERE number = ?", (number,))

    def queued(self) -> int:
        """Messages that no broker has."""
        query = "SELECT count(*) FROM outbox WHERE number NOT IN (SELECT number FROM acknowledged)"
        return int(self.db.execute(query).fetchone()[0])

    def next_sequence(self, topic: str) -> int:
        """Of a topic about the calendar; committed before it is used, so never used twice."""
        row = self.db.execute("SELECT sequence FROM streams WHERE topic = ?", (topic,)).fetchone()
        number = (row[0] if row else 0) + 1
        self.db.execute("INSERT OR REPLACE INTO streams VALUES (?, ?)", (topic, number))
        return number

    def next_connection(self) -> int:
        """Rises with every connection to the broker."""
        number = int(self.meta("connection") or 0) + 1
        self.set_meta("connection", str(number))
        return number


def ends_at(appointment: StaffEvent) -> datetime:
    """When it is over, UTC."""
    start = appointment.start.replace(tzinfo=ZoneInfo(appointment.timeZone)).astimezone(UTC)
    return start + timedelta(minutes=appointment.duration)


def _object(row: sqlite3.Row) -> Object:
    times = tuple((_time(start), _time(end)) for start, end in json.loads(row["times"]))
    days = tuple((str(d), str(k), str(w)) for d, k, w in json.loads(row["days"]))
    return Object(
        row["calendar"], row["href"], row["etag"], row["uid"], row["text"], times, days,
        bool(row["recurring"]), row["refused"],
    )  # fmt: skip


def _standing(text: str) -> Standing:
    start, minutes, status = text.split(" ")
    return Standing(datetime.fromisoformat(start), int(minutes), status)


def _standing_text(standing: Standing) -> str:
    return f"{standing.start.isoformat()} {standing.minutes} {standing.status}"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
