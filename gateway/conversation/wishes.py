"""What the caller wishes of a time -> what is looked for; and whether a slot is what was wished."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from gateway.appointments.records import Slot
from gateway.appointments.slots import SlotWish
from gateway.contract.opening_hours import Span
from gateway.conversation.actions import FindSlots, HoldSlot
from gateway.conversation.booking_form import ANYBODY, BookingForm
from gateway.conversation.meaning import DayWish, TimeWish, Window
from gateway.conversation.memory import Conversation
from gateway.conversation.reply import Reply
from gateway.conversation.states import State

MIDNIGHT = time(0)


def slot_wish(memory: Conversation) -> SlotWish:
    """The wish as the form has it, less what was refused, in the direction that was asked for."""
    form = memory.form
    assert form.service is not None, "a service is needed to know how long it takes"
    wish = _with_days(SlotWish(form.service.value), form.day.value if form.day else DayWish())
    wish = _with_times(wish, form.time.value if form.time else TimeWish())
    who = practitioner_of(memory)
    wish = replace(wish, practitioner=who, exclude=memory.refused)
    if memory.direction is None:
        return wish
    way, start = memory.direction
    if way == "earlier":
        return replace(wish, earlier_than=start, times=())
    if way == "later":
        return replace(wish, later_than=start, times=())
    day = start.date()
    if way == "sooner-day":
        return replace(wish, days=(), weekdays=(), first_day=None, last_day=day - timedelta(days=1))
    return replace(wish, days=(), weekdays=(), first_day=day + timedelta(days=1), last_day=None)


def practitioner_of(memory: Conversation) -> str | None:
    """Who is wished, if they do the service at all."""
    form = memory.form
    if form.practitioner is None or form.practitioner.value == ANYBODY:
        return None
    if form.service is not None and not memory.office.does(
        form.practitioner.value, form.service.value
    ):
        return None
    return form.practitioner.value


def _with_days(wish: SlotWish, days: DayWish) -> SlotWish:
    return replace(
        wish,
        days=days.days,
        weekdays=days.weekdays,
        first_day=days.earliest,
        last_day=days.latest,
        not_days=days.not_days,
        not_weekdays=days.not_weekdays,
    )


def _with_times(wish: SlotWish, times: TimeWish) -> SlotWish:
    windows = tuple(Span(w.start, w.end) for w in times.windows)
    return replace(
        wish,
        times=times.times,
        windows=windows or _outside(times.not_windows),
        not_before=times.not_before,
        not_after=times.not_after,
    )


def _outside(ruled_out: tuple[Window, ...]) -> tuple[Span, ...]:
    """The parts of a day that are left; () when nothing was ruled out."""
    if not ruled_out:
        return ()
    spans: list[Span] = []
    start: time | None = MIDNIGHT
    for window in sorted(ruled_out, key=lambda w: w.start):
        if start is not None and start < window.start:
            spans.append(Span(start, window.start))
        start = None if window.end == MIDNIGHT else window.end
    if start is not None:
        spans.append(Span(start, MIDNIGHT))
    return tuple(spans)


def is_wished(wish: SlotWish, slot: Slot) -> bool:
    """Whether a slot keeps everything that was wished, the time of day to the minute."""
    start = slot.start
    begin = start.hour * 60 + start.minute
    return (
        wish.wants_day(start.date())
        and not wish.outside_minutes(begin, begin + slot.minutes)
        and (not wish.times or start.time() in wish.times)
        and wish.practitioner in (None, slot.practitioner)
    )


def settles(form: BookingForm, wish: SlotWish, slots: tuple[Slot, ...]) -> bool:
    """Whether the caller named just this slot, so that it need not be offered first."""
    one = len(slots) == 1 or wish.names_a_day or len(wish.days) == 1
    named = bool(wish.days or wish.weekdays) and len(wish.times) == 1
    return one and named and is_wished(wish, slots[0]) and not _vague(form)


def _vague(form: BookingForm) -> bool:
    return form.time is not None and form.time.value.approximate


def wished_day(memory: Conversation) -> date | None:
    """The one day that was wished, if it was one."""
    days = memory.form.day.value.days if memory.form.day else ()
    return days[0] if len(days) == 1 else None


def look(reply: Reply) -> Reply:
    """Look for free times."""
    return reply.wait(State.FINDING, FindSlots(slot_wish(reply.memory)))


def hold(reply: Reply, slot: Slot) -> Reply:
    """The caller has named or picked a time: keep it while they decide."""
    return reply.note("picked", "caller-chose", start=slot.start.isoformat()).wait(
        State.HOLDING, HoldSlot(slot)
    )


def is_past(wish: DayWish, now: datetime) -> bool:
    """Whether only days in the past were named."""
    return bool(wish.days) and all(day < now.date() for day in wish.days)
