""" "Is it booked?": told by the receipt or not at all; nothing else is taken for that question."""

from __future__ import annotations

import pytest

from gateway.conversation.memory import Conversation
from tests.conversation import world
from tests.conversation.world import keys_said, talk

BOOKED = ("a check-up on Tuesday at ten", "Anna Brown", "yes", "yes")


def after(*turns: str) -> Conversation:
    return talk(world.answered(), *turns)[0]


@pytest.mark.parametrize(
    "said",
    [
        "is it booked?",
        "so is that booked now",
        "did that go through?",
        "have you booked it already?",
        "am I booked in?",
        "OK, so am I all set for Tuesday?",
        "did you get that",
    ],
)
def test_before_the_row_it_is_not_yet_and_afterwards_it_is_said_again(said: str) -> None:
    asked, actions = talk(after(*BOOKED[:3]), said)
    assert "not-yet" in keys_said(actions) and "booked" not in keys_said(actions)
    assert "read-back" in keys_said(actions), "and the question once more"
    assert "booked" in keys_said(talk(asked, "yes")[1])
    assert "booked" in keys_said(talk(after(*BOOKED), said)[1])


@pytest.mark.parametrize(
    "said", ["so it's booked?", "when was that again?", "what time is it again"]
)
def test_after_a_booking_it_can_be_asked_in_more_words(said: str) -> None:
    assert "booked" in keys_said(talk(after(*BOOKED), said)[1])
    assert "booked" not in keys_said(talk(after(*BOOKED[:3]), said)[1])


@pytest.mark.parametrize(
    "said",
    [
        "is it booked out on Friday?",
        "I'm done",
        "I'm all set",
        "are you booked up?",
        "is it the first on the left",
        "did you say Tuesday",
        "book it",
    ],
)
def test_other_words_say_nothing_of_a_booking(said: str) -> None:
    assert "booked" not in keys_said(talk(after(*BOOKED), said)[1])
    assert "not-yet" not in keys_said(talk(after(*BOOKED[:3]), said)[1])


def test_without_anything_done_it_is_a_question_about_an_appointment_that_stands() -> None:
    assert keys_said(talk(world.answered(), "am I booked in?")[1])[-1] == "ask-identify"
