"""What can happen in a call: frozen dataclasses, each with what the conversation may know of it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.appointments.records import (
    AlertNoted,
    Appointment,
    Booked,
    Cancelled,
    Confirmed,
    Moved,
    Noted,
    Slot,
)


@dataclass(frozen=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True)
class CallAnswered(Event):
    """The call was answered and the recorded greeting plays."""

    caller: str | None = None
    """number as the network claims it, None when withheld"""
    rung: int = 5
    """rung of the ladder on which the call starts"""
    calendar_fresh: bool = True
    """False: bookings become requests"""
    clock_trusted: bool = True
    """False: bookings become requests"""
    open_bookings: int = 0
    """open appointments of this number"""
    bookings_today: int = 0
    """bookings that this number made today"""
    calls_last_hour: int = 0
    """calls of this number in the last hour, this one included"""
    withheld_last_hour: int = 0
    """bookings in the last hour of all callers without a number"""
    progress: str | None = None
    """what `progress()` returned in a call of this number that was cut off minutes ago"""


@dataclass(frozen=True)
class Heard(Event):
    """The caller's turn is over."""

    text: str
    """words as recognised"""
    sure: float = 1.0
    """confidence of the recogniser, 0..1"""
    over_us: bool = False
    """True: said while our own sentence was still playing"""


@dataclass(frozen=True)
class HeardInMessage(Event):
    """Words of the message that is being recorded; the recording goes on."""

    text: str
    """words as recognised"""
    before: str = ""
    """what was said in this message before"""


@dataclass(frozen=True)
class KeyPressed(Event):
    """A key of the telephone."""

    digit: str
    """0-9 * #"""


@dataclass(frozen=True)
class SpeechFinished(Event):
    """All that we said has been heard, and it is the caller's turn."""


@dataclass(frozen=True)
class CallerSilent(Event):
    """The caller has said nothing for the settings' silence_seconds after our question."""


@dataclass(frozen=True)
class ModelAnswered(Event):
    """The language model has scored the choices of AskModel."""

    scores: tuple[float, ...]
    """probability of each choice, in order"""


@dataclass(frozen=True)
class ModelFailed(Event):
    """Something in the models worker does not work (any more)."""

    what: str
    """language-model, recogniser or voice"""


@dataclass(frozen=True)
class ModelBack(Event):
    """The recogniser works again in the same call."""

    rung: int
    """rung that is possible now"""


@dataclass(frozen=True)
class SlotsFound(Event):
    """Answer to FindSlots."""

    slots: tuple[Slot, ...]
    """at most three, nearest to the wish first"""
    exact: bool
    """True: the first is just what was wished"""


@dataclass(frozen=True)
class SlotHeld(Event):
    """The slot is kept for this call."""

    slot: Slot
    """which"""


@dataclass(frozen=True)
class SlotGone(Event):
    """Somebody else has the slot (answer to HoldSlot or a commit)."""

    slot: Slot
    """which"""


@dataclass(frozen=True)
class NumberChecked(Event):
    """Answer to CheckNumber."""

    open_bookings: int = 0
    """open appointments of that number"""
    bookings_today: int = 0
    """bookings that were made today for that number"""


@dataclass(frozen=True)
class AppointmentsFound(Event):
    """Answer to FindAppointments."""

    appointments: tuple[Appointment, ...]
    """live ones in the future"""


@dataclass(frozen=True)
class Committed(Event):
    """A row is committed; the receipt is the permission to say so."""

    receipt: Booked | Moved | Cancelled | Confirmed | Noted | AlertNoted
    """proof"""


@dataclass(frozen=True)
class MessageRecorded(Event):
    """The line has recorded the caller."""

    name: str
    """name in the spool; empty when nothing was left"""
    seconds: float
    """length"""
    receipt: Noted | None = None
    """proof that it is on the office's list; None when nothing was left"""


@dataclass(frozen=True)
class TransferProgressed(Event):
    """How the transfer goes."""

    code: int
    """SIP status code"""
    final: bool
    """nothing more will come"""


@dataclass(frozen=True)
class StoreFailed(Event):
    """The database refused or did not answer."""

    what: str
    """name of the action that failed"""


@dataclass(frozen=True)
class TurnLimit(Event):
    """Too many turns or minutes."""


@dataclass(frozen=True)
class CallerHungUp(Event):
    """The call is over on the caller's side."""
