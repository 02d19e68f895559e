"""Documents that come in, typed and strict; unknown fields are ignored."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gateway.contract.opening_hours import parse_spans

MAX_ENTRIES = 10_000
"""Busy times in one message: 27 a day for a year. The sender cuts rules that never end."""
MAX_MINUTES = 24 * 60
"""Longest appointment."""
YEARS = range(2000, 2200)
"""Nobody has a calendar beyond; keeps arithmetic within bounds."""
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)")
_DURATION = re.compile(r"PT(?:(\d{1,2})H)?(?:(\d{1,4})M)?")


def _instant(value: Any) -> datetime:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError('an instant is written like "2026-12-01T14:30:00Z"')
    return _within_reason(datetime.fromisoformat(value)).astimezone(UTC)


def _local(value: Any) -> datetime:
    if not isinstance(value, str) or not _LOCAL.fullmatch(value):
        raise ValueError('a local time is written like "2026-12-01T09:30:00"')
    return _within_reason(datetime.fromisoformat(value))


def _within_reason(moment: datetime) -> datetime:
    if moment.year not in YEARS:
        raise ValueError("is not within the years 2000 to 2199")
    return moment


def _minutes(value: Any) -> int:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    minutes = int(found[1] or 0) * 60 + int(found[2] or 0) if found else 0
    if not 0 < minutes <= MAX_MINUTES:
        raise ValueError('a duration is written like "PT30M" or "PT1H15M", a day at most')
    return minutes


def _day(value: Any) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError('a day is written like "2026-12-24"')
    return date.fromisoformat(value)


def _zone(value: Any) -> str:
    if not isinstance(value, str) or value not in available_timezones():
        raise ValueError("is not an IANA time zone")
    return value


Instant = Annotated[datetime, BeforeValidator(_instant)]
Local = Annotated[datetime, BeforeValidator(_local)]
Minutes = Annotated[int, BeforeValidator(_minutes)]
Day = Annotated[date, BeforeValidator(_day)]
Zone = Annotated[str, BeforeValidator(_zone)]
Id = Annotated[str, Field(min_length=1, max_length=255, strict=True)]
Count = Annotated[int, Field(ge=0, lt=2**53, strict=True)]
Text = Annotated[str, Field(max_length=2000, strict=True)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", strict=True)]


class Document(BaseModel):
    """Base: what is unknown is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Envelope(Document):
    """What every message to the box begins with."""

    version: Literal[1]
    id: Id


class CalendarEnvelope(Envelope):
    """A message about a calendar: its place in the sender's stream, and when it was true."""

    stream: Id
    sequence: Count
    asOf: Instant


class Stretch(Document):
    """A stretch of time between two instants."""

    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _forward(self) -> Stretch:
        if not self.start < self.end:
            raise ValueError("ends before it begins")
        return self


class BusyEntry(Stretch):
    """One stretch of a calendar entry."""

    uid: Id


class ChangedEntry(Document):
    """All stretches of a calendar entry; none = the entry is gone."""

    uid: Id
    times: list[Stretch] = Field(max_length=MAX_ENTRIES)


class Busy(CalendarEnvelope):
    """in/busy/{practitioner}: either the whole calendar or what changed in it."""

    snapshot: list[BusyEntry] | None = Field(default=None, max_length=MAX_ENTRIES)
    changes: list[ChangedEntry] | None = Field(default=None, max_length=MAX_ENTRIES)

    @model_validator(mode="after")
    def _one_of_them(self) -> Busy:
        if (self.snapshot is None) == (self.changes is None):
            raise ValueError("needs either snapshot or changes")
        return self


class Client(Document):
    """Whom an appointment is for."""

    name: Text = ""
    phone: Text = ""


class StaffEvent(Document):
    """An appointment under JSCalendar's names."""

    uid: Id
    sequence: Count
    updated: Instant
    start: Local
    timeZone: Zone
    duration: Minutes
    status: Literal["confirmed", "tentative", "cancelled"] = "confirmed"
    service: Key = "other"
    practitioner: Key
    client: Client = Client()
    note: Text = ""


class Appointment(Envelope):
    """in/appointment: staff made, moved, changed or cancelled an appointment."""

    appointment: StaffEvent
    basedOn: Count | None = None


class Decision(Envelope):
    """in/decision: staff's answer to a request."""

    uid: Id
    decision: Literal["accepted", "declined", "moved"]
    by: Text = "staff"
    start: Local | None = None
    practitioner: Key | None = None
    duration: Minutes | None = None
    basedOn: Count | None = None

    @model_validator(mode="after")
    def _moved_to(self) -> Decision:
        if self.decision == "moved" and self.start is None:
            raise ValueError('"moved" needs start')
        return self


class DifferentDay(Document):
    """A day that differs from the settings."""

    day: Day
    kind: Literal["closed", "hours", "do-not-book"]
    practitioner: Key | None = None
    hours: Annotated[list[str], Field(max_length=10)] = []
    name: Text = ""

    @model_validator(mode="after")
    def _hours_are_spans(self) -> DifferentDay:
        parse_spans(self.hours)
        if (self.kind == "hours") != bool(self.hours):
            raise ValueError('"hours" needs hours, the other kinds have none')
        return self


class Exceptions(CalendarEnvelope):
    """in/exceptions: all days that differ from the settings."""

    exceptions: list[DifferentDay] = Field(max_length=2000)


class Replay(Envelope):
    """in/replay: a consumer missed events and wants them again."""

    stream: Id
    fromSequence: Count


def office_time(local: datetime, zone: str, office: ZoneInfo) -> datetime:
    """A wall time of another zone as the office's wall time."""
    if zone == office.key:
        return local
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(office).replace(tzinfo=None)
