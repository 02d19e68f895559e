"""What frightened, hurried and joking callers say: danger is heard, figures of speech are not."""

from __future__ import annotations

from datetime import datetime

import pytest

from gateway.conversation.meaning import Asked, Context, Intent, Meaning
from gateway.conversation.understanding import understand
from tests.conversation.world import office

NOW = datetime(2026, 11, 23, 18, 30)


def meaning(said: str, asked: Asked = Asked.OPEN) -> Meaning:
    return understand(said, Context(NOW, office().vocabulary, asked=asked))


@pytest.mark.parametrize(
    "said",
    [
        "he's got a knife",
        "he pulled a gun on me",
        "there is a man outside my door trying to get in",
        "my mouth is full of blood and it keeps coming",
        "I had a tooth out this morning and it just won't stop",
        "my dad has slumped over and he won't answer me",
        "I can't get her to wake up",
        "I don't see the point of living any more",
        "there's a burning smell and flames behind the desk",
        "my son is wheezing and his lips are going blue",
        "I can't get any air",
        "I've taken forty paracetamol",
        "I've cut my wrists",
        "my husband isn't breathing",
        "I took all the pills",
        "there's smoke in the waiting room",
    ],
)
def test_danger_is_heard(said: str) -> None:
    assert meaning(said).danger is not None


@pytest.mark.parametrize(
    "said",
    [
        "I'm on fire today, I need a check up",
        "I've been trying to get in to see the dentist for weeks",
        "I don't see the point of a check-up every six months",
        "there's no point going on Friday then",
        "I had a heart attack last year and I need a cleaning",
        "that price nearly gave me a heart attack",
        "my tooth is killing me",
        "bloody hell, just book me a cleaning",
        "I'm dying to get in this week",
        "I took two ibuprofen for my tooth",
        "I have a burning pain in my tooth",
        "I had an extraction and your reminders won't stop",
        "the new crown is fitting badly",
    ],
)
def test_a_figure_of_speech_is_no_alarm(said: str) -> None:
    assert meaning(said).danger is None


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("gimme a human", Intent.PERSON),
        ("is anybody real there", Intent.PERSON),
        ("get me your manager", Intent.PERSON),
        ("get me a dentist appointment", Intent.BOOK),
        ("cancel tomorrow", Intent.CANCEL),
        ("cancel Anna Brown's appointment on December first", Intent.CANCEL),
        ("move mine to Wednesday at two", Intent.MOVE),
        ("I'm running late for my nine o'clock", Intent.MESSAGE),
    ],
)
def test_what_is_wanted_in_a_hurry(said: str, intent: Intent) -> None:
    found = meaning(said).intent
    assert found is not None and found.value is intent


def test_a_person_who_was_talked_to_is_not_asked_for() -> None:
    assert meaning("I was talking to my sister and she said you are nice").wants_person is None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Tom Reed 212 555 0188", "Tom Reed"),
        ("Tom Reed two one two five five five", "Tom Reed"),
        ("Tom no sorry Tim Reed", "Tim Reed"),
        ("no sorry it's Anna Brown", "Anna Brown"),
        ("Mr. Friday", "Friday"),
        ("Will May", "Will May"),
        ("June Day", "June Day"),
    ],
)
def test_names_among_other_words(said: str, name: str) -> None:
    found = meaning(said, Asked.NAME)
    assert found.name is not None and found.name.value == name
    assert found.day is None


@pytest.mark.parametrize("said", ["zero", "Zero, please.", "um, press zero", "zero zero"])
@pytest.mark.parametrize("asked", [Asked.OPEN, Asked.DAY, Asked.NAME, Asked.YES_NO, Asked.CHOICE])
def test_a_said_zero_is_the_key(said: str, asked: Asked) -> None:
    assert meaning(said, asked).wants_person is not None


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("zero", Asked.PHONE),
        ("zero seven seven nine", Asked.OPEN),
        ("I have zero time on Tuesday", Asked.DAY),
        ("zero problems, book it", Asked.YES_NO),
    ],
)
def test_a_zero_among_other_things_is_a_digit_or_a_word(said: str, asked: Asked) -> None:
    assert meaning(said, asked).wants_person is None


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("no hablo ingles", "es"),
        ("Lo siento, no hablo inglés.", "es"),
        ("no entiendo inglés", "es"),
        ("habla espanol", "es"),
        ("je ne parle pas anglais", "fr"),
        ("Désolée, je ne parle pas bien l'anglais", "fr"),
        ("parlez-vous français", "fr"),
        ("ich spreche kein Englisch", "de"),
        ("Ich spreche leider kein Englisch.", "de"),
        ("sprechen Sie Deutsch", "de"),
        ("Sorry, I don't speak English", "other"),
        ("no English please", "other"),
    ],
)
@pytest.mark.parametrize("asked", [Asked.OPEN, Asked.NAME, Asked.PHONE, Asked.YES_NO])
def test_who_says_that_they_have_no_english_is_heard(
    said: str, language: str, asked: Asked
) -> None:
    found = meaning(said, asked).not_for_us
    assert found is not None and found.value == f"language:{language}"


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Maria de la Cruz", Asked.NAME),
        ("Hans von der Heide", Asked.NAME),
        ("Jean de La Fontaine", Asked.NAME),
        ("Paul English", Asked.NAME),
        ("I don't speak English very well but I need a check-up", Asked.OPEN),
        ("my mother doesn't speak English, can you book her a check-up", Asked.OPEN),
    ],
)
def test_a_foreign_name_is_no_other_language(said: str, asked: Asked) -> None:
    assert meaning(said, asked).not_for_us is None
