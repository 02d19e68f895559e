"""What the office keeps about calls; pure records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.appointments.records import Appointment, FollowUp, Outcome

FINISHED = frozenset(
    {
        Outcome.BOOKED,
        Outcome.MOVED,
        Outcome.CANCELLED,
        Outcome.CONFIRMED,
        Outcome.INFORMED,
        Outcome.TRANSFERRED,
        Outcome.SPAM,
    }
)
"""Outcomes after which nobody in the office has anything left to do."""


@dataclass(frozen=True)
class CallerLimits:
    """Counts of one number, for the caps of the [booking] table."""

    open_bookings: int = 0
    """live appointments in the future"""
    bookings_today: int = 0
    """appointments booked since local midnight"""
    calls_last_hour: int = 0
    """calls in the last hour, the present one included"""
    withheld_last_hour: int = 0
    """appointments that callers without a number booked in the last hour, for a withheld one"""


@dataclass(frozen=True)
class DroppedCall:
    """The last call of a number broke off a few minutes ago and can be taken up again."""

    call_id: str
    """UUID of that call"""
    progress: str
    """what the conversation saved last"""


@dataclass(frozen=True)
class CallSummary:
    """One call in a list."""

    id: str
    """UUID"""
    caller: str | None
    """number as the network claims it"""
    started_at: datetime
    """UTC, aware"""
    ended_at: datetime | None
    """UTC, aware; None while it runs"""
    outcome: Outcome | None
    """how it ended; None while it runs"""
    lowest_rung: int | None
    """lowest rung of the ladder that it saw"""


@dataclass(frozen=True)
class ToDo(FollowUp):
    """A follow-up as the office reads it: with whom it is about."""

    name: str = ""
    """who it is about, as far as known"""
    phone: str = ""
    """number to call, as far as known: of the message, the appointment, or the call"""
    recording: str = ""
    """path of the message's WAV file, empty without one"""
    transcript: str = ""
    """words of the message, empty without any"""


@dataclass(frozen=True)
class CallPage:
    """Everything about one call."""

    summary: CallSummary
    """as in the list"""
    reason: str
    """why it ended so"""
    rung_reasons: list[str]
    """why it went down the ladder, in order"""
    turns: list[dict[str, Any]]
    """who said what, as the switchboard recorded it"""
    recording: str
    """path of the recording, empty without one"""
    called: str = ""
    """number that was dialled, as the network says"""
    forwarded_from: str | None = None
    """number first dialled, where the call was sent on to us"""
    forward_reason: str | None = None
    """why it was sent on: no-answer, user-busy, unconditional, time-of-day, out-of-service"""
    appointments: list[Appointment] = field(default_factory=list)
    """those the call made"""
    messages: list[dict[str, Any]] = field(default_factory=list)
    """what was left for the office"""
    follow_ups: list[FollowUp] = field(default_factory=list)
    """what somebody has to do"""
    decisions: list[dict[str, Any]] = field(default_factory=list)
    """rows of the journal: id, at, kind, reason, data (None once erased)"""
