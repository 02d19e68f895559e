"""Two things in one breath: two wishes are told apart, one wish of many words stays whole."""

from __future__ import annotations

from datetime import datetime

import pytest

from gateway.conversation.breath import first_and_rest
from gateway.conversation.meaning import Asked, Context
from tests.conversation.world import office

NOW = datetime(2026, 11, 23, 18, 30)


def split(said: str, asked: Asked = Asked.OPEN, *, held: bool = False) -> tuple[str, str]:
    return first_and_rest(said, Context(NOW, office().vocabulary, asked=asked, held=held))


@pytest.mark.parametrize(
    ("said", "later"),
    [
        (
            "I need to cancel my cleaning and book a check-up for Friday",
            "book a check-up for Friday",
        ),
        (
            "please cancel my appointment, and can I make one for my son",
            "can I make one for my son",
        ),
        ("when is my appointment and can I move it", "can I move it"),
        ("book me a check-up on Tuesday. And where do I park?", "where do I park?"),
        ("I'd like a cleaning and also book my daughter a check-up", "book my daughter a check-up"),
    ],
)
def test_the_second_wish_is_kept_for_later(said: str, later: str) -> None:
    assert split(said)[1] == later


@pytest.mark.parametrize(
    "said",
    [
        "I'd like to come in and get my teeth cleaned",
        "can I get a cleaning with Doctor Weber on Tuesday or Wednesday, not before ten",
        "I can't make it on Tuesday and need to reschedule",
        "cancel my appointment and move it to Friday",
        "it's Anna Brown and I want to book a check-up",
        "I need a check-up and Wednesday would be best",
        "I have a toothache and can I come in today",
    ],
)
def test_one_wish_stays_one(said: str) -> None:
    assert split(said) == (said, "")


def test_a_yes_with_a_question_is_both() -> None:
    assert split("yes and where do I park", Asked.YES_NO, held=True) == ("yes", "where do I park")
    assert split("no what are your hours", Asked.YES_NO) == ("no", "what are your hours")


@pytest.mark.parametrize(
    "said",
    ["yes but make it Thursday", "no and cancel it", "yes and book it", "mm and where is it"],
)
def test_a_correction_is_no_second_wish(said: str) -> None:
    assert split(said, Asked.YES_NO, held=True) == (said, "")
