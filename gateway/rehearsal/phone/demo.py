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

from gateway.rehearsal.phone import show
from gateway.rehearsal.phone.box import PROGRAMS, Box, sample_site
from gateway.rehearsal.phone.broker import Broker
from gateway.rehearsal.phone.demo_calls import DemoCall, calls, meeting_of
from gateway.rehearsal.phone.office_calendar import OfficeCalendar
from gateway.rehearsal.phone.playing import Scene, ring_all
from gateway.rehearsal.phone.result import CallResult, write_result
from gateway.rehearsal.phone.staff_calendar import CalendarEvent

Played = tuple[list[CallResult], list[CalendarEvent]]
"""What became of the calls, and what lies in the office's calendar then."""


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("demo-out"), help="Where results go."
)
@click.option("--only", multiple=True, help="Only calls with these names.")
def demo(out: Path, only: tuple[str, ...]) -> None:
    """Four real calls on this machine: a booking that arrives in the office's calendar, one with
    the models killed in mid-sentence, one with the gateway killed, and a difficult caller who moves
    the booking."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    out.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="np-demo-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        stack.callback(_keep_logs, home, out)
        results, calendar = _play(home, out, only, stack)
    faults = [fault for result in results for fault in result.faults]
    write_result(out / "result.json", results, calendar)
    show.ending(results, out, time.monotonic() - started)
    sys.exit(1 if faults else 0)


def _play(home: Path, out: Path, only: tuple[str, ...], stack: ExitStack) -> Played:
    show.step("starting Mosquitto, the box, Radicale and the calendar bridge")
    broker = Broker(home)
    stack.callback(broker.stop)
    broker.start()
    box = Box(home / "box", sample_site(broker.port))
    stack.callback(box.stop)
    box.start()
    office = OfficeCalendar(box.home, broker.port)
    stack.callback(office.stop)
    office.start(wait=False)
    wanted = _wanted(calls(box.settings, datetime.now(UTC)), only)
    meeting = meeting_of(box.settings, datetime.now(UTC))
    meeting.write(office.staff)
    box.wait_ready(PROGRAMS, show.step)
    meeting.wait(box.paths.database, show.step)
    results = asyncio.run(ring_all(wanted, Scene(box, broker, office.staff, out)))
    events = [event for key in meeting.practitioners for event in office.staff.events(key)]
    return results, events


def _wanted(all_calls: list[DemoCall], only: tuple[str, ...]) -> list[DemoCall]:
    """Those named, and the calls that they go back to."""
    names = {*only, *(call.after for call in all_calls if call.name in only)}
    return [call for call in all_calls if not only or call.name in names]


def _keep_logs(home: Path, out: Path) -> None:
    kept: dict[str, Any] = {"box.log": home / "box" / "box.log"}
    kept |= {name: home / name for name in ("mosquitto.log", "mqtt-received.jsonl")}
    kept |= {"turns.jsonl": home / "box" / "run" / "turns.jsonl"}
    kept |= {"calendar-bridge.log": home / "box" / "calendar-bridge.log"}
    for name, file in kept.items():
        if file.exists() and file.stat().st_size:
            shutil.copy(file, out / name)
