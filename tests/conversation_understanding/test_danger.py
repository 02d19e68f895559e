"""Danger by rule, before anything else; and no false alarm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conversation_understanding.situation import meaning, situation

DANGER = [
    "there's a fire in the building", "the house is on fire", "I smell gas", "there is a gas leak",
    "I have chest pain", "my chest hurts", "he's having a heart attack", "I can't breathe",
    "she is not breathing", "I have trouble breathing", "he's choking", "it won't stop bleeding",
    "I'm bleeding heavily", "there is blood everywhere", "the bleeding hasn't stopped",
    "my son took too many pills", "she overdosed", "my daughter swallowed bleach",
    "I want to kill myself", "I don't want to live any more", "I'm thinking about suicide",
    "I want to hurt myself", "he has a gun", "I'm going to kill you", "someone broke into my house",
    "I think my dad is having a stroke", "her face is drooping", "he's unconscious",
    "my husband collapsed", "she passed out", "he's having a seizure", "call an ambulance",
    "my face is swollen and I can't swallow", "my tongue is swelling up", "my throat is closing",
    "I was in a car accident and broke my teeth", "this is a medical emergency",
    "I need a cleaning and also I have chest pain",
]  # fmt: skip


@pytest.mark.parametrize("said", DANGER)
def test_danger_is_heard(said: str) -> None:
    found = meaning(said).danger
    assert found is not None
    assert found.words in said


SAFE = [
    "this schedule is killing me", "this toothache is killing me", "my feet are killing me",
    "there's a fire drill at work on Tuesday", "I have a question about my gas bill",
    "my gums are bleeding a bit", "my gums bleed when I brush", "I'm dying to get this done",
    "I'm dying for a coffee", "no chest pain", "there's no fire", "I don't have chest pain",
    "my phone is dying", "the deadline is Friday", "I was fired last week", "can you fit me in",
    "can you fit my son in", "I have a dead tooth", "my blood pressure is fine",
    "I need a blood test", "I swallowed my crown", "it hurts when I bite", "I broke my tooth",
    "my jaw hurts", "I got hit with a late fee", "I have been waiting forever",
    "I live on Fire Street", "is there laughing gas", "my appointment is at nine",
    "I can't take it any more, this tooth hurts", "I need help with my booking",
    "I'm bored to death", "labor day", "I have heartburn", "I want to end the call",
    "could you shoot me an email", "that's a killer price", "he's a dead ringer for my dentist",
]  # fmt: skip


@pytest.mark.parametrize("said", SAFE)
def test_a_figure_of_speech_is_no_alarm(said: str) -> None:
    assert meaning(said).danger is None


def test_the_offices_own_words_count() -> None:
    context = situation()
    own = replace(context, vocabulary=replace(context.vocabulary, danger_words=("knocked out",)))
    found = meaning("my tooth was knocked out", own).danger
    assert found is not None
    assert found.value == "knocked out"
