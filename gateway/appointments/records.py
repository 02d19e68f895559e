"""What the office keeps: slots, appointments, messages, follow-ups, receipts of committed rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from gateway.contract.opening_hours import Span


class Status(StrEnum):
    """Status of an appointment, as iCalendar's STATUS (RFC 5545)."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    """noted as a request; the office confirms it"""
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """How a call ended; every call has exactly one."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    CONFIRMED = "confirmed"
    INFORMED = "informed"
    MESSAGE = "message"
    VOICEMAIL = "voicemail"
    TRANSFERRED = "transferred"
    URGENT = "urgent"
    SPAM = "spam"
    ABANDONED = "abandoned"


@dataclass(frozen=True, order=True)
class Slot:
    """A free stretch of one practitioner's time."""

    start: datetime
    """local wall time of the office, naive"""
    minutes: int
    """length in minutes"""
    practitioner: str
    """key of the practitioner"""

    @property
    def end(self) -> datetime:
        """Local wall time at which it is over (wall-clock arithmetic; offices sleep at DST)."""
        return self.start + timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Appointment:
    """One appointment as it stands in the database."""

    uid: str
    """UUID, fixed for life (iCalendar UID)"""
    revision: int
    """starts at 0, +1 whenever time, length or status changes (iCalendar SEQUENCE)"""
    status: Status
    """confirmed, tentative (a request) or cancelled"""
    service: str
    """key of the service"""
    practitioner: str
    """key of the practitioner"""
    start: datetime
    """local wall time, naive"""
    minutes: int
    """length in minutes"""
    timezone: str
    """IANA zone of `start`"""
    name: str
    """the client's name as understood"""
    phone: str
    """the client's number, E.164 where possible"""
    call_id: str | None = None
    """call that made it, None when staff made it"""
    source: str = "phone"
    """phone, staff, calendar"""
    note: str = ""
    """anything else the office should know"""

    @property
    def end(self) -> datetime:
        """Local wall time at which it is over."""
        return self.start + timedelta(minutes=self.minutes)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of `start`."""
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class Busy:
    """Time of a practitioner that cannot be booked: appointments, calendar entries, holds."""

    practitioner: str
    """key of the practitioner"""
    start: datetime
    """local wall time, naive"""
    end: datetime
    """local wall time, naive"""


@dataclass(frozen=True)
class Hold:
    """A slot that is kept for a call while the caller decides."""

    slot: Slot
    """which"""
    call_id: str
    """the call"""
    expires_at: datetime
    """UTC, aware"""


@dataclass(frozen=True)
class Draft:
    """What shall be booked; every field is known and was read back to the caller."""

    service: str
    """key of the service"""
    slot: Slot
    """the slot, held for this call"""
    name: str
    """the client's name"""
    phone: str
    """the client's number"""
    tentative: bool = False
    """True: a request that the office has to confirm"""
    note: str = ""
    """anything else, e.g. that the name was recorded as a clip"""


@dataclass(frozen=True)
class NoteDraft:
    """A message or a wish for the office."""

    about: str
    """what it is about, in the caller's words or ours"""
    reason: str
    """why it became a message: caller-asked, call-back, not-understood, urgent, request, ..."""
    name: str = ""
    """who it is from, as far as known"""
    phone: str = ""
    """number to call back, as far as known"""
    for_whom: str = ""
    """key of a practitioner or person, empty = the office"""
    urgent: bool = False
    """True: the on-call person is told"""


@dataclass(frozen=True)
class FollowUp:
    """Something that a person has to do, with an owner and a due time."""

    reason: str
    """why: message, voicemail, call-back, request, late-cancel, conflict, abandoned, urgent, ..."""
    owner: str
    """who: "office", key of a practitioner or person"""
    due: datetime
    """local wall time by which it is due, naive"""
    text: str = ""
    """what is to be done, in plain words"""
    call_id: str | None = None
    """call that it came from"""
    id: str = ""
    """UUID of the row"""
    uid: str | None = None
    """appointment that it is about"""
    closed_by: str | None = None
    """who did it, None while it is open"""


# --- the truth gate --------------------------------------------------------------------

_SEAL: Final = object()


@dataclass(frozen=True)
class Receipt:
    """Proof of a committed row; only the store makes one, and only after COMMIT.

    A sentence that claims a fact takes the receipt of that fact as its argument; there is no other
    way to build it. `_seal` keeps others from making one by accident; a test looks for cheats.
    """

    journal_id: int
    """row of the journal that records the fact"""
    committed_at: datetime
    """UTC, aware"""
    _seal: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self._seal is not _SEAL:
            raise TypeError("receipts are made by the store, after the commit")


@dataclass(frozen=True)
class Booked(Receipt):
    """An appointment stands in the book."""

    appointment: Appointment
    """the row; status tentative means that only a request was noted"""


@dataclass(frozen=True)
class Moved(Receipt):
    """An appointment was moved."""

    appointment: Appointment
    """the row as it is now"""
    before: Appointment
    """the row as it was"""


@dataclass(frozen=True)
class Cancelled(Receipt):
    """An appointment was cancelled (soft: the office can undo it)."""

    appointment: Appointment
    """the row as it is now"""
    late: bool
    """True: within the office's notice period"""


@dataclass(frozen=True)
class Confirmed(Receipt):
    """The caller confirmed an appointment that stood already."""

    appointment: Appointment
    """the row"""


@dataclass(frozen=True)
class Noted(Receipt):
    """A message or wish is on the office's list."""

    follow_up: FollowUp
    """what somebody has to do"""


@dataclass(frozen=True)
class AlertNoted(Receipt):
    """The alert to the on-call person is on its way (row in the outbox)."""

    follow_up: FollowUp
    """what somebody has to do, due at once"""


def seal_for_store() -> object:
    """The seal that receipts need; gateway.store alone calls this."""
    return _SEAL


@dataclass(frozen=True)
class OpeningException:
    """A day or span that the office's calendar closed or opened at short notice."""

    practitioner: str | None
    """key, None = the whole office"""
    day: date
    """local date"""
    closed: bool = True
    """True: nothing can be booked that day"""
    spans: tuple[Span, ...] = ()
    """hours on that day instead of the usual ones, when it is not closed"""
    office_open: bool = False
    """True: a do-not-book day; the office itself keeps its hours"""
    name: str = ""
    """what it is called when spoken"""
