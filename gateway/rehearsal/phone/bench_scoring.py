"""`nightporter bench scoring`: how long the language model takes for the choices of a turn."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click

from gateway.contract.model_link import Understand
from gateway.conversation.meaning import Asked, Context, ModelQuestion
from gateway.errors import StartRefused
from gateway.rehearsal.bench_understanding import TODAY
from gateway.rehearsal.phone import show
from gateway.rehearsal.phone.box import Box, sample_site
from gateway.rehearsal.phone.figures import percentile
from gateway.rehearsal.phone.load import noise_ms, thread_ms
from gateway.rehearsal.understand import SAMPLE, read_turn, vocabulary_from
from gateway.switchboard.model_client import ModelClient
from gateway.switchboard.wire import Address

AIM_MS = 250
"""What is aimed for on two cores while a call runs, milliseconds."""
DEADLINE_S = 60.0
"""For one answer: a measurement waits for what a call would have given up."""
IDLE_DEADLINE_S = 600.0
"""Until the worker has read its instructions and rendered missing phrases, on a slow machine."""
IDLE_STEP_S = 2.0
"""Between two looks at its processor time."""
IDLE_MS = 100.0
"""Processor time in one step at which it counts as idle."""
TURNS = (
    "my neighbour told me about you",
    "you looked after my sister last year",
    "I was told to get in touch",
    "my son fell off his bike",
    "I got a letter from you",
    "we talked about it last time",
    "I was wondering if you could help me out",
    "I think that we need to sort something out",
    "somebody from your place tried to reach me",
    "my wife said that I should talk to you about it",
)
"""What callers say and rules leave open; six to twelve tokens."""


@click.command("scoring")
@click.option("--rounds", default=5, show_default=True, help="How often each turn is asked.")
def bench_scoring(rounds: int) -> None:
    """Measure how long the language model takes for turns that the rules leave open."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    noise = noise_ms()
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="np-bench-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        box = Box(home, sample_site(None))
        stack.callback(box.stop)
        box.start()
        box.wait_ready(("models", "gateway"), show.step)
        _wait_idle(box.pid("models"))
        measured = _measure(box, rounds)
    noise += noise_ms()
    click.echo(table(measured, noise))


def _wait_idle(pid: int) -> None:
    """What the gateway has read and rendered beforehand is not measured with the answers."""
    give_up = time.monotonic() + IDLE_DEADLINE_S
    busy = -1.0
    while (now := thread_ms(pid)) - busy > IDLE_MS:
        if time.monotonic() > give_up:
            raise StartRefused("the models worker does not come to rest")
        busy = now
        time.sleep(IDLE_STEP_S)


def _measure(box: Box, rounds: int) -> list[tuple[float, float]]:
    """(processor, wall) in milliseconds of each answer; the first round only warms up."""
    client = ModelClient(Address.of_socket(box.paths.models_socket))
    pid = box.pid("models")
    measured: list[tuple[float, float]] = []

    def score(said: str, question: ModelQuestion) -> tuple[float, ...]:
        request = Understand(
            question.instruction,
            question.context,
            said,
            question.choices,
            deadline_ms=round(DEADLINE_S * 1000),
        )
        begun, busy = time.perf_counter(), thread_ms(pid)
        answer = asyncio.run(client.understand(request, DEADLINE_S))
        wall = (time.perf_counter() - begun) * 1000
        measured.append((thread_ms(pid) - busy, wall))
        return answer.scores

    context = Context(now=TODAY, vocabulary=vocabulary_from(SAMPLE), asked=Asked.OPEN)
    for number in range(rounds + 1):
        for said in TURNS:
            read_turn(said, context, score)
        if number == 0:
            measured.clear()
    return measured


def table(measured: list[tuple[float, float]], noise: list[float]) -> str:
    """For people."""
    spread = f"{min(noise):.1f} / {percentile(noise, 0.5):.1f} / {max(noise):.1f}"
    lines = [
        f"machine: {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}; the same work takes "
        f"{spread} ms (min / median / max)",
        f"{len(measured)} answers of the language model, in milliseconds (aim: {AIM_MS})",
        f"{'':<18}{'min':>8}{'P50':>8}{'P95':>8}",
    ]
    for name, values in (
        ("processor", [busy for busy, _ in measured]),
        ("wall clock", [wall for _, wall in measured]),
    ):
        cells = (min(values), percentile(values, 0.5), percentile(values, 0.95))
        lines.append(f"{name:<18}" + "".join(f"{cell:>8.0f}" for cell in cells))
    return "\n".join(lines)
