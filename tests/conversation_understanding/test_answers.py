"""Yes, no and neither; a commit question is the strict one."""

from __future__ import annotations

import pytest

from gateway.conversation.meaning import Answer, Asked
from tests.conversation_understanding.situation import meaning, situation

COMMIT = situation(asked=Asked.YES_NO, held=True)
CLOSED = situation(asked=Asked.YES_NO)
ANYTHING_ELSE = situation(asked=Asked.OPEN)

YES = [
    "yes", "Yes, please.", "yeah", "yep", "sure", "correct", "that's right", "that works",
    "sounds good", "please do", "go ahead", "absolutely", "okay yes", "okay, book it",
    "yes that's fine", "I don't see why not", "that would be great", "perfect",
    "exactly", "I'll take it", "yes it is", "of course", "yes, do that",
]  # fmt: skip


@pytest.mark.parametrize("said", YES)
def test_a_clear_yes_commits(said: str) -> None:
    answer = meaning(said, COMMIT).answer
    assert answer is not None
    assert answer.value is Answer.YES


NO_COMMIT = [
    "uh-huh", "okay", "OK.", "right", "mm", "mm-hmm", "mhm", "alright", "fine", "good", "hm",
    "okay thank you", "right okay", "I guess", "I suppose so", "maybe", "I think so",
    "I'm not sure",
    "yes but at three", "yes, only not on Friday", "no that's fine", "no yes", "yes no",
    "is that right", "hold on", "what", "what was that", "who", "tuesday", "", "one moment please",
    "yes well actually make it Thursday", "okay wait",
]  # fmt: skip


@pytest.mark.parametrize("said", NO_COMMIT)
def test_nothing_is_committed_on_half_a_yes(said: str) -> None:
    answer = meaning(said, COMMIT).answer
    assert answer is None or answer.value is not Answer.YES


NO = [
    "no", "nope", "no thanks", "not really", "not at all", "I don't think so", "that's wrong",
    "that's not right", "that doesn't work", "never mind", "I'd rather not", "no, Thursday",
    "please don't", "I can't make it", "wrong", "I've changed my mind", "no no no",
    "make it three", "on second thought, no", "could I have Doctor Lee instead",
]  # fmt: skip


@pytest.mark.parametrize("said", NO)
def test_a_no_is_a_no(said: str) -> None:
    answer = meaning(said, COMMIT).answer
    assert answer is not None
    assert answer.value is Answer.NO


def test_okay_answers_a_question_that_commits_nothing_but_less_surely() -> None:
    answer = meaning("okay", CLOSED).answer
    assert answer is not None
    assert answer.value is Answer.YES
    assert answer.sure < 0.7


@pytest.mark.parametrize("said", ["no that's all", "that's it thanks", "nothing else", "I'm good"])
def test_nothing_else_is_a_no_to_anything_else(said: str) -> None:
    answer = meaning(said, ANYTHING_ELSE).answer
    assert answer is not None
    assert answer.value is Answer.NO


@pytest.mark.parametrize("said", ["it doesn't matter", "I don't mind", "no problem"])
def test_a_not_that_denies_nothing_is_no_no(said: str) -> None:
    answer = meaning(said, CLOSED).answer
    assert answer is None or answer.value is not Answer.NO


def test_an_answer_says_its_words() -> None:
    answer = meaning("Well, that works for me", CLOSED).answer
    assert answer is not None
    assert answer.words in "Well, that works for me"
    assert answer.words


def test_a_correction_is_marked() -> None:
    assert meaning("no, sorry, Tuesday").correction
    assert meaning("I mean at four", situation(asked=Asked.TIME)).correction
    assert not meaning("Tuesday at four").correction


@pytest.mark.parametrize(
    "said",
    [
        "that'll do nicely", "I'd like that", "let's do it", "go on then", "it's a deal", "spot on",
        "I can make that", "I'm happy with that", "it'll have to do", "put me down for that",
        "I'd like to book an appointment with this dentist", "count me in",
    ],
)  # fmt: skip
def test_what_was_put_forward_is_accepted_without_a_yes(said: str) -> None:
    answer = meaning(said, CLOSED).answer
    assert answer is not None
    assert answer.value is Answer.YES


@pytest.mark.parametrize("said", ["thank you", "cool", "please", "righto"])
def test_too_thin_for_a_commit_is_enough_for_a_question_that_commits_nothing(said: str) -> None:
    open_answer, commit_answer = meaning(said, CLOSED).answer, meaning(said, COMMIT).answer
    assert open_answer is not None and open_answer.value is Answer.YES
    assert commit_answer is not None and commit_answer.value is Answer.VAGUE


@pytest.mark.parametrize(
    "said",
    [
        "actually could you make it for the 5th", "sorry, I think four in the evening is better",
        "I prefer quarter past one in the afternoon", "make it next Monday instead",
        "now that I think of it, Thursday",
    ],
)  # fmt: skip
def test_another_time_turns_down_what_was_said_before_whatever_was_asked(said: str) -> None:
    answer = meaning(said, situation()).answer
    assert answer is not None
    assert answer.value is Answer.NO


@pytest.mark.parametrize("said", ["What is his rating?", "how much is it", "where is that"])
def test_a_question_is_no_answer(said: str) -> None:
    for context in (COMMIT, CLOSED):
        assert meaning(said, context).answer is None


@pytest.mark.parametrize("said", ["yes that's it", "that's all good", "that's it exactly"])
def test_that_is_it_agrees_with_a_read_back_and_is_no_goodbye(said: str) -> None:
    found = meaning(said, CLOSED)
    assert found.intent is None
    assert found.answer is not None and found.answer.value is Answer.YES
