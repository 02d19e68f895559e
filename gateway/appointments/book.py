"""The appointment book's rules: opening hours, services, practitioners, exceptions; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.appointments.records import OpeningException
from gateway.contract.opening_hours import OpeningHours, Span

if TYPE_CHECKING:
    from gateway.contract.settings import Settings

DAY_END_MINUTES = 24 * 60
"""Midnight at the end of a day, in minutes since its start."""
OPENING_LOOK_AHEAD_DAYS = 400
"""How far `next_opening` looks before it says that there is none."""


@dataclass(frozen=True)
class ServiceRule:
    """A service that can be booked."""

    key: str
    """key of the service"""
    minutes: int
    """length in minutes"""
    name: str = ""
    """as it is spoken"""


@dataclass(frozen=True)
class PractitionerRule:
    """Somebody who sees clients."""

    key: str
    """key of the practitioner"""
    services: tuple[str, ...] = ()
    """keys of what they do; empty = everything"""
    hours: OpeningHours | None = None
    """own hours, within the office's; None = the office's"""
    name: str = ""
    """as it is spoken"""


@dataclass(frozen=True)
class BookingRules:
    """Numbers of the [booking] table that slots and the store need."""

    step_minutes: int = 15
    """appointments start on multiples of this many minutes since midnight"""
    notice_minutes: int = 120
    """earliest start from now, in minutes"""
    horizon_days: int = 90
    """how far ahead one can book, in days"""
    hold_seconds: int = 180
    """how long a slot is kept while a caller decides, in seconds"""
    cancel_notice_hours: int = 24
    """later cancellations are late, in hours before the start"""
    calendar_stale_hours: float | None = None
    """age of the newest word from the calendar beyond which it is stale; None = no calendar"""


@dataclass(frozen=True)
class Book:
    """What decides whether a time can be offered; the typed view of the settings."""

    timezone: str
    """IANA zone of all local times"""
    hours: OpeningHours
    """the office's"""
    services: tuple[ServiceRule, ...]
    """what can be booked"""
    practitioners: tuple[PractitionerRule, ...]
    """who sees clients, in the order of the settings"""
    rules: BookingRules = BookingRules()
    """step, notice, horizon and so on"""
    exceptions: tuple[OpeningException, ...] = ()
    """days that the office closed or opened at short notice"""
    country: str = "US"
    """ISO 3166 code; region of national telephone numbers"""

    @classmethod
    def from_settings(cls, settings: Settings) -> Book:
        """The book of an office, without exceptions (the store adds those: `Store.book_now()`)."""
        rules = settings.booking
        return cls(
            timezone=settings.office.timezone,
            hours=settings.opening.hours(),
            services=tuple(ServiceRule(s.key, s.minutes, s.name) for s in settings.services),
            practitioners=tuple(
                PractitionerRule(
                    p.key, tuple(p.services), p.opening.hours() if p.opening else None, p.name
                )
                for p in settings.practitioners
            ),
            rules=BookingRules(
                step_minutes=rules.step_minutes,
                notice_minutes=rules.notice_minutes,
                horizon_days=rules.horizon_days,
                hold_seconds=rules.hold_seconds,
                cancel_notice_hours=rules.cancel_notice_hours,
                calendar_stale_hours=rules.calendar_stale_hours,
            ),
            country=settings.office.country,
        )

    def with_exceptions(self, exceptions: Iterable[OpeningException]) -> Book:
        """The same book with these exceptions instead of its own."""
        return replace(self, exceptions=tuple(exceptions))

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)

    def local(self, moment: datetime) -> datetime:
        """Local wall time (naive) of an aware moment; naive moments are local already."""
        if moment.tzinfo is None:
            return moment
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def service(self, key: str) -> ServiceRule:
        """The service with this key; KeyError when there is none."""
        for service in self.services:
            if service.key == key:
                return service
        raise KeyError(key)

    def who_does(self, service: str) -> tuple[PractitionerRule, ...]:
        """Practitioners that do the service, in order."""
        return tuple(p for p in self.practitioners if not p.services or service in p.services)

    def office_spans(self, day: date) -> tuple[Span, ...]:
        """When the office is open that day, exceptions included (a do-not-book day is open)."""
        spans = self.hours.spans(day)
        for exception in self._exceptions(day, None):
            if not exception.office_open:
                spans = () if exception.closed else exception.spans
        return spans

    def bookable(self, practitioner: PractitionerRule, day: date) -> list[tuple[int, int]]:
        """Stretches of a day that can be booked, in minutes since midnight, in order."""
        office, own = self.office_spans(day), None
        if practitioner.hours is not None:
            own = practitioner.hours.spans(day)
        if any(e.closed for e in self._exceptions(day, None)):
            return []
        for exception in self._exceptions(day, practitioner.key):
            own = () if exception.closed else exception.spans
        if own is None:
            return _minutes(office)
        return _intersection(_minutes(office), _minutes(own))

    def next_opening(self, moment: datetime) -> datetime | None:
        """Start of the next opening span after the moment (naive local), exceptions included."""
        local = self.local(moment)
        for offset in range(OPENING_LOOK_AHEAD_DAYS):
            day = local.date() + timedelta(days=offset)
            for span in self.office_spans(day):
                start = datetime.combine(day, span.start)
                if start > local:
                    return start
        return None

    def _exceptions(self, day: date, practitioner: str | None) -> list[OpeningException]:
        return [e for e in self.exceptions if e.day == day and e.practitioner == practitioner]


def _minutes(spans: tuple[Span, ...]) -> list[tuple[int, int]]:
    return [
        (_of_day(span.start), DAY_END_MINUTES if span.end == time(0) else _of_day(span.end))
        for span in spans
    ]


def _of_day(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _intersection(
    some: list[tuple[int, int]], others: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    both = [(max(a, c), min(b, d)) for a, b in some for c, d in others]
    return sorted((start, end) for start, end in both if start < end)
