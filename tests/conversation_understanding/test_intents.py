"""What callers want, in their words."""

from __future__ import annotations

from datetime import time

import pytest

from gateway.conversation.meaning import Asked, Intent
from tests.conversation_understanding.situation import meaning, on, situation

OPEN = situation(asked=Asked.OPEN)

INTENTS = [
    ("I'd like to book an appointment", Intent.BOOK),
    ("can I come in tomorrow", Intent.BOOK),
    ("my crown fell out", Intent.BOOK),
    ("I need a cleaning", Intent.BOOK),
    ("do you have anything on Friday", Intent.BOOK),
    ("could you fit me in this week", Intent.BOOK),
    ("I need to see Dr Weber", Intent.BOOK),
    ("I've got a terrible toothache", Intent.BOOK),
    ("I need to see a dentist", Intent.BOOK),
    ("I need to move my appointment", Intent.MOVE),
    ("can I reschedule", Intent.MOVE),
    ("could we push my check-up to next week", Intent.MOVE),
    ("I'd like to change my appointment on Tuesday to Thursday", Intent.MOVE),
    ("I want to cancel my appointment", Intent.CANCEL),
    ("I need to cancel", Intent.CANCEL),
    ("I'm afraid I can't make my appointment tomorrow", Intent.CANCEL),
    ("please cancel the cleaning on Friday", Intent.CANCEL),
    ("I have an appointment tomorrow at three and I can't make it", Intent.CANCEL),
    ("when is my appointment", Intent.WHEN),
    ("what time am I booked in", Intent.WHEN),
    ("I forgot when my next appointment is", Intent.WHEN),
    ("I'm calling to confirm my appointment", Intent.CONFIRM),
    ("when is my cleaning", Intent.WHEN),
    ("what time was my check-up again", Intent.WHEN),
    ("I want to confirm my cleaning", Intent.CONFIRM),
    ("when's the earliest cleaning I can get", Intent.BOOK),
    ("I'd like to leave a message for Dr Patel", Intent.MESSAGE),
    ("can you tell the doctor that I called", Intent.MESSAGE),
    ("could you pass this on to the office", Intent.MESSAGE),
    ("can I speak to a real person", Intent.PERSON),
    ("a person please", Intent.PERSON),
    ("person", Intent.PERSON),
    ("no, get me a human", Intent.PERSON),
    ("somebody real, please", Intent.PERSON),
    ("operator", Intent.PERSON),
    ("representative please", Intent.PERSON),
    ("I want to talk to someone", Intent.PERSON),
    ("put me through to the doctor", Intent.PERSON),
    ("I don't want to talk to a machine", Intent.PERSON),
    ("what are your opening hours", Intent.ASK),
    ("are you open on Christmas Eve", Intent.ASK),
    ("how much is a check-up", Intent.ASK),
    ("where can I park", Intent.ASK),
    ("what's your phone number", Intent.ASK),
    ("do you take insurance", Intent.ASK),
    ("bye", Intent.GOODBYE),
    ("no thanks, that's all, goodbye", Intent.GOODBYE),
    ("sorry, wrong number", Intent.NOT_FOR_US),
]


@pytest.mark.parametrize(("said", "wanted"), INTENTS)
def test_an_intent_is_read(said: str, wanted: Intent) -> None:
    found = meaning(said, OPEN)
    assert found.intent is not None
    assert found.intent.value is wanted
    assert (found.wants_person is not None) == (wanted is Intent.PERSON)


TOPICS = [
    ("what time do you close today", "hours"),
    ("are you open on Saturday", "hours"),
    ("how much does a filling cost", "price"),
    ("where are you located", "address"),
    ("is there parking", "parking"),
    ("do you take my insurance plan", "insurance"),
    ("can I pay by credit card there", "payment"),
    ("what services do you offer", "services"),
    ("who are the dentists", "practitioners"),
]


@pytest.mark.parametrize(("said", "topic"), TOPICS)
def test_a_question_has_a_topic(said: str, topic: str) -> None:
    found = meaning(said, OPEN)
    assert found.asks is not None
    assert found.asks.value == topic


def test_a_question_without_a_fact_is_still_a_question() -> None:
    found = meaning("what's your website", OPEN)
    assert found.intent is not None
    assert found.intent.value is Intent.ASK
    assert found.asks is None


ELSEWHERE = [
    "book a table for two at seven",
    "what's the weather tomorrow",
    "set an alarm for eight",
    "transfer fifty dollars to my savings account",
    "I need an oil change for my car",
    "book me a flight to Boston on Friday",
    "cancel my dinner reservation",
    "when is my electric bill due",
    "tell me a joke",
    "schedule a meeting with John for Monday",
    "sing me a song",
    "how do I cook rice",
    "what is my account balance",
    "move my meeting to three",
    "play some music",
]


@pytest.mark.parametrize("said", ELSEWHERE)
def test_nothing_is_started_on_what_is_not_ours(said: str) -> None:
    intent = meaning(said, OPEN).intent
    assert intent is None or intent.value in (Intent.NOT_FOR_US,)


SERVICES = [
    ("my crown came loose", "crown"),
    ("I need my teeth cleaned", "cleaning"),
    ("it's time for my checkup", "check-up"),
    ("I lost a filling", "filling"),
    ("there's a hole in my tooth", "filling"),
    ("I have a toothache", "toothache"),
    ("my molar is throbbing", "toothache"),
    ("I chipped my front tooth", "toothache"),
    ("my gums hurt", "toothache"),
    ("a claening please", "cleaning"),  # misheard
]


@pytest.mark.parametrize(("said", "key"), SERVICES)
def test_a_service_is_known_by_name_or_by_what_it_is_for(said: str, key: str) -> None:
    found = meaning(said, situation(asked=Asked.SERVICE)).service
    assert found is not None
    assert found.value == key


PRACTITIONERS = [
    ("with Dr Weber", "weber"),
    ("Doctor Patel please", "patel"),
    ("doctor Webber", "weber"),
    ("I usually see Dr. Patell", "patel"),
    ("anyone is fine", "any"),
    ("I don't mind", "any"),
    ("no preference", "any"),
]


@pytest.mark.parametrize(("said", "key"), PRACTITIONERS)
def test_a_practitioner_is_known(said: str, key: str) -> None:
    found = meaning(said, situation(asked=Asked.PRACTITIONER)).practitioner
    assert found is not None
    assert found.value == key


def test_many_things_in_one_breath_are_all_heard() -> None:
    found = meaning(
        "it's Anna Brown, can I get a cleaning with Dr Weber Wednesday or Thursday, not before ten"
    )
    assert found.intent is not None and found.intent.value is Intent.BOOK
    assert found.name is not None and found.name.value == "Anna Brown"
    assert found.service is not None and found.service.value == "cleaning"
    assert found.practitioner is not None and found.practitioner.value == "weber"
    assert found.day is not None and found.day.value.days == (on("2026-11-25"), on("2026-11-26"))
    assert found.time is not None and found.time.value.not_before == time(10)


SIGNS = [
    ("pardon?", "repeat"),
    ("can you say that again", "repeat"),
    ("one moment please", "wait"),
    ("hang on a second", "wait"),
    ("thank you so much", "thanks"),
]


@pytest.mark.parametrize(("said", "sign"), SIGNS)
def test_signs_of_the_conversation_are_seen(said: str, sign: str) -> None:
    assert getattr(meaning(said), sign)


STRANGERS = [
    ("sorry, I've got the wrong number", "wrong-number"),
    ("is this the pizza place", "wrong-number"),
    ("we're offering a great deal on business loans", "sales"),
    ("I'm calling about your Google listing", "sales"),
    ("this is an important message regarding your car's extended warranty", "robocall"),
    ("press one to speak to an agent", "robocall"),
    ("hello, I am an AI assistant calling for my user", "bot"),
    ("you stupid robot", "insult"),
    ("is my mommy there", "child"),
    ("hola, quiero hacer una cita por favor", "language:es"),
    ("bonjour je voudrais prendre rendez-vous", "language:fr"),
    ("guten Tag ich möchte einen Termin", "language:de"),
]


@pytest.mark.parametrize(("said", "kind"), STRANGERS)
def test_a_call_that_is_not_for_us_is_known(said: str, kind: str) -> None:
    found = meaning(said, OPEN)
    assert found.not_for_us is not None
    assert found.not_for_us.value == kind
    assert not found.in_scope


@pytest.mark.parametrize(
    "said", ["my daughter is five", "my name is Juan", "I need an appointment", "no no no", "la la"]
)
def test_callers_of_ours_are_no_strangers(said: str) -> None:
    assert meaning(said, OPEN).not_for_us is None
