"""Spoken telephone numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conversation.meaning import Asked
from gateway.conversation.spoken import say_number
from tests.conversation_understanding.situation import meaning, situation

PHONE = situation(asked=Asked.PHONE)

NUMBERS = [
    ("five five five one two three four", "5551234"),
    ("555-1234", "5551234"),
    ("5551234", "5551234"),
    ("(415) 555-1234", "4155551234"),
    ("area code four one five, five five five, one two three four", "4155551234"),
    ("oh four one two, triple three, nine eight seven", "0412333987"),
    ("double three five four one two six", "3354126"),
    ("eight hundred five five five one two one two", "8005551212"),
    ("oh seven seven double oh nine hundred one two three", "07700900123"),
    ("plus forty four twenty seven nine four six oh one two three", "+44279460123"),
    ("it's um five five five, uh, one two three four", "5551234"),
    ("five five five twelve thirty four", "5551234"),
    ("zero two zero seven nine four six zero zero one eight", "02079460018"),
    ("five five five one two three four no three five", "5551235"),
    ("five five five one two three four, sorry, one two three five", "5551235"),
    ("four five five one two three four, no, five five five one two three four", "5551234"),
    ("my number is 415 555 1234 thank you", "4155551234"),
    ("one for five to two two one", "1452221"),
]


@pytest.mark.parametrize(("said", "wanted"), NUMBERS)
def test_a_number_is_read(said: str, wanted: str) -> None:
    found = meaning(said, PHONE)
    assert found.phone is not None
    assert found.phone.value == wanted
    assert not found.phone_partial


def test_a_number_is_read_unasked_when_it_is_long_enough_or_announced() -> None:
    assert meaning("you can reach me at five five five one two three four").phone is not None
    assert meaning("I have two kids and four cats").phone is None
    assert meaning("tomorrow at two thirty").phone is None


def test_too_few_digits_are_a_part_of_a_number() -> None:
    found = meaning("five five five", PHONE)
    assert found.phone is not None
    assert found.phone_partial


@pytest.mark.parametrize(
    "said",
    ["this number", "the one I'm calling from", "the same", "use the number you have",
     "the number I'm ringing from"],
)  # fmt: skip
def test_the_number_of_the_caller_is_meant(said: str) -> None:
    found = meaning(said, PHONE)
    assert found.same_number
    assert found.phone is None


@pytest.mark.parametrize("said", ["not this number", "not that one", "yes please"])
def test_the_number_of_the_caller_is_not_meant(said: str) -> None:
    assert not meaning(said, PHONE).same_number


@given(st.from_regex(r"\+?[0-9]{7,13}", fullmatch=True))
def test_a_number_that_we_say_is_understood_back(number: str) -> None:
    found = meaning(say_number(number), PHONE)
    assert found.phone is not None
    assert found.phone.value == number
