"""The table of one call leg."""

from __future__ import annotations

import pytest

from gateway.errors import NoSuchTransition
from telephony.answering import TABLE, Action, Event, State, step

ANY_TIME = (Event.GATEWAY_LOST, Event.CALLER_GONE, Event.STOP, Event.KEY, Event.HASH)
BEFORE_THE_END = [state for state in State if state is not State.ENDED]


@pytest.mark.parametrize("state", BEFORE_THE_END)
@pytest.mark.parametrize("event", [*ANY_TIME, Event.TRANSFER_OVER])
def test_what_can_happen_at_any_time_has_a_row_in_every_state_before_the_end(
    state: State, event: Event
) -> None:
    following, _ = step(state, event)
    assert isinstance(following, State)


def test_nothing_follows_the_end() -> None:
    assert not [state for state, _ in TABLE if state is State.ENDED]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_an_event_without_a_row_raises(state: State, event: Event) -> None:
    if (state, event) not in TABLE:
        with pytest.raises(NoSuchTransition, match=event.name):
            step(state, event)


def test_every_state_is_reached_and_every_state_can_end() -> None:
    reached, edge = {State.RINGING}, [State.RINGING]
    while edge:
        here = edge.pop()
        for (state, _), (following, _) in TABLE.items():
            if state is here and following not in reached:
                reached.add(following)
                edge.append(following)
    assert reached == set(State)
    for state in BEFORE_THE_END:
        assert step(state, Event.CALLER_GONE)[0] in (State.ENDED, State.FILING)


def test_every_action_and_event_is_used() -> None:
    assert {action for _, actions in TABLE.values() for action in actions} == set(Action)
    assert {event for _, event in TABLE} == set(Event)


@pytest.mark.parametrize("state", [State.GREETING, State.CONVERSATION, State.TRANSFERRING])
@pytest.mark.parametrize("event", [Event.GATEWAY_LOST, Event.SPEECH_OVERDUE])
def test_a_gateway_that_fails_while_it_speaks_is_followed_by_an_apology_and_a_message(
    state: State, event: Event
) -> None:
    following, actions = step(state, event)
    assert following is State.PROMPT
    assert actions == (Action.DROP_LINK, Action.STOP_SOUND, Action.APOLOGISE)
    assert step(following, Event.PLAYED_OUT) == (State.RECORDING, (Action.RECORD,))


def test_the_end_always_closes_the_call() -> None:
    for (state, event), (following, actions) in TABLE.items():
        if following is State.ENDED:
            assert actions[-1] is Action.CLOSE, (state, event)


def test_a_recording_survives_whatever_happens_to_the_gateway() -> None:
    for state in (State.RECORDING, State.SAVING, State.FILING):
        assert step(state, Event.GATEWAY_LOST) == (state, (Action.DROP_LINK,))
