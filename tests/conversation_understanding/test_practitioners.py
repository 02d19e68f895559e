"""Whom callers want to see: ours, ours badly heard, or somebody whom nobody knows here."""

from __future__ import annotations

import pytest

from gateway.conversation.meaning import Asked
from gateway.conversation.practitioner_words import sounds_like
from tests.conversation_understanding.situation import meaning, situation


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("a check-up with Dr Smith on Tuesday at ten", "Smith"),
        ("a check-up with doctor smith on tuesday", "smith"),
        ("I'd like to see Dr. Jones please", "Jones"),
        ("can I get Doctor Maria Lopez", "Maria Lopez"),
        ("do you have a Doctor Smith?", "Smith"),
        ("does doctor jones still work there", "jones"),
        ("is Dr Smith in on Friday", "Smith"),
        ("no, doctor smith", "smith"),
        ("Doctor Smith, please", "Smith"),
        ("I usually see Dr Jones", "Jones"),
        ("rather with Mrs Green if possible", "Green"),
        ("book me an appointment with Sarah on Tuesday", "Sarah"),
        ("yes, with Doctor Smith", "Smith"),
        ("Dr Smith or Dr Weber, with Dr Smith first", "Smith"),
    ],
)
@pytest.mark.parametrize("asked", [Asked.OPEN, Asked.YES_NO])
def test_somebody_whom_nobody_knows_here(said: str, name: str, asked: Asked) -> None:
    found = meaning(said, situation(asked=asked)).unknown_practitioner
    assert found is not None and found.value == name


@pytest.mark.parametrize(
    "said",
    [
        "doctor please",
        "the doctor",
        "can I see the doctor on Tuesday",
        "I need a doctor appointment",
        "I want to see a doctor as soon as possible",
        "with any doctor",
        "Dr Smith sent me",
        "my GP Dr Jones referred me to you",
        "I was told by Dr Smith to come in",
        "I used to see Dr Jones at the clinic",
        "I spoke with Dr Smith from the hospital yesterday",
        "with Dr Smith's referral",
        "it's Dr Smith, I need a check-up",
        "this is Doctor Jones calling",
        "my name is Dr Jones",
        "I'm Doctor Smith and I want a cleaning",
        "an appointment for Mr Brown on Tuesday",
        "my son Tim wants to come with his sister Anna",
        "I'm coming with Sarah",
        "a check-up with insurance",
        "a cleaning with Delta Dental insurance",
        "can I see you on Friday",
        "I'd like to see Doctor Weber",
        "with Webber",
        "with Dr Patell on Monday",
        "a doctor who speaks Spanish",
        "see the doctor during lunch",
    ],
)
@pytest.mark.parametrize("asked", [Asked.OPEN, Asked.DAY, Asked.YES_NO])
def test_nobody_is_asked_for_by_a_name_unknown_here(said: str, asked: Asked) -> None:
    assert meaning(said, situation(asked=asked)).unknown_practitioner is None


def test_where_a_name_is_asked_a_doctor_may_give_theirs() -> None:
    heard = meaning("Doctor Smith", situation(asked=Asked.NAME))
    assert heard.unknown_practitioner is None
    assert heard.name is not None and heard.name.value == "Smith"


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("with doctor vaber on Tuesday", "weber"),
        ("with doctor webber", "weber"),
        ("see Dr Pattel", "patel"),
        ("with doctor pa tell on tuesday", "patel"),
        ("with Doctor Weber", "weber"),
        ("I saw Dr Smith first, now with Dr Patel", "patel"),
    ],
)
def test_ours_are_known_also_badly_heard(said: str, key: str) -> None:
    heard = meaning(said, situation(asked=Asked.OPEN))
    assert heard.practitioner is not None and heard.practitioner.value == key
    assert heard.unknown_practitioner is None


def test_other_names_do_not_sound_like_ours() -> None:
    assert not sounds_like("weaver", "weber")
    assert not sounds_like("smith", "weber")
    assert not sounds_like("lee", "li"), "too short to tell by its sounds"


@pytest.mark.parametrize(
    "said",
    [
        "a check-up but not with Dr Weber",
        "anyone but Doctor Weber",
        "I don't want to see Doctor Weber",
        "rather not Weber, not Dr Weber please",
    ],
)
def test_who_is_ruled_out_is_never_the_one(said: str) -> None:
    heard = meaning(said, situation(asked=Asked.OPEN))
    assert heard.practitioner is not None and heard.practitioner.value == "patel"
