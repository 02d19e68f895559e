"""What a call has left behind: rows of the database, MQTT messages, the sound of a voicemail."""

from __future__ import annotations

import json
import sqlite3
import wave
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gateway.rehearsal.phone.staff_calendar import CalendarEvent

AUDIBLE_RMS = 100.0
"""Loudness of a recording (of 32768) below which nobody spoke on it."""

Row = dict[str, Any]
LookUp = Callable[[str, str], CalendarEvent | None]
"""Event of a practitioner's calendar by its UID."""


@dataclass
class Evidence:
    """Everything about one call."""

    call: Row | None = None
    """row of `calls`"""
    appointments: list[Row] = field(default_factory=list)
    """rows of `appointments` that the call made or changed, as they are now"""
    messages: list[Row] = field(default_factory=list)
    """rows of `messages`"""
    follow_ups: list[Row] = field(default_factory=list)
    """rows of `follow_ups`"""
    mqtt: list[Row] = field(default_factory=list)
    """messages about the call as mosquitto_sub received them"""
    calendar: list[CalendarEvent] = field(default_factory=list)
    """its appointments as they lie in the office's calendar"""

    @property
    def outcome(self) -> str:
        """Of the row of the call; empty without one."""
        return str((self.call or {}).get("outcome") or "")

    def said(self, key: str) -> bool:
        """Whether the box said a sentence of this key (gateway/conversation/sentences/)."""
        turns = json.loads((self.call or {}).get("turns") or "[]")
        return any(turn.get("key") == key for turn in turns)

    @property
    def voicemail(self) -> Row | None:
        """The message with sound, if there is one."""
        return next((m for m in self.messages if m["recording"] and m["seconds"]), None)

    def mqtt_of(self, kind: str) -> Row | None:
        """The first event of a type, e.g. appointment.booked."""
        return next((m for m in self.mqtt if m["payload"].get("type") == kind), None)


def gather(
    database: Path, caller: str, received: list[Row], look_up: LookUp | None = None
) -> Evidence:
    """What the newest call of a number has left so far; reads files and the calendar's server."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row

        def rows(query: str, *values: str) -> list[Row]:
            return [dict(row) for row in db.execute(query, values)]

        calls = rows(
            "SELECT * FROM calls WHERE caller = ? ORDER BY started_at DESC LIMIT 1", caller
        )
        if not calls:
            return Evidence()
        call = calls[0]["id"]
        found = Evidence(
            call=calls[0],
            appointments=rows(f"SELECT * FROM appointments WHERE uid IN ({_CHANGED})", call),
            messages=rows("SELECT * FROM messages WHERE call_id = ?", call),
            follow_ups=rows("SELECT * FROM follow_ups WHERE call_id = ?", call),
        )
        changes = {(row["kind"], row["uid"]) for row in rows(_CHANGES, call)}
    found.mqtt = [message for message in received if _is_about(message, call, changes)]
    if look_up is not None:
        events = (look_up(row["practitioner"], row["uid"]) for row in found.appointments)
        found.calendar = [event for event in events if event is not None]
    return found


_CHANGES = """SELECT j.kind kind, json_extract(d.data, '$.uid') uid FROM journal j
    JOIN journal_details d ON d.journal_id = j.id
    WHERE j.call_id = ? AND j.kind LIKE 'appointment.%'"""
_CHANGED = f"SELECT uid FROM ({_CHANGES})"
"""What a call did to which appointments."""


def _is_about(message: Row, call: str, changes: set[tuple[str, str]]) -> bool:
    payload = message["payload"]
    if not isinstance(payload, dict):
        return False
    if (payload.get("type"), payload.get("uid")) in changes:
        return True
    after = payload.get("after")
    of_call = isinstance(after, dict) and after.get("callId") == call
    is_appointment = str(payload.get("type")).startswith("appointment.")
    return payload.get("uid") == call or (of_call and not is_appointment)


def is_audible(recording: Path) -> bool:
    """Whether somebody is to be heard on a WAV file."""
    with wave.open(str(recording)) as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), np.int16).astype(np.float32)
    if not len(samples):
        return False
    tenth = max(1, wav.getframerate() // 10)
    blocks = samples[: len(samples) // tenth * tenth].reshape(-1, tenth)
    loudness = np.sqrt(np.mean(np.square(blocks), axis=1))
    return bool(np.count_nonzero(loudness > AUDIBLE_RMS) >= 5)
