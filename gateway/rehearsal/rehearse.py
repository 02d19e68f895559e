"""`nightporter rehearse PATH...`: simulated callers, graded on the rows that they leave."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from random import Random

import click

from gateway.contract.settings import Settings
from gateway.contract.settings_file import load_settings
from gateway.rehearsal.callers import Conditions, Listener, read_script
from gateway.rehearsal.grading import Verdict, grade, grade_rows
from gateway.rehearsal.noise import Noise
from gateway.rehearsal.scenario import Scenario, read_scenario
from gateway.rehearsal.stage import SAMPLE, build, office_of
from gateway.rehearsal.text_call import TextCall
from gateway.store.store import Store

MEMORY = Path("/dev/shm")
"""Databases of rehearsals need not outlive the machine: in memory where there is such a folder."""


def play(
    scenario: Scenario, *, seed: int = 0, noise: float = 0.0, sample: Settings | None = None
) -> tuple[Verdict, list[TextCall]]:
    """Play one scenario on a database of its own and grade it."""
    folder = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        settings = office_of(scenario, sample)
        store = Store.open(folder / "rehearsal.db", settings)
        try:
            return _play(scenario, settings, store, seed=seed, noise=noise)
        except Exception:  # noqa: BLE001 - this run has failed, the others go on
            crashed = Verdict(scenario.name, seed, missed=["crashed: " + traceback.format_exc()])
            return crashed, []
        finally:
            store.close()
    finally:
        shutil.rmtree(folder)


def _play(
    scenario: Scenario, settings: Settings, store: Store, *, seed: int, noise: float
) -> tuple[Verdict, list[TextCall]]:
    world = build(scenario, settings, store)
    verdict = Verdict(scenario.name, seed)
    conditions = Conditions(Random(f"{seed} {scenario.name}"), Noise(noise))
    calls: list[TextCall] = []
    for part in scenario.parts:
        world.passes(part.minutes_later * 60)
        call = TextCall(world, part.caller)
        calls.append(call)
        call.answer(rung=part.rung)
        if part.wants:
            Listener(part, conditions).play(call)
        else:
            read_script(call, part, conditions)
    grade(scenario, world, calls, verdict)
    if not noise:
        grade_rows(scenario, world, calls, verdict)
        verdict.missed += conditions.faults
    return verdict, calls


def find(paths: Iterable[Path]) -> list[Scenario]:
    """All scenarios below the paths, in order."""
    files = [file for path in paths for file in (sorted(path.rglob("*.call")) or [path])]
    return [read_scenario(file) for file in files]


def transcript(calls: list[TextCall]) -> str:
    """The calls as they went."""
    lines = []
    for call in calls:
        lines += [f"{line.who:>8}  {line.text}" for line in call.lines]
        lines.append(f"     ---  {call.outcome} ({call.reason})")
    return "\n".join(lines)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--seed", default=0, help="Seed of the first run.")
@click.option("--repeat", default=1, help="Runs of each scenario, each with the next seed.")
@click.option("--noise", default=0.0, help="Errors of the recogniser: 0.1 = one word in ten.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--show", is_flag=True, help="Print the calls of every run that failed.")
def rehearse(
    paths: tuple[Path, ...], seed: int, repeat: int, noise: float, as_json: bool, show: bool
) -> None:
    """Grade the box with simulated callers."""
    started = time.monotonic()
    sample = load_settings(SAMPLE)
    scenarios = find(paths)
    verdicts: list[Verdict] = []
    for scenario in scenarios:
        for run in range(seed, seed + repeat):
            verdict, calls = play(scenario, seed=run, noise=noise, sample=sample)
            verdicts.append(verdict)
            if not verdict.passed and not as_json:
                click.echo(f"FAILED {verdict.name} (seed {run})\n{_faults(verdict)}")
                if show:
                    click.echo(transcript(calls))
    result = summary(verdicts, len(scenarios), time.monotonic() - started)
    click.echo(json.dumps(result, indent=1) if as_json else _in_words(result))
    sys.exit(0 if result["failed"] == 0 else 1)


def summary(verdicts: list[Verdict], scenarios: int, seconds: float) -> dict[str, object]:
    """The result in figures."""
    failed = [verdict for verdict in verdicts if not verdict.passed]
    return {
        "scenarios": scenarios,
        "runs": len(verdicts),
        "failed": len(failed),
        "wrong_commits": sum(len(v.wrong_commits) for v in verdicts),
        "double_bookings": sum(len(v.double_bookings) for v in verdicts),
        "claims_without_row": sum(len(v.claims_without_row) for v in verdicts),
        "unowned_calls": sum(len(v.unowned_calls) for v in verdicts),
        "seconds": round(seconds, 1),
        "failures": [asdict(verdict) for verdict in failed],
    }


def _in_words(result: dict[str, object]) -> str:
    return (
        f"{result['scenarios']} scenarios, {result['runs']} runs in {result['seconds']} s: "
        f"{result['failed']} failed; wrong commits {result['wrong_commits']}, double bookings "
        f"{result['double_bookings']}, claims without a row {result['claims_without_row']}, "
        f"unowned calls {result['unowned_calls']}"
    )


def _faults(verdict: Verdict) -> str:
    kinds = {
        "wrong commit": verdict.wrong_commits,
        "double booking": verdict.double_bookings,
        "claim without a row": verdict.claims_without_row,
        "unowned call": verdict.unowned_calls,
        "said twice": verdict.repeated,
        "missed": verdict.missed,
    }
    return "\n".join(f"    {kind}: {fault}" for kind, faults in kinds.items() for fault in faults)
