"""When the office is open: weekly hours, special days; pure arithmetic on local time.

Lives in the contract because both the line (does it answer?) and the appointments need it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

LOOK_AHEAD_DAYS = 400
"""How far `next_opening` looks before it says that there is none."""


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of local wall time within one day."""

    start: time
    """first minute, local"""
    end: time
    """minute after the last, local; 00:00 as an end means midnight"""

    def holds(self, moment: time) -> bool:
        """Whether the moment lies inside (start included, end not)."""
        return self.start <= moment and (self.end == time(0) or moment < self.end)


@dataclass(frozen=True)
class SpecialDay:
    """A day that differs from its weekday: closed, or other hours."""

    day: date
    """local date"""
    spans: tuple[Span, ...]
    """hours on that day; empty = closed"""
    name: str
    """what it is called when spoken, e.g. "Christmas Day\""""


@dataclass(frozen=True)
class OpeningHours:
    """Weekly hours and the days that differ."""

    week: tuple[tuple[Span, ...], ...]
    """seven entries, Monday first"""
    special: tuple[SpecialDay, ...] = ()
    """days that differ from their weekday"""

    def special_day(self, day: date) -> SpecialDay | None:
        """The entry of a special day, or None for an ordinary one."""
        return next((entry for entry in self.special if entry.day == day), None)

    def spans(self, day: date) -> tuple[Span, ...]:
        """Opening spans of a day, in order."""
        entry = self.special_day(day)
        return entry.spans if entry else self.week[day.weekday()]

    def is_open(self, local: datetime) -> bool:
        """Whether the office is open at this local wall time."""
        return any(span.holds(local.time()) for span in self.spans(local.date()))

    def next_opening(self, local: datetime) -> datetime | None:
        """Start of the next span that begins after `local` (naive local time), or None."""
        for day, span in self.walk(local.date()):
            start = datetime.combine(day, span.start)
            if start > local.replace(tzinfo=None):
                return start
        return None

    def walk(self, first: date, days: int = LOOK_AHEAD_DAYS) -> Iterator[tuple[date, Span]]:
        """Every span from `first` on, day by day."""
        for offset in range(days):
            day = first + timedelta(days=offset)
            for span in self.spans(day):
                yield day, span


def parse_span(text: str) -> Span:
    """Read "08:30-12:00"; ValueError says what is wrong."""
    start_text, dash, end_text = text.replace("–", "-").partition("-")
    if not dash:
        raise ValueError(f'"{text}" is not a span of time; write it like "08:30-12:00"')
    try:
        start = time.fromisoformat(start_text.strip())
        end = time(0) if end_text.strip() == "24:00" else time.fromisoformat(end_text.strip())
    except ValueError:
        raise ValueError(f'"{text}" is not a span of time; write it like "08:30-12:00"') from None
    if end != time(0) and end <= start:
        raise ValueError(f'"{text}" ends before it begins')
    return Span(start, end)


def parse_spans(texts: list[str]) -> tuple[Span, ...]:
    """Read a day's spans; they must be in order and must not overlap."""
    spans = tuple(parse_span(text) for text in texts)
    for earlier, later in pairwise(spans):
        if earlier.end == time(0) or later.start < earlier.end:
            raise ValueError(f'"{texts[spans.index(later)]}" overlaps the span before it')
    return spans
