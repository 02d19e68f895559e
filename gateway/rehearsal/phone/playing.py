"""Plays the demo's calls: one rings when the one before has hung up, or only the line has it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from gateway.errors import TelephonyError
from gateway.rehearsal.phone import show
from gateway.rehearsal.phone.box import PROGRAMS, Box
from gateway.rehearsal.phone.broker import Broker
from gateway.rehearsal.phone.caller import Telephone
from gateway.rehearsal.phone.demo_calls import DemoCall
from gateway.rehearsal.phone.evidence import Evidence, gather
from gateway.rehearsal.phone.recogniser import Recogniser
from gateway.rehearsal.phone.result import CallResult
from gateway.rehearsal.phone.script import Script
from gateway.rehearsal.phone.scripted_call import CallReport, Mishap, ScriptedCall
from gateway.rehearsal.phone.staff_calendar import StaffCalendar

SETTLED_DEADLINE_S = 20.0
"""Rows follow a call at once; after a killed gateway its restart and the spool come first."""
STEP_S = 0.2
"""Between two looks at the rows."""
BACK_DEADLINE_S = 40.0
"""For killed models to load again before the next call."""


@dataclass
class Playing:
    """One call under way."""

    call: DemoCall
    """what shall happen"""
    transcript: show.Transcript
    """what is shown of it"""
    mishap: Mishap | None = None
    """what is done to the box meanwhile"""
    off_our_hands: asyncio.Event = field(default_factory=asyncio.Event)
    """the talk is over, or the gateway was killed and only the line has the call: the next caller
    may ring; rows may still be on their way"""


@dataclass(frozen=True)
class Scene:
    """Where the calls are made."""

    box: Box
    """the box that is rung"""
    broker: Broker
    """of the office"""
    staff: StaffCalendar
    """of the office"""
    out: Path
    """folder of the recordings"""


async def ring_all(wanted: list[DemoCall], scene: Scene) -> list[CallResult]:
    """Make the calls; their results in order."""
    box = scene.box
    tasks: list[asyncio.Task[CallResult]] = []
    transcript: show.Transcript | None = None
    async with Telephone() as telephone, Recogniser(box.paths.models) as recogniser:
        for call in wanted:
            await _all_back(box)
            transcript = show.Transcript(call.title, after=transcript)
            playing = Playing(call, transcript)
            playing.mishap = _mishap(playing, box)
            stage = _Stage(telephone, recogniser, scene)
            tasks.append(asyncio.create_task(stage.play(playing)))
            await playing.off_our_hands.wait()
        return await asyncio.gather(*tasks)


@dataclass(frozen=True)
class _Stage:
    """What every call needs."""

    telephone: Telephone
    recogniser: Recogniser
    scene: Scene

    async def play(self, playing: Playing) -> CallResult:
        """One call, from the ring to its rows."""
        try:
            result = await self._talk_and_settle(playing)
        finally:
            playing.off_our_hands.set()
        playing.transcript.close(result)
        return result

    async def _talk_and_settle(self, playing: Playing) -> CallResult:
        call, mishap = playing.call, playing.mishap
        script = Script(call.facts, call.cues)
        recording = self.scene.out / f"{call.name}.wav"
        try:
            line = await self.telephone.ring(self.scene.box.uri, call.number)
        except TelephonyError as error:
            return CallResult(call.name, CallReport(), Evidence(), mishap, recording, [str(error)])
        talk = ScriptedCall(line, script, self.recogniser, call.voice, playing.transcript.line)
        report = await talk.run(mishap)
        playing.off_our_hands.set()
        line.recording.write(recording)
        evidence, faults = await self._settle(call, report, mishap)
        if call.day and evidence.appointments and not script.confirmed and not call.kill:
            faults.append(f"the caller never heard that it is {evidence.outcome}")
        result = CallResult(call.name, report, evidence, mishap, recording, faults)
        result.keep_voicemail(self.scene.out)
        return result

    async def _settle(
        self, call: DemoCall, report: CallReport, mishap: Mishap | None
    ) -> tuple[Evidence, list[str]]:
        """Wait until all that the call must leave is there; what is missing then is a fault."""
        deadline = time.monotonic() + SETTLED_DEADLINE_S
        while True:
            evidence = await asyncio.to_thread(self._gather, call)
            faults = list(call.faults(call, report, mishap, evidence))
            if not faults or time.monotonic() > deadline:
                return evidence, faults
            await asyncio.sleep(STEP_S)

    def _gather(self, call: DemoCall) -> Evidence:
        """Beside the calls: their sound must not wait for it."""
        scene = self.scene
        received = scene.broker.received()
        return gather(scene.box.paths.database, call.number, received, scene.staff.event)


def _mishap(playing: Playing, box: Box) -> Mishap | None:
    kill = playing.call.kill
    if kill is None:
        return None

    async def do() -> None:
        pid = box.kill(kill.program)
        playing.transcript.line("*", f"the {kill.program} program is killed (SIGKILL)", None)
        await asyncio.to_thread(box.wait_gone, pid)
        if kill.program == "gateway":
            playing.off_our_hands.set()

    return Mishap(kill.turn, kill.share, do, falls_silent=kill.program == "gateway")


async def _all_back(box: Box) -> None:
    """Until what was killed is back; without it the call is made all the same."""
    deadline = time.monotonic() + BACK_DEADLINE_S
    while missing := [name for name in PROGRAMS if not box.is_ready(name)]:
        if time.monotonic() > deadline:
            show.step(f"{', '.join(missing)} did not come back in time; going on without")
            return
        await asyncio.sleep(STEP_S)
