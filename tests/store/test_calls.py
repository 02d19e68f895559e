"""Calls, messages and follow-ups: every call ends with an owner."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from gateway.appointments.calls import FINISHED
from gateway.appointments.records import NoteDraft, Outcome
from gateway.errors import NotFound, StoreError
from gateway.store.messages import Voicemail
from gateway.store.store import Store
from tests.store.office import NOW, PHONE, draft, later, slot

NEXT_OPENING = datetime(2026, 11, 23, 8, 30)
NOTE = NoteDraft(about="Wants to know about braces.", reason="caller-asked", phone=PHONE)


def voicemail(call_id: str | None = "call-1", name: str = "v1") -> Voicemail:
    return Voicemail(name, PHONE, NOW, 12.5, "gateway-dead", "v1.wav", call_id, "please call")


def test_a_note_is_a_message_with_a_follow_up_due_at_the_next_opening(store: Store) -> None:
    noted = store.note(NOTE, "call-1", now=NOW)
    assert noted.follow_up.due == NEXT_OPENING
    assert (noted.follow_up.owner, noted.follow_up.reason) == ("office", "caller-asked")
    assert store.open_follow_ups() == [noted.follow_up]
    assert [e.type for e in store.next_events(9)] == ["message.taken", "follow-up.opened"]
    [message] = store.call_page("call-1").messages
    assert message["about"] == NOTE.about


def test_an_alert_is_due_at_once(store: Store) -> None:
    alert = store.alert(NoteDraft("Smells gas.", "urgent"), "call-1", now=NOW)
    assert alert.follow_up.due == datetime(2026, 11, 22, 15, 0)
    assert (alert.follow_up.owner, alert.follow_up.reason) == ("on-call", "urgent")
    assert [e.type for e in store.next_events(9)] == ["alert.raised", "follow-up.opened"]


def test_a_closed_follow_up_is_done_once(store: Store) -> None:
    noted = store.note(NOTE, "call-1", now=NOW)
    for _ in range(2):
        closed = store.close_follow_up(noted.follow_up.id, "anna", now=NOW)
        assert closed.closed_by == "anna"
    assert store.open_follow_ups() == []
    assert [e.type for e in store.next_events(9)][2:] == ["follow-up.closed"]
    with pytest.raises(NotFound):
        store.close_follow_up("none", "anna", now=NOW)


def test_a_voicemail_is_imported_once_and_ends_its_call(store: Store, other: Store) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    first = store.import_voicemail(voicemail(), now=NOW)
    again = other.import_voicemail(voicemail(), now=later(seconds=9))
    assert (again.follow_up, again.journal_id) == (first.follow_up, first.journal_id)
    page = store.call_page("call-1")
    assert page.summary.outcome is Outcome.VOICEMAIL
    assert len(page.messages) == len(page.follow_ups) == 1
    assert page.messages[0]["seconds"] == 12.5
    assert store.close_orphans(now=NOW) == []


def test_a_voicemail_of_a_call_that_nobody_saw_still_has_a_call_and_an_owner(store: Store) -> None:
    store.import_voicemail(voicemail("call-9"), now=NOW)
    assert store.call_page("call-9").summary.caller == PHONE
    store.import_voicemail(voicemail(None, "v2"), now=NOW)
    assert len(store.open_follow_ups()) == 2


def test_what_seemed_abandoned_becomes_a_voicemail_when_the_line_brings_it(store: Store) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    assert store.close_orphans(now=NOW) == ["call-1"]
    store.import_voicemail(voicemail(), now=later(seconds=30))
    assert store.call_page("call-1").summary.outcome is Outcome.VOICEMAIL
    assert [f.reason for f in store.open_follow_ups()] == ["voicemail"]


def test_a_message_recorded_within_a_conversation_leaves_the_outcome_to_it(store: Store) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    store.import_voicemail(voicemail(), now=NOW, ends_call=False)
    store.call_ended("call-1", Outcome.MESSAGE, now=NOW)
    assert store.call_page("call-1").summary.outcome is Outcome.MESSAGE
    assert len(store.open_follow_ups()) == 1


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_leaves_the_call_owned_or_finished(store: Store, outcome: Outcome) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    store.call_ended("call-1", outcome, now=NOW, turns=[{"said": "hello"}], lowest_rung=4)
    assert store.unowned_calls(now=later(days=1)) == []
    assert [f.reason for f in store.open_follow_ups()] == (
        [] if outcome in FINISHED else [outcome.value]
    )


def test_a_caller_who_hung_up_without_a_word_owes_nothing(store: Store) -> None:
    store.call_ended("call-1", Outcome.ABANDONED, now=NOW, turns=[{"reply": "hello"}])
    assert store.open_follow_ups() == []
    assert store.unowned_calls(now=later(days=1)) == []


def test_a_call_with_a_follow_up_of_its_own_gets_no_second_one(store: Store) -> None:
    store.note(NOTE, "call-1", now=NOW)
    store.call_ended("call-1", Outcome.MESSAGE, now=NOW)
    assert len(store.open_follow_ups()) == 1


def test_a_call_has_exactly_one_outcome(store: Store) -> None:
    store.call_ended("call-1", Outcome.BOOKED, now=NOW)
    store.call_ended("call-1", Outcome.BOOKED, now=NOW)
    with pytest.raises(StoreError, match="ended already"):
        store.call_ended("call-1", Outcome.ABANDONED, now=NOW)
    assert [e.type for e in store.next_events(9)] == ["call.ended"]


def test_calls_that_a_dead_gateway_left_are_closed_with_a_follow_up(store: Store) -> None:
    store.call_started("dead", PHONE, now=NOW)
    store.call_started("alive", PHONE, now=NOW)
    assert store.unowned_calls(now=later(hours=2)) == ["dead", "alive"]
    assert store.close_orphans(now=later(minutes=1), live=["alive"]) == ["dead"]
    assert store.unowned_calls(now=later(hours=2)) == ["alive"]
    [follow_up] = store.open_follow_ups()
    assert (follow_up.reason, follow_up.call_id) == ("abandoned", "dead")


def test_a_call_whose_follow_up_row_vanished_is_seen_as_unowned(store: Store, path: object) -> None:
    import sqlite3

    store.call_ended("call-1", Outcome.URGENT, now=NOW)
    raw = sqlite3.connect(str(path), isolation_level=None)
    raw.execute("DELETE FROM follow_ups")
    assert store.unowned_calls(now=NOW) == ["call-1"]


def test_a_dropped_call_is_taken_up_within_ten_minutes_by_the_same_number(store: Store) -> None:
    store.call_started("call-1", "(212) 555-0123", now=NOW)
    store.save_progress("call-1", '{"service": "check-up"}', now=NOW)
    store.call_ended("call-1", Outcome.ABANDONED, now=NOW, turns=[{"said": "hello"}])
    store.call_started("call-2", PHONE, now=later(minutes=5))
    dropped = store.recent_dropped_call(PHONE, now=later(minutes=5), for_call="call-2")
    assert dropped is not None
    assert (dropped.call_id, dropped.progress) == ("call-1", '{"service": "check-up"}')
    assert store.recent_dropped_call("+442079460018", now=later(minutes=5)) is None
    assert store.recent_dropped_call(None, now=later(minutes=5)) is None
    assert store.recent_dropped_call(PHONE, now=later(minutes=11), for_call="call-2") is None


def test_what_was_booked_after_all_needs_no_call_back(store: Store) -> None:
    for number in (1, 2):
        at = later(minutes=4 * number)
        store.call_started(f"call-{number}", PHONE, now=at)
        store.save_progress(f"call-{number}", '{"service": "check-up"}', now=at)
        store.call_ended(f"call-{number}", Outcome.ABANDONED, now=at, said_something=True)
    store.call_started("call-3", PHONE, now=later(minutes=12))
    assert len(store.open_follow_ups()) == 2
    store.book(draft(), "call-3", now=later(minutes=13))
    store.call_ended("call-3", Outcome.BOOKED, now=later(minutes=14))
    assert store.open_follow_ups() == []
    assert store.call_page("call-1").follow_ups[0].closed_by == "called-back"


@pytest.mark.parametrize(("service", "minutes"), [("filling", 5), ("check-up", 11)])
def test_another_booking_or_a_late_one_leaves_the_call_back_open(
    store: Store, service: str, minutes: int
) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    store.save_progress("call-1", f'{{"service": "{service}"}}', now=NOW)
    store.call_ended("call-1", Outcome.ABANDONED, now=NOW, said_something=True)
    store.call_started("call-2", PHONE, now=later(minutes=minutes))
    store.book(draft(), "call-2", now=later(minutes=minutes))
    store.call_ended("call-2", Outcome.BOOKED, now=later(minutes=minutes + 1))
    assert [f.call_id for f in store.open_follow_ups()] == ["call-1"]


def test_a_call_that_was_finished_is_not_taken_up_again(store: Store) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    store.save_progress("call-1", "{}", now=NOW)
    store.book(draft(), "call-1", now=NOW)
    store.call_ended("call-1", Outcome.BOOKED, now=NOW)
    assert store.recent_dropped_call(PHONE, now=later(minutes=1)) is None


def test_a_message_whose_line_died_in_it_takes_the_place_of_the_note_about_it(
    store: Store,
) -> None:
    store.note(NoteDraft("Wanted to leave a message.", "unfinished"), "call-1", now=NOW)
    store.call_ended("call-1", Outcome.VOICEMAIL, now=NOW)
    store.import_voicemail(voicemail(), now=later(seconds=30))
    assert [f.reason for f in store.open_follow_ups()] == ["voicemail"]


def test_a_caller_who_left_a_message_after_the_drop_still_resumes(store: Store) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    store.save_progress("call-1", '{"service": "check-up", "version": 1}', now=NOW)
    store.import_voicemail(voicemail(), now=later(seconds=30))
    assert store.call_page("call-1").summary.outcome is Outcome.VOICEMAIL
    dropped = store.recent_dropped_call(PHONE, now=later(minutes=5))
    assert dropped is not None and dropped.call_id == "call-1"


def test_a_call_that_died_after_its_booking_is_booked_and_somebody_tells_the_caller(
    store: Store,
) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    store.book(draft(), "call-1", now=NOW)
    store.call_started("call-2", PHONE, now=NOW)
    assert store.close_orphans(now=later(minutes=1)) == ["call-1", "call-2"]
    assert store.call_page("call-1").summary.outcome is Outcome.BOOKED
    assert store.call_page("call-2").summary.outcome is Outcome.ABANDONED
    assert {f.reason: f.call_id for f in store.open_follow_ups()} == {
        "unheard": "call-1", "abandoned": "call-2",
    }  # fmt: skip


def test_it_does_not_matter_whether_its_message_or_the_new_gateway_comes_first(
    store: Store,
) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    store.book(draft(), "call-1", now=NOW)
    store.import_voicemail(voicemail(), now=later(seconds=30))
    assert store.close_orphans(now=later(minutes=1)) == []
    assert store.call_page("call-1").summary.outcome is Outcome.BOOKED
    assert sorted(f.reason for f in store.open_follow_ups()) == ["unheard", "voicemail"]


def test_a_call_that_its_message_ended_first_still_gets_what_was_said(store: Store) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    store.import_voicemail(voicemail(), now=later(seconds=30))
    for _ in range(2):
        store.call_ended(
            "call-1", Outcome.VOICEMAIL, turns=[{"who": "caller", "text": "hello"}], lowest_rung=4,
            now=later(seconds=31),
        )  # fmt: skip
    page = store.call_page("call-1")
    assert (page.summary.outcome, page.summary.lowest_rung) == (Outcome.VOICEMAIL, 4)
    assert page.turns == [{"who": "caller", "text": "hello"}]
    with pytest.raises(StoreError, match="has ended already"):
        store.call_ended("call-1", Outcome.SPAM, turns=[{"who": "caller"}], now=later(minutes=1))


def test_a_request_of_a_call_that_died_is_rung_about_once(store: Store) -> None:
    store.book(draft(tentative=True), "call-1", now=NOW)
    store.import_voicemail(voicemail(), now=later(seconds=30))
    assert sorted(f.reason for f in store.open_follow_ups()) == ["request", "voicemail"]


def test_what_a_number_booked_for_other_numbers_counts_for_it_too(store: Store) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    store.book(draft(phone="+12125550777"), "call-1", now=NOW)
    assert store.caller_limits(PHONE, now=NOW).open_bookings == 1
    assert store.caller_limits("+12125550777", now=NOW).bookings_today == 1


def test_what_callers_without_a_number_book_is_counted_for_all_of_them_for_an_hour(
    store: Store,
) -> None:
    for n, caller in enumerate((None, None, PHONE)):
        store.call_started(f"call-{n}", caller, now=NOW)
        store.book(draft(slot(9 + n), phone=f"+1212555077{n}"), f"call-{n}", now=NOW)
    assert store.caller_limits(None, now=later(minutes=59)).withheld_last_hour == 2
    assert store.caller_limits(None, now=later(minutes=61)).withheld_last_hour == 0
    assert store.caller_limits(PHONE, now=NOW).withheld_last_hour == 0


def test_a_recorded_name_and_a_message_are_one_thing_to_do(store: Store) -> None:
    store.call_started("call-1", PHONE, now=NOW)
    clip = replace(voicemail("call-1", "v1"), reason="name-clip")
    store.import_voicemail(clip, now=NOW, ends_call=False)
    store.import_voicemail(voicemail("call-1", "v2"), now=NOW, ends_call=False)
    store.call_ended("call-1", Outcome.MESSAGE, now=NOW)
    assert len(store.open_follow_ups()) == 1
    assert len(store.call_page("call-1").messages) == 2, "both recordings are kept"
    store.import_voicemail(replace(clip, spool_name="v3", call_id="call-9"), now=NOW)
    assert len(store.open_follow_ups()) == 2, "a name alone still has somebody who listens to it"
