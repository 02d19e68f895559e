"""Golden list of spoken forms."""

from __future__ import annotations

from datetime import date, time

import pytest

from gateway.contract.opening_hours import OpeningHours, Span
from gateway.conversation import spoken
from tests.conversation_understanding.situation import vocabulary

TODAY = date(2026, 11, 24)

DAYS = [
    (date(2026, 11, 24), "today, Tuesday the twenty-fourth of November"),
    (date(2026, 11, 25), "tomorrow, Wednesday the twenty-fifth of November"),
    (date(2026, 12, 1), "Tuesday the first of December"),
    (date(2026, 12, 2), "Wednesday the second of December"),
    (date(2026, 12, 3), "Thursday the third of December"),
    (date(2026, 12, 12), "Saturday the twelfth of December"),
    (date(2026, 12, 31), "Thursday the thirty-first of December"),
    (date(2027, 11, 30), "Tuesday the thirtieth of November twenty twenty-seven"),
]


@pytest.mark.parametrize(("day", "words"), DAYS)
def test_a_day_is_said_with_weekday_and_date(day: date, words: str) -> None:
    assert spoken.say_day(day, TODAY) == words


TIMES = [
    (time(10, 0), "ten o'clock", "ten o'clock"),
    (time(10, 30), "ten thirty", "half past ten"),
    (time(9, 15), "nine fifteen", "quarter past nine"),
    (time(9, 45), "nine forty-five", "quarter to ten"),
    (time(12, 45), "twelve forty-five", "quarter to one"),
    (time(11, 5), "eleven oh five", "five past eleven"),
    (time(13, 20), "one twenty", "twenty past one"),
    (time(13, 21), "one twenty-one", "one twenty-one"),
    (time(12, 0), "noon", "noon"),
    (time(0, 0), "midnight", "midnight"),
]


@pytest.mark.parametrize(("moment", "american", "british"), TIMES)
def test_a_time_is_said_as_the_country_says_it(moment: time, american: str, british: str) -> None:
    assert spoken.say_time(moment, "US") == american
    assert spoken.say_time(moment, "GB") == british


def test_a_time_says_its_half_of_the_day_where_it_must() -> None:
    assert spoken.say_time(time(14), half_day=True) == "two o'clock in the afternoon"
    assert spoken.say_time(time(9), half_day=True) == "nine o'clock in the morning"
    assert spoken.say_time(time(18, 30), half_day=True) == "six thirty in the evening"


NUMBERS = [
    ("5551234", "five five five, one two three four"),
    ("4155551234", "four one five, five five five, one two three four"),
    ("+14155551234", "plus one, four one five, five five five, one two three four"),
    ("+442079460018", "plus four four, two zero seven, nine four six, zero zero one eight"),
    ("112", "one one two"),
    ("12345", "one, two three four five"),
]


@pytest.mark.parametrize(("number", "words"), NUMBERS)
def test_a_number_is_said_in_groups_of_digits(number: str, words: str) -> None:
    assert spoken.say_number(number) == words


def test_a_name_is_spelled() -> None:
    assert spoken.spell_name("Anna O'Brien") == "A, N, N, A. O, apostrophe, B, R, I, E, N"
    assert spoken.spell_name("Smith-Jones").startswith("S, M, I, T, H, hyphen, J")


def test_hours_are_said_and_days_with_the_same_hours_together() -> None:
    day = (Span(time(8, 30), time(12)), Span(time(13), time(17)))
    assert spoken.say_hours(day) == (
        "from eight thirty to noon and from one o'clock to five o'clock"
    )
    assert spoken.say_hours(()) == "closed"
    week = OpeningHours(week=(day, day, day, (), (), (), ()))
    assert spoken.say_week(week) == (
        "Monday to Wednesday from eight thirty to noon and from one o'clock to five o'clock; "
        "Thursday to Sunday closed"
    )


@pytest.mark.parametrize(
    ("items", "words"),
    [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")],
)
def test_a_list_is_said(items: list[str], words: str) -> None:
    assert spoken.say_list(items, "or") == words


def test_the_vocabulary_is_that_of_the_settings() -> None:
    words = vocabulary()
    assert [service.key for service in words.services][:2] == ["check-up", "cleaning"]
    assert {entry.key for entry in words.facts} == {"address", "parking", "insurance", "payment"}
    assert words.country == "US"
