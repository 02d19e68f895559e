"""A calendar server that makes CONFIRMED of TENTATIVE accepts nothing in staff's name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from gateway.appointments.records import Appointment, Draft, Slot
from tests.calendar_bridge.conftest import ZONE, at
from tests.calendar_bridge.simulation import World

REQUESTS = 4
"""One for each thing that staff may do."""


@pytest.fixture(params=[False, True], ids=["keeps the mark", "drops the mark, tells no ETag"])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path, 7, monkeypatch)
    made.server.confirms, made.server.rewrites = True, request.param
    for number in range(REQUESTS):
        slot = Slot(at(3, 9 + number), 30, "weber")
        draft = Draft("check-up", slot, "Ann Lee", "+12125550123", tentative=True)
        made.store.book(draft, f"call-{number}", now=datetime.now(UTC))
    return made


def settle(world: World) -> None:
    for _ in range(5):
        world.run_box()
        world.run_bridge(2)
    world.run_box()


def stands(world: World) -> list[Appointment]:
    return sorted(world.store.appointments(), key=lambda a: a.start)


def all_are_requests(world: World, revision: int = 0) -> bool:
    shown = {str(event["STATUS"]) for _, event in world.server.events()}
    return (
        [(a.status.value, a.revision) for a in stands(world)]
        == [("tentative", revision)] * REQUESTS
        and len(world.server.files) == REQUESTS
        and shown == {"CONFIRMED"}
    )


def edit(world: World, appointment: Appointment, **properties: Any) -> None:
    """Staff change an event as their program does it; the server leaves that alone."""
    [path] = [path for path in world.server.files if appointment.uid in path]
    calendar = Calendar.from_ical(world.server.files[path][1])
    [event] = calendar.walk("VEVENT")
    if "DTSTART" in properties:
        event.pop("DURATION", None)
        properties["DTEND"] = properties["DTSTART"] + timedelta(minutes=30)
    for name, value in properties.items():
        event.pop(name, None)
        event.add(name, value)
    world.server.write(path, calendar.to_ical().decode())


def test_its_own_doing_is_no_decision_and_neither_is_a_note_of_staff(world: World) -> None:
    settle(world)
    assert all_are_requests(world)
    for appointment in stands(world):
        edit(world, appointment, LOCATION="Room 2", SEQUENCE=3)
    settle(world)
    assert all_are_requests(world)
    world.store.close()


def test_what_staff_do_later_is_their_decision(world: World) -> None:
    settle(world)
    title, status, moved, declined = stands(world)
    [path] = [path for path in world.server.files if title.uid in path]
    shown = str(Calendar.from_ical(world.server.files[path][1]).walk("VEVENT")[0]["SUMMARY"])
    edit(world, title, SUMMARY=shown.removeprefix("Request: "))
    edit(world, status, STATUS="TENTATIVE")
    edit(world, moved, DTSTART=at(3, 15).replace(tzinfo=ZONE))
    edit(world, declined, STATUS="CANCELLED")
    settle(world)
    assert stands(world)[1].status.value == "tentative", "that was a request already"
    edit(world, status, STATUS="CONFIRMED")
    settle(world)
    now = {a.uid: a for a in world.store.appointments()}
    assert now[title.uid].status.value == now[status.uid].status.value == "confirmed"
    assert (now[moved.uid].status.value, now[moved.uid].start) == ("confirmed", at(3, 15))
    assert now[declined.uid].status.value == "cancelled"
    assert world.differences() == []
    world.store.close()


class Killed(BaseException):
    """The bridge has written, and does not come to read it back."""


def kill_between(world: World, patch: pytest.MonkeyPatch) -> None:
    def killed(**_: object) -> Any:
        raise Killed

    with patch.context() as context:
        context.setattr(world.server, "_get", killed)
        with pytest.raises(Killed):
            world.run_bridge()


@pytest.mark.parametrize("memory_too", [False, True])
def test_a_kill_between_writing_and_reading_back_accepts_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, memory_too: bool
) -> None:
    world.run_box()
    for _ in range(REQUESTS):
        kill_between(world, monkeypatch)
        assert world.server.files, "it had been written"
        world.start_bridge()
    if memory_too:
        assert world.memory is not None
        world.memory.close()
        world.memory = None
        for file in world.folder.glob("bridge.db*"):
            file.unlink()
        world.start_bridge()
    settle(world)
    assert all_are_requests(world)
    world.store.close()


def test_nor_when_a_request_is_moved_and_the_server_has_taken_up_that_habit_since(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.server.confirms = False
    settle(world)
    world.server.confirms = True
    for number, appointment in enumerate(stands(world)):
        slot = Slot(at(4, 9 + number), 30, "weber")
        world.store.move(appointment.uid, 0, slot, f"move-{number}", now=datetime.now(UTC))
    world.run_box()
    for _ in range(REQUESTS):
        kill_between(world, monkeypatch)
        world.start_bridge()
    settle(world)
    assert all_are_requests(world, revision=1)
    world.store.close()


def test_lost_answers_accept_nothing(world: World) -> None:
    world.server.forgetful = 0.3
    for _ in range(15):
        world.run_box()
        world.run_bridge(2)
        if world.chance.random() < 0.3:
            world.start_bridge()
    world.server.forgetful = 0.0
    settle(world)
    assert all_are_requests(world)
    world.store.close()
