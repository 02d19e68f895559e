"""Numbers of commands, alerts and counts, as the operator's side needs them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.appointments.records import NoteDraft, Outcome
from gateway.store.inbox import Letter
from gateway.store.store import Store
from tests.store.office import NOW, PHONE, draft, later


def test_a_number_is_accepted_once_and_only_rising_for_each_key(store: Store) -> None:
    assert store.accept_command("key-a", 5, "id", now=NOW)
    assert not store.accept_command("key-a", 5, "id", now=NOW)
    assert not store.accept_command("key-a", 4, "other", now=NOW)
    assert store.accept_command("key-b", 1, "id", now=NOW), "another key counts for itself"
    assert store.accept_command("key-a", 2**53 - 1, "id", now=NOW)


def test_an_alert_opens_once_closes_once_and_is_told_once(store: Store) -> None:
    store.open_alert("disk", "error", 4.0, now=NOW)
    store.open_alert("disk", "critical", 1.0, now=later(minutes=1))
    [row] = store.open_alerts()
    assert (row.kind, row.severity, row.opened, row.value) == ("disk", "error", NOW, 4.0)
    store.alert_told(row.number, closing=False)
    assert store.untold_alerts() == []
    store.close_alert("disk", now=later(hours=1))
    store.close_alert("disk", now=later(hours=2))
    [over] = store.untold_alerts()
    assert over.closed == later(hours=1) and over.opening_told
    store.alert_told(over.number, closing=True)
    assert store.untold_alerts() == [] and store.open_alerts() == []
    store.open_alert("disk", "error", 3.0, now=later(hours=3))
    assert [r.number for r in store.untold_alerts()] == [row.number + 1]


def test_a_broker_without_memory_hears_of_open_alerts_again(store: Store) -> None:
    for kind in ("disk", "clock"):
        store.open_alert(kind, "error", None, now=NOW)
    for row in store.open_alerts():
        store.alert_told(row.number, closing=False)
    store.close_alert("clock", now=NOW)
    store.alert_told(2, closing=True)
    store.tell_alerts_again()
    assert [row.kind for row in store.untold_alerts()] == ["disk"]


def test_the_office_is_told_once_until_it_is_over(store: Store) -> None:
    store.tell_office("outbox-stuck", "Look at the broker.", now=NOW)
    store.tell_office("outbox-stuck", "Look at the broker.", now=later(hours=1))
    [task] = store.open_follow_ups()
    assert (task.reason, task.text, task.owner) == ("outbox-stuck", "Look at the broker.", "office")
    assert store.verify_journal() >= 1
    store.untell_office("outbox-stuck", now=later(hours=2))
    assert store.open_follow_ups() == []


def test_figures_count_what_happened(store: Store) -> None:
    empty = store.figures(now=NOW)
    assert (empty.last_call, empty.reply_p95_ms, empty.calls_week) == (None, None, 0)
    for n in range(20):
        at = NOW - timedelta(hours=n)
        store.call_started(f"call-{n}", PHONE, now=at)
        store.call_ended(f"call-{n}", Outcome.INFORMED, now=at, replies_ms=[100 * (n + 1)])
    store.call_started("old", PHONE, now=NOW - timedelta(days=3))
    store.call_ended("old", Outcome.SPAM, now=NOW - timedelta(days=3), replies_ms=[90_000])
    store.call_started("before", PHONE, now=NOW - timedelta(days=14, hours=1))
    store.note(NoteDraft("x", "caller-asked"), "call-1", now=NOW)
    found = store.figures(now=NOW)
    assert found.calls_day == {"informed": 20}
    assert found.calls_week == 21
    assert found.same_day == (0, 1, 0, 0)
    assert found.last_call == NOW
    assert found.reply_p95_ms == 1900, "nineteen of twenty are at most as long"
    assert found.unowned == 1, "the call of two weeks ago never ended"
    assert (found.follow_ups_open, found.follow_ups_late) == (1, 0)
    assert store.figures(now=later(days=9)).follow_ups_late == 1
    assert found.newest == NOW


def test_refusals_are_counted_beyond_those_that_are_kept(store: Store) -> None:
    store.note_refused(Letter("", "command"), "bad", now=NOW, count=1500)
    store.note_refused(Letter("", "command"), "bad", now=NOW)
    assert store.figures(now=NOW).refused == 1501


def test_a_small_fact_is_remembered_until_it_is_forgotten(store: Store) -> None:
    stream = store.stream()
    assert store.recall("stream") == ""
    store.remember("stream", "x")
    assert (store.recall("stream"), store.stream()) == ("x", stream)
    store.remember("stream", "")
    assert store.recall("stream") == ""


@pytest.mark.parametrize("replies", [[], [700]])
def test_a_call_without_reply_has_no_silence(store: Store, replies: list[int]) -> None:
    store.book(draft(), "call-1", now=NOW)
    store.call_ended("call-1", Outcome.BOOKED, now=NOW, replies_ms=replies)
    assert store.figures(now=NOW).reply_p95_ms == (replies[0] if replies else None)
