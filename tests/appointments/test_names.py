"""Names and numbers: tolerant of the recogniser, not of strangers."""

from __future__ import annotations

import pytest

from gateway.appointments.names import phone_key, same_name, same_phone, sound


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("anna brown", "Anna Brown"),
        ("Ana Braun", "Anna Brown"),
        ("brown", "Anna Brown"),
        ("Catherine Smyth", "Kathryn Smith"),
        ("Sean O Brien", "Seán O'Brien"),
        ("Muller", "Müller"),
        ("Jon Stephens", "John Stevens"),
    ],
)  # fmt: skip
def test_names_that_sound_alike_agree(said: str, written: str) -> None:
    assert same_name(said, written)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("Anna Brown", "Anna Green"),
        ("Peter Weiss", "Anna Brown"),
        ("", "Anna Brown"),
        ("John Carter", "Joan Potter"),
        ("Mary", "Gary Smith"),
    ],
)
def test_names_of_different_people_do_not_agree(said: str, written: str) -> None:
    assert not same_name(said, written)


def test_national_and_international_forms_are_one_number() -> None:
    assert phone_key("(212) 555-0123", "US") == "+12125550123"
    assert phone_key("sip:+12125550123@pbx.example", "US") == "+12125550123"
    assert phone_key("020 7946 0018", "GB") == phone_key("+44 20 7946 0018", "US")
    assert phone_key(None, "US") == phone_key("anonymous", "US") == ""


def test_numbers_agree_with_and_without_area_code_but_not_on_a_few_digits() -> None:
    assert same_phone("+12125550123", "5550123")
    assert not same_phone("+12125550123", "0123")
    assert not same_phone("+12125550123", "+12125550124")
    assert not same_phone("", "")


@pytest.mark.parametrize(
    ("word", "code"), [("robert", "r163"), ("rupert", "r163"), ("tymczak", "t522")]
)
def test_sound_is_soundex(word: str, code: str) -> None:
    assert sound(word) == code
