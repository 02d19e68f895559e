"""The table: no row raises and changes nothing; what must have a row has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.conversation import events as e
from gateway.conversation.conversation import start, step
from gateway.conversation.rules import RULES
from gateway.conversation.states import COMMITS, QUESTIONS, TABLE, WAITS, State
from gateway.conversation.turns import HANDLERS
from gateway.errors import NoSuchTransition
from gateway.rehearsal.states import with_diagram
from tests.conversation.world import NOW, answered, office, slots

BEFORE_THE_END = [state for state in State if state is not State.ENDED]
ALWAYS = (e.ModelFailed, e.StoreFailed, e.CallerSilent, e.TurnLimit, e.CallerHungUp)


@pytest.mark.parametrize("state", BEFORE_THE_END)
@pytest.mark.parametrize("event", ALWAYS)
def test_what_can_always_happen_has_a_row_in_every_state_before_the_end(
    state: State, event: type[e.Event]
) -> None:
    assert event in TABLE[state]


def test_an_event_without_a_row_raises_and_changes_nothing() -> None:
    conversation = answered()
    before = repr(conversation)
    with pytest.raises(NoSuchTransition):
        step(conversation, e.SlotsFound(slots(), exact=True), NOW)
    assert repr(conversation) == before


def test_nothing_can_happen_before_the_call_is_answered_or_after_its_end() -> None:
    with pytest.raises(NoSuchTransition):
        step(start(office()), e.Heard("hello"), NOW)
    ended = step(answered(), e.CallerHungUp(), NOW)[0]
    assert ended.state is State.ENDED
    with pytest.raises(NoSuchTransition):
        step(ended, e.CallerHungUp(), NOW)


def test_every_name_in_the_table_is_a_rule_and_every_rule_has_a_row() -> None:
    named = {rule.name for rows in TABLE.values() for rule in rows.values()}
    assert named == set(RULES)


def test_the_table_has_every_state_and_leads_to_none_that_it_does_not_have() -> None:
    assert set(TABLE) == set(State)
    for rows in TABLE.values():
        for rule in rows.values():
            assert rule.goes <= set(TABLE)


def test_every_state_is_one_kind_of_state() -> None:
    others = {State.NEW, State.LAST_MESSAGE, State.LEAVING, State.CLOSING, State.ENDED}
    assert not QUESTIONS & WAITS
    assert COMMITS < WAITS
    assert QUESTIONS | WAITS | others == set(State)


def test_every_question_has_a_rule_for_its_answer() -> None:
    assert set(HANDLERS) == QUESTIONS - {State.URGENT}


def test_every_state_can_be_reached_and_every_state_can_end() -> None:
    reached, ends = {State.NEW}, {State.ENDED}
    for _ in State:
        for state, rows in TABLE.items():
            goes = frozenset[State]().union(*(rule.goes for rule in rows.values()))
            reached |= goes if state in reached else frozenset()
            if goes & ends:
                ends.add(state)
    assert reached == set(State)
    assert ends == set(State)


def test_the_diagram_in_the_docs_is_drawn_from_the_table_as_it_is() -> None:
    document = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text()
    assert with_diagram(document) == document, (
        "run: nightporter states --write docs/architecture.md"
    )
