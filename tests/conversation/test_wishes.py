"""Wishes: the last word wins, what was ruled out stays out; progress survives a broken call."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from gateway.appointments.slots import SlotWish
from gateway.conversation.booking_form import BookingForm, absorb
from gateway.conversation.conversation import progress
from gateway.conversation.meaning import DayWish, Meaning, Source, TimeWish, Value, Window
from gateway.conversation.memory import Conversation, Task
from gateway.conversation.progress import resumed, resumed_change
from gateway.conversation.wishes import is_wished, slot_wish
from tests.conversation.world import TUESDAY, office, slot

TUE, WED, FRI = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27)
SERVICE = BookingForm(service=Value("check-up", ""))


def days(**fields: object) -> Meaning:
    return Meaning("", day=Value(DayWish(**fields), "words"))  # type: ignore[arg-type]


def times(**fields: object) -> Meaning:
    return Meaning("", time=Value(TimeWish(**fields), "words"))  # type: ignore[arg-type]


def wish_of(form: BookingForm, **memory: object) -> SlotWish:
    return slot_wish(Conversation(office(), form=form, **memory))  # type: ignore[arg-type]


def test_the_last_day_said_wins() -> None:
    form = absorb(absorb(SERVICE, days(days=(TUE,))), days(days=(WED,)))
    assert wish_of(form).days == (WED,)


def test_what_is_ruled_out_stays_out_until_it_is_asked_for() -> None:
    form = absorb(absorb(SERVICE, days(not_weekdays=(4,))), days(days=(TUE, WED)))
    assert wish_of(form).not_weekdays == (4,)
    assert wish_of(absorb(form, days(days=(FRI,)))).not_weekdays == ()


def test_ruling_out_one_of_two_days_leaves_the_other() -> None:
    form = absorb(absorb(SERVICE, days(days=(TUE, WED))), days(not_days=(TUE,)))
    assert wish_of(form).days == (WED,)


def test_another_day_keeps_the_time_of_the_slot_that_is_given_up() -> None:
    held = replace(SERVICE, slot=slot())
    form = absorb(held, days(days=(WED,)))
    assert form.slot is None
    assert (wish_of(form).days, wish_of(form).times) == ((WED,), (time(10),))


def test_another_time_keeps_the_day_of_the_slot_that_is_given_up() -> None:
    form = absorb(replace(SERVICE, slot=slot()), times(times=(time(14),)))
    assert form.slot is None
    assert (wish_of(form).days, wish_of(form).times) == ((TUE,), (time(14),))


@pytest.mark.parametrize(
    "meaning",
    [
        days(days=(TUE,)),
        times(times=(time(10),)),
        times(windows=(Window(time(8), time(12)),)),
        Meaning("", practitioner=Value("weber", "")),
        Meaning("", practitioner=Value("any", "")),
        Meaning("", service=Value("check-up", "")),
        Meaning("", name=Value("Anna", "")),
    ],
)
def test_repeating_what_agrees_with_the_slot_gives_nothing_up(meaning: Meaning) -> None:
    assert absorb(replace(SERVICE, slot=slot()), meaning).slot == slot()


@pytest.mark.parametrize(
    "meaning",
    [
        times(windows=(Window(time(12), time(18)),)),
        times(not_before=time(11)),
        Meaning("", practitioner=Value("patel", "")),
        Meaning("", service=Value("cleaning", "")),
    ],
)
def test_what_does_not_agree_gives_the_slot_up(meaning: Meaning) -> None:
    assert absorb(replace(SERVICE, slot=slot()), meaning).slot is None


def test_a_new_number_has_to_be_read_back_again() -> None:
    known = replace(SERVICE, phone=Value("+12125550123", ""), phone_checked=True)
    assert absorb(known, Meaning("", phone=Value("+12125550123", ""))).phone_checked
    assert not absorb(known, Meaning("", phone=Value("+12125550199", ""))).phone_checked


def test_part_of_a_day_that_is_ruled_out_leaves_the_rest() -> None:
    wish = wish_of(absorb(SERVICE, times(not_windows=(Window(time(8), time(12)),))))
    assert not is_wished(wish, slot())
    assert is_wished(wish, slot(TUESDAY.replace(hour=14)))


def test_a_practitioner_who_does_not_do_it_is_not_looked_for() -> None:
    form = BookingForm(service=Value("filling", ""), practitioner=Value("patel", ""))
    assert wish_of(form).practitioner is None
    assert wish_of(replace(form, service=Value("cleaning", ""))).practitioner == "patel"


@pytest.mark.parametrize("way", ["earlier", "later", "sooner-day", "later-day"])
def test_a_direction_excludes_what_was_offered(way: str) -> None:
    wish = wish_of(absorb(SERVICE, days(days=(TUE,))), direction=(way, TUESDAY))
    refused = wish.refuses_start(TUESDAY) or not wish.wants_day(TUE)
    assert refused


def test_progress_survives_a_broken_call() -> None:
    form = replace(
        SERVICE, slot=slot(), name=Value("Anna Brown", ""), name_checked=True,
        phone=Value("+12125550123", "", Source.CALLER_ID), phone_checked=True,
    )  # fmt: skip
    blob = progress(Conversation(office(), form=form, task=Task.BOOK))
    back = resumed(blob)
    assert back is not None
    assert (back.service, back.name) == (Value("check-up", ""), Value("Anna Brown", ""))
    assert wish_of(back).days == (TUE,)
    assert wish_of(back).times == (time(10),)
    assert back.slot is None, "the lease of the call before is not this call's"


@pytest.mark.parametrize("blob", [None, "", "no json", "{}", '{"version": 99}', "[1]"])
def test_progress_that_cannot_be_read_is_no_progress(blob: str | None) -> None:
    assert resumed(blob) is None


@pytest.mark.parametrize("blob", [None, "", "no json", "{}", '{"version": 99}', "[1]"])
def test_a_change_that_cannot_be_read_is_no_change(blob: str | None) -> None:
    assert resumed_change(blob) is Task.NONE


def test_without_a_booking_there_is_no_progress_and_of_a_change_only_that_it_was_wanted() -> None:
    assert progress(Conversation(office())) == ""
    begun = progress(Conversation(office(), form=SERVICE, task=Task.CANCEL))
    assert resumed_change(begun) is Task.CANCEL and resumed(begun) is None
    assert "check-up" not in begun, "who rings back identifies it anew"
