"""How people take, turn down, exchange or only ask about what was put forward."""

from __future__ import annotations

import pytest

from gateway.conversation.meaning import Answer, Asked, Intent
from tests.conversation_understanding.situation import OFFERED, meaning, situation

CLOSED = situation(asked=Asked.YES_NO)
CHOICE = situation(asked=Asked.CHOICE, offered=OFFERED)
ACTS = (Intent.BOOK, Intent.MOVE, Intent.CANCEL)
TAKEN = [
    "can I grab that slot", "mark me down for it", "lock it in", "pencil me in", "go for that",
    "let me get that one", "I'll snap that up", "bang on", "that's spot on", "a hundred percent",
    "that couldn't be more convenient", "can't argue with that", "I don't mind that at all",
    "that's early enough", "close enough", "it's a date", "you've got a deal", "be my guest",
    "I'm free at that time", "I'm available then", "both of us can make that",
    "I look forward to it", "only too happy to", "ten suits me", "that would be helpful",
    "I'd appreciate that", "those are the right details", "you've understood correctly",
    "we're good to go", "I'm all for it", "very much so", "without question",
    "great, how do I get there", "perfect, do I need to bring anything",
]  # fmt: skip
TURNED_DOWN = [
    "that clashes with something", "that's when I pick up the kids", "I've already got plans",
    "I have to pick up my son then", "my daughter is at school then", "too far for me",
    "that's a bit far away", "that's nowhere near me", "that's a long way", "I'm not keen on that",
    "I don't fancy that", "it doesn't appeal to me", "I don't get on with him",
    "her reviews are poor", "that place is awful", "that's a bad time", "that's impossible",
    "not convenient", "that's not gonna work", "I couldn't get there in time", "I won't make it",
    "I don't think I can", "count me out", "let's not", "I'd sooner not", "give it a miss",
    "you misheard me", "I didn't say that", "that isn't my number", "I wanted four",
    "switch it to four", "just one change please", "there is an error", "almost, but it's four",
    "not at that time", "anything but that", "totally wrong", "no that is not right",
    "I'll get back to you",
]  # fmt: skip
OTHERS = [
    "have you got anything else", "what else have you got", "show me some more", "next option",
    "give me a few more", "which others are there", "a different location", "another surgery",
    "a different part of town", "additional dates", "anyone but him", "someone other than her",
    "something a bit closer", "is there one in the town centre", "is there nothing else",
    "isn't there anybody else", "is that it, nothing else", "is that everything you've got",
    "is he the only dentist", "is there also a hygienist", "do you have a woman",
    "I'd rather see a woman", "I don't like that one", "I'm not keen on that doctor", "not him",
    "no, I need a specialist", "try looking in Leeds", "anything later in the day",
    "a later one please", "is there an earlier slot", "can you fit me in sooner",
]  # fmt: skip
NEITHER = [
    "is he any good", "who would I see", "is that this week", "which Tuesday is that",
    "is that in the morning", "would that be with Dr Weber", "what if I can't come",
    "I've never been before", "I'm not quite sure", "the line is terrible",
    "what else should I bring", "what else does it include", "anything else I should know",
    "is there anything else I need to bring", "can I ask something else",
    "what other services do you have", "tell me more", "I called the other day",
]  # fmt: skip


@pytest.mark.parametrize("said", TAKEN)
def test_what_is_put_forward_is_taken_but_never_committed(said: str) -> None:
    answer = meaning(said, CLOSED).answer
    assert answer is not None and answer.value is Answer.YES
    for act in ACTS:
        answer = meaning(said, situation(asked=Asked.YES_NO, act=act)).answer
        assert answer is None or answer.value is not Answer.YES


@pytest.mark.parametrize("said", TURNED_DOWN)
def test_what_is_put_forward_is_turned_down(said: str) -> None:
    answer = meaning(said, CLOSED).answer
    assert answer is not None and answer.value is Answer.NO
    for act in ACTS:
        answer = meaning(said, situation(asked=Asked.YES_NO, act=act)).answer
        assert answer is None or answer.value is not Answer.YES


@pytest.mark.parametrize("said", OTHERS)
def test_another_is_wanted(said: str) -> None:
    for context in (CLOSED, CHOICE):
        found = meaning(said, context)
        assert found.wants_other is not None
        assert found.choice is None
    for act in ACTS:
        answer = meaning(said, situation(asked=Asked.YES_NO, act=act)).answer
        assert answer is None or answer.value is not Answer.YES


@pytest.mark.parametrize("said", NEITHER)
def test_what_only_asks_takes_nothing_and_wants_no_other(said: str) -> None:
    found = meaning(said, CLOSED)
    assert found.answer is None or found.answer.value is Answer.VAGUE
    assert found.wants_other is None


@pytest.mark.parametrize(
    "said", ["I'm at work then", "we can't", "that's too far", "I'd prefer not to", "I'm out"]
)
def test_none_of_several_times_is_taken(said: str) -> None:
    found = meaning(said, CHOICE)
    assert found.answer is not None and found.answer.value is Answer.NO


def test_a_time_that_is_offered_and_named_is_taken() -> None:
    one = situation(asked=Asked.YES_NO, offered=OFFERED[:1])
    for said, wanted in (("ten o'clock is fine", Answer.YES), ("Wednesday works", Answer.YES),
                         ("four o'clock is fine", Answer.NO)):  # fmt: skip
        answer = meaning(said, one).answer
        assert answer is not None and answer.value is wanted, said


def test_who_asks_for_an_appointment_takes_whom_they_were_just_told_of() -> None:
    told = situation()
    for said in ("I'd like to make an appointment", "please book an appointment for Thursday"):
        answer = meaning(said, told).answer
        assert answer is not None and answer.value is Answer.YES, said
    for said in ("I'd like to make an appointment with a dentist", "I need a new doctor"):
        assert meaning(said, told).answer is None, said
    for act in ACTS:
        again = meaning("I'd like to make an appointment", situation(asked=Asked.YES_NO, act=act))
        assert again.answer is None or again.answer.value is not Answer.YES


@pytest.mark.parametrize("said", ["scrap that", "drop it", "oh just drop it"])
def test_letting_go_is_no_clear_yes_to_a_cancelling(said: str) -> None:
    answer = meaning(said, situation(asked=Asked.YES_NO, act=Intent.CANCEL)).answer
    assert answer is not None and answer.value is Answer.VAGUE


def test_wanting_it_at_another_time_is_no_yes() -> None:
    for said in ("I want it on Friday", "I'd like it before ten", "I love it later"):
        for context in (CLOSED, situation(asked=Asked.YES_NO, act=Intent.BOOK)):
            answer = meaning(said, context).answer
            assert answer is None or answer.value is not Answer.YES, said
