"""Answers to "shall I book / move / cancel it?": the very act ordered or refused, or neither."""

from __future__ import annotations

import pytest

from gateway.conversation.meaning import Answer, Asked, Context, Intent
from tests.conversation_understanding.situation import meaning, situation

QUESTIONS: dict[Intent, Context] = {
    act: situation(asked=Asked.YES_NO, act=act) for act in (Intent.BOOK, Intent.MOVE, Intent.CANCEL)
}


def answer_to(act: Intent, said: str) -> Answer | None:
    answer = meaning(said, QUESTIONS[act]).answer
    return answer.value if answer else None


ORDERS = {
    Intent.CANCEL: [
        "cancel it", "Cancel it, please.", "yes cancel it", "please cancel", "just cancel it then",
        "go ahead and cancel it", "can you cancel it please", "I'd like you to cancel it",
        "okay cancel the appointment", "that's right cancel it", "call it off",
        "I want it cancelled", "yes please, I can't make it", "yes I don't need it anymore",
    ],
    Intent.BOOK: [
        "book it", "yes book it", "go ahead and book it", "can you book it for me",
        "okay, book it please", "I'd like to book it", "book me in", "yes, can you book it?",
        "yes I'd like to book an appointment", "I can't wait, yes", "I already said yes",
        "yes please if you would",
    ],
    Intent.MOVE: [
        "move it", "please move it", "yes move it", "go ahead and move it",
        "could you move the appointment", "yes reschedule it please",
    ],
}  # fmt: skip
"""Act -> what agrees to it."""


@pytest.mark.parametrize(("act", "said"), [(act, s) for act, ways in ORDERS.items() for s in ways])
def test_the_very_act_repeated_agrees_to_it(act: Intent, said: str) -> None:
    assert answer_to(act, said) is Answer.YES


@pytest.mark.parametrize("act", [Intent.BOOK, Intent.MOVE])
@pytest.mark.parametrize(
    "said",
    [
        "cancel it", "yes cancel it", "please cancel", "okay cancel it", "go ahead and cancel it",
        "I want it cancelled", "yes please cancel the appointment", "yes call it off",
        "absolutely cancel it", "yeah no cancel it", "can you cancel it please",
    ],
)  # fmt: skip
def test_cancelling_never_agrees_to_anything_else(act: Intent, said: str) -> None:
    assert answer_to(act, said) is not Answer.YES


@pytest.mark.parametrize(
    "said",
    [
        "book it", "yes book it", "yes move it", "move it to Friday", "I'd like to keep it",
        "keep it", "let's keep it", "leave it as it is", "actually I can make it", "I'll take it",
        "I want it", "I'll be there", "yes I'm still coming", "yes, I still want it",
        "why don't you cancel it", "did you cancel it", "if you cancel it will I be charged",
        "should I cancel it",
        "yes don't cancel it", "I can't make it", "no cancel it", "count me in",
    ],
)  # fmt: skip
def test_nothing_is_cancelled_on_words_for_something_else(said: str) -> None:
    assert answer_to(Intent.CANCEL, said) is not Answer.YES


REFUSED = [
    (Intent.CANCEL, "don't cancel it"), (Intent.CANCEL, "no don't cancel it"),
    (Intent.CANCEL, "please don't cancel it"), (Intent.CANCEL, "I didn't ask you to cancel it"),
    (Intent.CANCEL, "I never said to cancel it"), (Intent.CANCEL, "I don't want to cancel it"),
    (Intent.CANCEL, "I'd like to keep it"), (Intent.CANCEL, "actually I can make it"),
    (Intent.CANCEL, "leave it"), (Intent.CANCEL, "I'll be there"), (Intent.BOOK, "don't book it"),
    (Intent.BOOK, "please don't book it yet"), (Intent.MOVE, "don't move it"),
    (Intent.MOVE, "let's keep it as it is"), (Intent.MOVE, "leave it"),
]  # fmt: skip


@pytest.mark.parametrize(("act", "said"), REFUSED)
def test_the_very_act_refused_is_a_no(act: Intent, said: str) -> None:
    assert answer_to(act, said) is Answer.NO


@pytest.mark.parametrize("act", list(QUESTIONS))
@pytest.mark.parametrize(
    "said",
    [
        "okay", "right", "uh-huh", "mm", "mhm", "okay thank you", "fine", "why not",
        # what the words of a yes are part of
        "please do not", "let me make sure", "how sure are you", "tell me exactly when",
        "when did I book it", "correct me if I'm wrong", "he said yes", "if you say yes",
        "press yes", "the yes was for the number", "yeah right", "I'm in the car",
        "go ahead I'm listening",
        # a yes with something beside it
        "yes wait", "yeah hold on", "yes let me think about it", "yes I have a question",
        "yes can I have another time", "yes earlier please", "yes is there anything earlier",
        "yes I would like a different time", "yes if it's free of charge", "yeah I'm here",
        "yes hello", "yes speaking", "yes I forgot I'm away that day", "works but my wife can't",
        "great what time was that again", "yeah can you read it again", "that's it thank you",
    ],
)  # fmt: skip
def test_nothing_is_committed_on_a_yes_that_is_not_the_answer(act: Intent, said: str) -> None:
    assert answer_to(act, said) is not Answer.YES


def test_a_question_for_yes_or_no_that_commits_nothing_is_not_so_strict() -> None:
    closed = situation(asked=Asked.YES_NO)
    for said in ("yes hello", "yeah I'm here", "yes what's the address"):
        answer = meaning(said, closed).answer
        assert answer is not None and answer.value is Answer.YES


@pytest.mark.parametrize("act", list(QUESTIONS))
def test_the_end_of_leave_it_as_it_is_agrees_to_nothing(act: Intent) -> None:
    assert answer_to(act, "let's it it is") is not Answer.YES
    assert answer_to(act, "yes it is") is Answer.YES
