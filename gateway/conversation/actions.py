"""What the conversation wants done: frozen dataclasses, carried out by the switchboard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.appointments.records import Draft, NoteDraft, Outcome, Slot
from gateway.appointments.slots import SlotWish
from gateway.conversation.meaning import ModelQuestion


@dataclass(frozen=True)
class Action:
    """Base of all actions."""


@dataclass(frozen=True)
class Clause:
    """A piece of speech that is synthesised (and cached) by itself."""

    text: str
    """words to speak, already in spoken form"""
    keep: bool = True
    """True: free of personal data, may be kept on disk for the next caller"""


@dataclass(frozen=True)
class Say(Action):
    """Speak; built from a sentence key by gateway.conversation.sentences only."""

    key: str
    """key of the sentence, for the record"""
    clauses: tuple[Clause, ...]
    """what is spoken, in order"""
    interruptible: bool = True
    """False: the caller cannot talk over it (danger, commit read-back keeps True)"""

    @property
    def text(self) -> str:
        """The whole sentence."""
        return " ".join(clause.text for clause in self.clauses)


@dataclass(frozen=True)
class Listen(Action):
    """It is the caller's turn after what was said; always the last of a step that goes on."""

    patience_ms: int = 0
    """added to the end-of-turn silence: names and numbers are said with pauses"""
    keys: bool = False
    """True: an answer by keypad is expected (keys end with # or a pause)"""


@dataclass(frozen=True)
class AskModel(Action):
    """Have the choices scored; answer: ModelAnswered or ModelFailed."""

    question: ModelQuestion
    """what to score"""
    said: str
    """the caller's words"""


@dataclass(frozen=True)
class FindSlots(Action):
    """Look for free times; answer: SlotsFound or StoreFailed."""

    wish: SlotWish
    """what is wanted"""


@dataclass(frozen=True)
class HoldSlot(Action):
    """Keep a slot for this call; answer: SlotHeld, SlotGone or StoreFailed."""

    slot: Slot
    """which"""


@dataclass(frozen=True)
class CommitBooking(Action):
    """Write the appointment; answer: Committed(Booked), SlotGone or StoreFailed."""

    draft: Draft
    """what was read back and agreed"""


@dataclass(frozen=True)
class CommitMove(Action):
    """Move an appointment; answer: Committed(Moved), SlotGone or StoreFailed."""

    uid: str
    """which"""
    revision: int
    """as it was read"""
    slot: Slot
    """where to"""
    tentative: bool = False
    """True: a request that the office has to confirm"""


@dataclass(frozen=True)
class CommitCancel(Action):
    """Cancel an appointment; answer: Committed(Cancelled) or StoreFailed."""

    uid: str
    """which"""
    revision: int
    """as it was read"""


@dataclass(frozen=True)
class CommitConfirm(Action):
    """Note that the caller will come; answer: Committed(Confirmed) or StoreFailed."""

    uid: str
    """which"""


@dataclass(frozen=True)
class CommitNote(Action):
    """Put something on the office's list; answer: Committed(Noted) or StoreFailed."""

    note: NoteDraft
    """what"""


@dataclass(frozen=True)
class CommitAlert(Action):
    """Tell the on-call person; answer: Committed(AlertNoted) or StoreFailed."""

    note: NoteDraft
    """what"""


@dataclass(frozen=True)
class FindAppointments(Action):
    """Look for appointments of the caller; answer: AppointmentsFound or StoreFailed."""

    phone: str | None = None
    """number to look for"""
    name: str | None = None
    """name to look for"""


@dataclass(frozen=True)
class CheckNumber(Action):
    """Count the bookings of a number that was only said; answer: NumberChecked or StoreFailed."""

    phone: str
    """digits, leading + kept"""


@dataclass(frozen=True)
class RecordMessage(Action):
    """The line records the caller after what was said; answer: MessageRecorded."""

    reason: str
    """why: caller-asked, not-understood, models-failed, store-failed, name-clip, ..."""
    note: NoteDraft
    """what the follow-up shall say"""
    go_on: bool = False
    """True: the conversation goes on afterwards; False: the line thanks and hangs up"""


@dataclass(frozen=True)
class TransferCall(Action):
    """Pass the call to a person; answer: TransferProgressed."""

    person: str
    """key of one of the office's people"""


@dataclass(frozen=True)
class Note(Action):
    """Write a decision with its reason into the journal."""

    kind: str
    """what was decided"""
    reason: str
    """why"""
    data: dict[str, Any] = field(default_factory=dict)
    """details, JSON values"""


@dataclass(frozen=True)
class EndCall(Action):
    """Hang up after what was said; the call has this outcome."""

    outcome: Outcome
    """how it ended"""
    reason: str = ""
    """why, for the record"""
