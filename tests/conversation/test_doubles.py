"""Two services or two people in one wish are told apart; one wish of many words stays whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from gateway.conversation import doubles
from gateway.conversation.meaning import Asked, Context, Intent
from gateway.conversation.understanding import understand
from tests.conversation.world import office

NOW = datetime(2026, 11, 23, 18, 30)


def context(asked: Asked = Asked.OPEN) -> Context:
    return Context(NOW, office().vocabulary, asked=asked)


def apart(double: doubles.Double | None) -> tuple[str, str] | None:
    return (double.now, double.later) if double else None


@pytest.mark.parametrize(
    ("said", "now", "later"),
    [
        (
            "I'd like a cleaning and a check-up on Tuesday at ten",
            "I'd like a cleaning on Tuesday at ten",
            "also book a check-up Tuesday",
        ),
        (
            "book a cleaning on Tuesday and a check-up on Thursday",
            "book a cleaning on Tuesday",
            "also book a check-up on Thursday",
        ),
        (
            "a cleaning for my son and a check-up for me, please",
            "a cleaning for my son",
            "also book a check-up for me, please",
        ),
        (
            "a check-up, a cleaning and a filling please",
            "a check-up please",
            "also book a cleaning and a filling",
        ),
        (
            "I need a cleaning as well as a check-up with Dr Weber",
            "I need a cleaning with Dr Weber",
            "also book a check-up with Dr Weber",
        ),
        (
            "cancel my cleaning and my check-up",
            "cancel my cleaning",
            "cancel my check-up",
        ),
        (
            "how much is a cleaning and a check-up",
            "how much is a cleaning",
            "how much is a check-up",
        ),
    ],
)
def test_two_services_are_two_wishes(said: str, now: str, later: str) -> None:
    assert apart(doubles.two_services(said, context())) == (now, later)


def test_two_services_where_the_service_was_asked() -> None:
    found = doubles.two_services("a cleaning and a check-up", context(Asked.SERVICE))
    assert apart(found) == ("a cleaning", "also book a check-up")


@pytest.mark.parametrize(
    "said",
    [
        "a scale and polish on Tuesday",
        "I need a filling actually, not a check-up",
        "a cleaning, no sorry, a check-up",
        "a cleaning or a check-up",
        "what is the difference between a cleaning and a check-up",
        "I had a cleaning and a check-up last year and now I need a filling",
        "do you do cleanings and check-ups",
        "a cleaning on Tuesday and Wednesday is bad",
        "my crown fell out and I think I need a filling",
    ],
)
def test_one_service_stays_one(said: str) -> None:
    assert doubles.two_services(said, context()) is None


@pytest.mark.parametrize(
    ("said", "now", "later"),
    [
        (
            "a check-up for both my kids on Tuesday",
            "a check-up for my kid on Tuesday",
            "also book a check-up Tuesday for my other kid",
        ),
        (
            "can I book a cleaning for my son and my daughter",
            "can I book a cleaning for my son",
            "also book a cleaning for my daughter",
        ),
        (
            "I need appointments for my wife and me",
            "I need appointments for me",
            "also book an appointment for my wife",
        ),
        (
            "my son and daughter need a check-up",
            "my son need a check-up",
            "also book a check-up for my daughter",
        ),
        (
            "book a cleaning for the two of us",
            "book a cleaning for me",
            "also book a cleaning for my companion",
        ),
    ],
)
def test_two_people_are_two_wishes(said: str, now: str, later: str) -> None:
    assert apart(doubles.two_people(said, context())) == (now, later)
    again = understand(later, context())
    assert again.intent is not None and again.intent.value == "book" and again.client is not None


@pytest.mark.parametrize(
    "said",
    [
        "a check-up for my son on Tuesday",
        "my wife and I just moved here and I need a check-up",
        "a check-up on Tuesday after my kids' school",
        "I have to pick up both my kids at three, a check-up after that",
        "what do you charge for my two kids",
        "cancel the appointments for both my kids",
    ],
)
def test_one_person_stays_one(said: str) -> None:
    assert doubles.two_people(said, context()) is None


@pytest.mark.parametrize(
    ("said", "now"),
    [
        ("oh and a check-up too", ""),
        ("can I also get a check-up", ""),
        ("yes and a check-up as well please", "yes"),
        ("Tuesday at ten, and a check-up", "Tuesday at ten"),
    ],
)
def test_a_service_is_added_to_the_one_being_booked(said: str, now: str) -> None:
    found = doubles.added_service(said, context(Asked.DAY), "cleaning")
    assert apart(found) == (now, "also book a check-up")


@pytest.mark.parametrize(
    "said",
    [
        "a check-up",
        "actually a check-up",
        "no, a check-up instead",
        "and a cleaning too",
        "sorry, I meant a check-up",
        "not a check-up too",
        "make it a check-up",
    ],
)
def test_a_service_that_replaces_the_other_is_not_added(said: str) -> None:
    assert doubles.added_service(said, context(Asked.DAY), "cleaning") is None


def test_of_three_people_two_are_left() -> None:
    found = doubles.two_people("a check-up for all three of my kids", context())
    other = "also book a check-up for my other kid"
    assert apart(found) == ("a check-up for my kid", f"{other}. {other}")


@pytest.mark.parametrize("said", ["forget the check-up", "just the cleaning", "only a cleaning"])
def test_what_was_kept_for_later_can_be_given_up(said: str) -> None:
    assert doubles.given_up(said, context(), "also book a check-up", "cleaning")


@pytest.mark.parametrize("said", ["just a check-up", "forget it", "the cleaning", "yes", "Tuesday"])
def test_other_words_give_nothing_up(said: str) -> None:
    assert not doubles.given_up(said, context(), "also book a check-up", "cleaning")


@pytest.mark.parametrize(
    ("said", "service"),
    [
        ("I need a filling actually, not a check-up", "filling"),
        ("not a check-up, a filling", "filling"),
        ("a check-up, no sorry, a filling", "filling"),
        ("a filling instead of the check-up", "filling"),
        ("I don't want a check-up, just a cleaning", "cleaning"),
        ("not just a cleaning", "cleaning"),
        ("why not a cleaning", "cleaning"),
        ("don't forget the cleaning", "cleaning"),
        ("not a check-up", None),
        ("it isn't a cleaning", None),
    ],
)
@pytest.mark.parametrize("asked", [Asked.OPEN, Asked.SERVICE, Asked.YES_NO])
def test_what_is_ruled_out_is_never_the_service(
    said: str, service: str | None, asked: Asked
) -> None:
    found = understand(said, context(asked)).service
    assert (found.value if found else None) == service


@pytest.mark.parametrize(
    ("said", "later"),
    [
        ("yes and for my husband too", "also book a check up for my husband"),
        ("yes for both of us", "also book a check up for my companion"),
        ("yes please, for me and my wife", "also book a check up for my wife"),
        ("yes a cleaning and a check-up", "also book a cleaning"),
    ],
)
def test_a_yes_and_one_more(said: str, later: str) -> None:
    held = replace(context(Asked.YES_NO), held=True, act=Intent.BOOK)
    found = doubles.added_at_yes(said, held, "check-up")
    assert found is not None and found.later == later
    assert found.now.lower().startswith("yes") and len(found.now.split()) <= 2


@pytest.mark.parametrize(
    "said", ["yes", "yes please", "yes for my son", "yes a check-up", "no, and for my son too"]
)
def test_a_yes_alone(said: str) -> None:
    held = replace(context(Asked.YES_NO), held=True, act=Intent.BOOK)
    assert doubles.added_at_yes(said, held, "check-up") is None
