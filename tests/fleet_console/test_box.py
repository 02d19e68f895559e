"""A box after its messages, in whatever order they come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.contract.fleet import BoxState, State
from gateway.fleet.box import (
    DAY_S,
    Box,
    gone_since,
    is_silent,
    misses_calls,
    with_health,
    with_state,
)
from gateway.fleet.settings import Alerting
from tests.fleet_console import said

NOW = said.START.timestamp() + 100
RULE = Alerting()


def after(*states: State, now: float = NOW) -> Box:
    box = Box("hillside", "box-1")
    for one in states:
        box = with_state(box, one, now, retained=False)
    return box


def test_an_old_will_cannot_mark_a_live_box_lost() -> None:
    box = after(said.state("ready", 1), said.state("ready", 2, 50), said.state("lost", 1))
    assert box.status == "ready"
    assert box.stale == 1


def test_the_will_of_the_present_connection_does() -> None:
    # The will was made when the connection was: its time is older than that of "ready".
    assert after(said.state("ready", 2, 50), said.state("lost", 2, 49)).status == "lost"


def test_a_word_from_before_the_loss_that_comes_late_does_not_revive_the_box() -> None:
    box = after(said.state("init", 2, 49), said.state("lost", 2, 49), said.state("ready", 2, 50))
    assert box.status == "lost"


def test_a_box_that_goes_on_speaking_after_somebody_said_it_was_lost_is_believed() -> None:
    box = after(said.state("ready", 2, 50), said.state("lost", 2, 49))
    assert with_state(box, said.state("ready", 2, 50), NOW + 60, retained=False).status == "lost"
    assert with_state(box, said.state("ready", 2, 90), NOW + 60, retained=False).status == "ready"


def test_an_older_state_of_the_same_connection_changes_nothing() -> None:
    box = after(said.state("alert", 2, 60), said.state("ready", 2, 50))
    assert (box.status, box.stale) == ("alert", 1)


def test_the_same_word_twice_is_one_word() -> None:
    once = after(said.state("ready", 2, 50))
    assert after(said.state("ready", 2, 50), said.state("ready", 2, 50)) == once


words = st.lists(
    st.sampled_from(["init", "ready", "alert"]), min_size=1, max_size=4
)  # fmt: skip


@given(st.lists(st.tuples(words, st.booleans()), min_size=1, max_size=4), st.randoms())
def test_any_order_and_any_repetition_ends_in_the_same_state(
    lives: list[tuple[list[str], bool]], chance: object
) -> None:
    history, clock = [], 0
    for connection, (told, ends) in enumerate(lives, start=1):
        began = clock
        for word in told:
            clock += 1
            history.append(said.state(word, connection, clock))
        if ends:
            history.append(said.state("lost", connection, began))
    shuffled = history * 2
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    box = after(*shuffled)
    assert (box.state, box.connection) == (history[-1].state, history[-1].connection)


def test_health_of_an_older_connection_or_an_older_moment_is_ignored() -> None:
    box = with_health(Box("a", "b"), said.health(2, 50, rung=3), NOW, retained=False)
    for older in (said.health(1, 99, rung=5), said.health(2, 49, rung=5)):
        box = with_health(box, older, NOW, retained=False)
        assert box.health is not None
        assert box.health.rung == 3
    assert box.stale == 2


def test_what_the_broker_kept_is_no_sign_of_life() -> None:
    box = with_health(Box("a", "b"), said.health(1, 0), NOW, retained=True)
    assert box.heard == said.START.timestamp()
    assert with_health(box, said.health(1, 0), NOW, retained=False).heard == NOW


def test_a_retained_loss_counts_from_the_last_word_of_the_box() -> None:
    box = with_state(Box("a", "b"), said.state("lost", 1, -5000), NOW, retained=True)
    box = with_health(box, said.health(1, -600), NOW, retained=True)
    assert NOW - gone_since(box) == 700


def test_a_box_is_silent_only_when_somebody_listened() -> None:
    box = after(said.state("ready"))
    later = NOW + RULE.silent_after_s + 1
    assert is_silent(box, RULE, later, listening_since=NOW)
    assert not is_silent(box, RULE, later, listening_since=later - 10)
    assert not is_silent(after(said.state("disconnected")), RULE, later, listening_since=NOW)


def with_calls(ages_days: list[float]) -> Box:
    """A box that told of its last call after each of these; days before NOW."""
    box = after(said.state("ready"))
    for age in ages_days:
        moment = NOW - age * DAY_S
        told = said.health(1, moment - said.START.timestamp(), since_last_call_s=60.0)
        box = with_health(box, told, moment, retained=False)
    return box


def test_no_calls_where_there_always_were_some() -> None:
    regular = with_calls([30 - day for day in range(27)])
    assert not misses_calls(regular, RULE, NOW), "the box knows its last call and says so itself"
    anew = with_health(regular, said.health(2, 99, since_last_call_s=None), NOW, retained=False)
    assert misses_calls(anew, RULE, NOW)
    assert not misses_calls(anew, RULE, NOW - 2.5 * DAY_S)


def test_an_office_that_is_rarely_rung_is_given_time() -> None:
    rare = with_calls([40, 30, 20, 14])
    anew = with_health(rare, said.health(2, 99, since_last_call_s=None), NOW, retained=False)
    assert not misses_calls(anew, RULE, NOW)
    assert misses_calls(anew, RULE, NOW + 10 * DAY_S)


def test_a_new_box_without_calls_is_no_alert() -> None:
    few = with_calls([6, 5, 4])
    anew = with_health(few, said.health(2, 99, since_last_call_s=None), NOW, retained=False)
    assert not misses_calls(anew, RULE, NOW + 20 * DAY_S)


def test_every_state_of_a_box_is_understood() -> None:
    for word in BoxState:
        assert after(said.state(word.value)).status == word.value
