"""Where the silence before a reply goes: the gateway's own times matched with the caller's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.rehearsal.phone.scripted_call import Turn

STAGES = ("to the box", "recogniser", "end of turn", "language model", "decision, voice", "back")
"""In order: network and jitter buffer (below zero: the detector was early); until the words had
settled; until the turn was taken to be over; scoring; rules, store and first sound of the voice;
line, network and back."""
SLACK_S = 0.3
"""The detector may place the end of the voice before the last quiet sample."""


@dataclass(frozen=True)
class BoxTurn:
    """One line of the gateway's turns.jsonl; seconds of the monotonic clock, as the caller's."""

    voice_stopped: float
    """end of the caller's voice"""
    settled: float
    """the words had settled"""
    decided: float
    """the turn was taken to be over"""
    first_audio: float
    """first sound of the reply sent to the line"""
    model_ms: float
    """scoring by the language model, milliseconds"""
    filler: bool
    """a tone or filler was heard first"""


def read_turns(path: Path) -> list[BoxTurn]:
    """What the gateway noted; empty when it noted nothing."""
    if not path.exists():
        return []
    turns = []
    for line in path.read_text().splitlines():
        data = json.loads(line)
        turns.append(
            BoxTurn(
                voice_stopped=float(data["voice_stopped"]),
                settled=float(data["settled"]),
                decided=float(data["decided"]),
                first_audio=float(data["first_audio"]),
                model_ms=float(data.get("model_ms", 0.0)),
                filler=bool(data.get("filler")),
            )
        )
    return turns


def shares(turn: Turn, box_turns: Iterable[BoxTurn]) -> dict[str, float] | None:
    """Milliseconds of each stage of one silence; None when the gateway noted nothing that fits."""
    if turn.speech_ms is None:
        return None
    heard = turn.ended + turn.speech_ms / 1000
    for box in box_turns:
        if turn.ended - SLACK_S <= box.voice_stopped <= box.first_audio <= heard:
            model = box.model_ms / 1000
            settled = min(box.settled, box.decided)
            marks = (
                box.voice_stopped - turn.ended,
                settled - box.voice_stopped,
                box.decided - settled,
                model,
                max(0.0, box.first_audio - box.decided - model),
                heard - box.first_audio,
            )
            return dict(zip(STAGES, (mark * 1000 for mark in marks), strict=True))
    return None
