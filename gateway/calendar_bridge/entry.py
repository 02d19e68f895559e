"""Reads an event of the calendar: what it blocks, or how one of ours stands; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

from gateway.calendar_bridge.processor_time import processor_limit
from gateway.errors import EntryRefused

MAX_CHARACTERS = 1_000_000
"""Of one event with all its exceptions; a photograph within an event is more."""
EXPANSION_S = 1.0
"""Processor time for one event: a daily series of a year takes hundredths of it."""
MAX_TIMES = 3000
"""Of one event within the horizon: every two hours, day and night, for most of a year."""
PRODUCT = "-//Nightporter//calendar bridge//EN"
MARK = "X-NIGHTPORTER"
"""Property of our events: uid, revision, start, minutes and status as we wrote them."""
OTHERS = ("VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY")
"""What calendars also hold; it takes nobody's time."""
STATUSES = ("confirmed", "tentative", "cancelled")


@dataclass(frozen=True)
class Words:
    """Titles of all-day events that close days."""

    closed: tuple[str, ...] = ()
    """the practitioner (or the office) does not work"""
    do_not_book: tuple[str, ...] = ()
    """the box books nothing"""

    def kind(self, title: str) -> tuple[str, str] | None:
        """(kind of exception, the word), or None."""
        plain = title.strip().casefold()
        for kind, words in (("do-not-book", self.do_not_book), ("closed", self.closed)):
            for word in words:
                if word and plain.startswith(word.casefold()):
                    return kind, word
        return None


@dataclass(frozen=True)
class View:
    """How events are read."""

    zone: ZoneInfo
    """the office's; floating times and whole days are in it"""
    start: datetime
    """aware; what ends before is of no interest"""
    end: datetime
    """aware; series are cut here"""
    words: Words = field(default_factory=Words)
    """what closes a day"""


@dataclass(frozen=True)
class Standing:
    """How an appointment stands, here or there."""

    start: datetime
    """the office's wall time"""
    minutes: int
    """length"""
    status: str
    """confirmed, tentative or cancelled"""


@dataclass(frozen=True)
class Ours:
    """What the calendar has of an appointment of the box."""

    standing: Standing | None
    """None: it cannot be an appointment (longer than a day)"""
    sequence: int
    """SEQUENCE"""
    modified: datetime | None
    """LAST-MODIFIED, UTC"""
    summary: str
    """title"""
    base: tuple[int, Standing] | None
    """revision and standing as we wrote it, from the mark"""


@dataclass(frozen=True)
class Reading:
    """An event as the bridge sees it."""

    uid: str
    """of the event"""
    times: tuple[tuple[datetime, datetime], ...]
    """what it blocks after View.start, a series until View.end; UTC"""
    days: tuple[tuple[date, str, str], ...]
    """(day, kind of exception, word) of the days that it closes"""
    recurring: bool
    """whether it has to be read again when time goes on"""
    ours: Ours
    """the first event as an appointment; only of use if the uid is one of the box's"""


def read_entry(text: str, view: View) -> Reading:
    """Read a calendar resource (one UID); EntryRefused says why it cannot be understood.

    Must run in the main thread: the processor time is limited by a signal.
    """
    if len(text) > MAX_CHARACTERS:
        raise EntryRefused(f"too large: {len(text)} characters")
    try:
        with processor_limit(EXPANSION_S):
            return _read(text, view)
    except EntryRefused:
        raise
    except TimeoutError as error:
        raise EntryRefused("its rule cannot be expanded in reasonable time") from error
    except Exception as error:  # anything that libraries make of what strangers wrote
        raise EntryRefused(f"cannot be read: {type(error).__name__}") from error


def _read(text: str, view: View) -> Reading:
    calendar = Calendar.from_ical(text)
    if not isinstance(calendar, Calendar):
        raise EntryRefused("is no calendar object")
    events = [part for part in calendar.walk("VEVENT") if isinstance(part, Event)]
    if not events and (others := [p for p in calendar.subcomponents if p.name in OTHERS]):
        return Reading(str(others[0].get("UID", "")), (), (), False, Ours(None, 0, None, "", None))
    if not events:
        raise EntryRefused("holds no event")
    uids = {str(event.get("UID", "")) for event in events}
    if len(uids) != 1 or not (uid := uids.pop()):
        raise EntryRefused("holds events of several UIDs, or of none")
    for event in events:
        if "DTSTART" not in event:
            raise EntryRefused("has no start")
    first = next((event for event in events if "RECURRENCE-ID" not in event), events[0])
    recurring = any(name in event for event in events for name in ("RRULE", "RDATE"))
    if recurring:
        query = recurring_ical_events.of(calendar, components=["VEVENT"], skip_bad_series=False)
        found = query.between(view.start, view.end)
    else:
        found = events
    times: list[tuple[datetime, datetime]] = []
    days: list[tuple[date, str, str]] = []
    for event in found:
        _collect(event, view, times, days)
    if len(times) > MAX_TIMES or len(days) > MAX_TIMES:
        raise EntryRefused(f"its rule makes more than {MAX_TIMES} times within the horizon")
    return Reading(uid, tuple(sorted(times)), tuple(sorted(days)), recurring, _ours(first, view))


def _collect(
    event: Any, view: View, times: list[tuple[datetime, datetime]],
    days: list[tuple[date, str, str]],
) -> None:  # fmt: skip
    status = _status(event)
    if status == "cancelled":
        return
    start, end = _span(event, view.zone)
    if end < start:
        raise EntryRefused("ends before it begins")
    if end <= view.start or start == end:
        return
    word = view.words.kind(str(event.get("SUMMARY", ""))) if _is_whole_day(event) else None
    if word is not None:
        day = start.astimezone(view.zone).date()
        last = (end - timedelta(seconds=1)).astimezone(view.zone).date()
        while day <= last and len(days) <= MAX_TIMES:
            days.append((day, *word))
            day += timedelta(days=1)
    elif str(event.get("TRANSP", "OPAQUE")).upper() != "TRANSPARENT":
        times.append((start, end))


def _status(event: Any) -> str:
    status = str(event.get("STATUS", "CONFIRMED")).strip().casefold()
    return status if status in STATUSES else "confirmed"


def _is_whole_day(event: Any) -> bool:
    return not isinstance(event["DTSTART"].dt, datetime)


def _span(event: Any, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """(start, end) of an event, UTC; without an end a day lasts a day and a moment lasts none."""
    start = event["DTSTART"].dt
    if "DTEND" in event:
        end = event["DTEND"].dt
    elif "DURATION" in event:
        end = start + event["DURATION"].dt
    else:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    return _instant(start, zone), _instant(end, zone)


def _instant(value: date, zone: ZoneInfo) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time(0))
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _ours(event: Any, view: View) -> Ours:
    start, end = _span(event, view.zone)
    minutes = math.ceil((end - start).total_seconds() / 60)
    standing = None
    if 0 < minutes <= 24 * 60:
        local = start.astimezone(view.zone).replace(tzinfo=None)
        standing = Standing(local, minutes, _status(event))
    sequence = event.get("SEQUENCE", 0)
    modified = event.get("LAST-MODIFIED")
    return Ours(
        standing=standing,
        sequence=max(0, int(sequence)),
        modified=_instant(modified.dt, ZoneInfo("UTC")) if modified is not None else None,
        summary=str(event.get("SUMMARY", "")),
        base=_base(str(event.get(MARK, "")), str(event.get("UID", ""))),
    )


def mark(uid: str, revision: int, standing: Standing) -> str:
    """Value of the property MARK."""
    return f"{uid} {revision} {standing.start.isoformat()} {standing.minutes} {standing.status}"


def _base(text: str, uid: str) -> tuple[int, Standing] | None:
    """What mark() wrote; None when it is missing, damaged or of another event (a copy)."""
    parts = text.rsplit(" ", 4)
    if len(parts) != 5 or parts[0] != uid or parts[4] not in STATUSES:
        return None
    try:
        start = datetime.fromisoformat(parts[2])
        return int(parts[1]), Standing(start, int(parts[3]), parts[4])
    except ValueError:
        return None
