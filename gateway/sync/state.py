"""The retained state of the box, with the number of its connection; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.store.columns import Document, utc_text

VERSION = 1
"""Version of the payload."""
STARTING_S = 60.0
"""Models take most of a minute to load on a small board; until then a silent one is no alert."""
HIGHEST_CONNECTION = 2**52
"""No box connects so often: a retained state that claims more is rubbish, and overwritten."""
NEEDED = ("line", "gateway", "models")
"""Programs without which a caller gets less than the whole."""


class State(StrEnum):
    """States of a box, after the Homie convention."""

    INIT = "init"
    READY = "ready"
    ALERT = "alert"
    DISCONNECTED = "disconnected"
    LOST = "lost"


@dataclass(frozen=True)
class Session:
    """One connection of one run of the program."""

    id: str
    """UUID of the run"""
    connection: int
    """rises for the life of the box: of two states the one with the higher number is the truth"""

    def document(self, state: State, now: datetime) -> Document:
        """Payload of `state`. The will is made at the connection, so its `at` is that time."""
        return {
            "version": VERSION,
            "state": state.value,
            "session": self.id,
            "connection": self.connection,
            "at": utc_text(now),
        }

    def is_overwritten_by(self, retained: Any) -> bool:
        """Whether a retained state speaks of an older connection, or of the end of this one."""
        theirs = connection_of(retained)
        if theirs != self.connection:
            return theirs < self.connection
        return bool(retained.get("state") == State.LOST.value)


def connection_of(retained: Any) -> int:
    """The number of the connection that a retained state names, 0 when it names none."""
    theirs = retained.get("connection") if isinstance(retained, Mapping) else None
    return theirs if type(theirs) is int and theirs < HIGHEST_CONNECTION else 0


def state_of(programs: Mapping[str, Mapping[str, Any] | None], running_s: float) -> State:
    """State of a connected box, from what its programs last said (None = silent)."""
    silent = [
        name for name in NEEDED if not (status := programs.get(name)) or not status.get("ready")
    ]
    if not silent:
        return State.READY
    return State.INIT if running_s < STARTING_S else State.ALERT
