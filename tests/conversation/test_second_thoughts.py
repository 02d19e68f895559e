"""Second thoughts in the middle of a change: cancelled instead of moved, or left as it is."""

from __future__ import annotations

from datetime import datetime

import pytest

from gateway.conversation import commit
from gateway.conversation.commit_words import only_ordered
from gateway.conversation.meaning import Asked, Context, Intent
from gateway.conversation.memory import Task
from gateway.conversation.said import Said
from gateway.conversation.understanding import understand
from tests.conversation.world import office

NOW = datetime(2026, 11, 23, 18, 30)


def turn(said: str, asked: Asked = Asked.DAY) -> Said:
    return Said(understand(said, Context(NOW, office().vocabulary, asked=asked)))


@pytest.mark.parametrize(
    "said",
    [
        "just cancel it",
        "you know what, cancel it",
        "actually I'd rather cancel it altogether",
        "oh forget it, just cancel the whole thing",
        "no, can you just cancel it please",
        "let's cancel the appointment instead",
        "never mind, call it off",
        "no wait cancel it",
    ],
)
def test_cancelled_instead_of_moved(said: str) -> None:
    assert commit.cancels_instead(turn(said), Task.MOVE)
    assert not commit.cancels_instead(turn(said), Task.BOOK), "nothing is there to cancel"


@pytest.mark.parametrize(
    "said",
    [
        "don't cancel it",
        "I can't cancel it",
        "can I cancel it on Friday",
        "can I still cancel it later on",
        "what if I have to cancel it",
        "who cancelled it",
    ],
)
def test_no_word_of_cancelling_it_now(said: str) -> None:
    assert not commit.cancels_instead(turn(said), Task.MOVE)


@pytest.mark.parametrize(
    "said",
    ["never mind", "forget it", "leave it as it is", "no, let's keep it", "I'll keep the old one"],
)
def test_left_where_it_is(said: str) -> None:
    assert commit.stays(turn(said), Task.MOVE)
    assert not commit.cancels_instead(turn(said), Task.MOVE)


@pytest.mark.parametrize("said", ["keep it on Tuesday", "keep looking", "I can't leave it"])
def test_more_than_leaving_it(said: str) -> None:
    assert not commit.stays(turn(said), Task.MOVE)


@pytest.mark.parametrize(
    ("said", "only"),
    [
        ("cancel it", True),
        ("please cancel it", True),
        ("yes cancel it", False),
        ("cancel it yes please", False),
        ("sure, go ahead and cancel it", False),
    ],
)
def test_an_order_may_be_what_is_left_of_a_refusal(said: str, only: bool) -> None:
    """A recogniser that drops "don't" leaves "cancel it": without a yes it is asked again."""
    assert only_ordered(said.replace(",", ""), Intent.CANCEL) is only
