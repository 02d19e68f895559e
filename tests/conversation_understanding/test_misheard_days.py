"""Weekdays as a small recogniser wrote them: read from sound of the callers in the demo."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from gateway.conversation.meaning import Asked
from gateway.conversation.understanding import understand
from tests.conversation_understanding.situation import situation

NOW = datetime(2026, 11, 23, 18, 30)
"""A Monday."""
MONDAY, TUESDAY, THURSDAY = date(2026, 11, 30), date(2026, 11, 24), date(2026, 11, 26)


def days(said: str) -> tuple[date, ...]:
    day = understand(said, situation(NOW, asked=Asked.DAY)).day
    return day.value.days if day else ()


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("Wednesday, nope, sorry, thirsty at eleven.", THURSDAY),
        ("Monday, no, sorry, on first day at eleven.", THURSDAY),
        ("No, on thirsty, please.", THURSDAY),
        ("Firstly at ten in the morning.", THURSDAY),
        ("Firstly, please.", THURSDAY),
        ("Unthirsty.", THURSDAY),
        ("I need a checkup on firstly at ten in the morning, please.", THURSDAY),
        ("Is there anything free on firstly?", THURSDAY),
        ("Tuesy, please.", TUESDAY),
        ("Is there anything on Maundy?", MONDAY),
        ("I need a checkup on Monty at ten in the morning, please.", MONDAY),
    ],
)
def test_the_day_that_was_said_is_found(said: str, day: date) -> None:
    assert days(said) == (day,)


@pytest.mark.parametrize(
    "said",
    [
        "I'm thirsty all the time",
        "my mouth is dry and I am very thirsty",
        "firstly I want to know whether you are open",
        "thirdly, where do I park",
        "it is my first day at school",
        "my name is Mandy",
    ],
)
def test_no_day_is_made_of_other_words(said: str) -> None:
    assert not days(said)


def test_the_words_stay_those_that_were_heard() -> None:
    day = understand("No, on first day, please.", situation(NOW)).day
    assert day is not None and day.words == "first day"
