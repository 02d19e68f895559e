"""`nightporter bench understanding`: how well callers are understood, on data of others.

Each half of the data is counted by itself: the development half may be looked into, the sentences
of the test half may not.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from statistics import quantiles
from time import perf_counter, thread_time
from typing import Any

import click

from gateway.conversation.meaning import Answer, Asked, Context, Intent, Meaning, Vocabulary
from gateway.rehearsal.understand import SAMPLE, Scorer, read_turn, vocabulary_from, worker_scorer

DATA = Path(__file__).parents[3] / "shared" / "data"
"""Where the data lies, beside the checkout."""
TODAY = datetime(2019, 3, 1, 8, 0)
"""The day on which the dialogues of the data take place; a moment before the office opens."""
YES_ACTS = {"AFFIRM", "SELECT", "AFFIRM_INTENT"}
TASKS = {
    Intent.BOOK, Intent.MOVE, Intent.CANCEL, Intent.WHEN, Intent.CONFIRM, Intent.MESSAGE,
    Intent.PERSON,
}  # fmt: skip
"""Intents that set the office to work; a wrong one costs somebody something."""
_ASKED = {
    "appointment_time": Asked.TIME, "appointment_date": Asked.DAY,
    "doctor_name": Asked.PRACTITIONER, "dentist_name": Asked.PRACTITIONER, "type": Asked.SERVICE,
}  # fmt: skip
_CLOCK = re.compile(r"\b\d{1,2}(?::\d\d)? ?[ap]m\b")
_DONE = re.compile(r"\b(?:booked|scheduled|made|success\w*|reserved|set)\b")
"""A time that the office says is a read-back, unless it reports what is done."""
SHARED_INTENTS = {
    "yes", "no", "maybe", "repeat", "greeting", "goodbye", "thank_you", "cancel", "are_you_a_bot",
    "oos_in_scope",
}  # fmt: skip
"""What is said to an office's phone as well as to an assistant: not out of scope."""


def half_of(name: str) -> str:
    """ "dev" or "test", by the hash of a dialogue or sentence."""
    return "dev" if int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 0 else "test"


@dataclass
class Tally:
    """Counts of one half of the data."""

    right: Counter[str] = field(default_factory=Counter)
    """measure -> times right"""
    asked: Counter[str] = field(default_factory=Counter)
    """measure -> times it applied"""
    milliseconds: list[float] = field(default_factory=list)
    """of each turn, by the clock"""
    processor_ms: list[float] = field(default_factory=list)
    """of each turn, of the processor: what is left when nobody else uses it"""
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    """measure, what was said, what was wrong (development half only)"""

    def count(self, measure: str, right: bool, said: str, wrong: str) -> None:
        """One case of a measure."""
        self.asked[measure] += 1
        self.right[measure] += right
        if not right:
            self.failures.append((measure, said, wrong))

    def rate(self, measure: str) -> float:
        """Share right."""
        return self.right[measure] / self.asked[measure] if self.asked[measure] else 1.0


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _labels(turn: dict[str, Any]) -> dict[str, set[str]]:
    """Act -> canonical values; dates and times by their slot."""
    labels: dict[str, set[str]] = {}
    for act in turn["acts"]:
        labels.setdefault(act["act"], set())
        if act["act"] == "INFORM":
            labels.setdefault(act["slot"], set()).update(act["canonical"])
    return labels


def asked_before(turn: dict[str, Any]) -> Asked | None:
    """What the office had asked before a turn of the data."""
    known = [_ASKED[slot] for slot in turn["office_asked"] if slot in _ASKED]
    if Asked.TIME in known:
        return Asked.TIME
    if known:
        return known[0]
    said = (turn["office_said"] or "").lower()
    if "?" in said and any(word in said for word in ("else", "assist", "more help", "anymore")):
        return Asked.OPEN
    closed = (
        "confirm" in said or "verify" in said or said.rstrip().endswith("?") or "how about" in said
    )
    closed = closed or (bool(_CLOCK.search(said)) and not _DONE.search(said))
    return Asked.YES_NO if closed and not turn["office_asked"] else None


def _moments(meaning: Meaning) -> list[time]:
    """Every clock time named: wished, or as a limit ("after three")."""
    if meaning.time is None:
        return []
    wish = meaning.time.value
    return [*wish.times, *(t for t in (wish.not_before, wish.not_after) if t)]


def judge_appointment(tally: Tally, turn: dict[str, Any], meaning: Meaning) -> None:
    """Count a labelled turn of a call."""
    labels, said = _labels(turn), turn["caller_said"]
    if wanted := labels.get("appointment_date"):
        days = meaning.day.value.days if meaning.day else ()
        got = {day.isoformat() for day in days}
        tally.count("date", got == wanted, said, f"{sorted(wanted)} read as {sorted(got)}")
    if wanted := labels.get("appointment_time"):
        got = {f"{moment:%H:%M}" for moment in _moments(meaning)}
        tally.count("time", got == wanted, said, f"{sorted(wanted)} read as {sorted(got)}")
    answer = meaning.answer.value if meaning.answer else None
    yes, no = bool(YES_ACTS & labels.keys()), "NEGATE" in labels
    if yes != no:
        right = answer is (Answer.YES if yes else Answer.NO)
        tally.count("yes/no", right, said, f"{'yes' if yes else 'no'} read as {answer}")
    if "REQUEST_ALTS" in labels:
        wants = meaning.wants_other is not None
        tally.count("wants alternatives", wants, said, "not seen")
    elif meaning.wants_other is not None:
        tally.count("no false wish for alternatives", False, said, str(meaning.wants_other.value))
    else:
        tally.count("no false wish for alternatives", True, said, "")


def judge_scope(tally: Tally, line: dict[str, Any], meaning: Meaning) -> None:
    """Count a request to an assistant: nearly all are none for an office."""
    if line["intent"] in SHARED_INTENTS:
        return
    intent = meaning.intent.value if meaning.intent else None
    wrong = f"{line['intent']}: {intent}"
    tally.count("no wrong task", intent not in TASKS, line["said"], wrong)
    tally.count("no wrong answer given", intent is not Intent.ASK, line["said"], wrong)
    tally.count("no false alarm", meaning.danger is None, line["said"], f"danger {meaning.danger}")


def measure(vocabulary: Vocabulary, scorer: Scorer | None = None) -> dict[str, Tally]:
    """Both halves, counted; FileNotFoundError where the data is absent."""
    tallies = {"dev": Tally(), "test": Tally()}
    for turn in lines_of(DATA / "appointment_turns.jsonl"):
        tally = tallies[half_of(turn["dialogue"])]
        context = Context(now=TODAY, vocabulary=vocabulary, asked=asked_before(turn))
        judge_appointment(tally, turn, _timed(tally, turn["caller_said"], context, scorer))
    for line in lines_of(DATA / "clinc_out_of_scope.jsonl"):
        tally = tallies[half_of(line["said"])]
        context = Context(now=TODAY, vocabulary=vocabulary, asked=Asked.OPEN)
        judge_scope(tally, line, _timed(tally, line["said"], context, None))
    return tallies


def _timed(tally: Tally, said: str, context: Context, scorer: Scorer | None) -> Meaning:
    begun, busy = perf_counter(), thread_time()
    meaning, _, unsure = read_turn(said, context, scorer)
    tally.processor_ms.append((thread_time() - busy) * 1000)
    tally.milliseconds.append((perf_counter() - begun) * 1000)
    where = "calls" if context.asked is not Asked.OPEN else "out of scope"
    tally.count(f"without the model, {where}", not unsure, said, "unsure")
    return meaning


def table(tallies: dict[str, Tally]) -> str:
    """The measures side by side."""
    rows = [f"{'measure':<34}{'aim':>7}" + "".join(f"{half:>18}" for half in tallies)]
    aims = {"date": "97 %", "time": "97 %", "yes/no": "98 %", "no wrong task": "98 %",
            "without the model, calls": "90 %"}  # fmt: skip
    measures = list(dict.fromkeys(m for tally in tallies.values() for m in tally.asked))
    for name in measures:
        cells = [f"{t.rate(name):.1%} of {t.asked[name]}" for t in tallies.values()]
        rows.append(f"{name:<34}{aims.get(name, ''):>7}" + "".join(f"{c:>18}" for c in cells))
    for label, place, aim in (("P50", 49, ""), ("P95", 94, "5 ms")):
        cells = [f"{quantiles(t.milliseconds, n=100)[place]:.2f} ms" for t in tallies.values()]
        rows.append(f"{label:<34}{aim:>7}" + "".join(f"{cell:>18}" for cell in cells))
        cells = [f"{quantiles(t.processor_ms, n=100)[place]:.2f} ms" for t in tallies.values()]
        rows.append(f"{label + ', processor alone':<41}" + "".join(f"{c:>18}" for c in cells))
    return "\n".join(rows)


@click.command()
@click.option("--site", type=click.Path(exists=True, path_type=Path), default=SAMPLE,
              help="site.toml of the office; default: the sample.")  # fmt: skip
@click.option("--failures", is_flag=True, help="List what went wrong in the development half.")
@click.option(
    "--models", is_flag=True, help="Ask the running models worker where rules are unsure."
)
@click.option(
    "--compare",
    is_flag=True,
    help="Read the development half without and with the language model (some minutes).",
)
def understanding(site: Path, failures: bool, models: bool, compare: bool) -> None:
    """Measure how well callers are understood, on ../shared/data."""
    if not (DATA / "appointment_turns.jsonl").exists():
        click.echo(f"skipped: no data at {DATA} (see docs/understanding.md)")
        return
    if compare:
        _tell_effect(site, failures)
        return
    tallies = measure(vocabulary_from(site), worker_scorer() if models else None)
    if failures:
        for name, said, wrong in tallies["dev"].failures:
            click.echo(f"{name}\t{said}\t{wrong}")
    click.echo(table(tallies))


def _tell_effect(site: Path, failures: bool) -> None:
    # Only here: rules alone need neither the link's libraries nor a worker.
    from gateway.rehearsal import model_effect

    with model_effect.own_worker(site) as scorer:
        effects = model_effect.compare(vocabulary_from(site), scorer)
    for name, effect in effects.items():
        if failures:
            for measure_name, said, wrong in effect.on.failures:
                if (measure_name, said, wrong) not in effect.off.failures:
                    click.echo(f"{measure_name}\t{said}\t{wrong}")
        click.echo(f"{name}: {effect.summary()}")
        click.echo(table({"model off": effect.off, "model on": effect.on}))
