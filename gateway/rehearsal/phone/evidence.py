"""What a call has left behind: rows of the database, MQTT messages, the sound of a voicemail."""

from __future__ import annotations

import sqlite3
import wave
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

AUDIBLE_RMS = 100.0
"""Loudness of a recording (of 32768) below which nobody spoke on it."""

Row = dict[str, Any]


@dataclass
class Evidence:
    """Everything about one call."""

    call: Row | None = None
    """row of `calls`"""
    appointments: list[Row] = field(default_factory=list)
    """rows of `appointments` that the call made"""
    messages: list[Row] = field(default_factory=list)
    """rows of `messages`"""
    follow_ups: list[Row] = field(default_factory=list)
    """rows of `follow_ups`"""
    mqtt: list[Row] = field(default_factory=list)
    """messages about the call as mosquitto_sub received them"""

    @property
    def voicemail(self) -> Row | None:
        """The message with sound, if there is one."""
        return next((m for m in self.messages if m["recording"] and m["seconds"]), None)

    def mqtt_of(self, kind: str) -> Row | None:
        """The first event of a type, e.g. appointment.booked."""
        return next((m for m in self.mqtt if m["payload"].get("type") == kind), None)


def gather(database: Path, caller: str, received: list[Row]) -> Evidence:
    """What the newest call of a number has left so far."""
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
            appointments=rows("SELECT * FROM appointments WHERE call_id = ?", call),
            messages=rows("SELECT * FROM messages WHERE call_id = ?", call),
            follow_ups=rows("SELECT * FROM follow_ups WHERE call_id = ?", call),
        )
    found.mqtt = [message for message in received if _is_about(message, call)]
    return found


def _is_about(message: Row, call: str) -> bool:
    payload = message["payload"]
    if not isinstance(payload, dict):
        return False
    after = payload.get("after")
    return payload.get("uid") == call or (isinstance(after, dict) and after.get("callId") == call)


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
