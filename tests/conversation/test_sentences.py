"""Sentences: claims need receipts, nothing personal is kept, the office may change the words."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

import pytest

from gateway.appointments.records import Receipt
from gateway.conversation import sentences
from gateway.conversation.conversation import office_of
from gateway.conversation.sentences import LANGUAGES, PROOF, Setting, fixed_phrases
from gateway.conversation.sentences.catalogue import check_own_sentences, placeholders
from gateway.conversation.sentences.pieces import CONSTANTS, PLACES, place_of
from gateway.conversation.sentences.render import render
from gateway.errors import NoReceipt, SettingsError
from tests.conversation import world
from tests.conversation.world import TODAY, TUESDAY, changed, office

ALL = LANGUAGES["en"]
HERE = Setting(office(), TODAY)
RECORDED = Setting(office(), TODAY, recorded=True)
VALUES: dict[str, Any] = {
    "day": TUESDAY.date(), "on_day": TUESDAY.date(), "at_time": TUESDAY.time(),
    "offers": (TUESDAY, TUESDAY.replace(hour=11), TUESDAY.replace(day=25)),
    "appointments": (world.appointment(), world.appointment(service="cleaning")),
    "hours": office().opening.spans(TUESDAY.date()), "holiday": "Christmas Day",
    "a_service": "check-up", "practitioner": "weber", "with_practitioner": "patel",
    "fact": office().settings.facts[0].answer, "digit": 3, "name": "Anna Brown",
    "spelled": "O'Neil", "phone": "+12125550123", "slow_phone": "+12125550123",
}  # fmt: skip


def values_of(template: str) -> dict[str, Any]:
    return {name: VALUES.get(name.rstrip("0123456789")) for name in placeholders(template)}


@pytest.mark.parametrize("key", sorted(PROOF))
def test_a_claim_cannot_be_built_without_its_receipt(key: str) -> None:
    with pytest.raises(NoReceipt):
        sentences.say(HERE, key, 0, "", {})


def test_a_claim_cannot_be_built_from_the_receipt_of_something_else() -> None:
    other: Any = world.noted()
    with pytest.raises(NoReceipt):
        sentences.say_booked(HERE, _dressed_as(other))
    with pytest.raises(NoReceipt):
        sentences.say_noted(HERE, "booked", world.noted())


def _dressed_as(receipt: Receipt) -> Any:
    class Disguise:
        appointment = world.appointment()

    assert isinstance(receipt, Receipt)
    return Disguise()


def test_a_request_never_sounds_like_a_booking() -> None:
    draft_receipt = world.booked()
    assert "booked" in sentences.say_booked(HERE, draft_receipt).text
    tentative = type(draft_receipt)(
        draft_receipt.journal_id,
        draft_receipt.committed_at,
        world.seal_for_store(),
        world.appointment(world.Status.TENTATIVE),
    )
    said = sentences.say_booked(HERE, tentative)
    assert said.key == "requested"
    assert "booked" not in said.text
    assert "in the morning" in said.text


CLAIMING = re.compile(
    r"\b(is|are|it's|that's|you're|have|has) (now )?(booked|moved|cancelled|confirmed|noted|alerted"
    r"|passed (on|your)|put you down)\b|\bleft an urgent note\b|\bon the (office's )?list\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("key", sorted(set(ALL) - set(PROOF)))
def test_no_other_sentence_claims_anything(key: str) -> None:
    for text in ALL[key]:
        assert not CLAIMING.search(text), text


@pytest.mark.parametrize("key", sorted(ALL))
def test_every_placeholder_is_known_and_every_wording_renders(key: str) -> None:
    for text in ALL[key]:
        for name in placeholders(text) - set(CONSTANTS):
            place_of(name)
        clauses = render(text, HERE, values_of(text))
        assert clauses
        assert not re.search(r"[{}]|\s{2}|None", " ".join(c.text for c in clauses))


@pytest.mark.parametrize("key", sorted(ALL))
def test_personal_data_is_never_kept_on_disk(key: str) -> None:
    for text in ALL[key]:
        for clause in render(text, HERE, values_of(text)):
            if clause.keep:
                assert "Brown" not in clause.text
                assert "five five five" not in clause.text


@pytest.mark.parametrize("key", sorted(ALL))
def test_without_a_voice_everything_spoken_lies_on_disk(key: str) -> None:
    phrases = set(fixed_phrases(office()))
    for text in ALL[key]:
        for clause in render(text, RECORDED, values_of(text)):
            assert clause.keep, clause
            assert clause.text in phrases, clause


def test_what_is_kept_of_any_sentence_is_among_the_fixed_phrases() -> None:
    phrases = set(fixed_phrases(office()))
    for wordings in ALL.values():
        for text in wordings:
            for clause in render(text, HERE, values_of(text)):
                assert not clause.keep or clause.text in phrases, clause


def test_fixed_phrases_are_few_enough_to_be_rendered_in_an_evening() -> None:
    assert len(fixed_phrases(office())) < 3000


def test_questions_that_are_asked_again_have_other_words_the_second_time() -> None:
    for key in ALL:
        if key.startswith(("ask-", "offer", "keys-")) and "{digit}" not in ALL[key][0]:
            assert len(ALL[key]) > 1 or key == "keys-which-day", key


def test_the_same_sentence_is_never_said_twice_in_a_row() -> None:
    first = sentences.say(HERE, "fact", 0, "", {"fact": VALUES["fact"]})
    again = sentences.say(HERE, "fact", 1, first.text, {"fact": VALUES["fact"]})
    assert first.text != again.text
    assert first.text in again.text


def test_offers_of_one_day_name_it_once() -> None:
    said = sentences.say(HERE, "offer", 0, "", {"offers": VALUES["offers"]}).text
    assert said == (
        "I have tomorrow, Tuesday the twenty-fourth of November at ten o'clock, eleven o'clock, or "
        "Wednesday the twenty-fifth of November at ten o'clock. Which suits you?"
    )


def test_every_kind_of_placeholder_is_used_by_some_sentence() -> None:
    used = {name.rstrip("0123456789") for texts in ALL.values() for t in texts for name in
            placeholders(t)}  # fmt: skip
    assert used == {*PLACES, *CONSTANTS}


# --- the office's own words -----------------------------------------------------------


def own(**words: str) -> Any:
    named = {key.replace("_", "-"): text for key, text in words.items()}
    return changed(conversation={"sentences": named})


def test_an_office_can_say_it_in_its_own_words() -> None:
    setting = Setting(office_of(own(ask_service="What brings you to us?")), TODAY)
    assert sentences.say(setting, "ask-service", 0, "", {}).text == "What brings you to us?"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({"ask_servise": "What for?"}, 'did you mean "ask-service"'),
        ({"ask_service": "What for, {name}?"}, "there is no {name} here"),
        ({"booked": "All done."}, "must say {at_time}"),
        ({"read_back": "A visit for {name}, fine?"}, "must say {on_day}"),
        ({"goodbye": "Bye {"}, "goodbye"),
    ],
)
def test_own_words_with_a_fault_are_refused_with_the_mend(
    words: dict[str, str], fault: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(fault)):
        office_of(own(**words))


def test_a_wrong_wording_is_named_with_its_file_and_line() -> None:
    text = "[office]\n\n[conversation.sentences]\nask-servise = 'What for?'\n"
    with pytest.raises(SettingsError, match=r"mine\.toml:4: .*did you mean \"ask-service\""):
        check_own_sentences(own(ask_servise="What for?"), text, "mine.toml")


def test_times_are_spoken_as_the_country_speaks() -> None:
    british = Setting(office_of(changed(office={"country": "GB"})), TODAY)
    said = sentences.say(
        british, "slot-free", 0, "", {"on_day": TUESDAY.date(), "at_time": time(10, 30)}
    )
    assert "half past ten" in said.text
