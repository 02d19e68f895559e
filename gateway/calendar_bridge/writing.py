"""Writes our appointments as iCalendar: for the calendar, and the feed; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from gateway.calendar_bridge.entry import MARK, PRODUCT, Standing, mark
from gateway.sync.documents import StaffEvent, office_time

REQUEST = "Request: "
"""Begins the title of what the office has to confirm; taking it away accepts the request, for
calendars that do not show STATUS."""
CANCELLED = "Cancelled: "
CATEGORY = "Nightporter"
ZONE_YEARS = 1
"""A VTIMEZONE covers the event's year and this many around it, not 1970 to 2038."""


@dataclass(frozen=True)
class Privacy:
    """What of a caller is shown."""

    summary: str = "name"
    """service, name or number: as in calendar-bridge.toml"""
    details: bool = True
    """number and note in the description"""


def standing_of(appointment: StaffEvent, office: ZoneInfo) -> Standing:
    """How the box has it, in the office's wall time."""
    start = office_time(appointment.start, appointment.timeZone, office)
    return Standing(start, appointment.duration, appointment.status)


def summary_of(appointment: StaffEvent, privacy: Privacy) -> str:
    """Title of the event."""
    parts = [appointment.service.replace("-", " ").capitalize()]
    if privacy.summary != "service":
        parts.append(appointment.client.name)
    if privacy.summary == "number":
        parts.append(appointment.client.phone)
    begin = {"tentative": REQUEST, "cancelled": CANCELLED}.get(appointment.status, "")
    return begin + " – ".join(part for part in parts if part)


def description_of(appointment: StaffEvent, privacy: Privacy) -> str:
    """Text of the event."""
    lines = ["By phone, through Nightporter."]
    if privacy.details:
        lines += [part for part in (appointment.client.phone, appointment.note) if part]
    return "\n".join(lines)


def write_event(
    appointment: StaffEvent,
    privacy: Privacy,
    office: ZoneInfo,
    *,
    now: datetime,
    there: str | None = None,
    wrote: tuple[str, str] = ("", ""),
) -> str:
    """The text to put into the calendar.

    there: what stands in the calendar; what staff added to it (alarms, notes, colours) is kept.
    wrote: the title and description that we wrote last; where staff changed them, theirs stay.
    """
    calendar, event = _begin(there, appointment.uid)
    day = _fill(event, appointment, now)
    title, text = summary_of(appointment, privacy), description_of(appointment, privacy)
    for name, fresh, last in (("SUMMARY", title, wrote[0]), ("DESCRIPTION", text, wrote[1])):
        if there is None or _plain(event.get(name, "")) in (_plain(last), ""):
            _set(event, name, fresh)
    _set(event, "CATEGORIES", [CATEGORY])
    _set(event, MARK, mark(appointment.uid, appointment.sequence, standing_of(appointment, office)))
    _with_zones(calendar, [day])
    return str(calendar.to_ical().decode())


def write_feed(appointments: Iterable[StaffEvent], privacy: Privacy, *, now: datetime) -> bytes:
    """The whole feed; never a number or a note."""
    calendar = _empty()
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", "Nightporter")
    calendar.add("X-PUBLISHED-TTL", "PT5M")
    calendar.add("REFRESH-INTERVAL", timedelta(minutes=5), parameters={"VALUE": "DURATION"})
    shown = Privacy("service" if privacy.summary == "service" else "name", details=False)
    days = []
    for appointment in appointments:
        event = Event()
        event.add("UID", appointment.uid)
        days.append(_fill(event, appointment, appointment.updated))
        event.add("SUMMARY", summary_of(appointment, shown))
        event.add("CATEGORIES", [CATEGORY, appointment.practitioner])
        calendar.add_component(event)
    _with_zones(calendar, days or [now.date()])
    return bytes(calendar.to_ical())


def _fill(event: Event, appointment: StaffEvent, now: datetime) -> date:
    """Set what is the box's; gives the day."""
    zone = ZoneInfo(appointment.timeZone)
    start = appointment.start.replace(tzinfo=zone)
    # The length is time that passes, also in the night when the clocks change.
    end = (start.astimezone(UTC) + timedelta(minutes=appointment.duration)).astimezone(zone)
    cancelled = appointment.status == "cancelled"
    for name in ("DURATION", "RRULE", "RDATE", "EXDATE"):
        event.pop(name, None)
    _set(event, "DTSTAMP", now.astimezone(UTC).replace(microsecond=0))
    _set(event, "LAST-MODIFIED", appointment.updated.astimezone(UTC).replace(microsecond=0))
    _set(event, "SEQUENCE", appointment.sequence)
    _set(event, "DTSTART", start)
    _set(event, "DTEND", end)
    _set(event, "STATUS", appointment.status.upper())
    _set(event, "TRANSP", "TRANSPARENT" if cancelled else "OPAQUE")
    _set(event, "CLASS", "PRIVATE")
    return start.date()


def _begin(there: str | None, uid: str) -> tuple[Calendar, Event]:
    calendar = _empty()
    event = Event()
    if there is not None:
        found = Calendar.from_ical(there)
        old = next((part for part in found.walk("VEVENT") if "RECURRENCE-ID" not in part), None)
        if isinstance(old, Event):
            event = old
    _set(event, "UID", uid)
    calendar.add_component(event)
    return calendar, event


def _empty() -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    return calendar


def _set(event: Event, name: str, value: Any) -> None:
    event.pop(name, None)
    event.add(name, value)


def _plain(value: Any) -> str:
    """Line ends differ from server to server."""
    return "\n".join(str(value).split("\n")).replace("\r", "").strip()


def _with_zones(calendar: Calendar, days: list[date]) -> None:
    calendar.add_missing_timezones(
        first_date=date(min(days).year - ZONE_YEARS, 1, 1),
        last_date=date(max(days).year + ZONE_YEARS, 12, 31),
    )
