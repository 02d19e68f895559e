"""What holds in every state in which it is the caller's turn: danger, a person, keys, ladder."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from gateway.conversation import actions as a
from gateway.conversation import events as e
from gateway.conversation.conversation import Conversation, step
from gateway.conversation.questions import Form, form_of
from gateway.conversation.states import QUESTIONS, State
from tests.conversation.world import NOW, TUESDAY, answered, changed, keys_said, slots, talk

BOOK = "a check-up on Tuesday at ten"
NAMED = (BOOK, "Anna Brown")
PATHS: dict[State, tuple[str | e.Event, ...]] = {
    State.OPEN: (),
    State.SERVICE: ("I'd like to book an appointment",),
    State.DAY: ("a check-up please",),
    State.CHOICE: ("a check-up please", "Tuesday morning"),
    State.NAME: (BOOK,),
    State.PHONE_CHECK: NAMED,
    State.PHONE: (*NAMED, "no"),
    State.NAME_CHECK: (BOOK, "B R A U N"),
    State.COMMIT_BOOKING: (*NAMED, "yes"),
    State.CHANGE_WHAT: (*NAMED, "yes", "no"),
    State.IDENTIFY: ("I want to cancel my appointment",),
    State.COMMIT_CANCEL: ("this is Anna Brown, I want to cancel my appointment",),
    State.COMMIT_MOVE: (
        "this is Anna Brown, I want to move my appointment", "Tuesday at ten",
    ),
}  # fmt: skip
"""State -> how a call gets there."""


def at(state: State) -> Conversation:
    conversation, _ = talk(answered(), *PATHS[state])
    assert conversation.state is state, f"the way to {state} leads to {conversation.state}"
    return conversation


EVERY = pytest.mark.parametrize("state", sorted(PATHS))


def test_the_ways_lead_to_most_questions() -> None:
    rare = {State.URGENT, State.RESUME, State.WHICH_DAY, State.WHICH_TIME, State.OFFER_MESSAGE,
            State.WHICH_APPOINTMENT}  # fmt: skip
    assert set(PATHS) == QUESTIONS - rare


@EVERY
def test_danger_is_answered_by_the_emergency_number_and_an_alert(state: State) -> None:
    conversation, actions = step(at(state), e.Heard("oh god there is a fire here"), NOW)
    said = [action for action in actions if isinstance(action, a.Say)]
    assert "nine one one" in said[0].text
    assert not said[0].interruptible
    assert any(isinstance(action, a.CommitAlert) for action in actions)
    assert conversation.state is State.ALERTING


@EVERY
def test_after_danger_there_is_no_talk_of_bookings(state: State) -> None:
    conversation, _ = talk(at(state), "oh god there is a fire here")
    conversation, actions = talk(conversation, "yes on Tuesday please")
    assert keys_said(actions) == ["danger-stay"]
    assert isinstance(actions[-1], a.EndCall)
    assert actions[-1].outcome.value == "urgent"


@EVERY
def test_a_person_is_reached_by_word(state: State) -> None:
    conversation, actions = step(at(state), e.Heard("let me speak to a real person"), NOW)
    assert isinstance(actions[-1], a.RecordMessage)
    assert conversation.state is State.RECORDING


@EVERY
def test_a_person_is_reached_by_key_zero(state: State) -> None:
    _, actions = step(at(state), e.KeyPressed("0"), NOW)
    assert isinstance(actions[-1], a.RecordMessage)


def test_zero_can_begin_a_number_but_zero_alone_means_a_person() -> None:
    british = answered(changed(office={"country": "GB"}))
    conversation, _ = talk(british, *PATHS[State.PHONE])
    conversation, actions = step(conversation, e.KeyPressed("0"), NOW)
    assert conversation.state is State.PHONE
    for nothing_more in (e.KeyPressed("#"), e.CallerSilent()):
        _, actions = step(conversation, nothing_more, NOW)
        assert isinstance(actions[-1], a.RecordMessage)


@EVERY
def test_a_transfer_is_tried_where_the_office_says_so(state: State) -> None:
    office = changed(handover={"rule": "transfer", "person": "on-call"})
    conversation, _ = talk(answered(office), *PATHS[state])
    _, actions = step(conversation, e.Heard("operator please"), NOW)
    assert actions[-1] == a.TransferCall("on-call")


@EVERY
def test_without_a_recogniser_the_question_is_put_for_the_keys(state: State) -> None:
    conversation, actions = step(at(state), e.ModelFailed("recogniser"), NOW)
    assert conversation.rung == 3
    assert keys_said(actions)[0] == "lost-hearing"
    last = actions[-1]
    keys = isinstance(last, a.Listen) and last.keys
    assert keys or isinstance(last, a.RecordMessage | a.FindSlots)


@EVERY
def test_without_a_voice_only_recorded_pieces_are_spoken(state: State) -> None:
    conversation, actions = step(at(state), e.ModelFailed("voice"), NOW)
    assert conversation.rung == 2
    clauses = [
        clause for action in actions if isinstance(action, a.Say) for clause in action.clauses
    ]
    assert clauses
    assert all(clause.keep for clause in clauses)


@EVERY
def test_without_a_language_model_the_call_goes_on_in_silence(state: State) -> None:
    before = at(state)
    conversation, actions = step(before, e.ModelFailed("language-model"), NOW)
    assert (conversation.rung, conversation.state) == (4, before.state)
    assert not keys_said(actions)


@EVERY
def test_when_the_book_is_out_of_reach_a_message_is_taken_that_needs_no_book(state: State) -> None:
    _, actions = step(at(state), e.StoreFailed("anything"), NOW)
    assert keys_said(actions) == ["store-down"]
    last = actions[-1]
    assert isinstance(last, a.RecordMessage)
    assert not last.go_on


@EVERY
def test_a_caller_who_hangs_up_leaves_an_owner_behind(state: State) -> None:
    conversation, actions = talk(at(state), e.CallerHungUp())
    assert conversation.state is State.ENDED
    assert isinstance(actions[-1], a.EndCall)
    if state is not State.OPEN:
        assert any(isinstance(action, a.CommitNote) for action in actions)


@EVERY
def test_three_turns_not_understood_make_the_question_smaller_and_the_fourth_a_message(
    state: State,
) -> None:
    conversation, spoken = at(state), []
    for n in range(4):
        conversation, actions = talk(conversation, f"flurbl gnorp zz{n}")
        spoken.append([action.text for action in actions if isinstance(action, a.Say)])
        if any(isinstance(action, a.RecordMessage) for action in actions):
            break
    said = [text for texts in spoken for text in texts]
    assert all(one != two for one, two in pairwise(said))
    assert n <= 3


def test_a_question_is_smaller_after_two_misses_and_for_the_keys_after_three() -> None:
    forms = []
    conversation = at(State.DAY)
    for n in range(3):
        conversation, _ = step(conversation, e.Heard(f"gnorp zz{n}"), NOW)
        forms.append(form_of(conversation))
    assert forms == [Form.WHOLE, Form.SMALL, Form.KEYS]


# --- what is overheard while something is looked up -----------------------------------


def test_danger_said_while_times_are_looked_up_is_acted_upon_at_once() -> None:
    conversation, _ = step(at(State.DAY), e.Heard("Tuesday morning"), NOW)
    assert conversation.state is State.FINDING
    conversation, actions = step(conversation, e.Heard("there is a fire"), NOW)
    assert any(isinstance(action, a.CommitAlert) for action in actions)
    conversation, actions = step(conversation, e.SlotsFound(slots(), exact=True), NOW)
    assert conversation.state is State.ALERTING
    assert not actions


def test_a_correction_said_while_times_are_looked_up_is_not_lost() -> None:
    conversation, _ = step(at(State.DAY), e.Heard("Tuesday morning"), NOW)
    conversation, _ = step(conversation, e.Heard("no sorry Wednesday"), NOW)
    _, actions = step(conversation, e.SlotsFound(slots(), exact=True), NOW)
    wishes = [action.wish for action in actions if isinstance(action, a.FindSlots)]
    assert wishes[-1].days == ((TUESDAY + timedelta(days=1)).date(),)
    assert [type(action) for action in actions].count(a.Listen) == 0


def test_a_yes_said_while_times_are_looked_up_answers_nothing() -> None:
    conversation, _ = step(at(State.DAY), e.Heard("Tuesday morning"), NOW)
    conversation, _ = step(conversation, e.Heard("yes"), NOW)
    conversation, actions = step(conversation, e.SlotsFound(slots()[:1], exact=True), NOW)
    assert conversation.state is State.CHOICE
    assert isinstance(actions[-1], a.Listen)


def test_the_limit_that_comes_during_a_commit_waits_for_the_row() -> None:
    conversation, _ = step(at(State.COMMIT_BOOKING), e.Heard("yes please"), NOW)
    assert conversation.state is State.BOOKING
    conversation, actions = talk(conversation, e.TurnLimit())
    assert not actions
    assert conversation.state is State.BOOKING


def test_a_caller_who_hangs_up_during_the_commit_has_booked_all_the_same() -> None:
    conversation, actions = step(at(State.COMMIT_BOOKING), e.Heard("yes please"), NOW)
    commit = actions[-1]
    assert isinstance(commit, a.CommitBooking)
    conversation, actions = step(conversation, e.CallerHungUp(), NOW)
    assert conversation.state is State.LEAVING
    assert not actions
    from tests.conversation.world import answer_to

    answer = answer_to(commit)
    assert answer is not None
    conversation, actions = step(conversation, answer, NOW)
    assert isinstance(actions[-1], a.EndCall)
    assert actions[-1].outcome.value == "booked"
    assert not keys_said(actions)
