"""Calls to a real gateway: what is said, what is in the database, what happens when parts die."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from gateway.contract import call_link as link
from tests.busy_machine import again_when_late
from tests.fakes.fake_line import FakeLine
from tests.processes.gateway_process import GatewayProcess, book, running_gateway, until

T = TypeVar("T")

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]

STAGES = (
    "greeting", "caller speaks", "we speak", "day", "choice", "name", "number", "read-back", "yes",
    "booked",
)  # fmt: skip
"""Where a booking can be cut off; "yes" is said but hardly heard, "booked" is being told."""


async def at_stage(
    gateway: GatewayProcess, stage: str, number: int, ready: asyncio.Barrier
) -> FakeLine:
    """A call that has reached this stage when all others have reached theirs."""
    line = gateway.line(caller=f"+1212555{1000 + number}")
    when = "tomorrow morning" if stage == "choice" else f"tomorrow at {number + 11}:00"
    if stage == "greeting":
        await ready.wait()
        line.speed = 1.0
        await line.offer()
        await line.answer()
        return line
    await line.call()
    if stage == "caller speaks":
        await ready.wait()
        saying = asyncio.create_task(line.say("I'd like to book a check-up please if I may"))
        saying.add_done_callback(lambda task: task.cancelled() or task.exception())
    elif stage == "we speak":
        await line.say("I'd like to book a check-up please")
        line.speed = 5.0
        await line.hears("When would you like to come?")
        await ready.wait()
    elif stage in ("yes", "booked"):
        await book(line, "read-back", when)
        if stage == "booked":
            await line.say("yes please")
            line.speed = 1.0
            await line.hears("That's booked")
        await ready.wait()
        if stage == "yes":
            await line.say("yes please")
    else:
        await book(line, stage, when)
        await ready.wait()
    return line


async def calls_in_all_stages(gateway: GatewayProcess) -> dict[str, FakeLine]:
    """One call in each stage, all at the same moment."""
    ready = asyncio.Barrier(len(STAGES))
    lines = await asyncio.gather(*(at_stage(gateway, s, n, ready) for n, s in enumerate(STAGES)))
    await asyncio.sleep(0.1)
    return dict(zip(STAGES, lines, strict=True))


def run(test: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run an asynchronous test."""

    async def whole() -> T:
        return await asyncio.wait_for(test(), 280)

    return asyncio.run(whole())


@again_when_late
def test_a_booking_is_told_only_after_its_row_is_committed() -> None:
    async def test() -> None:
        async with running_gateway() as gateway:
            line = gateway.line()
            rows_when_told: list[int] = []

            def clause(text: str) -> None:
                if "booked" in text:
                    rows_when_told.append(len(gateway.appointments(line)))

            line.on_clause = clause
            await line.call()
            await book(line)
            assert rows_when_told == [1]
            await line.hears("anything else")
            await line.say("no thank you")
            await line.hears("Goodbye")
            await line.ends()
            assert await gateway.outcome(line) == "booked"
            (row,) = gateway.appointments(line)
            assert (row["name"], row["phone"]) == ("Jordan Miller", "+12125550123")
            assert (row["service"], row["status"], row["start"][11:16]) == (
                "check-up", "confirmed", "10:00",
            )  # fmt: skip
            told = gateway.rows("SELECT type FROM outbox WHERE uid = ?", row["uid"])
            assert [event["type"] for event in told] == ["appointment.booked"]
            assert not gateway.follow_ups(line) and not gateway.rows("SELECT * FROM holds")
            assert not gateway.unowned() and len(gateway.turns_log()) == 6
            assert line.got(link.HangUp) and not line.dropped

    run(test)


@dataclass(frozen=True)
class Ended:
    """How a call of `calls_in_all_stages` ended."""

    line: FakeLine
    """the caller's side"""
    outcome: str
    """of the call's row"""
    lowest_rung: int
    """likewise"""
    appointments: tuple[str, ...]
    """starts of what it booked"""
    events: tuple[str, ...]
    """outbox events about those"""
    follow_ups: tuple[str, ...]
    """reasons of the open ones"""
    unowned: bool
    """nobody has it"""


async def how_they_ended(
    gateway: GatewayProcess, lines: dict[str, FakeLine], *wanted: str
) -> dict[str, Ended]:
    """Once all have an outcome (among those wanted)."""
    found = {}
    for stage, line in lines.items():
        outcome = await gateway.outcome(line, *wanted)
        booked = gateway.appointments(line)
        sql = (
            "SELECT type FROM outbox WHERE uid IN (SELECT uid FROM appointments WHERE call_id = ?)"
        )
        found[stage] = Ended(
            line,
            outcome,
            gateway.call_row(line)["lowest_rung"] or 0,
            tuple(row["start"] for row in booked),
            tuple(row["type"] for row in gateway.rows(sql, line.call_id)),
            tuple(gateway.follow_ups(line)),
            line.call_id in gateway.unowned(),
        )
    return found


@pytest.fixture(scope="module")
def without_models() -> dict[str, Ended]:
    """Calls whose models died; callers then press one for everything."""

    async def test() -> dict[str, Ended]:
        async with running_gateway(phrases=True) as gateway:
            lines = await calls_in_all_stages(gateway)
            await gateway.models.stop()
            for line in lines.values():
                line.speed = 0.02
            await asyncio.gather(*(line.press_on() for line in lines.values()))
            return await how_they_ended(gateway, lines)

    return again_when_late(run)(test)


@pytest.mark.parametrize("stage", STAGES)
def test_a_call_whose_models_are_killed_ends_with_a_booking_by_keypad(
    without_models: dict[str, Ended], stage: str
) -> None:
    call = without_models[stage]
    assert not call.line.dropped and not call.unowned, call.line.story
    assert call.outcome == "booked" and len(call.appointments) == 1
    assert call.events == ("appointment.booked",) and call.lowest_rung == 2
    # who has heard that it is booked may hang up before there is anything more to say, and a call
    # that is just being answered may never have been listened to
    spoke = stage not in ("booked", "greeting")
    assert not spoke or call.line.heard_any("Please use the keys."), call.line.story
    told = [text for text in call.line.story if "booked" in text]
    assert len(told) == 1


@again_when_late
def test_calls_without_models_and_without_phrases_end_with_messages() -> None:
    async def test() -> None:
        async with running_gateway() as gateway:
            await gateway.rung(4)
            lines = await calls_in_all_stages(gateway)
            await gateway.models.stop()
            for line in lines.values():
                line.speed = 0.02
            await asyncio.gather(*(line.press_on() for line in lines.values()))
            await until(lambda: not list(gateway.paths.spool.glob("*.*")))
            for stage, call in (await how_they_ended(gateway, lines)).items():
                assert not call.line.dropped and not call.unowned, stage
                recordings = len(call.line.taken)  # the name may be one, the message another
                # who has heard that it is booked may hang up; nobody else goes without a message
                done = stage == "booked" and len(call.appointments) == 1
                assert recordings or (done and call.line.heard_any("That's booked")), stage
                assert call.follow_ups == ("voicemail",) * min(recordings, 1), stage
                assert call.outcome in ("voicemail", "message") or call.appointments, stage

    run(test)


@again_when_late
def test_models_that_come_back_are_used_again_in_the_same_call() -> None:
    async def test() -> None:
        async with running_gateway(phrases=True) as gateway:
            line = await gateway.line().call()
            await book(line, "day")
            await gateway.models.stop()
            await line.hears("Please use the keys.")
            await gateway.models.start()
            await line.hears("I can hear you again.")
            await line.hears("?")
            await line.say("the first one please")
            await line.hears("name")
            await line.hang_up()
            assert await gateway.outcome(line) == "abandoned"
            assert gateway.follow_ups(line) == ["abandoned"] and not gateway.unowned()

    run(test)


@pytest.fixture(scope="module")
def after_a_kill() -> tuple[dict[str, Ended], dict[str, Ended]]:
    """Calls whose gateway was killed: after its restart, and after the line's own messages."""

    async def test() -> tuple[dict[str, Ended], dict[str, Ended]]:
        async with running_gateway() as gateway:
            lines = await calls_in_all_stages(gateway)
            gateway.kill()
            for line in lines.values():
                await asyncio.wait_for(line.gone.wait(), 60)
            gateway.start()
            await gateway.ready()
            first = await how_they_ended(gateway, lines, "abandoned", "booked")
            assert not gateway.rows("SELECT * FROM holds")
            for line in lines.values():
                line.spool_message("gateway-lost")
            await until(lambda: not list(gateway.paths.spool.glob("*.*")))
            return first, await how_they_ended(gateway, lines, "voicemail", "booked")

    return again_when_late(run)(test)


Killed = tuple[dict[str, Ended], dict[str, Ended]]


@pytest.mark.parametrize("stage", STAGES)
def test_a_call_whose_gateway_is_killed_ends_as_what_is_written_with_a_follow_up(
    after_a_kill: Killed, stage: str
) -> None:
    call = after_a_kill[0][stage]
    assert call.line.dropped and not call.unowned
    # a booking stands, but its caller may not have heard of it
    assert call.outcome == ("booked" if call.appointments else "abandoned")
    assert call.follow_ups == ("unheard" if call.appointments else "abandoned",)
    assert call.events == ("appointment.booked",) * len(call.appointments)
    assert len(call.appointments) == (stage == "booked") or stage == "yes"


@pytest.mark.parametrize("stage", STAGES)
def test_the_message_after_a_killed_gateway_takes_the_place_of_the_call_back(
    after_a_kill: Killed, stage: str
) -> None:
    call = after_a_kill[1][stage]
    booked = bool(call.appointments)
    assert call.outcome == ("booked" if booked else "voicemail") and not call.unowned
    assert sorted(call.follow_ups) == ["unheard"] * booked + ["voicemail"]
    assert call.appointments == after_a_kill[0][stage].appointments
