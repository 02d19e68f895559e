"""What was put forward is taken or turned down, without a yes or a no."""

from __future__ import annotations

import pytest

from gateway.conversation.meaning import Answer, Asked
from tests.conversation_understanding.situation import OFFERED, meaning, situation

CLOSED = situation(asked=Asked.YES_NO)
COMMIT = situation(asked=Asked.YES_NO, held=True)
TAKEN = [
    "that'll do", "it'll work", "suits me", "him please", "that one please", "I'll go with him",
    "I'd like to see that doctor", "let's book with them",
    "make me an appointment with this doctor",
    "I want to book there", "schedule it for me please", "please continue", "confirm please",
    "great choice", "perfect timing", "that's splendid", "couldn't be better", "not a problem",
    "I don't have a problem with that", "can't say no to that", "that is what I said",
    "those details are correct", "that's me", "naturally", "I believe so", "if you would",
    "I would be interested", "yesss", "thats fine",
]  # fmt: skip


@pytest.mark.parametrize("said", TAKEN)
def test_acceptance_needs_no_yes_where_nothing_is_committed(said: str) -> None:
    answer = meaning(said, CLOSED).answer
    assert answer is not None and answer.value is Answer.YES


TURNED_DOWN = [
    "not him", "that's inaccurate", "you made a mistake", "I'm busy then", "I'm not free that day",
    "I've got work then", "I won't be in town", "I decline", "I'm afraid not", "unfortunately not",
    "pass", "skip it", "hold off for now", "leave it", "do not", "that's not my number",
    "it's spelled differently", "it's Brown not Braun", "we can't", "I don't like him",
    "maybe another time",
    # the words of a yes right after a "not"
    "don't confirm it", "can't do that", "cant do that", "I don't want to take it",
    "I'd rather not do that", "dont think so", "doesnt work",
]  # fmt: skip


@pytest.mark.parametrize("said", TURNED_DOWN)
def test_refusal_needs_no_no(said: str) -> None:
    for context in (CLOSED, COMMIT):
        answer = meaning(said, context).answer
        assert answer is None or answer.value is not Answer.YES
    answer = meaning(said, CLOSED).answer
    assert answer is not None and answer.value is Answer.NO


@pytest.mark.parametrize(
    "said",
    ["him please", "great choice", "that's me", "I believe so", "not a problem", "if you would",
     "I'd like to see that doctor", "let's", "just so", "nice"],
)  # fmt: skip
def test_nothing_is_committed_on_mere_acceptance(said: str) -> None:
    answer = meaning(said, COMMIT).answer
    assert answer is None or answer.value is not Answer.YES


@pytest.mark.parametrize("said", ["why not do it", "if not that's fine", "no. that's correct"])
def test_a_not_that_stands_for_itself_denies_nothing(said: str) -> None:
    answer = meaning(said, CLOSED).answer
    assert answer is None or answer.words.lower() not in ("not",)


@pytest.mark.parametrize(
    "said",
    ["that covers it", "I have everything I need", "not at the moment", "you've been a great help",
     "I can't think of anything", "that should do it", "good for now", "everything's fine thanks"],
)  # fmt: skip
def test_all_done_is_a_no_to_anything_else(said: str) -> None:
    answer = meaning(said, situation(asked=Asked.OPEN)).answer
    assert answer is not None and answer.value is Answer.NO


@pytest.mark.parametrize(
    "said",
    ["is that all you have", "next please", "any more", "are there more",
     "can you check for others", "can it be a different hygienist", "do you have a female doctor",
     "is he the only doctor",
     "anyone better", "is there anyone closer"],
)  # fmt: skip
def test_others_are_wanted_where_something_was_offered(said: str) -> None:
    assert meaning(said, situation(asked=Asked.CHOICE, offered=OFFERED)).wants_other is not None
