"""When the model is asked, what, and what its answer is worth."""

from __future__ import annotations

import pytest

from gateway.contract.model_link import prompt_end
from gateway.conversation.meaning import Answer, Asked, Context, Intent, ModelQuestion, Source
from gateway.conversation.model_questions import combine, question_for_model
from tests.conversation_understanding.situation import OFFERED, meaning, situation

OPEN = situation(asked=Asked.OPEN)


def question(said: str, context: Context) -> ModelQuestion:
    found = question_for_model(meaning(said, context), context)
    assert found is not None
    return found


def scores(asked: ModelQuestion, choice: str, sure: float) -> list[float]:
    rest = (1 - sure) / (len(asked.choices) - 1)
    return [sure if entry == choice else rest for entry in asked.choices]


@pytest.mark.parametrize(
    "said",
    ["I'd like to book a check-up", "cancel my appointment", "yes", "Tuesday at ten", "hello",
     "what's the weather like tomorrow", "help", "there's a fire", "pardon?"],
)  # fmt: skip
def test_what_the_rules_understand_or_is_too_short_is_not_asked(said: str) -> None:
    assert question_for_model(meaning(said, OPEN), OPEN) is None


KINDS = [
    ("it's about that thing we spoke of last time", Asked.OPEN, "intent"),
    ("the thing my sister had done", Asked.SERVICE, "service"),
    ("the one my sister would take", Asked.CHOICE, "choice"),
    ("my husband drives me mad", Asked.YES_NO, "answer"),
]


@pytest.mark.parametrize(("said", "asked", "kind"), KINDS)
def test_the_question_fits_what_was_asked(said: str, asked: Asked, kind: str) -> None:
    offered = OFFERED if asked is Asked.CHOICE else ()
    found = question(said, situation(asked=asked, offered=offered))
    assert found.kind == kind
    assert 2 <= len(found.choices) <= 12
    assert len(found.choices) == len(found.values)
    assert "" in found.values  # none of these


def test_no_key_date_or_number_is_shown_to_the_model() -> None:
    context = situation(asked=Asked.CHOICE, offered=OFFERED)
    found = question("the one my sister would take", context)
    assert not any(character.isdecimal() for choice in found.choices for character in choice)


def test_examples_look_as_turns_will_look() -> None:
    found = question("it's about that thing we spoke of last time", OPEN)
    assert prompt_end("", "How late are you there?") + " hours\n" in found.instruction


def test_a_sure_choice_is_taken_over_and_says_where_it_came_from() -> None:
    said = meaning("it's about that thing we spoke of last time", OPEN)
    asked = question(said.said, OPEN)
    found = combine(said, asked, scores(asked, "cancel", 0.9), OPEN)
    assert found.intent is not None
    assert found.intent.value is Intent.CANCEL
    assert found.intent.source is Source.MODEL
    assert found.intent.sure == pytest.approx(0.9)


def test_an_unsure_choice_counts_for_nothing() -> None:
    said = meaning("it's about that thing we spoke of last time", OPEN)
    asked = question(said.said, OPEN)
    assert combine(said, asked, scores(asked, "cancel", 0.7), OPEN) == said
    assert combine(said, asked, scores(asked, "other", 0.9), OPEN) == said
    assert combine(said, asked, [1.0], OPEN) == said


def test_nobody_is_sent_away_on_the_word_of_a_model() -> None:
    said = meaning("it's about that thing we spoke of last time", OPEN)
    asked = question(said.said, OPEN)
    for choice in ("sales", "wrong", "urgent"):
        assert combine(said, asked, scores(asked, choice, 0.99), OPEN) == said


def test_opening_hours_are_not_told_for_any_question_about_time() -> None:
    said = meaning("for how many minutes is rice on the stove", OPEN)
    asked = question("it's about that thing we spoke of last time", OPEN)
    assert combine(said, asked, scores(asked, "hours", 0.99), OPEN).asks is None


def test_nothing_is_committed_on_the_word_of_a_model() -> None:
    context = situation(asked=Asked.YES_NO, held=True)
    said = meaning("my husband drives me mad", context)
    asked = question(said.said, context)
    found = combine(said, asked, scores(asked, "yes", 0.99), context)
    assert found.answer is not None
    assert found.answer.value is Answer.VAGUE


def test_a_chosen_time_is_one_of_the_offered() -> None:
    context = situation(asked=Asked.CHOICE, offered=OFFERED)
    said = meaning("the one my sister would take", context)
    asked = question(said.said, context)
    found = combine(said, asked, scores(asked, asked.choices[1], 0.9), context)
    assert found.choice is not None
    assert found.choice.value == 1
