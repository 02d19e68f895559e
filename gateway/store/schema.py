"""Tables, triggers and their migrations; what must never be true is forbidden here, not in code."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("nightporter")

FIRST_TABLES = (
    """CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE calls (
        id TEXT PRIMARY KEY,
        caller TEXT,
        phone TEXT NOT NULL DEFAULT '',
        called TEXT NOT NULL DEFAULT '',
        forwarded_from TEXT,
        forward_reason TEXT,
        started_at TEXT NOT NULL,
        ended_at TEXT,
        outcome TEXT,
        reason TEXT NOT NULL DEFAULT '',
        lowest_rung INTEGER,
        rung_reasons TEXT NOT NULL DEFAULT '[]',
        turns TEXT NOT NULL DEFAULT '[]',
        said_something INTEGER NOT NULL DEFAULT 0,
        recording TEXT NOT NULL DEFAULT '',
        progress TEXT,
        progress_at TEXT
    ) STRICT""",
    "CREATE INDEX calls_by_phone ON calls (phone, started_at)",
    """CREATE TABLE appointments (
        uid TEXT PRIMARY KEY,
        revision INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0),
        status TEXT NOT NULL CHECK (status IN ('confirmed', 'tentative', 'cancelled')),
        service TEXT NOT NULL,
        practitioner TEXT NOT NULL,
        start TEXT NOT NULL,
        minutes INTEGER NOT NULL CHECK (minutes > 0),
        timezone TEXT NOT NULL,
        starts TEXT NOT NULL,
        ends TEXT NOT NULL CHECK (ends > starts),
        name TEXT NOT NULL,
        phone TEXT NOT NULL,
        phone_key TEXT NOT NULL,
        call_id TEXT REFERENCES calls (id) ON DELETE SET NULL,
        draft_key TEXT,
        source TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        confirmed_at TEXT,
        journal_id INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE INDEX appointments_by_time ON appointments (practitioner, starts, ends)",
    "CREATE INDEX appointments_by_phone ON appointments (phone_key, starts)",
    """CREATE UNIQUE INDEX appointments_once ON appointments (call_id, draft_key)
        WHERE status <> 'cancelled' AND draft_key IS NOT NULL""",
    """CREATE TABLE holds (
        call_id TEXT PRIMARY KEY,
        practitioner TEXT NOT NULL,
        start TEXT NOT NULL,
        minutes INTEGER NOT NULL CHECK (minutes > 0),
        starts TEXT NOT NULL,
        ends TEXT NOT NULL CHECK (ends > starts),
        expires_at TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE messages (
        id TEXT PRIMARY KEY,
        call_id TEXT REFERENCES calls (id) ON DELETE CASCADE,
        kind TEXT NOT NULL CHECK (kind IN ('note', 'alert', 'voicemail')),
        about TEXT NOT NULL,
        reason TEXT NOT NULL,
        name TEXT NOT NULL DEFAULT '',
        phone TEXT NOT NULL DEFAULT '',
        for_whom TEXT NOT NULL DEFAULT '',
        urgent INTEGER NOT NULL DEFAULT 0,
        taken_at TEXT NOT NULL,
        seconds REAL,
        recording TEXT NOT NULL DEFAULT '',
        transcript TEXT NOT NULL DEFAULT '',
        spool_name TEXT UNIQUE,
        journal_id INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    """CREATE TABLE follow_ups (
        id TEXT PRIMARY KEY,
        call_id TEXT REFERENCES calls (id) ON DELETE SET NULL,
        message_id TEXT REFERENCES messages (id) ON DELETE CASCADE,
        uid TEXT REFERENCES appointments (uid) ON DELETE SET NULL,
        reason TEXT NOT NULL,
        owner TEXT NOT NULL CHECK (owner <> ''),
        due TEXT NOT NULL,
        due_at TEXT NOT NULL,
        text TEXT NOT NULL DEFAULT '',
        opened_at TEXT NOT NULL,
        closed_at TEXT,
        closed_by TEXT
    ) STRICT""",
    "CREATE INDEX follow_ups_by_call ON follow_ups (call_id)",
    """CREATE TABLE outbox (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        time TEXT NOT NULL,
        uid TEXT NOT NULL,
        body TEXT NOT NULL,
        sent_at TEXT
    ) STRICT""",
    "CREATE INDEX outbox_unsent ON outbox (sequence) WHERE sent_at IS NULL",
    """CREATE TABLE inbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        topic TEXT NOT NULL,
        received_at TEXT NOT NULL,
        result TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT ''
    ) STRICT""",
    "CREATE INDEX inbox_by_id ON inbox (id)",
    """CREATE TABLE foreign_busy (
        practitioner TEXT NOT NULL,
        uid TEXT NOT NULL,
        starts TEXT NOT NULL,
        ends TEXT NOT NULL CHECK (ends > starts),
        PRIMARY KEY (practitioner, uid, starts)
    ) STRICT""",
    "CREATE INDEX foreign_busy_by_time ON foreign_busy (practitioner, starts, ends)",
    """CREATE TABLE calendar_state (
        practitioner TEXT PRIMARY KEY,
        stream TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        heard_at TEXT NOT NULL,
        as_of TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE opening_exceptions (
        practitioner TEXT NOT NULL,
        day TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('closed', 'hours', 'do-not-book')),
        spans TEXT NOT NULL DEFAULT '[]',
        name TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (practitioner, day, kind)
    ) STRICT""",
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        call_id TEXT,
        kind TEXT NOT NULL,
        reason TEXT NOT NULL,
        details_hash TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX journal_by_call ON journal (call_id)",
    """CREATE TABLE journal_details (
        journal_id INTEGER PRIMARY KEY REFERENCES journal (id),
        salt TEXT NOT NULL,
        data TEXT NOT NULL
    ) STRICT""",
)

LIVE_OVERLAP = """EXISTS (
    SELECT 1 FROM appointments a WHERE a.practitioner = NEW.practitioner
    AND a.status <> 'cancelled' AND a.starts < NEW.ends AND NEW.starts < a.ends {unless})"""
HOLD_OVERLAP = """EXISTS (
    SELECT 1 FROM holds h WHERE h.practitioner = NEW.practitioner
    AND h.starts < NEW.ends AND NEW.starts < h.ends {unless})"""


def _guard(name: str, moment: str, table: str, when: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {moment} ON {table} WHEN {when} "
        "BEGIN SELECT RAISE(ABORT, 'slot-taken'); END"
    )


def _forbid(name: str, moment: str, table: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {moment} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


_OTHERS = LIVE_OVERLAP.format(unless="AND a.uid <> NEW.uid")
_HELD = HOLD_OVERLAP.format(unless="")
_LIVE = "NEW.status <> 'cancelled' AND"

FIRST_TRIGGERS = (
    # Two live appointments of one practitioner never overlap, and none lies on a held slot: who
    # books deletes the own hold first, in the same transaction.
    _guard("appointment_inserted", "INSERT", "appointments", f"{_LIVE} ({_OTHERS} OR {_HELD})"),
    _guard(
        "appointment_changed",
        "UPDATE OF uid, practitioner, status, starts, ends",
        "appointments",
        f"{_LIVE} ({_OTHERS} OR {_HELD})",
    ),
    _guard(
        "hold_inserted",
        "INSERT",
        "holds",
        LIVE_OVERLAP.format(unless="")
        + " OR "
        + HOLD_OVERLAP.format(unless="AND h.call_id <> NEW.call_id"),
    ),
    _guard(
        "hold_changed",
        "UPDATE OF call_id, practitioner, starts, ends",
        "holds",
        LIVE_OVERLAP.format(unless="")
        + " OR "
        + HOLD_OVERLAP.format(unless="AND h.call_id NOT IN (OLD.call_id, NEW.call_id)"),
    ),
    _forbid("journal_not_changed", "UPDATE", "journal"),
    _forbid("journal_not_deleted", "DELETE", "journal"),
    _forbid("journal_details_not_changed", "UPDATE", "journal_details"),
)


@migrations()
def m001_first(db: Database) -> None:
    """The tables of the first release."""
    for statement in (*FIRST_TABLES, *FIRST_TRIGGERS):
        db.conn.execute(statement)
    db.conn.execute("INSERT INTO meta (key, value) VALUES ('stream', lower(hex(randomblob(16))))")


@migrations()
def m002_staff(db: Database) -> None:
    """Who changed an appointment last, and the newest word of staff about it."""
    for column in (
        "changed_by TEXT NOT NULL DEFAULT 'phone' CHECK (changed_by IN ('phone', 'staff'))",
        "staff_updated TEXT NOT NULL DEFAULT ''",
    ):
        db.conn.execute(f"ALTER TABLE appointments ADD COLUMN {column}")


@migrations()
def m004_fleet(db: Database) -> None:
    """What the operator's side needs: silences before replies, used numbers, alerts."""
    for statement in (
        "ALTER TABLE calls ADD COLUMN replies_ms TEXT NOT NULL DEFAULT '[]'",
        "CREATE INDEX calls_by_start ON calls (started_at)",
        "CREATE INDEX calls_by_end ON calls (ended_at)",
        "CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL",
        """CREATE TABLE operator_commands (
            key TEXT PRIMARY KEY,
            number INTEGER NOT NULL,
            id TEXT NOT NULL,
            accepted_at TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE alerts (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            severity TEXT NOT NULL,
            opened_at TEXT NOT NULL,
            closed_at TEXT,
            value REAL,
            opening_told INTEGER NOT NULL DEFAULT 0,
            closing_told INTEGER NOT NULL DEFAULT 0
        ) STRICT""",
        "CREATE UNIQUE INDEX alerts_once ON alerts (kind) WHERE closed_at IS NULL",
        "INSERT INTO meta (key, value) "
        "SELECT 'refused', count(*) FROM inbox WHERE result = 'refused'",
    ):
        db.conn.execute(statement)


@migrations()
def m003_heard_later(db: Database) -> None:
    """When somebody tried to recognise the words of a recorded message; empty = nobody yet."""
    db.conn.execute("ALTER TABLE messages ADD COLUMN transcribed_at TEXT NOT NULL DEFAULT ''")
