"""`nightporter bench call`: silences at the caller's ear over real calls, and where they go."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from gateway.contract.service import write_atomically
from gateway.rehearsal.phone import bench_show, show
from gateway.rehearsal.phone.acts import Facts
from gateway.rehearsal.phone.box import Box, sample_site
from gateway.rehearsal.phone.caller import Telephone
from gateway.rehearsal.phone.demo_calls import morning_days
from gateway.rehearsal.phone.load import memory_mb, noise_ms, processor_s
from gateway.rehearsal.phone.recogniser import Recogniser
from gateway.rehearsal.phone.script import Script
from gateway.rehearsal.phone.scripted_call import ScriptedCall, Turn
from gateway.rehearsal.phone.stages import BoxTurn, read_turns, shares

PROGRAMS = ("line", "gateway", "models")
"""Measured; sync has nothing to do without a broker."""
CALLS_LIMIT_FACTOR = 2
"""Calls made at most per turn wanted: a box that hangs up early ends the measurement."""
FILLERS_OFF = "tone_after_ms = 60000\nfiller_after_ms = 60000\nmessage_after_ms = 60000\n"
"""Nothing but the reply itself breaks the silence."""
VOICE = "rms"
"""The voice of flite that small recognisers understand best: silences are measured, not ears."""
WISHES = (
    ("cleaning", "ten in the morning"),
    ("check-up", "two in the afternoon"),
    ("filling", "nine in the morning"),
    ("check-up", "three in the afternoon"),
)
"""Services and times that callers ask for in turn."""


@dataclass
class Series:
    """All calls of one setting."""

    fillers: bool
    """whether tone and filler were on"""
    calls: list[list[Turn]] = field(default_factory=list)
    """spoken and answered turns of each call"""
    outcomes: list[bool] = field(default_factory=list)
    """whether the caller heard that it is booked"""
    stages: list[dict[str, float]] = field(default_factory=list)
    """milliseconds by stage, one entry a turn that the gateway noted"""
    fillers_heard: int = 0
    """turns in which a tone or filler came first"""
    processor_s: dict[str, float] = field(default_factory=dict)
    """seconds by program, over all calls"""
    memory_mb: dict[str, tuple[float, float]] = field(default_factory=dict)
    """PSS and RSS by program, after the calls"""

    @property
    def turns(self) -> list[Turn]:
        """All of them."""
        return [turn for call in self.calls for turn in call]


@click.command("call")
@click.option("--turns", default=20, show_default=True, help="Turns measured in each series.")
@click.option(
    "--fillers/--no-fillers", "fillers", default=None, help="Only one series; default: both."
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Figures as JSON.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-out"))
def bench_call(turns: int, fillers: bool | None, json_file: Path | None, out: Path) -> None:
    """Measure the silence before each reply, from the caller's last sample to the first sound."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    out.mkdir(parents=True, exist_ok=True)
    before = noise_ms()
    series = [
        _measure(turns, wanted, out) for wanted in ([True, False] if fillers is None else [fillers])
    ]
    noise = before + noise_ms()
    figures = bench_show.figures(series, noise)
    text = bench_show.table(figures)
    click.echo(text)
    (out / "call.txt").write_text(text + "\n", encoding="utf-8")
    for file in (out / "call.json", *([json_file] if json_file else [])):
        write_atomically(file, json.dumps(figures, indent=1).encode() + b"\n")
    if not all(one.turns for one in series):
        raise SystemExit(1)


def _measure(turns: int, fillers: bool, out: Path) -> Series:
    show.step(f"starting the box {'with' if fillers else 'without'} fillers")
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="np-bench-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        changes = {"speech": "" if fillers else FILLERS_OFF}
        box = Box(home, sample_site(None, changes))
        stack.callback(_keep_log, box, out)
        stack.callback(box.stop)
        box.start()
        box.wait_ready(PROGRAMS, show.step)
        return asyncio.run(_call_until(turns, Series(fillers), box))


async def _call_until(turns: int, series: Series, box: Box) -> Series:
    before = {name: processor_s(box.pid(name)) for name in PROGRAMS}
    async with Telephone() as telephone, Recogniser(box.paths.models) as recogniser:
        for number in range(turns * CALLS_LIMIT_FACTOR):
            if len(series.turns) >= turns:
                break
            script = Script(_caller(number, box))
            call = await telephone.ring(box.uri, script.facts.phone)
            report = await ScriptedCall(call, script, recogniser, VOICE, _quietly).run()
            counted = [t for t in report.turns if t.reply_ms and not t.by_keys]
            series.calls.append(counted)
            series.outcomes.append(script.confirmed)
            show.step(f"call {number + 1}: {len(counted)} turns, booked: {script.confirmed}")
    _note_stages(series, read_turns(box.paths.runtime / "turns.jsonl"))
    for name in PROGRAMS:
        pid = box.pid(name)
        series.processor_s[name] = processor_s(pid) - before[name]
        series.memory_mb[name] = memory_mb(pid)
    return series


def _note_stages(series: Series, noted: list[BoxTurn]) -> None:
    found = (shares(turn, noted) for turn in series.turns)
    series.stages = [share for share in found if share is not None]
    series.fillers_heard = sum(turn.filler for turn in noted)


def _caller(number: int, box: Box) -> Facts:
    """A different caller each time: a number may book only so often a day."""
    days = morning_days(box.settings, datetime.now(UTC))
    service, time = WISHES[number % len(WISHES)]
    return Facts(
        name=("Paul Green", "Mark Miller")[number % 2],
        service=service,
        day=f"{days[number // len(WISHES) % len(days)]:%A}",
        time=time,
        phone=f"21255502{number:02}",
        message="Please call me back.",
    )


def _quietly(who: str, text: str, silence_s: float | None) -> None:
    if os.environ.get("NIGHTPORTER_LOG") == "debug":
        show.line(who, text, silence_s)


def _keep_log(box: Box, out: Path) -> None:
    kept: dict[str, Any] = {"box.log": box.log, "turns.jsonl": box.paths.runtime / "turns.jsonl"}
    for name, file in kept.items():
        if file.exists():
            shutil.copy(file, out / name)
