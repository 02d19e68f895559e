"""Our appointments as iCalendar, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from icalendar import Calendar

from gateway.calendar_bridge.entry import Standing, read_entry
from gateway.calendar_bridge.writing import (
    Privacy,
    description_of,
    standing_of,
    summary_of,
    write_event,
    write_feed,
)
from gateway.sync.documents import StaffEvent
from tests.calendar_bridge.test_entry import VIEW, ZONE

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)


def appointment(**more: Any) -> StaffEvent:
    """As the box says it."""
    body: dict[str, Any] = {
        "uid": "3f0e", "sequence": 2, "updated": "2026-11-22T19:00:00Z",
        "start": "2026-12-01T09:30:00", "timeZone": "America/New_York", "duration": "PT30M",
        "status": "confirmed", "service": "check-up", "practitioner": "weber",
        "client": {"name": "Ann; Lee, \n BEGIN:VEVENT", "phone": "+12125550123"},
        "note": "bring\nthe card",
    }  # fmt: skip
    return StaffEvent.model_validate(body | more)


@pytest.mark.parametrize(
    "more",
    [{}, {"status": "tentative"}, {"status": "cancelled"}, {"uid": "x y;z 7"},
     {"start": "2027-03-14T01:45:00"}, {"timeZone": "Europe/Berlin"}, {"duration": "PT24H"}],
)  # fmt: skip
def test_what_we_write_reads_back_as_it_was(more: dict[str, Any]) -> None:
    ours = appointment(**more)
    text = write_event(ours, Privacy(), ZONE, now=NOW)
    read = read_entry(text, VIEW)
    assert read.uid == ours.uid
    assert read.ours.standing == standing_of(ours, ZONE)
    assert read.ours.sequence == 2
    assert read.ours.base == (2, standing_of(ours, ZONE))
    assert bool(read.times) == (ours.status != "cancelled")


@pytest.mark.parametrize(
    ("privacy", "title"),
    [(Privacy("service"), "Check up"), (Privacy("name"), "Check up – Ann"),
     (Privacy("number"), "Check up – Ann – +12125550123")],
)  # fmt: skip
def test_the_title_shows_no_more_than_the_office_wants(privacy: Privacy, title: str) -> None:
    ours = appointment(client={"name": "Ann", "phone": "+12125550123"})
    assert summary_of(ours, privacy) == title
    assert "+1212" not in description_of(ours, Privacy(details=False))


def test_a_copy_of_our_event_is_not_ours() -> None:
    text = write_event(appointment(), Privacy(), ZONE, now=NOW).replace("UID:3f0e", "UID:copy")
    assert read_entry(text, VIEW).ours.base is None


def test_what_staff_added_stays_when_we_write_over_it() -> None:
    privacy = Privacy()
    first = appointment()
    text = write_event(first, privacy, ZONE, now=NOW)
    wrote = (summary_of(first, privacy), description_of(first, privacy))
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
    edited = text.replace("END:VEVENT", f"COLOR:red\r\n{alarm}END:VEVENT")
    event = Calendar.from_ical(edited).walk("VEVENT")[0]
    event["SUMMARY"] = "Ann, first visit"
    calendar = Calendar.from_ical(edited)
    calendar.subcomponents = [event]
    edited = calendar.to_ical().decode()
    moved = appointment(sequence=3, start="2026-12-02T10:00:00", note="new note")
    again = write_event(moved, privacy, ZONE, now=NOW, there=edited, wrote=wrote)
    assert read_entry(again, VIEW).ours.standing == Standing(
        datetime(2026, 12, 2, 10), 30, "confirmed"
    )
    result = Calendar.from_ical(again).walk("VEVENT")[0]
    assert result["SUMMARY"] == "Ann, first visit"
    assert "new note" in result["DESCRIPTION"]
    assert result["COLOR"] == "red" and len(result.subcomponents) == 1
    assert again.count("BEGIN:VEVENT") == again.count("DTSTART;TZID") == 1


def test_the_feed_holds_everything_and_no_number() -> None:
    texts = [appointment(), appointment(uid="b", status="cancelled", start="2027-12-01T09:00:00")]
    feed = write_feed(texts, Privacy("number"), now=NOW)
    calendar = Calendar.from_ical(feed)
    assert [str(e["STATUS"]) for e in calendar.walk("VEVENT")] == ["CONFIRMED", "CANCELLED"]
    assert b"+1212" not in feed and b"the card" not in feed
    assert len(calendar.walk("VTIMEZONE")) == 1
    assert write_feed(texts, Privacy("number"), now=NOW) == feed, "unchanged, so not rewritten"
    assert Calendar.from_ical(write_feed([], Privacy(), now=NOW)).walk("VEVENT") == []
