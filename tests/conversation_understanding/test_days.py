"""Spoken days, said on Tuesday 24 November 2026 in the evening."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from gateway.conversation.meaning import Asked, DayWish
from tests.conversation_understanding.situation import day, meaning, on, situation

ONE_DAY = [
    ("tomorrow", "2026-11-25"),
    ("Today, please.", "2026-11-24"),
    ("the day after tomorrow", "2026-11-26"),
    ("Wednesday", "2026-11-25"),
    ("on Tuesday", "2026-12-01"),  # it is Tuesday, and the office has closed
    ("next Monday", "2026-11-30"),
    ("this coming Friday", "2026-11-27"),
    ("Friday next week", "2026-12-04"),
    ("next week on Friday", "2026-12-04"),
    ("the Wednesday after next", "2026-12-09"),
    ("Monday week", "2026-12-07"),
    ("a week from Friday", "2026-12-04"),
    ("a week on Thursday", "2026-12-03"),
    ("two weeks from tomorrow", "2026-12-09"),
    ("a fortnight on Thursday", "2026-12-10"),
    ("in a fortnight", "2026-12-08"),
    ("in three weeks", "2026-12-15"),
    ("ten days from now", "2026-12-04"),
    ("in two months' time", "2027-01-24"),
    ("the first Monday in May", "2027-05-03"),
    ("the last Friday of the month", "2026-11-27"),
    ("the second Tuesday of next month", "2026-12-08"),
    ("December 3rd", "2026-12-03"),
    ("the third of December", "2026-12-03"),
    ("3 December", "2026-12-03"),
    ("December the twenty-second", "2026-12-22"),
    ("the 3rd of December 2027", "2027-12-03"),
    ("March the first, twenty twenty-seven", "2027-03-01"),
    ("the ninth", "2026-12-09"),
    ("the thirty-first", "2026-12-31"),
    ("the 5th of next month", "2026-12-05"),
    ("Friday the twenty-seventh", "2026-11-27"),
    ("Friday the 4th", "2026-12-04"),
    ("tomorrow, Wednesday the twenty-fifth", "2026-11-25"),
    ("Christmas Eve", "2026-12-24"),
    ("the day after Thanksgiving", "2026-11-27"),
    ("the Monday after Christmas", "2026-12-28"),
    ("two days before Christmas", "2026-12-23"),
    ("the fourth of July", "2027-07-04"),
    ("2026-12-01", "2026-12-01"),
    ("12/7", "2026-12-07"),
    ("no, sorry, Thursday", "2026-11-26"),
    ("Wednesday, no wait, Thursday", "2026-11-26"),
    ("Wednesday, actually make that Thursday", "2026-11-26"),
    ("no not Wednesday, Thursday", "2026-11-26"),
    ("can we move it from Wednesday to Thursday", "2026-11-26"),
    ("my crown fell out on Monday, can I come in tomorrow?", "2026-11-25"),
    ("I haven't slept since Sunday, have you anything on Thursday", "2026-11-26"),
    ("Friday's fine", "2026-11-27"),
    ("not tomorrow, the day after", "2026-11-26"),
    ("I'd like to move it from Wednesday at ten to Thursday afternoon", "2026-11-26"),
]


@pytest.mark.parametrize(("said", "wanted"), ONE_DAY)
def test_one_day_is_meant(said: str, wanted: str) -> None:
    assert day(said).days == (on(wanted),)
    assert not day(said).ambiguous


WISHES = [
    ("Thursday or Friday", DayWish(days=(on("2026-11-26"), on("2026-11-27")))),
    ("either the first or the second", DayWish(days=(on("2026-12-01"), on("2026-12-02")))),
    ("not Friday", DayWish(not_weekdays=(4,))),
    ("Wednesday or Thursday, not Friday",
     DayWish(days=(on("2026-11-25"), on("2026-11-26")), not_weekdays=(4,))),
    ("anything but Mondays", DayWish(not_weekdays=(0,))),
    ("Thursday doesn't work but Friday is fine",
     DayWish(days=(on("2026-11-27"),), not_weekdays=(3,))),
    ("any day but Monday", DayWish(not_weekdays=(0,))),
    ("I can't do Thursday", DayWish(not_weekdays=(3,))),
    ("not this Friday", DayWish(not_days=(on("2026-11-27"),))),
    ("Mondays are good", DayWish(weekdays=(0,))),
    ("any weekday but Friday", DayWish(weekdays=(0, 1, 2, 3, 4), not_weekdays=(4,))),
    ("not before Thursday", DayWish(earliest=on("2026-11-26"))),
    ("from Monday on", DayWish(earliest=on("2026-11-30"))),
    ("any time after the tenth", DayWish(earliest=on("2026-12-11"))),
    ("before Friday", DayWish(latest=on("2026-11-26"))),
    ("by Friday at the latest", DayWish(latest=on("2026-11-27"))),
    ("between Monday and Wednesday", DayWish(earliest=on("2026-11-30"), latest=on("2026-12-02"))),
    ("Monday through Wednesday", DayWish(earliest=on("2026-11-30"), latest=on("2026-12-02"))),
    ("next week", DayWish(earliest=on("2026-11-30"), latest=on("2026-12-06"))),
    ("early next week", DayWish(earliest=on("2026-11-30"), latest=on("2026-12-01"))),
    ("the week after next", DayWish(earliest=on("2026-12-07"), latest=on("2026-12-13"))),
    ("the week of the fourteenth", DayWish(earliest=on("2026-12-14"), latest=on("2026-12-20"))),
    ("this weekend", DayWish(days=(on("2026-11-28"), on("2026-11-29")))),
    ("the end of the month", DayWish(earliest=on("2026-11-24"), latest=on("2026-11-30"))),
    ("sometime in March", DayWish(earliest=on("2027-03-01"), latest=on("2027-03-31"))),
    ("early December", DayWish(earliest=on("2026-12-01"), latest=on("2026-12-10"))),
    ("within a week", DayWish(earliest=on("2026-11-24"), latest=on("2026-12-01"))),
    ("as soon as possible", DayWish(soonest=True)),
    ("the first available", DayWish(soonest=True)),
    ("the 31st of June", DayWish(impossible=True)),
    ("February 30th", DayWish(impossible=True)),
    ("the 29th of February", DayWish(impossible=True)),  # 2027 has none
]  # fmt: skip


@pytest.mark.parametrize(("said", "wanted"), WISHES)
def test_a_wish_is_read_whole(said: str, wanted: DayWish) -> None:
    assert day(said) == wanted


ASKED = [
    ("next Friday", ("2026-11-27", "2026-12-04")),
    ("this Tuesday", ("2026-11-24", "2026-12-01")),  # said on a Tuesday
    ("Friday the 26th", ("2026-11-26", "2026-11-27")),  # the 26th is a Thursday
]


@pytest.mark.parametrize(("said", "wanted"), ASKED)
def test_what_can_mean_two_days_is_left_to_be_asked(said: str, wanted: tuple[str, str]) -> None:
    assert day(said).ambiguous == tuple(map(on, wanted))
    assert not day(said).days


def test_a_weekday_said_in_the_morning_of_that_day_must_be_asked() -> None:
    morning = situation(now=datetime(2026, 11, 25, 7, 30))
    assert day("Wednesday", morning).ambiguous == (on("2026-11-25"), on("2026-12-02"))


def test_the_29th_of_february_is_possible_in_a_leap_year() -> None:
    december = situation(now=datetime(2027, 12, 1, 20))
    assert day("February 29th", december).days == (date(2028, 2, 29),)


def test_slashes_are_read_as_the_country_writes_them() -> None:
    assert day("7/3", situation(country="US")).days == (on("2027-07-03"),)
    assert day("7/3", situation(country="GB")).days == (on("2027-03-07"),)


def test_the_next_day_counts_from_the_day_under_discussion() -> None:
    context = replace(situation(), offered_day=on("2026-12-03"))
    assert day("do you have anything the day after", context).days == (on("2026-12-04"),)


def test_thanksgiving_is_where_the_office_is() -> None:
    assert day("Thanksgiving", situation(country="CA")).days == (on("2027-10-11"),)


@pytest.mark.parametrize("said", ["8", "the 8", "eight please", "make it the eighth"])
def test_a_bare_number_is_a_day_where_a_day_was_asked_for(said: str) -> None:
    assert day(said, situation(asked=Asked.DAY)).days == (on("2026-12-08"),)
    assert said == "make it the eighth" or meaning(said).day is None


def test_no_preference_for_a_day_means_the_soonest() -> None:
    assert day("it doesn't matter", situation(asked=Asked.DAY)).soonest


NO_DAY = [
    "I may want to march over there",
    "my son just turned three",
    "it is for two people",
    "I want a second opinion",
    "hang on a second",
    "one moment please",
    "can I talk to Sunny in billing",
    "my number is five five five one two three four",
    "yes please",
    "I'll hold for a minute",
    "it hurts every day",
    "it's my first time",
    "this is my second visit",
    "the third molar on the left",
]


@pytest.mark.parametrize("said", NO_DAY)
def test_words_that_only_look_like_days_are_none(said: str) -> None:
    found = meaning(said)
    assert found.day is None
    assert found.time is None


def test_every_day_says_which_words_it_came_from() -> None:
    found = meaning("Could I come in on Thursday, or maybe Friday next week?").day
    assert found is not None
    assert found.words == "Thursday, Friday next week"


@pytest.mark.parametrize(
    ("spoken_of", "wanted"),
    [
        ("2026-12-01", DayWish(days=(on("2026-12-08"),))),  # the next one: the one after it
        ("2026-12-08", DayWish(days=(on("2026-12-01"),))),  # the second one: the first
        ("2026-12-22", DayWish(ambiguous=(on("2026-12-15"), on("2026-12-29")))),
        ("2026-11-26", DayWish(days=(on("2026-12-01"),))),  # no Tuesday was spoken of
    ],
)
def test_the_other_tuesday_is_not_the_one_spoken_of(spoken_of: str, wanted: DayWish) -> None:
    context = situation(asked=Asked.YES_NO, offered_day=on(spoken_of))
    assert day("no, the other Tuesday", context) == wanted


@pytest.mark.parametrize(
    "said", ["move my check-up to Friday", "can you move the check up to Friday"]
)
def test_a_check_up_to_friday_is_not_up_to_friday(said: str) -> None:
    assert day(said) == DayWish(days=(on("2026-11-27"),))
    assert day("any day up to Friday") == DayWish(latest=on("2026-11-27"))
