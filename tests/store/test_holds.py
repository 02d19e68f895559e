"""Holds: one per call, for a while, against everybody else."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.appointments.records import Outcome
from gateway.errors import SlotTaken
from gateway.store.store import Store
from tests.store.office import NOW, TEN, draft, later, slot

TUESDAY = date(2026, 11, 24)


def test_a_held_slot_is_busy_for_others_and_free_for_the_holder(store: Store, other: Store) -> None:
    store.hold(TEN, "call-1", now=NOW)
    assert len(other.busy(TUESDAY, TUESDAY, for_call="call-2", now=NOW)) == 1
    assert other.busy(TUESDAY, TUESDAY, for_call="call-1", now=NOW) == []
    with pytest.raises(SlotTaken):
        other.hold(slot(10, 15), "call-2", now=NOW)
    with pytest.raises(SlotTaken):
        other.book(draft(), "call-2", now=NOW)
    assert store.book(draft(), "call-1", now=NOW).appointment.start == TEN.start


def test_a_new_hold_replaces_the_old_one_and_a_refused_one_leaves_it(
    store: Store, other: Store
) -> None:
    store.hold(TEN, "call-1", now=NOW)
    store.hold(slot(11), "call-1", now=NOW)
    other.hold(TEN, "call-2", now=NOW)
    with pytest.raises(SlotTaken):
        store.hold(TEN, "call-1", now=NOW)
    with pytest.raises(SlotTaken):
        other.hold(slot(11), "call-2", now=NOW)
    assert len(store.busy(TUESDAY, TUESDAY, now=NOW)) == 2


def test_a_hold_ends_by_itself(store: Store, other: Store) -> None:
    store.hold(TEN, "call-1", now=NOW)
    assert other.busy(TUESDAY, TUESDAY, for_call="call-2", now=later(seconds=180)) == []
    other.book(draft(), "call-2", now=later(seconds=180))
    with pytest.raises(SlotTaken):
        store.book(draft(name="Late"), "call-1", now=later(seconds=181))


def test_a_hold_ends_with_its_call_or_when_let_go(store: Store, other: Store) -> None:
    store.hold(TEN, "call-1", now=NOW)
    store.call_ended("call-1", Outcome.INFORMED, now=NOW)
    other.hold(TEN, "call-2", now=NOW)
    other.release_holds("call-2")
    store.hold(TEN, "call-3", now=NOW)
