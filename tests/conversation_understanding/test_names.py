"""Callers' names, said and spelled."""

from __future__ import annotations

import pytest

from gateway.conversation.meaning import Asked
from gateway.conversation.spoken import spell_name
from tests.conversation_understanding.situation import meaning, situation

NAME = situation(asked=Asked.NAME)

UNASKED = [
    ("It's Anna Brown, can I get a cleaning", "Anna Brown"),
    ("my name is anna brown and I need a check-up", "Anna Brown"),
    ("Hello, this is Peter Novak speaking", "Peter Novak"),
    ("hi this is Maria, I'm calling about my appointment", "Maria"),
    ("Hello, I'm John Carter and I'd like to come in", "John Carter"),
    ("good evening, mary o'neill here", "Mary O'Neill"),
    ("could you put it under the name of Lee Chang", "Lee Chang"),
]


@pytest.mark.parametrize(("said", "wanted"), UNASKED)
def test_a_caller_who_introduces_themselves_is_heard(said: str, wanted: str) -> None:
    found = meaning(said)
    assert found.name is not None
    assert found.name.value == wanted


ASKED = [
    ("Anna Brown", "Anna Brown"),
    ("brown, anna", "Anna Brown"),
    ("Yes, it's Anna Brown.", "Anna Brown"),
    ("sean o'brien", "Sean O'Brien"),
    ("Sean O Brien", "Sean O'Brien"),
    ("mcdonald", "McDonald"),
    ("anna van der berg", "Anna van der Berg"),
    ("kate smith-jones", "Kate Smith-Jones"),
    ("surname Brown, first name Anna", "Anna Brown"),
    ("first name Anna last name Brown", "Anna Brown"),
    ("the last name is Okafor", "Okafor"),
    ("Mrs. Brown", "Brown"),
    ("Anna. Anna Brown.", "Anna Brown"),
    ("Dr. John Smith", "John Smith"),
    ("uh, it's José García", "José García"),
    ("April May", "April May"),
    ("Will Young", "Will Young"),
]


@pytest.mark.parametrize(("said", "wanted"), ASKED)
def test_a_name_is_read_as_the_answer(said: str, wanted: str) -> None:
    found = meaning(said, NAME)
    assert found.name is not None
    assert found.name.value == wanted


SPELLED = [
    ("b r o w n", "Brown"),
    ("B-R-O-W-N", "Brown"),
    ("bravo romeo oscar whiskey november", "Brown"),
    ("B as in boy, R, O, W, N as in Nancy", "Brown"),
    ("b for bravo r o w n", "Brown"),
    ("bee are o double u en", "Brown"),
    ("m o double t", "Mott"),
    ("Brown, B R A U N", "Braun"),
    ("Anna Brown, that's B R A U N", "Anna Braun"),
    ("it's Kathryn, K A T H R Y N", "Kathryn"),
    ("o apostrophe b r i e n", "O'Brien"),
]


@pytest.mark.parametrize(("said", "wanted"), SPELLED)
def test_a_spelled_name_is_put_together(said: str, wanted: str) -> None:
    found = meaning(said, NAME)
    assert found.spelled
    assert found.name is not None
    assert found.name.value == wanted


@pytest.mark.parametrize("name", ["Brown", "O'Brien", "Smith-Jones", "Xylander", "Aoife"])
def test_a_name_that_we_spell_is_understood_back(name: str) -> None:
    found = meaning(spell_name(name), NAME)
    assert found.name is not None
    assert found.name.value.lower() == name.lower()


@pytest.mark.parametrize(
    "said",
    [
        "I'm calling to cancel my appointment",
        "it's urgent",
        "this is an emergency",
        "I'm not sure",
        "it's about my crown",
        "I'm afraid I can't come on Tuesday",
        "that's fine",
        "it's for tomorrow",
        "hi there",
        "this is ridiculous",
        "it is raining",
    ],
)
def test_other_sentences_hold_no_name(said: str) -> None:
    assert meaning(said).name is None


@pytest.mark.parametrize(
    "said", ["why do you need that", "I don't want to say", "what", "can I book on Tuesday", "no"]
)
def test_an_answer_that_is_no_name_is_none(said: str) -> None:
    assert meaning(said, NAME).name is None
