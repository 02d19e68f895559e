"""The caller with a script answers what is asked, whatever the wording."""

from __future__ import annotations

import pytest

from gateway.rehearsal.phone.acts import Cue, Facts, HangUp, LeaveMessage, Press, Say, Wait
from gateway.rehearsal.phone.script import Script
from gateway.rehearsal.phone.wording import key_offers, plain

FACTS = Facts(
    name="Anna Brown",
    service="cleaning",
    day="Tuesday",
    time="ten in the morning",
    phone="2125550123",
    message="Please call me back.",
)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("Hello, this is Hillside Dental. How can I help you?", FACTS.opening),
        ("What can I do for you?", FACTS.opening),
        ("Sure. What is it for?", "I need a cleaning, please."),
        ("What would you like to come in for?", "I need a cleaning, please."),
        ("Which day would suit you?", "Is there anything free on Tuesday morning?"),
        ("When would you like to come?", "Is there anything free on Tuesday morning?"),
        ("Okay, Tuesday. What time would you like?", "At ten in the morning, please."),
        ("In the morning or in the afternoon?", "At ten in the morning, please."),
        ("I have Tuesday at nine, at ten or at eleven. Which suits you?",
         "At ten in the morning, please."),
        ("I have Tuesday at two or at three. Which suits you?", "The first one, please."),
        ("What name shall I put it under?", "My name is Anna Brown."),
        ("May I have your name, please?", "My name is Anna Brown."),
        ("Could you spell your name for me?", "A, N, N, A, B, R, O, W, N."),
        ("What number can we reach you on?", "2 1 2 5 5 5 0 1 2 3."),
        ("Is 212 555 0123 the best number for you?", "Yes."),
        ("That's a cleaning on Tuesday at ten, for Anna Brown. Shall I book it?", "Yes, please."),
        ("That's a cleaning on Thursday at ten. Shall I book it?", "No, on Tuesday, please."),
        ("Would you like to leave a message?", "Yes, please."),
        ("That's booked: a cleaning. Is there anything else?", "No. Goodbye."),
    ],
)  # fmt: skip
def test_a_question_gets_its_answer(heard: str, said: str) -> None:
    assert Script(FACTS).react(heard) == Say(said)


@pytest.mark.parametrize(
    ("heard", "keys"),
    [
        ("To book an appointment, press one. To leave a message, press two.", "1"),
        ("Let's use the keys to book an appointment press one to leave a message press two for a "
         "person press zero", "1"),
        ("Press two to book, one to leave a message, or zero for a person.", "2"),
        ("For a check-up, press one. For a cleaning, press 2. For a filling, press three.", "2"),
        ("To change it, press one. To book it, press two.", "2"),
        ("One is yes, two is no.", "1"),
        ("Let's use the keys for. Tomorrow, Monday, at eight thirty, press one for tomorrow, "
         "Monday at ten thirty, press two for Tuesday, the twenty fourth at eight thirty, "
         "press three. For other times, press nine.", "3"),
        ("Please type the number on your keys, then press hash.", "2125550123#"),
    ],
)  # fmt: skip
def test_keys_are_pressed_for_what_is_wanted(heard: str, keys: str) -> None:
    assert Script(FACTS).react(heard) == Press(keys)


@pytest.mark.parametrize("heard", ["One moment, please.", "That's booked.", "Thanks. Goodbye."])
def test_nothing_is_said_while_more_will_come(heard: str) -> None:
    assert Script(FACTS).react(heard) == Wait()


def test_after_the_tone_the_message_is_left() -> None:
    script = Script(FACTS)
    apology = "I'm sorry. Please leave your name, number and message after the tone."
    assert script.react(apology) == LeaveMessage("Please call me back.")
    assert isinstance(script.react("Thank you. Your message has been saved. Goodbye."), HangUp)


def test_at_the_beep_the_caller_speaks_even_without_having_understood() -> None:
    assert Script(FACTS).beep("") == LeaveMessage("Please call me back.")
    assert Script(FACTS).beep("After the tone, say your name, then hash.") == LeaveMessage(
        "Anna Brown"
    )


def test_what_was_not_caught_is_said_again() -> None:
    script = Script(FACTS)
    script.react("Which day would suit you?")
    assert script.react("Sorry, I missed that.") == Say("On Tuesday, please.")


def test_a_box_that_goes_in_circles_is_left_alone() -> None:
    script = Script(FACTS)
    answers = [script.react("How can I help you?") for _ in range(4)]
    assert isinstance(answers[-1], HangUp)


def test_an_unknown_question_gets_the_next_fact() -> None:
    script = Script(FACTS)
    assert script.react("Wibble wobble?") == Say(FACTS.opening)
    assert script.silence() == Say("A cleaning.")


def test_keys_and_what_they_are_for_are_read_without_full_stops() -> None:
    heard = plain("to book it press one to change it press two")
    assert [(k, p.strip()) for k, p in key_offers(heard)] == [
        ("1", "to book it"),
        ("2", "to change it"),
    ]


def test_a_cue_comes_before_everything_else_and_once() -> None:
    script = Script(FACTS, (Cue(r"how can i help", Say("Is there any parking?")),))
    assert script.react("How can I help you?") == Say("Is there any parking?")
    assert script.react("How can I help you?") == Say(FACTS.opening)


def test_only_a_cue_over_the_box_makes_a_caller_interrupt() -> None:
    waits = Script(FACTS, (Cue("assistant", Say("Hello.")),))
    assert not waits.impatient and not waits.interrupts("This is the assistant")
    hurried = Script(FACTS, (Cue("assistant", Say("Hello."), over=True),))
    assert hurried.impatient and not hurried.interrupts("This is the")
    assert hurried.interrupts("This is the assistant")
    hurried.react("This is the assistant")
    assert not hurried.impatient
