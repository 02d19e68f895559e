"""Spoken times; the sample office is open 8:30-12 and 13-17, Wednesdays until 18:30."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from gateway.conversation.meaning import Asked, TimeWish, Window
from tests.conversation_understanding.situation import at, clock, meaning, on, situation

ONE_TIME = [
    ("at three", "15:00"),
    ("at ten", "10:00"),
    ("half past two", "14:30"),
    ("half five", "17:30"),
    ("quarter to ten", "09:45"),
    ("quarter of ten", "09:45"),
    ("quarter till three", "14:45"),
    ("a quarter past nine", "09:15"),
    ("ten to nine", "08:50"),
    ("five past eleven", "11:05"),
    ("twenty minutes to four", "15:40"),
    ("two thirty", "14:30"),
    ("eleven oh five", "11:05"),
    ("2:30", "14:30"),
    ("14.30", "14:30"),
    ("3pm", "15:00"),
    ("3 p.m.", "15:00"),
    ("ten a m", "10:00"),
    ("9 o'clock", "09:00"),
    ("two o clock", "14:00"),
    ("noon", "12:00"),
    ("noonish", "12:00"),
    ("12 noon", "12:00"),
    ("at oh nine hundred", "09:00"),
    ("at fifteen hundred hours", "15:00"),
    ("at 1430", "14:30"),
    ("three in the afternoon", "15:00"),
    ("seven in the evening", "19:00"),
    ("eight in the morning", "08:00"),
    ("afternoon at 2:15", "14:15"),
    ("no sorry, at four", "16:00"),
    ("at three, no wait, four", "16:00"),
    ("at two no make it two thirty", "14:30"),
    ("half past 12 in the afternoon", "12:30"),
    ("twelve fifteen", "12:15"),
    ("quarter to one", "12:45"),
]


@pytest.mark.parametrize(("said", "wanted"), ONE_TIME)
def test_one_time_is_meant(said: str, wanted: str) -> None:
    assert clock(said).times == (at(wanted),)


def window(start: str, end: str) -> Window:
    return Window(at(start), at(end))


WISHES = [
    ("between two and four", TimeWish(windows=(window("14:00", "16:00"),))),
    ("from nine to eleven", TimeWish(windows=(window("09:00", "11:00"),))),
    ("between eleven and two", TimeWish(windows=(window("11:00", "14:00"),))),
    ("two to four", TimeWish(windows=(window("14:00", "16:00"),))),
    ("not before ten", TimeWish(not_before=at("10:00"))),
    ("after three thirty", TimeWish(not_before=at("15:30"))),
    ("four or later", TimeWish(not_before=at("16:00"))),
    ("until eleven", TimeWish(not_after=at("11:00"))),
    ("by ten at the latest", TimeWish(not_after=at("10:00"))),
    ("mornings only", TimeWish(windows=(window("06:00", "12:00"),))),
    ("mornings don't work", TimeWish(not_windows=(window("06:00", "12:00"),))),
    ("not in the afternoon", TimeWish(not_windows=(window("12:00", "18:00"),))),
    ("no mornings please", TimeWish(not_windows=(window("06:00", "12:00"),))),
    ("after school", TimeWish(windows=(window("15:30", "20:00"),))),
    ("first thing", TimeWish(windows=(window("06:00", "10:00"),))),
    ("end of the day", TimeWish(windows=(window("15:30", "20:00"),))),
    ("around lunchtime", TimeWish(windows=(window("12:00", "14:00"),))),
    ("at nine or ten", TimeWish(times=(at("09:00"), at("10:00")))),
    ("around ten", TimeWish(times=(at("10:00"),), approximate=True)),
    ("tenish", TimeWish(times=(at("10:00"),), approximate=True)),
    ("ten or so", None),
    ("not too early", TimeWish(not_before=at("10:00"), approximate=True)),
    ("I finish work at five so after that", TimeWish(not_before=at("17:00"))),
]


@pytest.mark.parametrize(("said", "wanted"), WISHES)
def test_a_wish_is_read_whole(said: str, wanted: TimeWish | None) -> None:
    context = situation(asked=Asked.TIME)
    if wanted is None:
        assert clock(said, context).times
    else:
        assert clock(said, context) == wanted


def test_the_half_of_the_day_that_was_said_stands_against_the_hours() -> None:
    said = clock("seven in the morning")
    assert said.times == (time(7),)
    assert said.half_day_said


def test_both_halves_open_must_be_asked() -> None:
    always = situation()
    week = tuple((replace(spans[0], start=time(6), end=time(20)),) for spans in
                 (always.vocabulary.opening.week[0],) * 7)  # fmt: skip
    hours = replace(always.vocabulary.opening, week=week, special=())
    context = replace(always, vocabulary=replace(always.vocabulary, opening=hours))
    said = clock("at seven", context)
    assert said.ambiguous == (time(7), time(19))
    assert not said.times
    assert clock("at three", context).times == (time(15),)


def test_the_hours_of_the_day_that_was_named_decide() -> None:
    assert clock("Wednesday at six").times == (time(18),)


def test_a_bare_number_is_a_time_only_when_a_time_was_asked_for() -> None:
    assert meaning("ten please", situation(asked=Asked.TIME)).time is not None
    assert meaning("ten please", situation(asked=Asked.NAME)).time is None
    assert meaning("ten please").time is None


def test_same_time_is_the_time_that_was_offered() -> None:
    offered = (situation().now.replace(hour=14, minute=30),)
    assert clock("same time next week", situation(offered=offered)).times == (time(14, 30),)


def test_a_greeting_is_no_part_of_the_day() -> None:
    assert meaning("Good morning, I need a check-up").time is None
    assert clock("Good morning, have you anything on Friday morning at eleven").times == (time(11),)


def test_a_telephone_number_is_no_time() -> None:
    found = meaning("at 415 555 1030 please", situation(asked=Asked.PHONE))
    assert found.time is None
    assert found.phone is not None


def test_day_and_time_said_together_are_both_read() -> None:
    found = meaning("How about wednesday nine thirty?")
    assert found.day is not None
    assert found.time is not None
    assert found.day.value.days == (on("2026-11-25"),)
    assert found.time.value.times == (time(9, 30),)
