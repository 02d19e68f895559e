"""What the language model adds: the development half of the data, read without it and with it."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, thread_time

from gateway.contract.model_link import Understand
from gateway.contract.service import Paths
from gateway.conversation.meaning import Asked, Context, Meaning, ModelQuestion, Vocabulary
from gateway.conversation.understanding import combine, question_for_model, understand
from gateway.errors import LinkError, ModelError, StartRefused
from gateway.rehearsal import bench_understanding
from gateway.rehearsal.bench_understanding import (
    TODAY,
    Tally,
    asked_before,
    half_of,
    judge_appointment,
    judge_scope,
    lines_of,
)
from gateway.rehearsal.phone.programs import start_program, stop_program
from gateway.rehearsal.understand import Scorer
from gateway.switchboard.model_client import ModelClient
from gateway.switchboard.wire import Address

OUT_OF_SCOPE_EVERY = 10
"""Of the sentences that are not for an office every tenth is read: nine tenths of them would only
keep the model busy for an hour."""
START_DEADLINE_S = 600.0
"""Loading takes ten seconds on an idle machine; on a busy one with a slow disk far longer."""
DEADLINE_MS = 20_000
"""Of the worker for a turn, thirty times the usual: what is measured is what the model says, and
a busy machine shall change no figure but the milliseconds."""
ANSWER_DEADLINE_S = 60.0
"""Ours for the same answer, which the worker gives up before."""
LOOK_EVERY_S = 0.2


@dataclass
class Effect:
    """The same turns, judged twice."""

    off: Tally = field(default_factory=Tally)
    """by rules alone"""
    on: Tally = field(default_factory=Tally)
    """with the model where the rules left the turn open"""
    turns: int = 0
    """read in all"""
    put: int = 0
    """turns that were put to the model"""
    taken: int = 0
    """turns in which its choice was taken over"""
    unanswered: int = 0
    """questions that it did not answer"""
    milliseconds: list[float] = field(default_factory=list)
    """of each answer of the model"""

    def summary(self) -> str:
        """How often the model was needed, in words."""
        share = self.put / max(self.turns, 1)
        told = (
            f"{self.put} of {self.turns} turns ({share:.1%}) were put to the model; its choice was "
            f"taken in {self.taken}; {self.unanswered} got no answer"
        )
        if not self.milliseconds:
            return told
        median = sorted(self.milliseconds)[len(self.milliseconds) // 2]
        return f"{told}, half of its answers came within {median:.0f} ms"


@contextmanager
def own_worker(site: Path) -> Iterator[Scorer]:
    """A models worker of its own, for as long as it is needed; StartRefused without the model."""
    with tempfile.TemporaryDirectory(prefix="np-") as home:
        (Path(home) / "site.toml").write_bytes(site.read_bytes())
        environment = {**os.environ, "NIGHTPORTER_HOME": home, "NIGHTPORTER_LOG": "error"}
        environment.pop("NIGHTPORTER_SETTINGS", None)
        paths = Paths.from_environment(environment)
        paths.make_folders()
        log = paths.state / "models.log"
        worker = start_program([sys.executable, "-m", "models"], log, environment)
        try:
            client = ModelClient(Address.of_socket(paths.models_socket))
            end = time.monotonic() + START_DEADLINE_S
            while asyncio.run(_model_of(client)) is None:
                if worker.poll() is not None or time.monotonic() > end:
                    raise StartRefused(
                        "the language model did not start; run `nightporter models verify`"
                    )
                time.sleep(LOOK_EVERY_S)
            yield _scorer(client)
        finally:
            stop_program(worker)


async def _model_of(client: ModelClient) -> str | None:
    try:
        able = await client.capabilities()
    except (OSError, LinkError, ModelError):
        return None
    if "language-model" in able.failed:
        raise StartRefused(f"the language model did not start: {able.failed['language-model']}")
    return able.language_model


def _scorer(client: ModelClient) -> Scorer:
    def score(said: str, question: ModelQuestion) -> tuple[float, ...] | None:
        request = Understand(
            question.instruction, question.context, said, question.choices, DEADLINE_MS
        )
        try:
            return asyncio.run(client.understand(request, ANSWER_DEADLINE_S)).scores
        except (LinkError, ModelError):
            return None

    return score


def compare(vocabulary: Vocabulary, scorer: Scorer) -> dict[str, Effect]:
    """Development half only: calls, and requests that are not for an office, each read twice."""
    effects = {"calls": Effect(), "out of scope": Effect()}
    effect = effects["calls"]
    for turn in lines_of(bench_understanding.DATA / "appointment_turns.jsonl"):
        if half_of(turn["dialogue"]) == "dev":
            context = Context(now=TODAY, vocabulary=vocabulary, asked=asked_before(turn))
            off, on = _both(effect, turn["caller_said"], context, scorer)
            judge_appointment(effect.off, turn, off)
            judge_appointment(effect.on, turn, on)
    effect = effects["out of scope"]
    context = Context(now=TODAY, vocabulary=vocabulary, asked=Asked.OPEN)
    strange = [
        line
        for line in lines_of(bench_understanding.DATA / "clinc_out_of_scope.jsonl")
        if half_of(line["said"]) == "dev"
    ]
    for line in strange[::OUT_OF_SCOPE_EVERY]:
        off, on = _both(effect, line["said"], context, scorer)
        judge_scope(effect.off, line, off)
        judge_scope(effect.on, line, on)
    return effects


def _both(effect: Effect, said: str, context: Context, scorer: Scorer) -> tuple[Meaning, Meaning]:
    """The meaning by rules, and the same with the model's choice where they left it open."""
    begun, busy = perf_counter(), thread_time()
    off = understand(said, context)
    question = question_for_model(off, context)
    spent = (perf_counter() - begun) * 1000, (thread_time() - busy) * 1000
    for tally in (effect.off, effect.on):
        tally.milliseconds.append(spent[0])
        tally.processor_ms.append(spent[1])
    effect.turns += 1
    if question is None:
        return off, off
    begun = perf_counter()
    scores = scorer(said, question)
    waited = (perf_counter() - begun) * 1000
    effect.put += 1
    effect.on.milliseconds[-1] += waited
    if scores is None:
        effect.unanswered += 1
        return off, off
    effect.milliseconds.append(waited)
    on = combine(off, question, scores, context)
    effect.taken += on != off
    return off, on
