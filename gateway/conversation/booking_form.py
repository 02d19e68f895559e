"""What the caller has told us so far, each value with where it came from; the last word wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from gateway.appointments.records import Slot
from gateway.conversation.meaning import DayWish, Meaning, Source, TimeWish, Value

T = TypeVar("T")

ANYBODY = "any"
"""Said of a practitioner: they do not mind."""


@dataclass(frozen=True)
class BookingForm:
    """The form that a booking or a move fills in."""

    service: Value[str] | None = None
    """key of the service"""
    practitioner: Value[str] | None = None
    """key of the practitioner, or "any" """
    asked_for: str = ""
    """name of somebody whom they wanted to see and whom nobody knows here"""
    day: Value[DayWish] | None = None
    """days wished"""
    time: Value[TimeWish] | None = None
    """times of day wished"""
    same_time: bool = False
    """ "the same time" was said, and it is not known as when"""
    slot: Slot | None = None
    """the slot that is held for this call"""
    name: Value[str] | None = None
    """the client's name"""
    client: str = ""
    """who the client is to the caller ("son"); empty = the caller"""
    caller_name: str = ""
    """the caller's name, where the client is somebody else"""
    name_checked: bool = False
    """the caller has agreed to the name, or it was recorded as a clip"""
    name_clip: bool = False
    """the name is in a recording that the office will hear"""
    phone: Value[str] | None = None
    """the client's number"""
    phone_checked: bool = False
    """the number was read back and agreed"""
    phone_clip: bool = False
    """the number is in a recording that the office will hear"""

    @property
    def wished_anything(self) -> bool:
        """Whether the caller has said when they would like to come."""
        return self.day is not None or self.time is not None

    @property
    def known(self) -> bool:
        """Whether there is anything worth keeping."""
        return any((self.service, self.day, self.time, self.slot, self.name, self.phone))


def absorb(form: BookingForm, meaning: Meaning) -> BookingForm:
    """The form with everything new that one turn brought; a new wish gives the held slot up."""
    form = _absorb_client(_absorb_wish(form, meaning), meaning)
    if meaning.unknown_practitioner is not None:
        form = replace(form, asked_for=meaning.unknown_practitioner.value)
    if meaning.name is not None and not _same(form.name, meaning.name):
        form = replace(form, name=meaning.name, name_checked=meaning.spelled, name_clip=False)
    if meaning.phone is not None and not meaning.phone_partial:
        form = with_phone(form, meaning.phone)
    return form


def _absorb_client(form: BookingForm, meaning: Meaning) -> BookingForm:
    """ "It's for my son": the name said before was the caller's own."""
    if meaning.own_name is not None:
        form = replace(form, caller_name=meaning.own_name.value)
    if meaning.client is None or form.client == meaning.client.value:
        return form
    if form.name is not None and not form.client:
        form = replace(form, caller_name=form.caller_name or form.name.value)
    form = replace(form, name=None, name_checked=False, name_clip=False)
    return replace(form, client=meaning.client.value)


def with_phone(form: BookingForm, phone: Value[str]) -> BookingForm:
    """The form with this number, which has to be read back unless it was already."""
    if _same(form.phone, phone):
        return form
    return replace(form, phone=phone, phone_checked=False, phone_clip=False)


def _absorb_wish(form: BookingForm, meaning: Meaning) -> BookingForm:
    service, who = meaning.service or form.service, meaning.practitioner or form.practitioner
    day, when = form.day, form.time
    if meaning.day is not None:
        day = Value(_merge_days(form.day, meaning.day), meaning.day.words, meaning.day.source)
    if meaning.time is not None:
        when = Value(_merge_times(form.time, meaning.time), meaning.time.words, meaning.time.source)
    same = meaning.same_time or (form.same_time and not (meaning.day or meaning.time))
    slot = form.slot
    if slot is not None and not _keeps_slot(slot, meaning, form):
        day, when = _rest_of_slot(slot, meaning, day, when)
        slot = None
    return replace(
        form, service=service, practitioner=who, day=day, time=when, slot=slot, same_time=same
    )


def _keeps_slot(slot: Slot, meaning: Meaning, form: BookingForm) -> bool:
    """Whether what was said agrees with the slot that is held (a caller may repeat it)."""
    if meaning.service is not None and not _same(form.service, meaning.service):
        return False
    who = meaning.practitioner
    if who is not None and who.value not in (ANYBODY, slot.practitioner):
        return False
    if meaning.day is not None and not day_agrees(meaning.day.value, slot.start.date()):
        return False
    if meaning.time is None:
        return True
    wish = meaning.time.value
    if wish.ambiguous:
        return slot.start.time() in wish.ambiguous
    if wish.times:
        return slot.start.time() in wish.times
    moment = slot.start.time()
    return not (
        (wish.windows and not any(w.start <= moment < w.end for w in wish.windows))
        or any(w.start <= moment < w.end for w in wish.not_windows)
        or (wish.not_before is not None and moment < wish.not_before)
        or (wish.not_after is not None and moment > wish.not_after)
    )


def _rest_of_slot(
    slot: Slot, meaning: Meaning, day: Value[DayWish] | None, when: Value[TimeWish] | None
) -> tuple[Value[DayWish] | None, Value[TimeWish] | None]:
    """What stays of a slot given up: another day at the same time, another time on the same day."""
    if meaning.day is not None and meaning.time is None:
        when = Value(TimeWish(times=(slot.start.time(),), half_day_said=True), "", Source.WORDS)
    elif meaning.time is not None and meaning.day is None:
        day = Value(DayWish(days=(slot.start.date(),)), "", Source.WORDS)
    return day, when


def day_agrees(wish: DayWish, day: date) -> bool:
    """Whether a day is among those wished."""
    return not (
        (wish.ambiguous and day not in wish.ambiguous)
        or (wish.days and day not in wish.days)
        or (wish.weekdays and day.weekday() not in wish.weekdays)
        or day in wish.not_days
        or day.weekday() in wish.not_weekdays
        or (wish.earliest is not None and day < wish.earliest)
        or (wish.latest is not None and day > wish.latest)
        or wish.impossible
    )


def _merge_days(old: Value[DayWish] | None, new: Value[DayWish]) -> DayWish:
    """The new wish; what was ruled out before stays ruled out unless it is now asked for."""
    wish = new.value
    if old is None:
        return wish
    before = old.value
    named = bool(
        wish.days or wish.weekdays or wish.earliest or wish.latest or wish.soonest
        or wish.impossible or wish.ambiguous
    )  # fmt: skip
    base = wish if named else before
    asked_for = {day.weekday() for day in wish.days} | set(wish.weekdays)
    return replace(
        base,
        days=tuple(day for day in base.days if day not in wish.not_days),
        weekdays=tuple(day for day in base.weekdays if day not in wish.not_weekdays),
        not_days=_union((d for d in before.not_days if d not in wish.days), wish.not_days),
        not_weekdays=_union(
            (d for d in before.not_weekdays if d not in asked_for), wish.not_weekdays
        ),
    )


def _merge_times(old: Value[TimeWish] | None, new: Value[TimeWish]) -> TimeWish:
    """The new wish; one that only rules out is added to what was wished."""
    wish = new.value
    named = wish.times or wish.windows or wish.not_before or wish.not_after or wish.ambiguous
    if old is None or named:
        return wish
    return replace(old.value, not_windows=_union(old.value.not_windows, wish.not_windows))


def _union(first: Iterable[T], second: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys([*first, *second]))


def _same(old: Value[str] | None, new: Value[str]) -> bool:
    return old is not None and old.value == new.value
