"""Booking, moving, cancelling: one transaction each, once, and never onto taken time."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.appointments.records import Outcome, Status
from gateway.errors import NotFound, SlotTaken, StaleRevision
from gateway.store.decisions import Decision
from gateway.store.store import Store
from tests.store.office import NOW, PHONE, TEN, draft, later, slot


def types(store: Store) -> list[str]:
    return [event.type for event in store.next_events(100)]


def reasons(store: Store) -> list[str]:
    return [follow_up.reason for follow_up in store.open_follow_ups()]


def test_a_booking_is_a_row_an_event_and_a_journal_row(store: Store) -> None:
    booked = store.book(draft(), "call-1", now=NOW)
    assert store.appointment(booked.appointment.uid) == booked.appointment
    [event] = store.next_events(10)
    assert (event.type, event.uid, event.sequence) == (
        "appointment.booked",
        booked.appointment.uid,
        1,
    )
    assert event.body["before"] is None
    assert event.body["after"]["start"] == "2026-11-24T10:00:00"
    assert event.body["after"]["timeZone"] == "America/New_York"
    assert event.body["after"]["duration"] == "PT30M"
    assert event.body["after"]["sequence"] == 0
    [decision] = store.call_page("call-1").decisions
    assert decision["id"] == booked.journal_id
    assert store.verify_journal() == 1


def test_the_same_draft_of_the_same_call_is_booked_once(store: Store, other: Store) -> None:
    first = store.book(draft(), "call-1", now=NOW)
    store.confirm(first.appointment.uid, "call-1", now=NOW)
    again = other.book(draft(), "call-1", now=later(seconds=5))
    assert (again.appointment, again.journal_id) == (first.appointment, first.journal_id)
    assert types(store) == ["appointment.booked", "appointment.confirmed"]


def test_two_callers_want_one_slot_and_one_gets_it(store: Store, other: Store) -> None:
    store.book(draft(), "call-1", now=NOW)
    with pytest.raises(SlotTaken):
        other.book(draft(slot(10, 15), name="Bob"), "call-2", now=NOW)
    assert len(store.appointments()) == 1
    assert types(store) == ["appointment.booked"]
    other.book(draft(slot(10, 30), name="Bob"), "call-2", now=NOW)
    other.book(draft(slot(10, who="patel"), name="Carl"), "call-3", now=NOW)


def test_a_move_keeps_the_uid_raises_the_revision_and_reports_both_sides(store: Store) -> None:
    uid = store.book(draft(), "call-1", now=NOW).appointment.uid
    moved = store.move(uid, 0, slot(10, 15), "call-2", now=NOW)
    assert (moved.before.start, moved.appointment.start) == (TEN.start, slot(10, 15).start)
    assert moved.appointment.revision == 1
    event = store.next_events(10)[-1]
    assert event.type == "appointment.moved"
    assert event.body["before"]["start"] == "2026-11-24T10:00:00"
    assert event.body["after"]["start"] == "2026-11-24T10:15:00"


def test_a_move_onto_taken_time_changes_nothing(store: Store) -> None:
    store.book(draft(), "call-1", now=NOW)
    other = store.book(draft(slot(11)), "call-2", now=NOW).appointment
    with pytest.raises(SlotTaken):
        store.move(other.uid, 0, slot(10, 15), "call-2", now=NOW)
    assert store.appointment(other.uid) == other


def test_an_appointment_changed_meanwhile_is_not_changed_blindly(store: Store) -> None:
    uid = store.book(draft(), "call-1", now=NOW).appointment.uid
    store.move(uid, 0, slot(11), "call-1", now=NOW)
    with pytest.raises(StaleRevision):
        store.move(uid, 0, slot(14), "call-2", now=NOW)
    with pytest.raises(StaleRevision):
        store.cancel(uid, 0, "call-2", now=NOW)
    with pytest.raises(NotFound):
        store.cancel("no-such-uid", 0, "call-2", now=NOW)


def test_a_cancelled_time_is_free_and_the_cancel_can_be_undone(store: Store) -> None:
    uid = store.book(draft(), "call-1", now=NOW).appointment.uid
    cancelled = store.cancel(uid, 0, "call-2", now=NOW)
    assert not cancelled.late and reasons(store) == []
    assert store.busy(date(2026, 11, 24), date(2026, 11, 24), now=NOW) == []
    back = store.undo_cancel(uid, by="anna", now=NOW)
    assert (back.status, back.revision) == (Status.CONFIRMED, 2)
    assert types(store)[-2:] == ["appointment.cancelled", "appointment.restored"]


def test_an_undone_cancel_does_not_push_out_who_came_after(store: Store) -> None:
    uid = store.book(draft(), "call-1", now=NOW).appointment.uid
    store.cancel(uid, 0, "call-1", now=NOW)
    store.book(draft(name="Bob"), "call-2", now=NOW)
    with pytest.raises(SlotTaken):
        store.undo_cancel(uid, by="anna", now=NOW)


def test_a_late_cancel_is_somebodys_job(store: Store) -> None:
    uid = store.book(draft(), "call-1", now=NOW).appointment.uid
    cancelled = store.cancel(uid, 0, "call-2", now=later(hours=24))
    assert cancelled.late
    [follow_up] = store.open_follow_ups()
    assert (follow_up.reason, follow_up.owner, follow_up.uid) == ("late-cancel", "weber", uid)


def test_a_request_takes_the_time_and_waits_for_the_office(store: Store) -> None:
    requested = store.book(draft(tentative=True), "call-1", now=NOW)
    assert requested.appointment.status is Status.TENTATIVE
    assert types(store) == ["appointment.requested", "follow-up.opened"]
    assert reasons(store) == ["request"]
    with pytest.raises(SlotTaken):
        store.book(draft(name="Bob"), "call-2", now=NOW)
    store.decide(requested.appointment.uid, Decision.ACCEPTED, by="anna", now=NOW)
    assert store.appointment(requested.appointment.uid).status is Status.CONFIRMED
    assert reasons(store) == []


def test_a_declined_or_moved_request_leaves_somebody_to_tell_the_client(store: Store) -> None:
    first = store.book(draft(tentative=True), "call-1", now=NOW).appointment.uid
    second = store.book(draft(slot(11), tentative=True), "call-2", now=NOW).appointment.uid
    for _ in range(2):  # the office's word may come twice
        store.decide(first, Decision.DECLINED, by="anna", now=NOW)
        store.decide(second, Decision.MOVED, by="anna", slot=slot(14), now=NOW)
    assert store.appointment(first).status is Status.CANCELLED
    assert store.appointment(second).start == slot(14).start
    assert store.appointment(second).status is Status.CONFIRMED
    assert reasons(store) == ["tell-client", "tell-client"]
    assert store.appointment(second).revision == 1


def test_appointments_are_found_by_number_name_and_day_but_only_what_is_to_come(
    store: Store,
) -> None:
    uid = store.book(draft(), "call-1", now=NOW).appointment.uid
    store.book(draft(slot(11), name="Bob Green", phone="+442079460018"), "call-2", now=NOW)

    def found(**wanted: object) -> list[str]:
        return [a.uid for a in store.find_appointments(now=NOW, **wanted)]  # type: ignore[arg-type]

    assert found(phone="(212) 555-0123") == [uid]
    assert found(phone="212 555 0123", name="Ana Braun") == [uid]
    assert found(name="brown", day=date(2026, 11, 24)) == [uid]
    assert found(name="brown", day=date(2026, 11, 25)) == []
    assert found(phone=PHONE, name="Green") == []
    assert found(phone="") == []
    assert store.find_appointments(phone=PHONE, now=later(days=3)) == []
    store.cancel(uid, 0, "call-1", now=NOW)
    assert found(phone=PHONE) == []


def test_an_appointment_made_in_a_doubled_or_missing_hour_still_has_an_end(store: Store) -> None:
    from datetime import datetime

    from gateway.appointments.records import Slot

    for start in (datetime(2027, 3, 14, 1, 45), datetime(2026, 11, 1, 1, 45)):
        booked = store.book(draft(Slot(start, 30, "weber")), f"call-{start}", now=NOW)
        assert booked.appointment.start == start


def test_counts_of_a_number_serve_the_caps(store: Store) -> None:
    for n, at in enumerate((TEN, slot(11))):
        store.call_started(f"call-{n}", "(212) 555-0123", now=NOW)
        store.book(draft(at), f"call-{n}", now=NOW)
        store.call_ended(f"call-{n}", Outcome.BOOKED, now=NOW)
    limits = store.caller_limits(PHONE, now=NOW)
    assert (limits.open_bookings, limits.bookings_today, limits.calls_last_hour) == (2, 2, 2)
    tomorrow = store.caller_limits(PHONE, now=later(days=1))
    assert (tomorrow.open_bookings, tomorrow.bookings_today, tomorrow.calls_last_hour) == (2, 0, 0)
    assert store.caller_limits(None, now=NOW).open_bookings == 0


def test_the_position_of_the_outbox_counts_what_was_acknowledged(store: Store) -> None:
    def position() -> tuple[int, int]:
        at = store.position()
        return at.sent, at.oldest

    assert position() == (0, 1)
    for hour in (9, 10, 11):
        store.book(draft(slot(hour)), f"call-{hour}", now=NOW)
    assert position() == (0, 1)
    store.mark_sent([1, 2], now=NOW)
    assert position() == (2, 1)
    store.mark_sent([3], now=NOW)
    store.run_retention(now=later(days=30))
    assert position() == (3, 4), "all sent, none kept"
    assert store.send_again("another stream", 1) == 0
