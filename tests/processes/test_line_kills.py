"""The line is killed in each stage of a call: who was dropped has an owner, the next is heard."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.contract import call_link as link
from tests.busy_machine import again_when_late
from tests.fakes.tapped_line import PATIENCE_S, Tap, TappedCall
from tests.processes.gateway_process import (
    PATIENT,
    GatewayProcess,
    book,
    running_gateway,
    site,
    until,
)
from tests.sip.caller import Caller
from tests.sip.line_process import LineProcess
from tests.sip.sound import sine

pytestmark = [pytest.mark.processes, pytest.mark.sip, pytest.mark.timeout(900)]

BOXES = (
    ("greeting", "day", "name", "booked"),
    ("caller speaks", "choice", "number", "message"),
    ("we speak", "read-back", "yes"),
)
"""Stages of the calls that one line has when it is killed: the packaged PJSIP holds four."""
STAGES = [stage for box in BOXES for stage in box]
LINE = 'bind = "127.0.0.1"\nport = 0\nanswer = "always"\nmax_calls = 4\nmax_voicemail = 1\n'
RECORDED_BYTES = 48_000
"""A second and a half of sound."""
Finish = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Fate:
    """What became of a call whose line was killed."""

    outcome: str
    """of the call's row, before the line was started again"""
    follow_ups: tuple[str, ...]
    """reasons of the open ones, likewise"""
    appointments: int
    """live ones of the call"""
    told: bool
    """the caller heard that it is booked"""
    unowned: bool
    """nobody has it"""
    holds: int
    """slots that the call still keeps"""
    afterwards: tuple[str, ...]
    """open follow-ups once the line's spool has been read"""
    recorded_s: float
    """length of the recording that the office can hear"""


class Box:
    """A real gateway and a real line, a tap between them, callers with real SIP and RTP."""

    def __init__(self, gateway: GatewayProcess, line: LineProcess, tap: Tap) -> None:
        self.gateway, self.line, self._tap = gateway, line, tap
        self.callers: list[Caller] = []

    async def call(self, number: str) -> TappedCall:
        """A call that is answered."""
        caller = Caller(self.line.port, number=number)
        self.callers.append(caller)
        assert await asyncio.to_thread(caller.call, PATIENCE_S) == 200, self.line.log[-3000:]
        return await self._tap.call_of(number)

    async def at_stage(self, stage: str, number: str, when: str) -> tuple[TappedCall, Finish]:
        """A call just before its stage, and the step into it."""
        call = await self.call(number)
        if stage == "greeting":
            return call, lambda: asyncio.sleep(0)
        await call.gets(link.Turn)
        if stage == "caller speaks":
            return call, lambda: self._begin_to_speak(call)
        if stage == "we speak":
            return call, lambda: self._until_asked(call)
        if stage == "message":
            await self._leave_message(call)
            return call, lambda: asyncio.sleep(0)
        await book(call, "read-back" if stage in ("yes", "booked") else stage, when)
        if stage == "yes":
            return call, lambda: call.say("yes please")
        if stage == "booked":
            return call, lambda: self._until_told(call)
        return call, lambda: asyncio.sleep(0)

    async def _begin_to_speak(self, call: TappedCall) -> None:
        saying = asyncio.create_task(call.say("I'd like to book a check-up please if I may"))
        saying.add_done_callback(lambda task: task.cancelled() or task.exception())
        await until(lambda: call._frames, PATIENCE_S)

    async def _until_asked(self, call: TappedCall) -> None:
        await call.say("I'd like to book a check-up please")
        await call.hears("When would you like to come?")

    async def _until_told(self, call: TappedCall) -> None:
        await call.say("yes please")
        await call.hears("That's booked")

    async def _leave_message(self, call: TappedCall) -> None:
        await call.say("can I leave a message please")
        await call.gets(link.TakeMessage)
        self.callers[-1].say(sine(30))
        tmp = self.gateway.paths.spool / "tmp"
        await until(
            lambda: [f for f in tmp.glob("*.wav") if f.stat().st_size > RECORDED_BYTES], PATIENCE_S
        )

    async def start_line(self) -> None:
        """Until it takes calls."""
        await asyncio.to_thread(self.line.start)


@asynccontextmanager
async def running_box() -> AsyncIterator[Box]:
    """A box of its own, with short sentences on disk."""
    async with running_gateway(site(PATIENT, line=LINE), phrases=True) as gateway:
        text = gateway.paths.settings.read_text()
        line = LineProcess(text, gateway.home, gateway.environ)
        line.shorten_greetings(0.3)
        tap = Tap(gateway.paths.gateway_socket)
        await tap.start()
        box = Box(gateway, line, tap)
        try:
            await box.start_line()
            yield box
        finally:
            for caller in box.callers:
                await asyncio.to_thread(caller.close)
            tap.stop()
            await asyncio.to_thread(line.stop, PATIENCE_S)


async def killed_in(stages: tuple[str, ...], first_number: int) -> dict[str, Fate]:
    """A call in each of these stages, all at the moment at which their line is killed."""
    async with running_box() as box:
        gateway, calls, last_steps = box.gateway, {}, []
        for n, stage in reversed(list(enumerate(stages, first_number))):
            when = "tomorrow morning" if stage == "choice" else f"tomorrow at {n + 7}:00"
            calls[stage], step = await box.at_stage(stage, f"+1212555{1000 + n}", when)
            last_steps.append(step)
        await asyncio.gather(*(step() for step in last_steps))
        box.line.kill()
        for call in calls.values():
            await asyncio.wait_for(call.gone.wait(), PATIENCE_S)
        before = {}
        for stage, call in calls.items():
            outcome = await gateway.outcome(call)
            before[stage] = (outcome, tuple(gateway.follow_ups(call)))
        holds = gateway.rows("SELECT call_id FROM holds")
        await box.start_line()
        await until(lambda: not list(gateway.paths.spool.glob("**/*.*")), PATIENCE_S)
        again = await box.call("+12125559999")
        await again.gets(link.Turn)
        return {
            stage: Fate(
                *before[stage],
                len([a for a in gateway.appointments(call) if a["status"] == "confirmed"]),
                call.heard_any("That's booked"),
                call.call_id in gateway.unowned(),
                len([hold for hold in holds if hold["call_id"] == call.call_id]),
                tuple(gateway.follow_ups(call)),
                recorded_seconds(gateway, call),
            )
            for stage, call in calls.items()
        }


def recorded_seconds(gateway: GatewayProcess, call: TappedCall) -> float:
    """Length of the call's recording, as its file says."""
    sql = "SELECT recording FROM messages WHERE call_id = ? AND recording <> ''"
    files = [Path(row["recording"]) for row in gateway.rows(sql, call.call_id)]
    if not files:
        return 0.0
    with wave.open(str(files[0])) as file:
        return file.getnframes() / file.getframerate()


@pytest.fixture(scope="module")
def fates() -> dict[str, Fate]:
    """All boxes side by side."""

    async def test() -> dict[str, Fate]:
        started = [killed_in(stages, 4 * n) for n, stages in enumerate(BOXES)]
        found: dict[str, Fate] = {}
        for fate in await asyncio.gather(*started):
            found |= fate
        return found

    return again_when_late(lambda: asyncio.run(asyncio.wait_for(test(), 4 * PATIENCE_S)))()


@pytest.mark.parametrize("stage", STAGES)
def test_who_is_dropped_by_a_killed_line_has_an_owner(fates: dict[str, Fate], stage: str) -> None:
    fate = fates[stage]
    assert not fate.unowned and not fate.holds
    assert fate.appointments == (fate.outcome == "booked"), "the row is true"
    if fate.told:
        assert fate.outcome == "booked"
    if stage == "message":
        assert fate.outcome == "voicemail" and fate.follow_ups == ("unfinished",)
    elif fate.outcome != "booked":
        assert fate.outcome == "abandoned" and fate.follow_ups == ("abandoned",)
    else:
        assert stage in ("yes", "booked")


@pytest.mark.parametrize("stage", STAGES)
def test_a_recording_cut_off_by_the_kill_is_kept_and_nobody_is_listed_twice(
    fates: dict[str, Fate], stage: str
) -> None:
    fate = fates[stage]
    assert fate.afterwards == (("voicemail",) if stage == "message" else fate.follow_ups)
    assert (fate.recorded_s > 1) == (stage == "message")
