"""Whatever happens and whoever is away meanwhile: in the end box and calendar agree."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from gateway.calendar_bridge.appointments import TRIES
from gateway.calendar_bridge.settings import Calendar
from tests.calendar_bridge.conftest import ZONE, at
from tests.calendar_bridge.simulation import SETTINGS, World, ics
from tests.sync.test_asyncapi import channel_of, check

EVENTS = 60
"""Things that happen before everybody comes back."""


class NothingLasts(random.Random):
    """Of what the broker has, nothing was on its disk."""

    def randint(self, _a: int, _b: int) -> int:
        return 0

    def random(self) -> float:
        return 0.0


@pytest.mark.parametrize("seed", range(10))
def test_all_agree_after_anything(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, seed, monkeypatch)
    world.server.forgetful = 0.1
    world.server.rewrites = seed % 2 == 1
    happenings: list[Callable[[], None]] = [
        world.caller_books, world.caller_books, world.caller_moves, world.caller_cancels,
        world.staff_adds, world.staff_moves, world.staff_moves, world.staff_decides,
        world.staff_deletes, world.staff_hands_over, world.calendar_goes_or_comes,
        world.broker_goes_or_comes, world.broker_dies, world.box_goes_or_comes, world.start_bridge,
        world.run_bridge, world.run_bridge, world.run_box, world.run_box,
    ]  # fmt: skip
    for _ in range(EVENTS):
        world.chance.choice(happenings)()
    world.heal()
    assert world.differences() == []
    assert world.store.appointments(), "something was booked at all"
    world.store.close()


def test_everything_that_the_bridge_says_fits_its_description(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, 5, monkeypatch)
    for _ in range(14):
        world.caller_books()
    world.heal()
    world.run_box()
    world.caller_books()
    world.run_box()
    world.broker.die(NothingLasts())  # with the event: the bridge asks for it again
    for status in ("TENTATIVE", "CONFIRMED"):  # declined, and cancelled
        world.server.remove(
            next(p for p, event in world.server.events() if str(event["STATUS"]) == status)
        )
    world.staff_closes_a_day()
    for happens in (world.staff_adds, world.staff_moves, world.staff_decides, world.staff_deletes):
        happens()
        happens()
        world.run_bridge()
        world.run_box()
    world.run_bridge()
    channels = set()
    for topic, payload in world.broker.said:
        channels.add(channel_of(topic))
        check(channel_of(topic), json.loads(payload))
    assert channels == {
        "inBusy", "inAppointment", "inDecision", "inExceptions", "inReplay", "calendar",
    }  # fmt: skip
    world.store.close()


def test_the_calendar_of_the_whole_office_blocks_everybody_and_gets_no_booking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Calendar(url="http://calendar.example/office/")
    settings = SETTINGS.model_copy(update={"calendars": [*SETTINGS.calendars, whole]})
    world = World(tmp_path, 4, monkeypatch, settings)
    start = at(3, 12).replace(tzinfo=ZONE)
    world.server.write("/*/lunch.ics", ics("lunch", start, start + timedelta(hours=1)))
    world.run_bridge()
    world.run_box()
    moment = start.astimezone(UTC)
    assert world.foreign() == {("weber", "lunch", moment), ("patel", "lunch", moment)}
    for _ in range(6):
        world.caller_books()
    world.run_box()
    world.run_bridge(12)
    booked = [path for path in world.server.files if path != "/*/lunch.ics"]
    assert len(booked) == len(world.store.appointments()) > 3
    assert not [path for path in booked if path.startswith("/*/")]
    world.server.remove("/*/lunch.ics")
    world.run_bridge()
    world.run_box()
    assert world.foreign() == set()
    world.store.close()


def test_of_a_calendar_that_cannot_be_read_nothing_is_said_and_it_goes_stale_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, 4, monkeypatch)
    world.broker.breaks = 0.0
    world.run_bridge()
    world.run_box()
    before = world.heard()
    assert set(before) == {"weber", "patel"}
    world.server.closed.add("weber")
    world.start_bridge()
    world.run_bridge()
    world.run_box()
    after = world.heard()
    assert after["weber"] == before["weber"], "the box sees how old its knowledge is"
    assert after["patel"] > before["patel"]
    world.store.close()


def test_an_event_over_which_the_server_breaks_keeps_no_other_from_being_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, 4, monkeypatch)
    for _ in range(6):
        world.caller_books()
    first = min(world.store.appointments(), key=lambda a: a.start)
    world.server.breaks_over = first.uid
    world.run_box()
    world.run_bridge(TRIES + 10)
    written = {str(event["UID"]) for _, event in world.server.events()}
    assert written == {a.uid for a in world.store.appointments()} - {first.uid}
    world.store.close()


def test_until_the_box_has_answered_the_calendar_stays_as_staff_left_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, 1, monkeypatch)
    world.caller_books()
    world.run_bridge()
    world.run_box()
    world.run_bridge()
    [path] = world.server.files
    world.broker.up = False
    world.staff_moves()
    moved = world.server.files[path]
    world.run_bridge(20)
    assert world.server.files[path] == moved
    world.heal()
    assert world.differences() == []
    [event] = [e for _, e in world.server.events()]
    assert event["DTSTART"].dt == world.store.appointments()[0].start.replace(tzinfo=ZONE)
    assert f"DTSTART;TZID=America/New_York:{event['DTSTART'].dt:%Y%m%dT%H%M%S}" in moved[1]
    world.store.close()


def test_a_word_of_staff_outlives_a_broker_that_dies_right_after_it_has_acknowledged_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, 1, monkeypatch)
    world.caller_books()
    world.heal()
    [path] = world.server.files
    monkeypatch.setattr(world.broker, "breaks", 0.0)
    world.server.remove(path)
    world.box_goes_or_comes()
    world.run_bridge()
    said = {topic.rpartition("/")[2] for topic, _ in world.broker.for_box}
    assert said & {"appointment", "decision"}
    assert world.bridge.facts()["queued"] == 0
    world.broker.die(NothingLasts())
    assert not world.broker.for_box
    world.heal()
    assert world.differences() == []
    assert [a.status.value for a in world.store.appointments()] == ["cancelled"]
    assert not world.server.files, "what staff deleted does not come back"
    world.store.close()


def test_a_look_between_two_steps_of_a_move_to_a_colleague_cancels_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, 1, monkeypatch)
    world.caller_books()
    world.run_bridge()
    world.run_box()
    world.run_bridge()
    [path] = world.server.files
    text = world.server.files[path][1]
    world.server.remove(path)
    world.run_bridge(1)
    other = path.replace("/weber/", "/x/").replace("/patel/", "/weber/").replace("/x/", "/patel/")
    world.server.write(other, text)
    world.heal()
    [appointment] = world.store.appointments()
    assert f"/{appointment.practitioner}/" in other
    assert appointment.revision == 1, "moved once, never cancelled"
    world.store.close()


def test_a_calendar_that_was_emptied_gets_its_bookings_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, 3, monkeypatch)
    for _ in range(12):
        world.caller_books()
    world.run_bridge()
    world.run_box()
    world.heal()
    before = {path: event["DTSTART"].dt for path, event in world.server.events()}
    assert len(before) > 6
    for path in before:
        world.server.remove(path)
    world.heal()
    assert {path: event["DTSTART"].dt for path, event in world.server.events()} == before
    assert all(a.status.value != "cancelled" for a in world.store.appointments())
    world.store.close()
