"""What the bridge makes of events, also of hostile ones."""

from __future__ import annotations

import signal
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.calendar_bridge.entry import MAX_TIMES, View, Words, read_entry
from gateway.errors import EntryRefused

ZONE = ZoneInfo("America/New_York")
VIEW = View(
    ZONE,
    datetime(2026, 11, 22, 5, tzinfo=UTC),
    datetime(2027, 6, 10, 4, tzinfo=UTC),
    Words(("closed", "holiday"), ("do not book",)),
)


def ics(*lines: str, uid: str = "a") -> str:
    """A calendar object with one event."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", "BEGIN:VEVENT", f"UID:{uid}"]
    return "\r\n".join([*head, *lines, "END:VEVENT", "END:VCALENDAR", ""])


def times(*lines: str) -> list[tuple[str, str]]:
    """What the event blocks, in the office's wall time."""
    found = read_entry(ics(*lines), VIEW).times
    return [
        (f"{start.astimezone(ZONE):%m-%d %H:%M}", f"{end.astimezone(ZONE):%m-%d %H:%M}")
        for start, end in found
    ]


@pytest.mark.parametrize(
    ("lines", "blocked"),
    [
        (["DTSTART:20261201T140000Z", "DTEND:20261201T150000Z"], [("12-01 09:00", "12-01 10:00")]),
        # Floating: the office's wall time.
        (["DTSTART:20261201T090000", "DURATION:PT90M"], [("12-01 09:00", "12-01 10:30")]),
        (
            ["DTSTART;TZID=Europe/Berlin:20261201T150000", "DURATION:PT1H"],
            [("12-01 09:00", "12-01 10:00")],
        ),
        # A zone that nobody knows, without a definition: the office's wall time.
        (["DTSTART;TZID=Mars/Base:20261201T090000", "DURATION:PT1H"],
         [("12-01 09:00", "12-01 10:00")]),
        (["DTSTART;VALUE=DATE:20261201"], [("12-01 00:00", "12-02 00:00")]),
        (
            ["DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261204"],
            [("12-01 00:00", "12-04 00:00")],
        ),
        # No end: a moment, which takes no time (RFC 5545, 3.6.1).
        (["DTSTART:20261201T090000"], []),
        (["DTSTART:20261201T090000", "DURATION:PT1H", "TRANSP:TRANSPARENT"], []),
        (["DTSTART:20261201T090000", "DURATION:PT1H", "STATUS:CANCELLED"], []),
        (["DTSTART:20261201T090000", "DURATION:PT1H", "STATUS:TENTATIVE"],
         [("12-01 09:00", "12-01 10:00")]),
        (["DTSTART:20201201T090000", "DURATION:PT1H"], []),
        # The night when the clocks change: an hour of time is an hour.
        (["DTSTART:20270314T013000", "DURATION:PT1H"], [("03-14 01:30", "03-14 03:30")]),
    ],
)  # fmt: skip
def test_what_an_event_blocks(lines: list[str], blocked: list[tuple[str, str]]) -> None:
    assert times(*lines) == blocked


def test_a_series_keeps_its_wall_time_over_the_change_of_clocks_and_its_exceptions() -> None:
    found = times(
        "DTSTART;TZID=America/New_York:20270311T090000",
        "DURATION:PT30M",
        "RRULE:FREQ=DAILY;COUNT=5",
        "EXDATE;TZID=America/New_York:20270312T090000",
    )
    assert [start for start, _ in found] == [
        "03-11 09:00", "03-13 09:00", "03-14 09:00", "03-15 09:00",
    ]  # fmt: skip


def test_a_moved_instance_of_a_series_is_where_it_was_moved_to() -> None:
    text = ics("DTSTART:20261201T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2")
    moved = ["BEGIN:VEVENT", "UID:a", "RECURRENCE-ID:20261208T090000Z", "DTSTART:20261209T100000Z",
             "DURATION:PT1H", "END:VEVENT", "END:VCALENDAR"]  # fmt: skip
    found = read_entry(text.replace("END:VCALENDAR", "\r\n".join(moved)), VIEW).times
    assert [start for start, _ in found] == [
        datetime(2026, 12, 1, 9, tzinfo=UTC),
        datetime(2026, 12, 9, 10, tzinfo=UTC),
    ]


VTIMEZONE = "\r\n".join(
    [
        "BEGIN:VTIMEZONE", "TZID:{name}",
        "BEGIN:STANDARD", "DTSTART:16010101T020000", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500",
        "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11", "END:STANDARD",
        "BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400",
        "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE",
    ]
)  # fmt: skip
"""As Exchange writes it."""


@pytest.mark.parametrize(
    ("name", "defined"),
    [
        ("Eastern Standard Time", False),  # Windows
        ("Eastern Standard Time", True),
        ('"(UTC-05:00) Eastern Time (US & Canada)"', True),
        ("Customized Time Zone", True),
        ("/freeassociation.sourceforge.net/America/New_York", False),  # Evolution
        ("US/Eastern", False),
    ],
)
@pytest.mark.filterwarnings("ignore:Timezone")
def test_other_programs_names_for_a_time_zone_mean_the_same_moment(
    name: str, defined: bool
) -> None:
    view = View(ZoneInfo("Asia/Tokyo"), VIEW.start, VIEW.end)  # not by accident the office's own
    text = ics(f"DTSTART;TZID={name}:20270405T090000", f"DTEND;TZID={name}:20270405T100000")
    if defined:
        zone = VTIMEZONE.format(name=name.strip('"'))
        text = text.replace("BEGIN:VEVENT", f"{zone}\r\nBEGIN:VEVENT")
    assert read_entry(text, view).times == (
        (datetime(2027, 4, 5, 13, tzinfo=UTC), datetime(2027, 4, 5, 14, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    ("lines", "starts"),
    [
        (["DTSTART:20261201T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3",
          "EXDATE:20261202T090000,20261203T090000"], ["12-01 09:00"]),
        (["DTSTART;TZID=America/New_York:20261201T090000", "DURATION:PT1H",
          "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261202T140000Z"], ["12-01 09:00", "12-03 09:00"]),
        (["DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;VALUE=DATE:20261208"],
         ["12-01 00:00", "12-15 00:00"]),
        (["DTSTART:20261201T090000", "DURATION:PT1H", "RDATE:20261205T090000"],
         ["12-01 09:00", "12-05 09:00"]),
        (["DTSTART:20261201T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20261202T235959Z"],
         ["12-01 09:00", "12-02 09:00"]),
        (["DTSTART:20261201T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2",
          "TRANSP:TRANSPARENT"], []),
    ],
)  # fmt: skip
def test_series_with_exceptions_in_each_way_of_writing(lines: list[str], starts: list[str]) -> None:
    assert [start for start, _ in times(*lines)] == starts


@pytest.mark.parametrize(
    ("override", "starts"),
    [
        (["DTSTART:20261208T090000Z", "DURATION:PT1H", "STATUS:CANCELLED"], [1, 15]),
        (["DTSTART:20261208T090000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT"], [1, 15]),
        (["DTSTART:20261209T090000Z", "DURATION:PT1H"], [1, 9, 15]),
    ],
)
def test_one_of_a_series_that_differs(override: list[str], starts: list[int]) -> None:
    text = ics("DTSTART:20261201T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3")
    one = ["BEGIN:VEVENT", "UID:a", "RECURRENCE-ID:20261208T090000Z", *override, "END:VEVENT",
           "END:VCALENDAR"]  # fmt: skip
    found = read_entry(text.replace("END:VCALENDAR", "\r\n".join(one)), VIEW)
    assert [start.day for start, _ in found.times] == starts


def test_the_one_of_somebody_elses_series_to_which_staff_are_invited_blocks() -> None:
    assert times("RECURRENCE-ID:20261208T140000Z", "DTSTART:20261208T150000Z", "DURATION:PT1H") == [
        ("12-08 10:00", "12-08 11:00")
    ]


@pytest.mark.parametrize("kind", ["VTODO", "VJOURNAL"])
def test_a_task_blocks_nothing_and_is_nothing_strange(kind: str) -> None:
    text = ics("DUE:20261201T090000Z", "SUMMARY:Call the lab").replace("VEVENT", kind)
    found = read_entry(text, VIEW)
    assert (found.uid, found.times, found.days, found.recurring) == ("a", (), (), False)


def test_a_series_that_never_ends_is_cut_at_the_horizon() -> None:
    found = read_entry(ics("DTSTART:20261201T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY"), VIEW)
    assert found.recurring
    assert len(found.times) == (date(2027, 6, 10) - date(2026, 12, 1)).days
    assert found.times[-1][0] < VIEW.end


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_a_rule_that_cannot_be_expanded_is_refused_in_bounded_time(rule: str) -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    with pytest.raises(EntryRefused, match="rule"):
        read_entry(ics("DTSTART:20000101T090000", "DURATION:PT1H", f"RRULE:{rule}"), VIEW)
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot be read"),
        ("not a calendar", "cannot be read"),
        ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "holds no event"),
        (ics("DTSTART:20261201T090000", "SUMMARY:" + "x" * 2_000_000), "too large"),
        (ics("SUMMARY:no start"), "has no start"),
        (ics("DTSTART:20261399T990000"), "cannot be read"),
        (ics("DTSTART:20261201T090000", "DTEND:20261201T080000"), "ends before it begins"),
        (ics("DTSTART:20261201T090000", "DTEND;VALUE=DATE:2026120"), "cannot be read"),
        (ics("DTSTART:20261201T090000", "RRULE:FREQ=NEVER"), "cannot be read"),
        (ics("DTSTART:20261201T090000", uid=""), "UIDs"),
        (
            ics("DTSTART:20261201T090000").replace(
                "END:VCALENDAR",
                "BEGIN:VEVENT\r\nUID:b\r\nDTSTART:20261201T090000\r\nEND:VEVENT\r\nEND:VCALENDAR",
            ),
            "UIDs",
        ),
        ("BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 20_000, "cannot be read"),
        (ics("DTSTART:20261201T090000") + "\0", "cannot be read"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(EntryRefused, match=reason):
        read_entry(text, VIEW)


def test_bytes_that_were_no_utf_8_are_read_as_far_as_they_go() -> None:
    text = ics("DTSTART:20261201T090000", "DURATION:PT1H", "SUMMARY:M\udce4rz �")
    assert read_entry(text, VIEW).times


@pytest.mark.parametrize(
    ("title", "kind"),
    [("Closed", "closed"), ("holiday (all)", "closed"), ("DO NOT BOOK please", "do-not-book"),
     ("Fair", None), ("We are closed", None)],
)  # fmt: skip
def test_whole_days_with_a_closing_title_close_their_days(title: str, kind: str | None) -> None:
    lines = ["DTSTART;VALUE=DATE:20261230", "DTEND;VALUE=DATE:20270102", f"SUMMARY:{title}",
             "TRANSP:TRANSPARENT"]  # fmt: skip
    found = read_entry(ics(*lines), VIEW)
    assert found.times == ()
    assert [(day, what) for day, what, _ in found.days] == (
        [(date(2026, 12, 30) + timedelta(days=n), kind) for n in range(3)] if kind else []
    )


def test_a_closure_of_a_century_is_refused() -> None:
    lines = ["DTSTART;VALUE=DATE:20261230", "DTEND;VALUE=DATE:21261230", "SUMMARY:Closed"]
    with pytest.raises(EntryRefused, match=str(MAX_TIMES)):
        read_entry(ics(*lines), VIEW)
