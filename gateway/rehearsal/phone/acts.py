"""What a caller with a script knows, and what they can do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """What the caller knows."""

    name: str
    """first and last name"""
    service: str
    """what the appointment is for, in the caller's words"""
    day: str
    """weekday, e.g. Tuesday"""
    time: str
    """e.g. ten in the morning"""
    phone: str
    """digits"""
    message: str
    """what they say on an answering machine"""
    opening: str = "I would like to book an appointment."
    """first sentence"""
    day_matters: bool = True
    """whether another day than that is refused when it is read back"""
    wish: str = "I need a {service}, please."
    """what they answer when they are asked what it is for"""

    @property
    def part(self) -> str:
        """morning or afternoon"""
        return "morning" if "morning" in self.time else "afternoon"


@dataclass(frozen=True)
class Say:
    """Speak."""

    text: str
    """the words"""


@dataclass(frozen=True)
class Press:
    """Press keys."""

    keys: str
    """0-9 * #"""


@dataclass(frozen=True)
class Wait:
    """Say nothing: more will come."""


@dataclass(frozen=True)
class LeaveMessage:
    """Wait for the tone, speak the message, press hash."""

    text: str
    """the message"""


@dataclass(frozen=True)
class HangUp:
    """Talk is over, or leads nowhere."""

    why: str
    """for the report"""


Act = Say | Press | Wait | LeaveMessage | HangUp


@dataclass(frozen=True)
class Cue:
    """Something that this caller does, once, about certain words, before anything else."""

    heard: str
    """regular expression over the box's plain words (wording.plain)"""
    act: Act
    """what they do then"""
    over: bool = False
    """at once, over the box's words: an interruption"""
