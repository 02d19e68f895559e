"""The result of a rehearsed call, and the file that tells of all of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.contract.service import write_atomically
from gateway.rehearsal.phone.evidence import Evidence
from gateway.rehearsal.phone.figures import median_and_p95
from gateway.rehearsal.phone.scripted_call import CallReport, Mishap, Turn
from gateway.rehearsal.phone.staff_calendar import CalendarEvent

_KEPT_OF_APPOINTMENT = (
    "uid", "revision", "status", "service", "practitioner", "start", "minutes", "timezone", "name",
    "phone",
)  # fmt: skip


@dataclass
class CallResult:
    """One call: what the caller heard, what is left of it, what did not go as told."""

    name: str
    """short name"""
    report: CallReport
    """at the caller's ear"""
    left: Evidence
    """rows and messages"""
    mishap: Mishap | None
    """what was done to the box"""
    recording: Path
    """stereo WAV: caller left, box right"""
    faults: list[str]
    """empty when all went as told"""
    voicemail: Path | None = None
    """the message in the caller's voice"""

    def keep_voicemail(self, folder: Path) -> None:
        """Copy the voicemail beside the recording before the box's home is removed."""
        row = self.left.voicemail
        if row and Path(row["recording"]).exists():
            self.voicemail = folder / f"{self.name}-voicemail.wav"
            shutil.copy(row["recording"], self.voicemail)

    @property
    def silences(self) -> list[Turn]:
        """Turns whose silence counts: spoken, answered, and nothing killed meanwhile."""
        return [t for t in self.report.turns if t.reply_ms and not t.by_keys and not t.disturbed]

    def as_json(self) -> dict[str, Any]:
        """One entry of `calls` in result.json."""
        call, voicemail = self.left.call or {}, self.left.voicemail
        made = self.left.appointments[0] if self.left.appointments else None
        return {
            "name": self.name,
            "as_told": not self.faults,
            "faults": self.faults,
            "outcome": call.get("outcome"),
            "lowest_rung": call.get("lowest_rung"),
            "rung_reasons": json.loads(call.get("rung_reasons", "[]")),
            "seconds": round(self.report.seconds, 1),
            "hung_up_by": self.report.hung_up_by,
            "greeting_ms": _rounded(self.report.greeting_ms),
            "turns": [_turn(turn) for turn in self.report.turns],
            "killed_to_speech_ms": _rounded(self.mishap.speech_ms) if self.mishap else None,
            "appointment": {k: made[k] for k in _KEPT_OF_APPOINTMENT} if made else None,
            "follow_ups": [
                {k: f[k] for k in ("id", "reason", "owner", "due_at")} for f in self.left.follow_ups
            ],
            "mqtt": [{"topic": m["topic"], "payload": m["payload"]} for m in self.left.mqtt],
            "calendar": [_event(event) for event in self.left.calendar],
            "voicemail_seconds": voicemail["seconds"] if voicemail else None,
            "voicemail": str(self.voicemail) if self.voicemail else None,
            "recording": str(self.recording),
        }


def _event(event: CalendarEvent) -> dict[str, Any]:
    return {
        "uid": event.uid,
        "practitioner": event.practitioner,
        "summary": event.summary,
        "start": event.start.isoformat(),
        "end": event.end.isoformat() if event.end else None,
        "status": event.status,
    }


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "said": turn.said,
        "by_keys": turn.by_keys,
        "interrupts": turn.over_box,
        "heard": turn.heard,
        "reply_ms": _rounded(turn.reply_ms),
        "speech_ms": _rounded(turn.speech_ms),
    }


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)


def summary(results: Sequence[CallResult]) -> dict[str, Any]:
    """`reply_ms` counts the first sound of any kind, `speech_ms` the first that is no tone."""
    turns = [turn for result in results for turn in result.silences]
    return {
        "reply_ms": median_and_p95(turn.reply_ms for turn in turns),
        "speech_ms": median_and_p95(turn.speech_ms for turn in turns),
    }


def write_result(
    path: Path, results: Sequence[CallResult], calendar: Sequence[CalendarEvent] = ()
) -> None:
    """result.json, whole or not at all; `calendar`: all that lies in the office's calendar."""
    document = {
        "as_told": bool(results) and not any(result.faults for result in results),
        "calls": [result.as_json() for result in results],
        "calendar": [_event(event) for event in calendar],
        **summary(results),
    }
    write_atomically(path, json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n")
