"""Turns as callers speak them: one row for each kind that was once read wrongly."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.conversation.meaning import Asked, Intent
from tests.conversation_understanding.situation import at, clock, day, meaning, on, situation


@pytest.mark.parametrize("said", ["either ten or two", "ten or two would be fine", "um ten or two"])
def test_either_of_two_bare_hours_is_both(said: str) -> None:
    assert clock(said, situation(asked=Asked.TIME)).times == (at("10:00"), at("14:00"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("new years day", "2027-01-01"),
        ("new years eve", "2026-12-31"),
        ("valentines day", "2027-02-14"),
    ],
)
def test_a_holiday_needs_no_apostrophe(said: str, expected: str) -> None:
    assert day(said, situation(asked=Asked.DAY)).days == (on(expected),)


def test_a_month_may_be_a_number() -> None:
    assert day("the fifth of the first").days == (date(2027, 1, 5),)
    assert day("the thirty first of the sixth").impossible


@pytest.mark.parametrize(
    ("said", "expected"),
    [("o b r i e n", "O'Brien"), ("o c o n n o r", "O'Connor"), ("o l i v e r", "Oliver")],
)
def test_a_spelled_irish_name_gets_its_apostrophe(said: str, expected: str) -> None:
    name = meaning(said, situation(asked=Asked.NAME)).name
    assert name is not None and name.value == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("my little one needs a checkup", Intent.BOOK),
        ("i gotta cancel my thing on thursday", Intent.CANCEL),
        ("did i book for tuesday or wednesday", Intent.WHEN),
    ],
)
def test_what_they_want_in_loose_words(said: str, expected: Intent) -> None:
    intent = meaning(said, situation(asked=Asked.OPEN)).intent
    assert intent is not None and intent.value is expected


def test_a_tight_chest_is_a_danger_with_a_word_between() -> None:
    assert meaning("my chest feels really tight and my arm is numb").danger is not None
