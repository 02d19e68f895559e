"""What comes in is applied whole and once, or refused whole with a reason."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.appointments.book import Book
from gateway.appointments.records import Status
from gateway.contract.settings_file import load_settings
from gateway.store.store import Store
from gateway.sync.connection import Message
from gateway.sync.inbound import Inbound
from gateway.sync.topics import Topics
from tests.store.office import NOW, TEN, draft, later, slot
from tests.sync.conftest import SAMPLE

TUESDAY = date(2026, 11, 24)
TOPICS = Topics("hillside", "front-desk")
NUMBERS = itertools.count(1)


class Box:
    """A store with its inbound side."""

    def __init__(self, path: Path) -> None:
        settings = load_settings(SAMPLE)
        self.store = Store.open(path, settings)
        self.inbound = Inbound(self.store, TOPICS, Book.from_settings(settings))

    def take(self, what: str, document: dict[str, Any] | bytes, **more: Any) -> str | None:
        """Code of the refusal, or None."""
        payload = document if isinstance(document, bytes) else json.dumps(document).encode()
        now = more.pop("now", NOW)
        refusal = self.inbound.take(Message(TOPICS.into(what), payload, 1, **more), now)
        return None if refusal is None else json.loads(refusal)["code"]

    def busy(self, day: date = TUESDAY) -> list[str]:
        found = self.store.busy(day, day, now=NOW)
        return sorted(f"{b.practitioner} {b.start:%H:%M}-{b.end:%H:%M}" for b in found)

    def rows(self) -> tuple[object, ...]:
        """Everything that a refused message must not change."""
        s = self.store
        return (
            s.appointments(), s.open_follow_ups(), s.next_events(999), s.book_now().exceptions,
            self.busy(), s.verify_journal(),
        )  # fmt: skip

    def tasks(self) -> list[str]:
        return [follow_up.reason for follow_up in self.store.open_follow_ups()]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path / "n.db")
    yield made
    made.store.close()


def envelope(sequence: int = 1, stream: str = "s1", **more: Any) -> dict[str, Any]:
    asof = more.pop("asOf", "2026-11-22T19:00:00Z")
    ident = more.pop("id", f"m{next(NUMBERS)}")
    return {
        "version": 1, "id": ident, "stream": stream, "sequence": sequence, "asOf": asof,
    } | more  # fmt: skip


def entry(uid: str, start: str, end: str) -> dict[str, str]:
    return {"uid": uid, "start": f"2026-11-24T{start}:00Z", "end": f"2026-11-24T{end}:00Z"}


def staff(uid: str = "staff-1", hour: int = 10, **more: Any) -> dict[str, Any]:
    envelope_fields = {k: more.pop(k) for k in ("basedOn", "id") if k in more}
    event = {
        "uid": uid, "sequence": 0, "updated": "2026-11-22T19:30:00Z",
        "start": f"2026-11-24T{hour:02}:00:00", "timeZone": "America/New_York",
        "duration": "PT30M", "status": "confirmed", "service": "check-up",
        "practitioner": "weber", "client": {"name": "Bob Green", "phone": "+442079460018"},
    } | more  # fmt: skip
    return {"version": 1, "id": f"m{next(NUMBERS)}", "appointment": event} | envelope_fields


# --- busy times -------------------------------------------------------------------------


def test_a_snapshot_blocks_and_the_next_one_replaces_it(box: Box) -> None:
    assert box.take("busy/weber", envelope(1, snapshot=[entry("a", "15:00", "16:00")])) is None
    assert box.busy() == ["weber 10:00-11:00"]
    assert box.take("busy/weber", envelope(2, snapshot=[entry("b", "19:00", "20:00")])) is None
    assert box.busy() == ["weber 14:00-15:00"]
    assert box.take("busy/patel", envelope(1, snapshot=[entry("b", "19:00", "20:00")])) is None
    assert box.busy() == ["patel 14:00-15:00", "weber 14:00-15:00"]


def test_changes_follow_a_snapshot_step_by_step(box: Box) -> None:
    box.take("busy/weber", envelope(1, snapshot=[entry("a", "15:00", "16:00")]))
    moved = {"uid": "a", "times": [{k: entry("a", "17:00", "18:00")[k] for k in ("start", "end")}]}
    assert box.take("busy/weber", envelope(2, changes=[moved])) is None
    assert box.busy() == ["weber 12:00-13:00"]
    assert box.take("busy/weber", envelope(3, changes=[{"uid": "a", "times": []}])) is None
    assert box.busy() == []


def test_a_gap_is_refused_and_a_snapshot_mends_it(box: Box) -> None:
    assert box.take("busy/weber", envelope(1, changes=[])) == "gap"
    box.take("busy/weber", envelope(1, snapshot=[entry("a", "15:00", "16:00")]))
    before = box.rows()
    assert box.take("busy/weber", envelope(3, changes=[{"uid": "a", "times": []}])) == "gap"
    assert box.take("busy/weber", envelope(2, "s2", changes=[])) == "gap"
    assert box.rows() == before
    assert box.take("busy/weber", envelope(9, snapshot=[])) is None
    assert box.busy() == []


def test_repeated_and_reordered_messages_change_nothing(box: Box) -> None:
    first = envelope(1, snapshot=[entry("a", "15:00", "16:00")])
    second = envelope(2, snapshot=[entry("b", "19:00", "20:00")])
    for document in (first, second, first, second):
        assert box.take("busy/weber", document) is None
    assert box.take("busy/weber", envelope(1, snapshot=[])) is None, "older, under another id"
    assert box.take("busy/weber", envelope(2, changes=[{"uid": "b", "times": []}])) is None
    older_stream = envelope(1, "s0", snapshot=[], asOf="2026-11-22T18:00:00Z")
    assert box.take("busy/weber", older_stream) is None
    assert box.busy() == ["weber 14:00-15:00"]
    counts = box.store.inbox_counts()
    assert (counts["applied"], counts["superseded"]) == (2, 3)


def test_freshness_is_the_age_of_the_calendar_not_of_its_delivery(box: Box) -> None:
    from dataclasses import replace

    box.store._book = replace(
        box.store._book, rules=replace(box.store._book.rules, calendar_stale_hours=2)
    )
    assert not box.store.calendar_fresh("weber", now=NOW)
    box.take("busy/weber", envelope(1, snapshot=[], asOf="2026-11-20T19:00:00Z"))
    assert not box.store.calendar_fresh("weber", now=NOW), "it waited in the broker for two days"
    box.take("busy/weber", envelope(2, snapshot=[], asOf="2026-11-22T19:00:00Z"))
    assert box.store.calendar_fresh("weber", now=NOW)
    box.take("busy/weber", envelope(3, snapshot=[], asOf="2030-01-01T00:00:00Z"))
    assert not box.store.calendar_fresh("weber", now=later(hours=2.1)), "no word from the future"


def test_our_own_booking_that_comes_back_from_the_calendar_is_no_conflict(box: Box) -> None:
    uid = box.store.book(draft(), "call-1", now=NOW).appointment.uid
    box.take("busy/weber", envelope(1, snapshot=[entry(uid, "15:00", "15:30")]))
    assert box.busy() == ["weber 10:00-10:30"]
    assert box.tasks() == []


def test_an_entry_over_a_phone_booking_makes_it_a_request_and_names_both_sides(box: Box) -> None:
    uid = box.store.book(draft(), "call-1", now=NOW).appointment.uid
    for sequence in (1, 2, 3):  # told again and again
        box.take("busy/weber", envelope(sequence, snapshot=[entry("a", "14:30", "15:15")]))
    assert box.store.appointment(uid).status is Status.TENTATIVE
    [follow_up] = box.store.open_follow_ups()
    assert (follow_up.reason, follow_up.owner, follow_up.uid) == ("conflict", "weber", uid)
    assert follow_up.due == datetime(2026, 11, 23, 8, 30), "when the office opens"
    assert "Anna Brown" in follow_up.text and "09:30 to 10:15" in follow_up.text
    accepted = {"version": 1, "id": "d", "uid": uid, "decision": "accepted"}
    assert box.take("decision", accepted) is None
    box.take("busy/weber", envelope(4, snapshot=[entry("a", "14:30", "15:15")]))
    assert box.store.appointment(uid).status is Status.CONFIRMED, "staff knows both"
    assert box.tasks() == []


# --- appointments of staff --------------------------------------------------------------


def test_an_appointment_of_staff_stands_in_the_book(box: Box) -> None:
    assert box.take("appointment", staff()) is None
    appointment = box.store.appointment("staff-1")
    assert (appointment.source, appointment.start) == ("staff", TEN.start)
    assert box.store.next_events(9)[-1].type == "appointment.booked"
    assert [a.uid for a in box.store.find_appointments(name="bob green", now=NOW)] == ["staff-1"]


def test_staff_moves_and_cancels_and_old_words_come_too_late(box: Box) -> None:
    box.take("appointment", staff())
    move = staff(hour=11, sequence=1, updated="2026-11-22T19:40:00Z")
    cancel = staff(status="cancelled", sequence=2, updated="2026-11-22T19:50:00Z")
    assert box.take("appointment", move) is None
    assert box.store.appointment("staff-1").start.hour == 11
    assert box.take("appointment", cancel) is None
    assert (
        box.take("appointment", staff(hour=11, sequence=1, updated="2026-11-22T19:45:00Z")) is None
    )
    assert box.store.appointment("staff-1").status is Status.CANCELLED
    types = [event.type for event in box.store.next_events(9)]
    assert types == ["appointment.booked", "appointment.moved", "appointment.cancelled"]
    assert box.tasks() == []


def test_a_cancellation_that_overtakes_its_booking_still_counts(box: Box) -> None:
    later_word = staff(status="cancelled", sequence=1, updated="2026-11-22T19:50:00Z")
    assert box.take("appointment", later_word) is None
    assert box.take("appointment", staff()) is None
    assert box.store.appointment("staff-1").status is Status.CANCELLED


def test_staff_takes_a_time_that_was_booked_by_phone_and_the_caller_is_not_lost(box: Box) -> None:
    uid = box.store.book(draft(), "call-1", now=NOW).appointment.uid
    assert box.take("appointment", staff()) is None
    assert box.store.appointment(uid).status is Status.CANCELLED
    assert box.store.appointment("staff-1").status is Status.CONFIRMED
    [follow_up] = box.store.open_follow_ups()
    assert follow_up.reason == "conflict" and follow_up.due == datetime(2026, 11, 23, 8, 30)
    assert "Anna Brown" in follow_up.text and "Bob Green" in follow_up.text
    types = [event.type for event in box.store.next_events(9)]
    assert "appointment.displaced" in types


def test_a_slot_held_by_a_call_yields_to_staff(box: Box) -> None:
    from gateway.errors import SlotTaken

    box.store.hold(TEN, "call-1", now=NOW)
    assert box.take("appointment", staff()) is None
    with pytest.raises(SlotTaken):
        box.store.book(draft(), "call-1", now=NOW)


def test_two_words_of_staff_for_one_time_are_refused_whole(box: Box) -> None:
    box.take("appointment", staff())
    before = box.rows()
    assert box.take("appointment", staff("staff-2")) == "overlap"
    assert box.rows() == before


def test_a_change_by_phone_that_staff_had_not_seen_yields_and_is_told(box: Box) -> None:
    uid = box.store.book(draft(), "call-1", now=NOW).appointment.uid
    box.store.move(uid, 0, slot(11), "call-2", now=NOW)
    word = staff(uid, hour=14, sequence=1, basedOn=0, client={"name": "Anna Brown"})
    assert box.take("appointment", word) is None
    appointment = box.store.appointment(uid)
    assert (appointment.start.hour, appointment.revision) == (14, 2)
    [follow_up] = box.store.open_follow_ups()
    assert follow_up.reason == "conflict"
    assert "11:00 to 11:30" in follow_up.text and "14:00 to 14:30" in follow_up.text


def test_a_change_of_staff_upon_what_they_saw_is_no_conflict(box: Box) -> None:
    uid = box.store.book(draft(), "call-1", now=NOW).appointment.uid
    assert box.take("appointment", staff(uid, hour=14, sequence=1, basedOn=0)) is None
    again = staff(uid, hour=15, sequence=2, basedOn=0, updated="2026-11-22T19:45:00Z")
    assert box.take("appointment", again) is None, "their own change is not yet back with them"
    assert box.store.appointment(uid).start.hour == 15
    assert box.tasks() == []


def test_times_of_another_zone_become_the_office_s(box: Box) -> None:
    word = staff(start="2026-11-24T15:00:00", timeZone="Europe/London")
    assert box.take("appointment", word) is None
    assert box.store.appointment("staff-1").start == TEN.start
    assert box.busy() == ["weber 10:00-10:30"]


# --- decisions --------------------------------------------------------------------------


def test_a_request_is_accepted_declined_or_moved(box: Box) -> None:
    for n, (decision, more) in enumerate(
        [("accepted", {}), ("declined", {}), ("moved", {"start": "2026-11-24T16:00:00"})]
    ):
        uid = box.store.book(draft(slot(9 + n), tentative=True), f"call-{n}", now=NOW)
        word = {"version": 1, "id": f"d{n}", "uid": uid.appointment.uid, "decision": decision}
        for _ in range(2):
            assert box.take("decision", word | more) is None
    found = box.store.appointments()
    assert [a.status.value for a in found] == ["confirmed", "cancelled", "confirmed"]
    assert [a.start.hour for a in found] == [9, 10, 16]
    assert box.tasks() == []


def test_a_decision_on_what_the_caller_has_since_cancelled_is_told(box: Box) -> None:
    uid = box.store.book(draft(tentative=True), "call-1", now=NOW).appointment.uid
    box.store.cancel(uid, 0, "call-2", now=NOW)
    word = {"version": 1, "id": "d", "uid": uid, "decision": "accepted", "by": "anna"}
    assert box.take("decision", word) is None
    assert box.store.appointment(uid).status is Status.CANCELLED
    assert "conflict" in box.tasks()


def test_a_decision_about_nothing_is_refused(box: Box) -> None:
    word = {"version": 1, "id": "d", "uid": "none", "decision": "accepted"}
    assert box.take("decision", word) == "unknown-appointment"
    moved = word | {"decision": "moved", "start": "2026-11-24T16:00:00"}
    assert box.take("decision", moved) == "unknown-appointment"
    assert box.take("decision", word | {"decision": "moved"}) == "schema"


# --- exceptions -------------------------------------------------------------------------


def test_exceptions_replace_each_other_and_warn_of_bookings_on_closed_days(box: Box) -> None:
    uid = box.store.book(draft(), "call-1", now=NOW).appointment.uid
    closed = {"day": "2026-11-24", "kind": "closed", "name": "Burst pipe"}
    barred = {"day": "2026-11-25", "kind": "do-not-book", "practitioner": "patel"}
    hours = {"day": "2026-11-28", "kind": "hours", "hours": ["09:00-12:00"]}
    assert box.take("exceptions", envelope(1, exceptions=[closed, barred, hours])) is None
    book = box.store.book_now()
    assert book.office_spans(TUESDAY) == ()
    assert len(book.office_spans(date(2026, 11, 28))) == 1
    assert box.store.appointment(uid).status is Status.TENTATIVE
    [follow_up] = box.store.open_follow_ups()
    assert "Burst pipe" in follow_up.text and "Anna Brown" in follow_up.text
    assert box.take("exceptions", envelope(2, exceptions=[])) is None
    assert box.store.book_now().exceptions == ()


# --- what is refused --------------------------------------------------------------------

GOOD = envelope(1, snapshot=[])
REFUSED: list[tuple[str, Any, str]] = [
    ("busy/weber", b"x" * 10_000_000, "too-large"),
    ("busy/weber", b"[" * 10_000, "too-deep"),
    ("busy/weber", b'{"version":1,"version":1}', "duplicate-key"),
    ("busy/weber", b'{"version":1,"a":NaN}', "not-finite"),
    ("busy/weber", b'{"version":1,"a":"\xff"}', "not-utf-8"),
    ("busy/weber", GOOD | {"version": 2}, "version"),
    ("busy/weber", GOOD | {"version": "1"}, "version"),
    ("busy/weber", GOOD | {"version": True}, "version"),
    ("busy/weber", GOOD | {"version": 1.0}, "version"),
    ("busy/weber", {"id": "x"}, "version"),
    ("busy/weber", GOOD | {"id": ""}, "schema"),
    ("busy/weber", GOOD | {"id": 7}, "schema"),
    ("busy/weber", GOOD | {"sequence": "1"}, "schema"),
    ("busy/weber", GOOD | {"sequence": -1}, "schema"),
    ("busy/weber", GOOD | {"sequence": 2**70}, "schema"),
    ("busy/weber", GOOD | {"asOf": 1700000000}, "schema"),
    ("busy/weber", GOOD | {"asOf": "2026-11-22T19:00:00"}, "schema"),
    ("busy/weber", GOOD | {"asOf": "0001-01-01T00:00:00+14:00"}, "schema"),
    ("busy/weber", GOOD | {"changes": []}, "schema"),
    ("busy/weber", GOOD | {"snapshot": None}, "schema"),
    ("busy/weber", GOOD | {"snapshot": [entry("a", "16:00", "15:00")]}, "schema"),
    ("busy/weber", GOOD | {"snapshot": [entry("a", "15:00", "15:00")]}, "schema"),
    ("busy/weber", GOOD | {"snapshot": [entry("a", "25:00", "26:00")]}, "schema"),
    ("busy/weber", GOOD | {"snapshot": [entry("a", "1:00", "2:00")] * 10_001}, "schema"),
    ("busy/nobody", GOOD, "unknown-practitioner"),
    ("busy", GOOD, "unknown-topic"),
    ("busy/", GOOD, "unknown-topic"),
    ("appointment/weber", staff(), "unknown-topic"),
    ("something", GOOD, "unknown-topic"),
    ("../in/busy/weber", GOOD, "unknown-topic"),
    ("appointment", staff(practitioner="nobody"), "unknown-practitioner"),
    ("appointment", staff(timeZone="Mars/Olympus"), "schema"),
    ("appointment", staff(duration="PT0M"), "schema"),
    ("appointment", staff(duration="P1Y"), "schema"),
    ("appointment", staff(duration="PT99H"), "schema"),
    ("appointment", staff(start="2026-02-30T10:00:00"), "schema"),
    ("appointment", staff(start="9999-12-31T23:59:00"), "schema"),
    ("appointment", staff(status="maybe"), "schema"),
    ("appointment", staff(client={"name": "x" * 5000}), "schema"),
    ("exceptions", envelope(1, exceptions=[{"day": "2026-11-24", "kind": "hours"}]), "schema"),
    (
        "exceptions",
        envelope(1, exceptions=[{"day": "2026-11-24", "kind": "hours", "hours": ["9-5"]}]),
        "schema",
    ),
    ("replay", {"version": 1, "id": "r", "stream": "x", "fromSequence": None}, "schema"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "document", "code"), REFUSED, ids=[f"{n}-{r[2]}" for n, r in enumerate(REFUSED)]
)
def test_bad_messages_are_refused_whole_counted_and_change_nothing(
    box: Box, topic: str, document: Any, code: str
) -> None:
    box.store.book(draft(), "call-1", now=NOW)
    box.take("busy/weber", envelope(1, snapshot=[entry("a", "19:00", "20:00")]))
    before = box.rows()
    assert box.take(topic, document) == code
    assert box.rows() == before
    assert box.inbound.refused == 1
    assert box.store.inbox_counts()["refused"] == 1


def test_topics_of_another_site_and_retained_messages_are_refused(box: Box) -> None:
    payload = json.dumps(GOOD).encode()
    for topic in (
        "nightporter/v1/elsewhere/front-desk/in/busy/weber",
        "nightporter/v2/hillside/front-desk/in/busy/weber",
        "nightporter/v1/hillside/front-desk/event/appointment.booked",
    ):
        refusal = box.inbound.take(Message(topic, payload, 1), NOW)
        assert refusal is not None and json.loads(refusal)["code"] == "foreign-topic"
    assert box.take("busy/weber", GOOD, retained=True) == "retained"


def test_a_refusal_names_the_message_and_a_mended_one_is_taken(box: Box) -> None:
    bad = envelope(1, id="same", snapshot=[entry("a", "16:00", "15:00")])
    payload = json.dumps(bad).encode()
    refusal = box.inbound.take(Message(TOPICS.into("busy/weber"), payload, 1), NOW)
    assert refusal is not None
    told = json.loads(refusal)
    assert (told["id"], told["topic"]) == ("same", TOPICS.into("busy/weber"))
    assert "ends before it begins" in told["reason"]
    good = envelope(1, id="same", snapshot=[entry("a", "15:00", "16:00")])
    assert box.take("busy/weber", good) is None
    assert len(box.busy()) == 1


def test_unknown_fields_are_ignored(box: Box) -> None:
    document = envelope(
        1, snapshot=[entry("a", "15:00", "16:00") | {"colour": "red"}], new={"a": 1}
    )
    assert box.take("busy/weber", document) is None
    assert len(box.busy()) == 1


def test_many_refusals_do_not_fill_the_disk(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.store import inbox

    monkeypatch.setattr(inbox, "REFUSALS_KEPT", 10)
    for _ in range(30):
        box.take("busy/weber", b"{")
    assert box.store.inbox_counts()["refused"] == 10
    assert box.inbound.refused == 30


def test_a_fault_of_ours_refuses_the_message_instead_of_looping(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(box.store, "take_busy_snapshot", broken)
    assert box.take("busy/weber", envelope(1, snapshot=[])) == "internal"


def test_a_locked_database_leaves_the_message_at_the_broker(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.errors import StoreError

    def locked(*_: object, **__: object) -> None:
        raise StoreError("locked")

    monkeypatch.setattr(box.store, "take_busy_snapshot", locked)
    with pytest.raises(StoreError):
        box.take("busy/weber", envelope(1, snapshot=[]))
    assert box.inbound.refused == 0


def test_the_nouns_of_the_store_do_not_hide_each_other() -> None:
    from collections import Counter

    names = Counter(
        name
        for base in Store.__mro__[1:]
        for name in vars(base)
        if not name.startswith("__") and base is not object
    )
    assert [name for name, count in names.items() if count > 1] == []
