"""`nightporter demo`: real calls to a whole box on this machine, two of them with parts killed."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.errors import TelephonyError
from gateway.rehearsal.phone import show
from gateway.rehearsal.phone.box import PROGRAMS, Box, sample_site
from gateway.rehearsal.phone.broker import Broker
from gateway.rehearsal.phone.caller import Telephone
from gateway.rehearsal.phone.demo_calls import DemoCall, Kill, calls
from gateway.rehearsal.phone.evidence import Evidence, gather
from gateway.rehearsal.phone.recogniser import Recogniser
from gateway.rehearsal.phone.result import CallResult, write_result
from gateway.rehearsal.phone.script import Script
from gateway.rehearsal.phone.scripted_call import CallReport, Mishap, ScriptedCall

SETTLED_DEADLINE_S = 20.0
"""Rows follow a call at once; after a killed gateway its restart and the spool come first."""
STEP_S = 0.2
"""Between two looks at the rows."""
BACK_DEADLINE_S = 40.0
"""For killed models to load again before the next call."""


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("demo-out"), help="Where results go."
)
@click.option("--only", multiple=True, help="Only calls with these names.")
def demo(out: Path, only: tuple[str, ...]) -> None:
    """Three real calls on this machine: a booking, then one with the models killed in
    mid-sentence, then one with the gateway killed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="np-demo-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        stack.callback(_keep_logs, home, out)
        results = _play(home, out, only, stack)
    faults = [fault for result in results for fault in result.faults]
    write_result(out / "result.json", results)
    show.ending(results, out, time.monotonic() - started)
    sys.exit(1 if faults else 0)


def _play(home: Path, out: Path, only: tuple[str, ...], stack: ExitStack) -> list[CallResult]:
    show.step("starting Mosquitto and the box")
    broker = Broker(home)
    stack.callback(broker.stop)
    broker.start()
    box = Box(home / "box", sample_site(broker.port))
    stack.callback(box.stop)
    box.start()
    box.wait_ready(PROGRAMS, show.step)
    wanted = [c for c in calls(box.settings, datetime.now(UTC)) if not only or c.name in only]
    return asyncio.run(_ring(wanted, box, broker, out))


async def _ring(wanted: list[DemoCall], box: Box, broker: Broker, out: Path) -> list[CallResult]:
    results = []
    async with Telephone() as telephone, Recogniser(box.paths.models) as recogniser:
        for call in wanted:
            await _wait_for(box, PROGRAMS)
            show.title(call.title)
            result = await _one_call(call, telephone, recogniser, box, broker, out)
            results.append(result)
            show.left_behind(result)
    return results


async def _one_call(
    call: DemoCall,
    telephone: Telephone,
    recogniser: Recogniser,
    box: Box,
    broker: Broker,
    out: Path,
) -> CallResult:
    script, mishap = Script(call.facts), _mishap(call.kill, box)
    recording = out / f"{call.name}.wav"
    try:
        line = await telephone.ring(box.uri, call.number)
    except TelephonyError as error:
        return CallResult(call.name, CallReport(), Evidence(), mishap, recording, [str(error)])
    report = await ScriptedCall(line, script, recogniser, call.voice, show.line).run(mishap)
    line.recording.write(recording)
    evidence, faults = await _settle(call, report, mishap, box, broker)
    if call.day and evidence.appointments and not script.confirmed and not call.kill:
        faults.append("the caller never heard that it is booked")
    result = CallResult(call.name, report, evidence, mishap, recording, faults)
    result.keep_voicemail(out)
    return result


def _mishap(kill: Kill | None, box: Box) -> Mishap | None:
    if kill is None:
        return None

    async def do() -> None:
        box.kill(kill.program)
        show.line("*", f"the {kill.program} program is killed (SIGKILL)", None)

    return Mishap(kill.turn, kill.share, do, falls_silent=kill.program == "gateway")


async def _settle(
    call: DemoCall, report: CallReport, mishap: Mishap | None, box: Box, broker: Broker
) -> tuple[Evidence, list[str]]:
    """Wait until all that the call must leave is there; what is missing then is a fault."""
    deadline = time.monotonic() + SETTLED_DEADLINE_S
    while True:
        evidence = gather(box.paths.database, call.number, broker.received())
        faults = list(call.faults(call, report, mishap, evidence))
        if not faults or time.monotonic() > deadline:
            return evidence, faults
        await asyncio.sleep(STEP_S)


async def _wait_for(box: Box, programs: tuple[str, ...]) -> None:
    """Until what was killed is back; without it the call is made all the same."""
    deadline, told = time.monotonic() + BACK_DEADLINE_S, False
    while missing := [name for name in programs if not box.is_ready(name)]:
        if time.monotonic() > deadline:
            show.step(f"{', '.join(missing)} did not come back in time; going on without")
            return
        if not told:
            show.step(f"waiting for {', '.join(missing)} to come back")
            told = True
        await asyncio.sleep(STEP_S)


def _keep_logs(home: Path, out: Path) -> None:
    kept: dict[str, Any] = {"box.log": home / "box" / "box.log"}
    kept |= {name: home / name for name in ("mosquitto.log", "mqtt-received.jsonl")}
    kept |= {"turns.jsonl": home / "box" / "run" / "turns.jsonl"}
    for name, file in kept.items():
        if file.exists() and file.stat().st_size:
            shutil.copy(file, out / name)
