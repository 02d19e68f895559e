"""What a conversation remembers: one frozen dataclass, replaced at each step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.appointments.names import phone_key
from gateway.appointments.records import Appointment, Outcome, Receipt, Slot
from gateway.conversation.booking_form import BookingForm
from gateway.conversation.events import CallAnswered, Event
from gateway.conversation.meaning import DayWish, Meaning, ModelQuestion
from gateway.conversation.office import Office
from gateway.conversation.states import State


class Task(StrEnum):
    """What the caller is about at the moment."""

    NONE = "none"
    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    WHEN = "when"
    CONFIRM = "confirm"
    MESSAGE = "message"
    CALL_BACK = "call-back"


@dataclass(frozen=True)
class Abilities:
    """What works in this call; the rung of the ladder follows from it."""

    mind: bool = True
    """the language model answers"""
    ears: bool = True
    """the recogniser works"""
    voice: bool = True
    """synthesis works"""

    @property
    def rung(self) -> int:
        """5 everything, 4 no language model, 3 no recogniser, 2 no synthesis."""
        if not self.voice:
            return 2
        if not self.ears:
            return 3
        return 5 if self.mind else 4

    @classmethod
    def on(cls, rung: int) -> Abilities:
        """What works on a rung."""
        return cls(mind=rung >= 5, ears=rung >= 4, voice=rung >= 3)


@dataclass(frozen=True)
class Identity:
    """Facts with which a caller finds an appointment; nothing is revealed before they agree."""

    name: str | None = None
    """name as said"""
    phone: str | None = None
    """number as said"""
    day: DayWish | None = None
    """day as said"""
    service: str | None = None
    """key of the service"""
    practitioner: str | None = None
    """key of the practitioner"""

    @property
    def facts(self) -> int:
        """How many facts of a booking were said (the number is not one of them)."""
        said = (self.name, self.day, self.service, self.practitioner)
        return sum(fact is not None for fact in said)


@dataclass(frozen=True)
class Counts:
    """What has happened how often."""

    misses: int = 0
    """turns not understood, one after the other"""
    misses_in_all: int = 0
    """turns not understood in this call"""
    silences: int = 0
    """silences, one after the other"""
    guesses: int = 0
    """facts that fitted no booking"""
    name_tries: int = 0
    """names that the caller has corrected"""
    phone_tries: int = 0
    """numbers that the caller has corrected"""
    bookings: int = 0
    """bookings made in this call"""
    rude: int = 0
    """insults and pranks"""
    empty_messages: int = 0
    """recordings in which nothing was left"""
    turns: int = 0
    """turns of the caller"""


@dataclass(frozen=True)
class Pending:
    """What is to be dealt with when something else has happened."""

    meaning: Meaning | None = None
    """what the rules made of the words that the model is asked about"""
    heard: Event | None = None
    """the Heard event that belongs to it"""
    question: ModelQuestion | None = None
    """what the model was asked"""
    back: State | None = None
    """the question that was open when we began to wait"""
    overheard: tuple[Event, ...] = ()
    """what the caller said or pressed while we were waiting"""
    limit: bool = False
    """the turn limit came while we were waiting"""
    commits: int = 0
    """rows under way"""
    keys: str = ""
    """digits typed so far"""
    begun: str = ""
    """a clock time whose hour was asked for: "quarter to" """
    closing: Outcome | None = None
    """how the call ends once the last row is there"""
    why: str = ""
    """why we are writing a note: question, call-back, ..."""
    stray: datetime | None = None
    """when a key was pressed last that meant nothing (local wall time)"""
    strays: int = 0
    """how many such keys came one after the other"""
    later: str = ""
    """what else was said in the same breath, taken up when the first thing is done"""


@dataclass(frozen=True)
class Spoken:
    """What has been said, so that nothing is said twice in a row."""

    keys: tuple[tuple[str, int], ...] = ()
    """sentence -> how often"""
    last: str = ""
    """the last sentence"""
    last_key: str = ""
    """its key"""

    def times(self, key: str) -> int:
        """How often a sentence was said."""
        return dict(self.keys).get(key, 0)


@dataclass(frozen=True)
class Conversation:
    """One call's conversation, as it stands between two events."""

    office: Office
    """whose call it is"""
    state: State = State.NEW
    """row of the table"""
    call: CallAnswered = field(default_factory=CallAnswered)
    """what was known of the call when it was answered"""
    able: Abilities = Abilities()
    """what works"""
    task: Task = Task.NONE
    """what the caller is about"""
    form: BookingForm = field(default_factory=BookingForm)
    """what the caller has told us for a booking or a move"""
    offers: tuple[Slot, ...] = ()
    """times that were offered last, in the order spoken"""
    refused: tuple[Slot, ...] = ()
    """times that the caller did not want"""
    direction: tuple[str, datetime] | None = None
    """"earlier" or "later" than this start"""
    identity: Identity = Identity()
    """how the caller identifies an appointment"""
    target: Appointment | None = None
    """the appointment that is being moved or cancelled; verified"""
    move_to: Meaning | None = None
    """where an appointment shall be moved, said before it was found"""
    also: tuple[Appointment, ...] = ()
    """further appointments for the same task: "cancel both"; verified"""
    found: tuple[Appointment, ...] = ()
    """appointments that the store found; not to be revealed before verification"""
    counts: Counts = Counts()
    """what has happened how often"""
    pending: Pending = Pending()
    """what waits"""
    spoken: Spoken = Spoken()
    """what has been said"""
    done: tuple[Outcome, ...] = ()
    """what the call has achieved so far"""
    last_question: State | None = None
    """the question asked last, to come back to"""
    resumes: Task = Task.NONE
    """the move or cancellation of the call before, which broke off"""
    name_before: str = ""
    """the name that was refused: where its words end, so may those of the spelled one"""
    told: str = ""
    """topic of the last fact that was told: "and on Friday?" asks for the same"""
    verified: Appointment | None = None
    """the appointment that was told, booked or moved in this call: "move it" means this one"""
    discussed: datetime | None = None
    """start of the appointment that was last told, booked, moved or cancelled in this call"""
    claim: tuple[str, Receipt] | None = None
    """sentence and receipt of the last claim: "did that go through?" is answered with it again"""
    allowed: str = ""
    """number that was only said, and whose bookings are below the caps"""
    for_whom: str = ""
    """whom a message is for: key of a practitioner or person"""

    @property
    def rung(self) -> int:
        """Rung of the ladder."""
        return self.able.rung

    @property
    def keypad(self) -> bool:
        """Whether the caller can only answer by keys."""
        return not self.able.ears

    @property
    def tentative(self) -> bool:
        """Whether what is written is only a request."""
        return not (self.call.calendar_fresh and self.call.clock_trusted)

    @property
    def books_tentatively(self) -> bool:
        """Whether a booking is: also where callers without a number have booked too much."""
        if self.tentative or phone_key(self.call.caller, self.office.country):
            return self.tentative
        made = self.call.withheld_last_hour + self.counts.bookings
        return made >= self.office.settings.booking.max_withheld_per_hour
