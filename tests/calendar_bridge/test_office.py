"""A real office: what a caller books is in Radicale, what staff do there reaches the box."""

from __future__ import annotations

import signal
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from gateway.appointments.records import Status
from tests.calendar_bridge.confirming_proxy import ConfirmingProxy
from tests.calendar_bridge.conftest import PHONE, Office, at, until, zoned
from tests.sync.broker import Observer

pytestmark = [
    pytest.mark.processes,
    pytest.mark.xdist_group("calendar-bridge"),
    pytest.mark.timeout(1200),  # several programs start anew; on a busy machine that takes minutes
]


def test_a_booking_by_phone_is_in_the_calendar_moves_there_and_stays_when_it_is_cancelled(
    office: Office,
) -> None:
    uid = office.book(at(3, 10))
    event = office.shown(uid)
    assert event.summary == "Check up – Ann Lee"
    assert PHONE not in event.summary
    assert "DTSTART;TZID=America/New_York:" in event.text
    assert "CLASS:PRIVATE" in event.text and "CATEGORIES:Nightporter" in event.text
    office.move(uid, at(3, 11))
    assert "SEQUENCE:1" in office.shown(uid).text
    office.move(uid, at(4, 11), "patel")
    assert office.shown(uid, "patel").status == "CONFIRMED"
    assert office.event(uid, "weber") is None, "one appointment stands in one calendar"
    office.cancel(uid)
    assert office.shown(uid, "patel").status == "CANCELLED"
    office.box.store.undo_cancel(uid, by="anna", now=datetime.now(UTC))
    assert office.shown(uid, "patel").status == "CONFIRMED"


def test_what_staff_type_blocks_the_slot_for_the_next_caller_and_frees_it_again(
    office: Office,
) -> None:
    event = office.staff.add("weber", zoned(5, 14), 60, "Supplier")
    office.staff.add("weber", zoned(5, 16), 60, "Lunch idea", more="TRANSP:TRANSPARENT")
    office.staff.add("weber", zoned(5, 17), 60, "Off", more="STATUS:CANCELLED")
    until(lambda: office.busy() == [(at(5, 14), at(5, 15))])
    with pytest.raises(Exception, match="taken"):
        office.book(at(5, 14, 30))
    assert office.busy("patel") == []
    office.staff.move(event, zoned(5, 9), 30)
    until(lambda: office.busy() == [(at(5, 9), at(5, 9, 30))])
    office.book(at(5, 14, 30))
    office.staff.remove(event)
    until(lambda: office.busy() == [])


def test_staff_move_cancel_and_delete_our_event_and_hand_it_to_a_colleague(office: Office) -> None:
    moved, cancelled, deleted, handed = (office.book(at(6, hour)) for hour in (9, 10, 11, 13))
    office.staff.move(office.shown(moved), zoned(6, 15), 45)
    office.staff.change(office.shown(cancelled), {"STATUS": "CANCELLED"})
    office.staff.remove(office.shown(deleted))
    event = office.shown(handed)
    office.staff.write(event.href.replace("/weber/", "/patel/"), event.text)
    office.staff.remove(event)
    until(lambda: office.stands(moved).start == at(6, 15) and office.stands(moved).minutes == 45)
    until(lambda: office.stands(cancelled).status is Status.CANCELLED)
    until(lambda: office.stands(deleted).status is Status.CANCELLED)
    until(lambda: office.stands(handed).practitioner == "patel")
    assert office.shown(handed, "patel").status == "CONFIRMED"
    for uid in (moved, cancelled, deleted):
        until(lambda uid=uid: office.agrees(office.stands(uid)))
    assert office.event(deleted) is None, "what staff deleted does not come back"
    kept = office.stands(moved)
    assert (kept.name, kept.phone, kept.service) == ("Ann Lee", PHONE, "check-up")


def test_staff_decide_on_requests_in_the_calendar(office: Office) -> None:
    accepted, renamed, declined, moved = (
        office.book(at(7, hour), tentative=True) for hour in (9, 10, 11, 13)
    )
    event = office.shown(accepted)
    assert event.status == "TENTATIVE" and event.summary.startswith("Request: ")
    office.staff.change(event, {"STATUS": "CONFIRMED"})
    title = office.shown(renamed).summary.removeprefix("Request: ")
    office.staff.change(office.shown(renamed), {"SUMMARY": title})
    office.staff.remove(office.shown(declined))
    office.staff.move(office.shown(moved), zoned(7, 16), 30)
    until(lambda: office.stands(accepted).status is Status.CONFIRMED)
    until(lambda: office.stands(renamed).status is Status.CONFIRMED)
    until(lambda: office.stands(declined).status is Status.CANCELLED)
    until(lambda: office.stands(moved).start == at(7, 16))
    assert office.stands(moved).status is Status.CONFIRMED
    for uid in (accepted, renamed, moved):
        assert not office.shown(uid).summary.startswith("Request")
    with sqlite3.connect(office.box.paths.database) as db:
        query = "SELECT count(*) FROM follow_ups WHERE reason = 'request' AND closed_at IS NULL"
        assert db.execute(query).fetchone() == (0,)


def test_a_series_that_never_ends_is_cut_and_one_that_cannot_be_expanded_changes_nothing(
    office: Office,
) -> None:
    refused = office.box.store.figures(now=datetime.now(UTC)).refused
    daily = office.staff.add("patel", zoned(8, 8), 30, "Rounds", more="RRULE:FREQ=DAILY")
    until(lambda: len(office.busy("patel")) > 150)
    assert office.busy("patel")[0] == (at(8, 8), at(8, 8, 30))
    assert len(office.busy("patel")) < 220
    office.staff.change(daily, {"RRULE": {"FREQ": "SECONDLY"}})
    other = office.staff.add("patel", zoned(9, 12), 60, "Lunch")
    until(lambda: (at(9, 12), at(9, 13)) in office.busy("patel"))
    assert (at(8, 8), at(8, 8, 30)) in office.busy("patel"), "the old state is kept"
    until(lambda: office.says("events_refused") == 1)
    until(lambda: office.box.store.figures(now=datetime.now(UTC)).refused == refused + 1)
    office.staff.remove(daily)
    office.staff.remove(other)
    until(lambda: office.busy("patel") == [])
    until(lambda: office.says("events_refused") == 0)


def test_a_closed_day_in_the_calendar_closes_it_for_callers(office: Office) -> None:
    day = at(9, 0).date()
    closed = office.staff.add("weber", day, title="Closed – training")
    whole = office.staff.add("weber", at(10, 0).date(), title="Fair in Boston")

    def exceptions() -> list[tuple[str | None, bool]]:
        book = office.box.store.book_now()
        return [(e.practitioner, e.closed) for e in book.exceptions if e.day == day]

    until(lambda: exceptions() == [("weber", True)])
    until(lambda: (at(10, 0), at(11, 0)) in office.busy())
    office.staff.remove(closed)
    office.staff.remove(whole)
    until(lambda: exceptions() == [] and office.busy() == [])


def test_the_feed_is_a_calendar_that_others_can_read(office: Office) -> None:
    uid = office.book(at(11, 10), name="Bea Quinn")
    until(lambda: uid in office.calendar.feed.read_text())
    feed = Calendar.from_ical(office.calendar.feed.read_bytes())
    events = {str(event["UID"]): event for event in feed.walk("VEVENT")}
    assert events[uid]["DTSTART"].dt == zoned(11, 10)
    assert events[uid]["DTEND"].dt - events[uid]["DTSTART"].dt == timedelta(minutes=30)
    assert PHONE not in office.calendar.feed.read_text()
    for event in events.values():
        assert {"UID", "DTSTAMP", "DTSTART", "SEQUENCE", "STATUS"} <= set(event)


def test_after_days_apart_all_three_agree(office: Office) -> None:
    """The calendar's server away, then the bridge killed, then the broker away, and everybody
    goes on working meanwhile."""
    kept, moved, both, gone = (office.book(at(20, hour)) for hour in (9, 10, 11, 13))
    staff_moved, staff_gone, late = (office.book(at(21, hour)) for hour in (9, 10, 11))
    events = {u: office.shown(u) for u in (kept, moved, both, gone, staff_moved, staff_gone, late)}
    office.staff.stop()
    until(lambda: office.says("unreachable") == 2)
    office.move(moved, at(20, 15))
    office.move(moved, at(20, 16))
    office.move(both, at(20, 17))
    office.cancel(gone)
    office.calendar.bridge.send_signal(signal.SIGKILL)  # type: ignore[union-attr]
    office.calendar.bridge.wait()  # type: ignore[union-attr]
    office.broker.stop()
    new = office.book(at(22, 9), name="Cy New")
    office.staff.start()
    office.staff.move(events[both], zoned(20, 14), 30)
    office.staff.move(events[staff_moved], zoned(21, 14), 30)
    office.staff.remove(events[staff_gone])
    office.staff.add("weber", zoned(22, 13), 60, "Interview")
    office.calendar.start_bridge()
    until(lambda: office.says("unreachable") == 0 and office.says("connected") is False)
    until(lambda: office.says("queued") == 3)
    waiting = office.event(staff_moved)
    assert waiting is not None and waiting.start == zoned(21, 14), "staff's word is not undone"
    assert office.event(staff_gone) is None
    office.calendar.bridge.send_signal(signal.SIGKILL)  # type: ignore[union-attr]
    office.calendar.bridge.wait()  # type: ignore[union-attr]
    office.box.kill()
    office.broker.start()
    office.calendar.start_bridge()
    until(lambda: office.says("connected") and office.says("queued") == 0)
    office.box.start()
    until(lambda: office.stands(staff_moved).start == at(21, 14))
    until(lambda: office.stands(staff_gone).status is Status.CANCELLED)
    until(lambda: office.stands(both).start == at(20, 14))
    uids = (kept, moved, both, gone, staff_moved, staff_gone, late, new)
    for uid in uids:
        until(lambda uid=uid: office.agrees(office.stands(uid)))
    assert office.stands(moved).start == at(20, 16)
    assert office.stands(gone).status is Status.CANCELLED
    assert office.event(staff_gone) is None
    until(lambda: office.busy() == [(at(22, 13), at(22, 14))])
    with sqlite3.connect(office.box.paths.database) as db:
        conflicts = db.execute("SELECT uid FROM follow_ups WHERE reason = 'conflict'").fetchall()
    assert conflicts == [(both,)], "the caller who moved it is not lost"
    until(lambda: office.says("refused_by_box") == 0)


def events_of(office: Office, uid: str) -> list[str]:
    """What the box has done to an appointment, in order."""
    with sqlite3.connect(office.box.paths.database) as db:
        rows = db.execute("SELECT type FROM outbox WHERE uid = ? ORDER BY sequence", (uid,))
        return [kind for (kind,) in rows if kind.startswith("appointment.")]


def test_no_lost_acknowledgement_loses_or_doubles_anything(office: Office) -> None:
    """Either way: the message came through, and its acknowledgement died with the connection."""
    uids = []
    for n in range(2):
        office.relay.lose = 2
        uids.append(office.book(at(24, 9 + n)))
        event = office.shown(uids[n])
        office.relay.lose += 2
        office.staff.move(event, zoned(24, 14 + n), 30)
        until(lambda n=n: office.stands(uids[n]).start == at(24, 14 + n))
    office.relay.lose = 0
    for uid in uids:
        assert "SEQUENCE:1" in office.shown(uid).text
        assert events_of(office, uid) == ["appointment.booked", "appointment.moved"]
    until(lambda: office.says("queued") == 0)


def test_a_broker_that_dies_with_all_that_it_has_acknowledged_loses_nothing(office: Office) -> None:
    moved, gone = office.book(at(26, 9)), office.book(at(26, 10))
    events = {uid: office.shown(uid) for uid in (moved, gone)}

    # From the box: the bridge is off, and the broker alone has the booking.
    office.calendar.bridge.send_signal(signal.SIGKILL)  # type: ignore[union-attr]
    office.calendar.bridge.wait()  # type: ignore[union-attr]
    booked = office.book(at(26, 11))
    until(lambda: office.box.store.next_events(1) == [])
    office.broker.kill()
    office.broker.forget()
    office.broker.start()
    office.calendar.start_bridge()
    assert office.shown(booked).status == "CONFIRMED"

    # From the calendar: the box is off, and the broker alone has staff's word.
    observer = Observer(office.broker.port)
    office.box.kill()
    office.staff.move(events[moved], zoned(26, 15), 30)
    office.staff.remove(events[gone])
    until(lambda: len(observer.bodies("/in/appointment")) >= 2)
    until(lambda: office.says("queued") == 0)
    observer.stop()
    office.broker.kill()
    office.broker.forget()
    office.broker.start()
    office.box.start()
    until(lambda: office.stands(moved).start == at(26, 15))
    until(lambda: office.stands(gone).status is Status.CANCELLED)
    for uid in (moved, gone, booked):
        until(lambda uid=uid: office.agrees(office.stands(uid)))
        assert len(events_of(office, uid)) == (1 if uid == booked else 2), "each once"
    assert office.event(gone) is None, "what staff deleted does not come back"


def test_a_server_that_confirms_requests_by_itself_accepts_none_also_when_the_bridge_is_killed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = ConfirmingProxy(office.calendar.staff.port)

    def url(who: str) -> str:
        return f"http://127.0.0.1:{proxy.port}{office.calendar.staff.path(who)}"

    def stop_bridge() -> None:
        office.calendar.bridge.send_signal(signal.SIGKILL)  # type: ignore[union-attr]
        office.calendar.bridge.wait()  # type: ignore[union-attr]

    def shown_as(uid: str, status: str) -> bool:
        event = office.event(uid)
        return event is not None and event.status == status

    stop_bridge()
    with monkeypatch.context() as patch:
        patch.setattr(office.calendar.staff, "url", url)
        office.calendar.start_bridge()
        written, accepted, declined = (
            office.book(at(28, hour), tentative=True) for hour in (10, 11, 12)
        )
        for uid in (written, accepted, declined):
            until(lambda uid=uid: shown_as(uid, "CONFIRMED"))
        proxy.holds = True
        cut_off = office.book(at(28, 9), tentative=True)
        until(proxy.held.is_set)
        assert shown_as(cut_off, "CONFIRMED"), "written, and not yet read back"
        stop_bridge()
        proxy.holds = False
        proxy.let_go.set()
        before = proxy.confirmed
        office.calendar.start_bridge()
        until(lambda: proxy.confirmed > before)  # in doubt it is written once more

        # What staff do now is what counts; the box hears it in order.
        for uid in (written, cut_off):
            note = office.event(uid)
            assert note is not None and note.summary.startswith("Request: ")
            office.staff.change(note, {"LOCATION": "Room 2"})
        event = office.event(accepted)
        assert event is not None
        office.staff.change(event, {"SUMMARY": event.summary.removeprefix("Request: ")})
        until(lambda: office.stands(accepted).status is Status.CONFIRMED)
        event = office.event(declined)
        assert event is not None
        office.staff.change(event, {"STATUS": "CANCELLED"})
        until(lambda: office.stands(declined).status is Status.CANCELLED)
        for uid in (written, cut_off):
            assert office.stands(uid).status is Status.TENTATIVE
            assert events_of(office, uid) == ["appointment.requested"]
        stop_bridge()
    office.calendar.start_bridge()
    proxy.stop()
