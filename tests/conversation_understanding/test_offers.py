"""Reactions to three offered times: Wednesday 10:00, Wednesday 14:30, Thursday 9:00."""

from __future__ import annotations

import pytest

from gateway.conversation.meaning import Asked
from tests.conversation_understanding.situation import OFFERED, meaning, situation

CHOICE = situation(asked=Asked.CHOICE, offered=OFFERED, offered_day=OFFERED[0].date())

CHOICES = [
    ("the first one", 0), ("the second one please", 1), ("the third", 2), ("the last one", 2),
    ("ten o'clock", 0), ("the ten o'clock", 0), ("two thirty", 1), ("half past two", 1),
    ("nine", 2),
    ("Thursday's fine", 2), ("Thursday", 2), ("tomorrow at ten", 0), ("the afternoon one", 1),
    ("the earlier one", 0), ("the middle one", 1), ("either", 0), ("any of them", 0),
    ("option two", 1), ("yes, the second one", 1), ("I'll take the Thursday one", 2),
]  # fmt: skip


@pytest.mark.parametrize(("said", "wanted"), CHOICES)
def test_one_of_the_offered_times_is_chosen(said: str, wanted: int) -> None:
    found = meaning(said, CHOICE)
    assert found.choice is not None
    assert found.choice.value == wanted
    assert found.wants_other is None


@pytest.mark.parametrize(
    "said", ["Wednesday", "not Thursday", "Friday", "at three", "none of them", "yes", "nope"]
)
def test_what_fits_none_or_several_is_no_choice(said: str) -> None:
    assert meaning(said, CHOICE).choice is None


OTHERS = [
    ("anything earlier?", "earlier"), ("do you have anything later", "later"),
    ("that's too early", "later"), ("that's too late for me", "earlier"),
    ("do you have something else", "other"), ("another day", "other"), ("none of those", "other"),
    ("are there any other times", "other"), ("anything sooner", "sooner-day"),
    ("something later in the week", "later-day"), ("an earlier day", "sooner-day"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "direction"), OTHERS)
def test_other_times_are_wanted(said: str, direction: str) -> None:
    found = meaning(said, CHOICE)
    assert found.choice is None
    assert found.wants_other is not None
    assert found.wants_other.value == direction


@pytest.mark.parametrize(
    "said", ["nothing else thanks", "no, nothing else", "see you later", "talk to you later"]
)
def test_a_goodbye_wants_no_other_time(said: str) -> None:
    assert meaning(said, situation(asked=Asked.OPEN)).wants_other is None


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("the second to last", 1),
        ("the second-to-last one please", 1),
        ("the last but one", 1),
        ("the one before the last", 1),
        ("the next to last", 1),
        ("the third from last", 0),
        ("the very last", 2),
    ],
)
def test_counted_from_the_end(said: str, wanted: int) -> None:
    heard = meaning(said, situation(asked=Asked.CHOICE, offered=OFFERED))
    assert heard.choice is not None and heard.choice.value == wanted
    assert heard.day is None


def test_there_is_no_third_from_last_of_two() -> None:
    heard = meaning("the third from last", situation(asked=Asked.CHOICE, offered=OFFERED[:2]))
    assert heard.choice is None
    heard = meaning("the second to last", situation(asked=Asked.CHOICE, offered=OFFERED[:2]))
    assert heard.choice is not None and heard.choice.value == 0
