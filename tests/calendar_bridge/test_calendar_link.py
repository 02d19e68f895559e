"""The CalDAV worker against a real Radicale: what it is asked, and how it dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.calendar_bridge.calendar_link import CalendarLink, default_python
from gateway.calendar_bridge.looking import Ask, look
from gateway.errors import (
    CalendarAway,
    CalendarChanged,
    CalendarGone,
    CalendarRefused,
    StartRefused,
)
from gateway.rehearsal.phone.staff_calendar import PASSWORD, USER, StaffCalendar
from tests.calendar_bridge.test_entry import ics

pytestmark = [
    pytest.mark.processes,
    pytest.mark.xdist_group("calendar-bridge"),
    pytest.mark.timeout(600),
]
EVENT = ics("DTSTAMP:20261101T000000Z", "DTSTART:20261201T090000Z", "DTEND:20261201T100000Z")


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffCalendar]:
    made = StaffCalendar(tmp_path_factory.mktemp("radicale"), ("weber",))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def link(staff: StaffCalendar) -> Iterator[CalendarLink]:
    made = opened(staff.url("weber"))
    yield made
    made.close()


def opened(url: str, password: str = PASSWORD) -> CalendarLink:
    told = {"url": url, "user": USER, "password": password, "ca": None}
    return CalendarLink(default_python(), {"weber": told})


def put(link: CalendarLink, href: str, text: str, etag: str | None) -> str:
    return str(link.ask("put", calendar="weber", href=href, text=text, etag=etag)["etag"])


def test_an_event_is_written_only_over_what_is_known(
    link: CalendarLink, staff: StaffCalendar
) -> None:
    href = f"{staff.path('weber')}a.ics"
    token = link.ask("token", calendar="weber")
    first = put(link, href, EVENT, None)
    with pytest.raises(CalendarChanged):
        put(link, href, EVENT, None)
    second = put(link, href, EVENT.replace("T090000Z", "T093000Z"), first)
    with pytest.raises(CalendarChanged):
        put(link, href, EVENT, first)
    assert link.ask("token", calendar="weber") != token
    assert [(h, e) for h, e, _ in link.ask("list", calendar="weber")] == [(href, second)]
    got = link.ask("get", calendar="weber", href=href)
    assert got["etag"] == second and "T093000Z" in got["text"]
    assert "SEQUENCE" not in got["text"], "nothing is added on the way"
    with pytest.raises(CalendarChanged):
        link.ask("delete", calendar="weber", href=href, etag=first)
    link.ask("delete", calendar="weber", href=href, etag=second)
    with pytest.raises(CalendarGone):
        link.ask("get", calendar="weber", href=href)


def test_no_other_server_is_asked_and_what_it_refuses_is_told(
    link: CalendarLink, staff: StaffCalendar
) -> None:
    with pytest.raises(CalendarRefused, match="another server"):
        link.ask("get", calendar="weber", href="http://127.0.0.1:9/a.ics")
    with pytest.raises(CalendarRefused, match="HTTP 400"):
        put(link, f"{staff.path('weber')}b.ics", "no calendar", None)


def test_a_worker_that_is_killed_is_started_again(link: CalendarLink) -> None:
    link.ask("token", calendar="weber")
    assert link._worker is not None
    os.kill(link._worker.pid, signal.SIGKILL)
    link._worker.wait()
    assert link.ask("list", calendar="weber") == []


def test_more_than_a_megabyte_of_event_is_not_even_fetched(
    link: CalendarLink, staff: StaffCalendar
) -> None:
    lines = f"COMMENT:{'x' * 60}\r\n" * 15_000
    huge = EVENT.replace("END:VEVENT", f"{lines}END:VEVENT")
    staff.write(f"{staff.path('weber')}huge.ics", huge)
    staff.write(f"{staff.path('weber')}small.ics", EVENT.replace("UID:a", "UID:small"))
    [found] = look(link, [Ask("weber", None, {})])
    assert [href.rpartition("/")[2] for href, _, _ in found.changed] == ["small.ics"]
    assert [reason.partition(":")[0] for _, _, reason in found.refused] == ["too large"]


def test_a_wrong_password_or_a_silent_server_is_a_calendar_that_is_away(
    staff: StaffCalendar,
) -> None:
    for wrong in (opened(staff.url("weber"), "no"), opened("http://127.0.0.1:1/office/weber/")):
        with pytest.raises(CalendarAway):
            wrong.ask("token", calendar="weber")
        [found] = look(wrong, [Ask("weber", None, {})])
        assert found.fault
        wrong.close()


def test_without_the_environment_the_bridge_says_what_to_do() -> None:
    with pytest.raises(StartRefused, match="make setup"):
        CalendarLink(Path("/nowhere/python"), {"weber": {}})
