"""What a caller wishes of a time, and how far a slot is from it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gateway.appointments.records import Slot
from gateway.contract.opening_hours import Span

DAY_MISSED = 240
"""Cost of a day that was not wished, in minutes of distance: other times of a wished day first."""
DAY_DISTANCE = 180
"""Cost of each day further from the nearest wished one."""
TIME_MISSED = 120
"""Cost of a time outside the wished ones, besides the distance in minutes."""
WAITING = 20
"""Cost of each day of waiting when no day was named: sooner is better, the right time more so."""


@dataclass(frozen=True)
class SlotWish:
    """What the caller wants; everything but the service may be left open.

    Never broken: not_days, not_weekdays, earlier_than, later_than, exclude. The rest is kept if any
    free slot keeps it, and otherwise broken as little as possible (`Offer.relaxed` says what).
    """

    service: str
    """key of the service"""
    practitioner: str | None = None
    """key of the practitioner, None = anybody who does the service"""
    days: tuple[date, ...] = ()
    """wanted local dates; empty = any"""
    weekdays: tuple[int, ...] = ()
    """wanted weekdays, Monday = 0; empty = any"""
    first_day: date | None = None
    """earliest local date, e.g. of "next week\""""
    last_day: date | None = None
    """latest local date"""
    not_days: tuple[date, ...] = ()
    """local dates that are refused"""
    not_weekdays: tuple[int, ...] = ()
    """weekdays that are refused, Monday = 0"""
    not_before: time | None = None
    """earliest start, local"""
    not_after: time | None = None
    """latest start, local ("not after four" allows four o'clock)"""
    done_by: time | None = None
    """latest end, local"""
    windows: tuple[Span, ...] = ()
    """parts of the day, e.g. the morning; the start lies in one of them"""
    times: tuple[time, ...] = ()
    """exact starts, local; the nearest counts"""
    earlier_than: datetime | None = None
    """"anything earlier?": start of what was offered, local wall time; nearest before it first"""
    later_than: datetime | None = None
    """"anything later?": likewise, nearest after it first"""
    exclude: tuple[Slot, ...] = ()
    """slots that the caller has refused already; their starts are not offered again"""

    @property
    def names_a_day(self) -> bool:
        """Whether it comes down to one day."""
        return len(self.days) == 1 or (
            self.first_day is not None and self.first_day == self.last_day
        )

    @property
    def is_exact(self) -> bool:
        """Whether it names a day and a time."""
        return bool(self.times) and bool(self.days)

    def wants_day(self, day: date) -> bool:
        """Whether the day is among those wished."""
        return (
            (not self.days or day in self.days)
            and (not self.weekdays or day.weekday() in self.weekdays)
            and (self.first_day is None or self.first_day <= day)
            and (self.last_day is None or day <= self.last_day)
        )

    def refuses_day(self, day: date) -> bool:
        """Whether nothing may be offered on the day."""
        return (
            day in self.not_days
            or day.weekday() in self.not_weekdays
            or (self.earlier_than is not None and day > self.earlier_than.date())
            or (self.later_than is not None and day < self.later_than.date())
        )

    def refuses_start(self, start: datetime) -> bool:
        """Whether this start may never be offered."""
        return (
            (self.earlier_than is not None and start >= self.earlier_than)
            or (self.later_than is not None and start <= self.later_than)
            or any(slot.start == start for slot in self.exclude)
        )

    def outside_minutes(self, start: int, end: int) -> int:
        """Minutes by which a stretch (minutes since midnight) misses the wished part of the day."""
        missed = 0
        if self.not_before is not None:
            missed = max(missed, minute_of_day(self.not_before) - start)
        if self.not_after is not None:
            missed = max(missed, start - minute_of_day(self.not_after))
        if self.done_by is not None:
            missed = max(missed, end - minute_of_day(self.done_by))
        if self.windows:
            missed = max(missed, min(_outside(window, start) for window in self.windows))
        return missed

    def off_minutes(self, start: int) -> int:
        """Minutes between a start and the nearest of the exact times, 0 when there are none."""
        return min((abs(start - minute_of_day(t)) for t in self.times), default=0)


@dataclass(frozen=True)
class DayCosts:
    """Days that can be offered and what each costs."""

    costs: dict[date, int]
    """0 = as wished; in minutes of distance"""
    missed: frozenset[date]
    """days that were not wished"""


def day_costs(wish: SlotWish, first: date, last: date) -> DayCosts:
    """Cost of each day from first to last that the wish does not refuse."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    wanted = [day for day in days if wish.wants_day(day)]
    anchor = wish.earlier_than or wish.later_than
    costs: dict[date, int] = {}
    for day in days:
        if wish.refuses_day(day):
            continue
        if wish.wants_day(day):
            since = anchor.date() if anchor else wanted[0]
            costs[day] = 0 if wish.days else WAITING * abs((day - since).days)
        else:
            costs[day] = DAY_MISSED + DAY_DISTANCE * _distance(day, wanted, wish)
    return DayCosts(costs, frozenset(day for day in costs if not wish.wants_day(day)))


def minute_of_day(moment: time) -> int:
    """Minutes since midnight."""
    return moment.hour * 60 + moment.minute


def _distance(day: date, wanted: list[date], wish: SlotWish) -> int:
    """Days to the nearest wished one; where none lies in reach, to what was named."""
    named = wanted or [d for d in (*wish.days, wish.first_day, wish.last_day) if d is not None]
    return min((abs((day - other).days) for other in named), default=day.toordinal() % 7)


def _outside(window: Span, start: int) -> int:
    first, end = minute_of_day(window.start), minute_of_day(window.end) or 24 * 60
    return max(first - start, start - end + 1, 0)
