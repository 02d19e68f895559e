"""Tables of the console's database."""

from __future__ import annotations

import sqlite3

VERSION = 1
"""PRAGMA user_version; a database of a later version is refused."""

TABLES = """
CREATE TABLE boxes (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    box TEXT NOT NULL,
    state TEXT,
    connection INTEGER NOT NULL,
    state_at REAL NOT NULL,
    status TEXT NOT NULL,
    changed REAL NOT NULL,
    heard REAL NOT NULL,
    health TEXT,
    first_call REAL,
    last_call REAL,
    longest_gap_s REAL NOT NULL,
    stale INTEGER NOT NULL,
    first_seen REAL NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (site, box)
);
CREATE INDEX boxes_revision ON boxes (revision);
CREATE INDEX boxes_status ON boxes (status, heard);
CREATE TABLE episodes (
    id INTEGER PRIMARY KEY,
    box_id INTEGER NOT NULL REFERENCES boxes (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    source TEXT NOT NULL,
    opened REAL NOT NULL,
    last_opened REAL NOT NULL,
    closed REAL,
    connection INTEGER NOT NULL,
    value REAL,
    count INTEGER NOT NULL,
    absent INTEGER NOT NULL,
    touched REAL NOT NULL,
    revision INTEGER NOT NULL
);
CREATE INDEX episodes_of_box ON episodes (box_id, kind, source, last_opened);
CREATE INDEX episodes_open ON episodes (box_id) WHERE closed IS NULL;
CREATE INDEX episodes_revision ON episodes (revision);
CREATE TABLE statuses (
    box_id INTEGER NOT NULL REFERENCES boxes (id) ON DELETE CASCADE,
    at REAL NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX statuses_of_box ON statuses (box_id, at);
CREATE TABLE calls (
    box_id INTEGER NOT NULL REFERENCES boxes (id) ON DELETE CASCADE,
    hour INTEGER NOT NULL,
    outcomes TEXT NOT NULL,
    PRIMARY KEY (box_id, hour)
) WITHOUT ROWID;
CREATE TABLE commands (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    site TEXT NOT NULL,
    box TEXT NOT NULL,
    command TEXT NOT NULL,
    argument TEXT,
    issued REAL NOT NULL,
    expires REAL NOT NULL,
    result TEXT,
    answered REAL
) WITHOUT ROWID;
CREATE INDEX commands_of_key ON commands (key, number);
CREATE INDEX commands_of_box ON commands (site, box, issued);
CREATE TABLE refused (code TEXT PRIMARY KEY, count INTEGER NOT NULL, last REAL NOT NULL)
WITHOUT ROWID;
CREATE TABLE consoles (
    name TEXT PRIMARY KEY,
    seen REAL NOT NULL,
    listening_since REAL NOT NULL,
    connected INTEGER NOT NULL,
    applied INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO facts VALUES ('revision', 0), ('removals', 0);
"""
"""Moments are seconds since 1970; health, outcomes and result are JSON."""


def migrate(connection: sqlite3.Connection) -> bool:
    """Bring a database to VERSION inside the caller's transaction; False: it is from the future."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        return False
    if version == 0:
        for statement in TABLES.split(";\n"):
            if statement.strip():
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    return True
