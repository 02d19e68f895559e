"""Free slots: opening hours minus what is busy, nearest to the wish; pure.

    book = Book.from_settings(settings)              # or store.book_now(), with exceptions
    wish = SlotWish(service="check-up", days=(date(2026, 12, 1),), times=(time(10),))
    offer = free_slots(book, wish, store.busy(...), now)      # -> Offer(slots, exact, relaxed)
    is_free(book, slot, "check-up", busy, now)                # -> bool

`now` is an aware moment or naive local wall time. Times that a daylight-saving night drops or
doubles are never offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gateway.appointments.book import Book, BookingRules, PractitionerRule, ServiceRule
from gateway.appointments.records import Busy, Slot
from gateway.appointments.wall_time import runs_plainly
from gateway.appointments.wish import TIME_MISSED, SlotWish, day_costs, minute_of_day

__all__ = [
    "Book", "BookingRules", "Offer", "PractitionerRule", "ServiceRule", "SlotWish", "all_free",
    "free_slots", "is_free",
]  # fmt: skip

OFFERED = 3
"""More than three times cannot be kept in mind by ear."""
PER_DAY = 2
"""Offers of one day while several days are open to the caller."""
SPREADS_WIDE = (120, 60, 30, 1)
"""Least distance of two offers of a day in minutes; the next is tried when too few are left."""
SPREADS_NARROW = (30, 1)
"""Likewise when the caller has named a time."""


@dataclass(frozen=True)
class Offer:
    """What can be offered."""

    slots: tuple[Slot, ...]
    """free slots, nearest to the wish first; empty = nothing within the horizon"""
    exact: bool | None
    """whether the day and time that were named are free (then first); None = none were named"""
    relaxed: tuple[str, ...] = ()
    """what of the wish the first slot breaks because nothing keeps it: practitioner, day, time"""


@dataclass(frozen=True, order=True)
class _Candidate:
    cost: int
    slot: Slot
    missed_day: bool
    missed_time: bool

    @property
    def keeps(self) -> bool:
        return not (self.missed_day or self.missed_time)


def free_slots(
    book: Book, wish: SlotWish, busy: Iterable[Busy], now: datetime, *, limit: int = OFFERED
) -> Offer:
    """At most `limit` free slots, nearest to the wish; KeyError for an unknown service.

    Slots that break the wish are offered only where none keeps it; another practitioner only where
    the wished one has nothing at all.
    """
    who = book.who_does(wish.service)
    wanted = tuple(p for p in who if wish.practitioner in (None, p.key))
    taken = _by_day(busy)
    relaxed: tuple[str, ...] = ()
    best = _search(book, wish, wanted, taken, book.local(now), limit)
    if not best and wish.practitioner is not None:
        relaxed = ("practitioner",)
        best = _search(book, wish, who, taken, book.local(now), limit)
    if best and not best[0].keeps:
        first = best[0]
        relaxed += ("day",) * first.missed_day + ("time",) * first.missed_time
    exact = None
    if wish.is_exact:
        exact = bool(best) and not relaxed and _hits(wish, best[0].slot)
    return Offer(tuple(c.slot for c in best), exact, relaxed if best else ())


def all_free(
    book: Book,
    service: str,
    practitioner: str | None,
    day: date,
    busy: Iterable[Busy],
    now: datetime,
) -> Iterator[Slot]:
    """Every free slot of a day, by practitioner and time."""
    taken = _by_day(busy)
    for rule in book.who_does(service):
        if practitioner in (None, rule.key):
            yield from _day_slots(
                book, rule, book.service(service).minutes, day, taken, book.local(now)
            )


def is_free(book: Book, slot: Slot, service: str, busy: Iterable[Busy], now: datetime) -> bool:
    """Whether exactly this slot could be offered now."""
    day = slot.start.date()
    return slot in all_free(book, service, slot.practitioner, day, busy, now)


_Taken = dict[tuple[str, date], list[tuple[datetime, datetime]]]


def _search(
    book: Book,
    wish: SlotWish,
    who: tuple[PractitionerRule, ...],
    taken: _Taken,
    now: datetime,
    limit: int,
) -> list[_Candidate]:
    """Best-first over days: stop once no later day can be nearer than what is picked."""
    days = day_costs(wish, now.date(), now.date() + timedelta(days=book.rules.horizon_days))
    minutes = book.service(wish.service).minutes
    found: list[_Candidate] = []
    for day, cost in sorted(days.costs.items(), key=lambda entry: (entry[1], entry[0])):
        missed_day = day in days.missed
        best = _pick(wish, found, limit, strict=True)
        if len(best) == limit and max(c.cost for c in best) <= cost:
            return best
        if missed_day and any(c.keeps for c in found):
            break
        for rule in who:
            for slot in _day_slots(book, rule, minutes, day, taken, now):
                if not wish.refuses_start(slot.start):
                    found.append(_candidate(wish, slot, cost, missed_day))
    return _pick(wish, found, limit)


def _candidate(wish: SlotWish, slot: Slot, cost: int, missed_day: bool) -> _Candidate:
    start = minute_of_day(slot.start.time())
    outside = wish.outside_minutes(start, start + slot.minutes)
    cost += wish.off_minutes(start) + (TIME_MISSED + outside if outside else 0)
    return _Candidate(cost, slot, missed_day, outside > 0)


def _pick(
    wish: SlotWish, found: list[_Candidate], limit: int, *, strict: bool = False
) -> list[_Candidate]:
    """The nearest, spread over the day and, while several days are open, over days.

    Strict: rather too few than too near to each other.
    """
    keeping = [c for c in found if c.keeps]
    latest_first = wish.earlier_than is not None
    pool = sorted(
        keeping or found,
        key=lambda c: (c.cost, _order(c.slot.start, latest_first)),
    )
    spreads = SPREADS_NARROW if wish.times else SPREADS_WIDE
    per_days = (limit if wish.names_a_day else PER_DAY, limit)
    picked: list[_Candidate] = []
    for per_day in per_days[:1] if strict else per_days:
        for spread in spreads[:1] if strict else spreads:
            for candidate in pool:
                if len(picked) < limit and _fits(candidate, picked, spread, per_day):
                    picked.append(candidate)
    return sorted(picked, key=lambda c: (c.cost, _order(c.slot.start, latest_first)))


def _order(start: datetime, latest_first: bool) -> float:
    seconds = (start - datetime.min).total_seconds()
    return -seconds if latest_first else seconds


def _fits(candidate: _Candidate, picked: list[_Candidate], spread: int, per_day: int) -> bool:
    start = candidate.slot.start
    same_day = [p.slot.start for p in picked if p.slot.start.date() == start.date()]
    return len(same_day) < per_day and all(
        abs((start - other).total_seconds()) >= spread * 60 for other in same_day
    )


def _hits(wish: SlotWish, slot: Slot) -> bool:
    return slot.start.time() in wish.times and wish.wants_day(slot.start.date())


def _day_slots(
    book: Book, who: PractitionerRule, minutes: int, day: date, taken: _Taken, now: datetime
) -> Iterator[Slot]:
    rules, zone = book.rules, book.zone
    midnight = datetime.combine(day, time(0))
    earliest = now + timedelta(minutes=rules.notice_minutes)
    if day > now.date() + timedelta(days=rules.horizon_days):
        return
    busy = taken.get((who.key, day), [])
    plain = runs_plainly(midnight, midnight + timedelta(days=1), zone)
    for span_start, span_end in book.bookable(who, day):
        first = -(-span_start // rules.step_minutes) * rules.step_minutes
        for minute in range(first, span_end - minutes + 1, rules.step_minutes):
            start = midnight + timedelta(minutes=minute)
            end = start + timedelta(minutes=minutes)
            if start < earliest or any(a < end and start < b for a, b in busy):
                continue
            if plain or runs_plainly(start, end, zone):
                yield Slot(start, minutes, who.key)


def _by_day(busy: Iterable[Busy]) -> _Taken:
    taken: _Taken = {}
    for entry in busy:
        day = entry.start.date()
        while day <= entry.end.date():
            taken.setdefault((entry.practitioner, day), []).append((entry.start, entry.end))
            day += timedelta(days=1)
    return taken
