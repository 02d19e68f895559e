"""Properties of free slots over daylight-saving days, split days and exceptions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.appointments.book import Book, BookingRules, PractitionerRule, ServiceRule
from gateway.appointments.records import Busy, OpeningException, Slot
from gateway.appointments.slots import SlotWish, free_slots
from gateway.contract.opening_hours import OpeningHours, Span

# Two weeks around the nights on which clocks change, in three zones (Lord Howe moves by 30 min).
CHANGES = {
    "America/New_York": (date(2026, 10, 27), date(2027, 3, 9)),
    "Europe/London": (date(2026, 10, 20), date(2027, 3, 23)),
    "Australia/Lord_Howe": (date(2026, 9, 29), date(2027, 3, 30)),
}
QUARTERS = [time(h, m) for h in range(24) for m in (0, 15, 30, 45)]
SERVICES = tuple(ServiceRule(f"s{m}", m) for m in (15, 45, 90, 240))


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.sampled_from(QUARTERS), max_size=6)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    found = [Span(a, b) for a, b in pairs]
    if len(edges) % 2:
        found.append(Span(edges[-1], time(0)))
    return tuple(found)


def weeks() -> st.SearchStrategy[OpeningHours]:
    return st.lists(spans(), min_size=7, max_size=7).map(lambda w: OpeningHours(tuple(w)))


@st.composite
def books(draw: st.DrawFn) -> tuple[Book, datetime]:
    zone = draw(st.sampled_from(sorted(CHANGES)))
    first = draw(st.sampled_from(CHANGES[zone]))
    days = [first + timedelta(days=n) for n in range(14)]
    exceptions = draw(
        st.lists(
            st.builds(
                OpeningException,
                practitioner=st.sampled_from([None, "a", "b"]),
                day=st.sampled_from(days),
                closed=st.booleans(),
                spans=spans(),
            ),
            max_size=3,
        )
    )
    book = Book(
        timezone=zone,
        hours=draw(weeks()),
        services=SERVICES,
        practitioners=(
            PractitionerRule("a"),
            PractitionerRule("b", ("s15", "s45"), draw(weeks())),
        ),
        rules=BookingRules(
            step_minutes=draw(st.sampled_from([5, 15, 20, 60])),
            notice_minutes=draw(st.sampled_from([0, 120])),
            horizon_days=14,
        ),
        exceptions=tuple(exceptions),
    )
    return book, datetime.combine(first, draw(st.sampled_from(QUARTERS)))


@st.composite
def busy_times(draw: st.DrawFn, first: date) -> list[Busy]:
    starts = st.builds(
        lambda day, at: datetime.combine(first + timedelta(days=day), at),
        st.integers(0, 14),
        st.sampled_from(QUARTERS),
    )
    return draw(
        st.lists(
            st.builds(
                lambda who, start, minutes: Busy(who, start, start + timedelta(minutes=minutes)),
                st.sampled_from(["a", "b"]),
                starts,
                st.integers(1, 3000),
            ),
            max_size=8,
        )
    )


@st.composite
def wishes(draw: st.DrawFn, first: date) -> SlotWish:
    days = st.integers(-2, 16).map(lambda n: first + timedelta(days=n))
    maybe_time = st.none() | st.sampled_from(QUARTERS)
    maybe_moment = st.none() | st.builds(datetime.combine, days, st.sampled_from(QUARTERS))
    return SlotWish(
        service=draw(st.sampled_from([s.key for s in SERVICES])),
        practitioner=draw(st.sampled_from([None, "a", "b"])),
        days=tuple(draw(st.lists(days, max_size=3))),
        weekdays=tuple(draw(st.lists(st.integers(0, 6), max_size=2))),
        first_day=draw(st.none() | days),
        last_day=draw(st.none() | days),
        not_days=tuple(draw(st.lists(days, max_size=3))),
        not_weekdays=tuple(draw(st.lists(st.integers(0, 6), max_size=2))),
        not_before=draw(maybe_time),
        not_after=draw(maybe_time),
        done_by=draw(maybe_time),
        windows=draw(spans()),
        times=tuple(draw(st.lists(st.sampled_from(QUARTERS), max_size=2))),
        earlier_than=draw(maybe_moment),
        later_than=draw(maybe_moment),
    )


def inside(slot: Slot, allowed: tuple[Span, ...]) -> bool:
    day = slot.start.date()
    midnight = datetime.combine(day + timedelta(days=1), time(0))
    return any(
        datetime.combine(day, s.start) <= slot.start
        and slot.end <= (midnight if s.end == time(0) else datetime.combine(day, s.end))
        for s in allowed
    )


def exists_once(moment: datetime, zone: ZoneInfo) -> bool:
    """By a second way of reckoning: count the instants that show this wall time."""
    guess = moment.replace(tzinfo=ZoneInfo("UTC"))
    instants = [guess + timedelta(minutes=m) for m in range(-14 * 60, 14 * 60 + 1, 30)]
    return sum(i.astimezone(zone).replace(tzinfo=None) == moment for i in instants) == 1


def allowed_by(book: Book, who: str, day: date) -> list[tuple[Span, ...]]:
    """Every set of spans that a slot must lie in, each told by a rule of its own."""
    rule = next(p for p in book.practitioners if p.key == who)
    office, own = book.hours.spans(day), rule.hours.spans(day) if rule.hours else None
    for exception in book.exceptions:
        if exception.day == day and exception.practitioner is None:
            office = () if exception.closed else exception.spans
        if exception.day == day and exception.practitioner == who:
            own = () if exception.closed else exception.spans
    return [office] if own is None else [office, own]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_offers_are_free_open_real_times_that_the_wish_allows(data: st.DataObject) -> None:
    book, now = data.draw(books())
    busy = data.draw(busy_times(now.date()))
    wish = data.draw(wishes(now.date()))
    offer = free_slots(book, wish, busy, now)
    assert len(offer.slots) <= 3
    assert len({s.start for s in offer.slots}) == len(offer.slots)
    for slot in offer.slots:
        day = slot.start.date()
        assert slot.minutes == book.service(wish.service).minutes
        assert slot.practitioner in {p.key for p in book.who_does(wish.service)}
        assert all(inside(slot, spans) for spans in allowed_by(book, slot.practitioner, day))
        assert not any(
            b.practitioner == slot.practitioner and b.start < slot.end and slot.start < b.end
            for b in busy
        )
        assert slot.start >= now + timedelta(minutes=book.rules.notice_minutes)
        assert day <= now.date() + timedelta(days=book.rules.horizon_days)
        assert day not in wish.not_days and day.weekday() not in wish.not_weekdays
        assert wish.earlier_than is None or slot.start < wish.earlier_than
        assert wish.later_than is None or slot.start > wish.later_than
        assert exists_once(slot.start, book.zone)
        assert exists_once(slot.end - timedelta(minutes=1), book.zone)
        if not offer.relaxed:
            assert wish.practitioner in (None, slot.practitioner)
            assert wish.wants_day(day)
    if offer.exact:
        assert offer.slots[0].start.time() in wish.times
        assert offer.slots[0].start.date() in wish.days


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_something_is_offered_whenever_anything_is_free(data: st.DataObject) -> None:
    book, now = data.draw(books())
    busy = data.draw(busy_times(now.date()))
    anything = free_slots(book, SlotWish("s15"), busy, now, limit=1).slots
    narrow = SlotWish("s15", practitioner="b", weekdays=(2,), times=(time(3),), done_by=time(5))
    assert bool(anything) == bool(free_slots(book, narrow, busy, now).slots)
