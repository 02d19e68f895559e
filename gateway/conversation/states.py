"""THE table of the conversation: what may happen in which state, and which rule answers.

An event with no row raises NoSuchTransition and changes nothing. The diagram in
docs/architecture.md is drawn from this table (`nightporter states --mermaid`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.conversation import events as e
from gateway.conversation.events import Event
from gateway.errors import NoSuchTransition


class State(StrEnum):
    """Where a conversation stands."""

    NEW = "new"
    # questions: it is the caller's turn
    OPEN = "open"
    SERVICE = "service"
    DAY = "day"
    WHICH_DAY = "which-day"
    WHICH_TIME = "which-time"
    CHOICE = "choice"
    NAME = "name"
    NAME_CHECK = "name-check"
    PHONE = "phone"
    PHONE_CHECK = "phone-check"
    COMMIT_BOOKING = "commit-booking"
    CHANGE_WHAT = "change-what"
    IDENTIFY = "identify"
    WHICH_APPOINTMENT = "which-appointment"
    COMMIT_MOVE = "commit-move"
    COMMIT_CANCEL = "commit-cancel"
    OFFER_MESSAGE = "offer-message"
    RESUME = "resume"
    URGENT = "urgent"
    # waits: somebody else has to answer
    THINKING = "thinking"
    FINDING = "finding"
    HOLDING = "holding"
    CHECKING = "checking"
    LOOKING_UP = "looking-up"
    BOOKING = "booking"
    MOVING = "moving"
    CANCELLING = "cancelling"
    CONFIRMING = "confirming"
    NOTING = "noting"
    ALERTING = "alerting"
    RECORDING = "recording"
    RECORDING_NAME = "recording-name"
    LAST_MESSAGE = "last-message"
    TRANSFERRING = "transferring"
    # the way out
    LEAVING = "leaving"
    """the caller has hung up; a commit is still under way"""
    CLOSING = "closing"
    """the last note is being written"""
    ENDED = "ended"


S = State

QUESTIONS = frozenset({
    S.OPEN, S.SERVICE, S.DAY, S.WHICH_DAY, S.WHICH_TIME, S.CHOICE, S.NAME, S.NAME_CHECK, S.PHONE,
    S.PHONE_CHECK, S.COMMIT_BOOKING, S.CHANGE_WHAT, S.IDENTIFY, S.WHICH_APPOINTMENT, S.COMMIT_MOVE,
    S.COMMIT_CANCEL, S.OFFER_MESSAGE, S.RESUME, S.URGENT,
})  # fmt: skip
"""States in which it is the caller's turn."""

COMMITS = frozenset({S.BOOKING, S.MOVING, S.CANCELLING, S.CONFIRMING, S.NOTING, S.ALERTING})
"""Waits for a row to be committed; a caller who hangs up now does not undo it."""

WAITS = COMMITS | {
    S.THINKING, S.FINDING, S.HOLDING, S.CHECKING, S.LOOKING_UP, S.RECORDING, S.RECORDING_NAME,
    S.TRANSFERRING,
}  # fmt: skip
"""States in which somebody else has to answer while the caller is there."""

END = frozenset({S.CLOSING, S.ENDED})
ANYWHERE = QUESTIONS | WAITS | END | {S.LAST_MESSAGE}
"""Where a caller's words may lead: every question can become any other."""


@dataclass(frozen=True)
class Rule:
    """One row: the rule that answers and where it may lead."""

    name: str
    """name of the function in gateway.conversation.rules"""
    goes: frozenset[State]
    """states that may follow; staying is always allowed"""


Rows = dict[type[Event], Rule]


def _rule(name: str, *goes: State | Iterable[State]) -> Rule:
    states: set[State] = set()
    for entry in goes:
        states |= {entry} if isinstance(entry, State) else set(entry)
    return Rule(name, frozenset(states))


_ALWAYS: Rows = {
    e.ModelFailed: _rule("model_failed", ANYWHERE),
    e.StoreFailed: _rule("store_failed", S.LAST_MESSAGE, END),
    e.TurnLimit: _rule("turn_limit", S.LAST_MESSAGE, END),
    e.CallerHungUp: _rule("hung_up", S.LEAVING, END),
    e.CallerSilent: _rule("nothing"),
    e.SpeechFinished: _rule("nothing"),
    e.ModelBack: _rule("model_back"),
}
"""Rows of every state before the end; states below may answer them differently."""

_ANSWERED_LATE = (
    e.ModelAnswered, e.SlotsFound, e.SlotHeld, e.SlotGone, e.NumberChecked, e.AppointmentsFound,
    e.Committed, e.MessageRecorded, e.TransferProgressed,
)  # fmt: skip
_LATE: Rows = {event: _rule("late_answer") for event in _ANSWERED_LATE}
"""Answers to what was asked before the call took another turn: remembered, nothing else."""
_LAST: Rows = {event: _rule("late_answer", END) for event in _ANSWERED_LATE}
"""Likewise after the caller has gone: when the last one is there, the call is over."""

_IN_MESSAGE: Rows = {
    e.HeardInMessage: _rule("heard_in_message"),
    e.Committed: _rule("late_answer"),
    e.StoreFailed: _rule("alert_failed_in_message"),
}
"""Rows of recordings: danger is answered and alerted while the recording goes on."""

_QUESTION: Rows = {
    **_ALWAYS,
    e.Heard: _rule("heard", ANYWHERE),
    e.KeyPressed: _rule("key", ANYWHERE),
    e.CallerSilent: _rule("silent", ANYWHERE),
}

_WAIT: Rows = {
    **_ALWAYS,
    e.Heard: _rule("overheard", S.ALERTING),
    e.KeyPressed: _rule("overheard"),
    e.TurnLimit: _rule("turn_limit_later"),
}
"""Rows of all waits: danger is acted upon at once, the rest when it is the caller's turn."""

_FORM = frozenset({
    S.NAME, S.NAME_CHECK, S.PHONE, S.PHONE_CHECK, S.CHECKING, S.COMMIT_BOOKING, S.COMMIT_MOVE,
})  # fmt: skip
"""What is left once a time is held."""

_ANSWERS: Mapping[State, Rows] = {
    S.THINKING: {e.ModelAnswered: _rule("model_answered", ANYWHERE)},
    S.FINDING: {
        e.SlotsFound: _rule("slots_found", S.CHOICE, S.HOLDING, S.DAY, S.OFFER_MESSAGE),
    },
    S.HOLDING: {
        e.SlotHeld: _rule("slot_held", _FORM, S.RECORDING_NAME),
        e.SlotGone: _rule("slot_gone", S.FINDING),
    },
    S.CHECKING: {
        e.NumberChecked: _rule("number_checked", S.COMMIT_BOOKING, S.RECORDING, S.PHONE),
    },
    S.LOOKING_UP: {
        e.AppointmentsFound: _rule(
            "appointments_found", S.IDENTIFY, S.WHICH_APPOINTMENT, S.COMMIT_CANCEL, S.DAY, S.OPEN,
            S.FINDING, S.CONFIRMING, S.RECORDING, S.PHONE, S.WHICH_DAY, S.WHICH_TIME,
        ),
    },
    S.BOOKING: {
        e.Committed: _rule("booked", S.OPEN),
        e.SlotGone: _rule("slot_gone", S.FINDING),
    },
    S.MOVING: {
        e.Committed: _rule("moved", S.OPEN, S.DAY, S.FINDING),
        e.SlotGone: _rule("slot_gone", S.FINDING),
    },
    S.CANCELLING: {e.Committed: _rule("cancelled", S.OPEN, S.COMMIT_CANCEL)},
    S.CONFIRMING: {e.Committed: _rule("confirmed", S.OPEN)},
    S.NOTING: {e.Committed: _rule("noted", QUESTIONS, S.FINDING, S.CHECKING)},
    S.ALERTING: {**_LATE, e.Committed: _rule("alerted", S.URGENT)},
    S.RECORDING: {
        **_IN_MESSAGE,
        e.MessageRecorded: _rule("message_recorded", S.OPEN, S.OFFER_MESSAGE, END),
    },
    S.RECORDING_NAME: {
        **_IN_MESSAGE,
        e.MessageRecorded: _rule(
            "name_recorded", _FORM, S.RECORDING, S.NOTING, S.LAST_MESSAGE, S.FINDING, END
        ),
    },
    S.TRANSFERRING: {e.TransferProgressed: _rule("transfer_progressed", S.RECORDING, END)},
}  # fmt: skip

TABLE: Mapping[State, Rows] = {
    S.NEW: {
        **_ALWAYS,
        e.CallAnswered: _rule("answered", S.OPEN, S.RESUME, S.RECORDING, S.PHONE),
    },
    **{state: dict(_QUESTION) for state in sorted(QUESTIONS - {S.URGENT})},
    S.URGENT: {**_QUESTION, **_LATE},
    **{state: {**_WAIT, **rows} for state, rows in _ANSWERS.items()},
    S.ALERTING: {**_WAIT, **_ANSWERS[S.ALERTING], e.StoreFailed: _rule("alert_failed", S.URGENT)},
    S.LAST_MESSAGE: {
        **_ALWAYS,
        **_LAST,
        e.Heard: _rule("nothing"),
        e.HeardInMessage: _rule("heard_in_message"),
        e.KeyPressed: _rule("nothing"),
        e.StoreFailed: _rule("alert_failed_in_message"),
        e.TurnLimit: _rule("nothing"),
        e.ModelFailed: _rule("model_lost"),
        e.MessageRecorded: _rule("last_message_recorded", END),
    },
    S.LEAVING: {
        **_ALWAYS,
        **_LAST,
        e.Heard: _rule("nothing"),
        e.KeyPressed: _rule("nothing"),
        e.ModelFailed: _rule("model_lost"),
        e.StoreFailed: _rule("late_failure", END),
        e.SlotGone: _rule("late_failure", END),
        e.TurnLimit: _rule("nothing"),
        e.CallerHungUp: _rule("nothing"),
    },
    S.CLOSING: {
        **_ALWAYS,
        **_LAST,
        e.Heard: _rule("nothing"),
        e.KeyPressed: _rule("nothing"),
        e.ModelFailed: _rule("model_lost"),
        e.StoreFailed: _rule("late_failure", END),
        e.TurnLimit: _rule("nothing"),
        e.CallerHungUp: _rule("nothing"),
    },
    S.ENDED: {},
}
"""State -> event -> rule."""


def rule_for(state: State, event: Event) -> Rule:
    """The row, or NoSuchTransition."""
    rule = TABLE[state].get(type(event))
    if rule is None:
        raise NoSuchTransition(f"{type(event).__name__} cannot happen in state {state}")
    return rule
