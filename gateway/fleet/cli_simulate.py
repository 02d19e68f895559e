"""`nightporter fleet simulate`: many boxes that behave, against a real broker."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import click

from gateway.contract import fleet_signature
from gateway.fleet import keys
from gateway.fleet.cli_settings import config_option, settings
from gateway.fleet.simulation import Plan, Simulation

TELL_S = 5.0
"""How often a process tells how many of its boxes are connected."""
REFUSED = "broker: {}; the user of these boxes needs the rights of boxes, see docs/operator.md"
""""Not authorized", as a rule: the console's own user may not speak for boxes."""


@click.command()
@click.option("--boxes", type=click.IntRange(1, 200_000), default=50, show_default=True)
@click.option(
    "--processes", type=click.IntRange(1, 64), default=None,
    help="Default: one for each 2,500 boxes.",
)  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="Of all that is left to chance.")
@click.option(
    "--trouble", type=click.FloatRange(0, 1), default=0.02, show_default=True,
    help="Chance, each minute and box, that it fails, sleeps or loses its network.",
)  # fmt: skip
@click.option(
    "--health-every", type=click.FloatRange(0.1, 3600), default=60.0, show_default=True,
    help="Seconds between two words of a box.",
)  # fmt: skip
@click.option("--for", "seconds", type=float, default=None, help="Stop after so many seconds.")
@config_option
def simulate(
    boxes: int, processes: int | None, seed: int, trouble: float, health_every: float,
    seconds: float | None, config: Path | None,
) -> None:  # fmt: skip
    """Boxes that start, sleep, fail and lose their network. They obey the console's own key."""
    chosen = settings(config)
    key_file = Path(chosen.console.key_file)
    trusted = (fleet_signature.public_text(keys.load(key_file)),) if key_file.exists() else ()
    plan = Plan(
        chosen.broker, boxes, seed=seed, health_every_s=health_every, trouble=trouble,
        trusted=trusted,
    )  # fmt: skip
    parts = split(plan, processes or -(-boxes // 2500))
    spawn = multiprocessing.get_context("spawn")
    workers = []
    for part in parts:
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=run, args=(part, theirs), daemon=True)
        process.start()
        theirs.close()
        workers.append((process, ours))
    stopped = _stopping(seconds)
    told = [0] * len(workers)
    shown = refusal = ""
    while not stopped() and all(process.is_alive() for process, _ in workers):
        time.sleep(0.2)
        for index, (_, pipe) in enumerate(workers):
            while pipe.poll():
                told[index], refused = pipe.recv()
                if refused and refused != refusal:
                    refusal = refused
                    click.echo(REFUSED.format(refusal), err=True)
        if (now := f"{sum(told)} of {boxes} boxes connected") != shown:
            shown = now
            click.echo(shown)
    for process, _ in workers:
        process.terminate()
        process.join(10)


def split(plan: Plan, processes: int) -> list[Plan]:
    """The same boxes over several processes."""
    share = -(-plan.boxes // processes)
    return [
        replace(plan, first=plan.first + start, boxes=min(share, plan.boxes - start))
        for start in range(0, plan.boxes, share)
    ]


def _stopping(seconds: float | None) -> Callable[[], bool]:
    asked = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.append(True))
    deadline = None if seconds is None else time.monotonic() + seconds
    return lambda: bool(asked) or (deadline is not None and time.monotonic() > deadline)


def run(plan: Plan, pipe: Connection) -> None:
    """One process of boxes, until SIGTERM; tells through the pipe how many are connected."""
    stopped = []
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    simulation = Simulation(plan)
    told = 0.0
    while not stopped:
        simulation.turn()
        if time.monotonic() - told > TELL_S or (simulation.connected == plan.boxes and not told):
            told = time.monotonic()
            pipe.send((simulation.connected, simulation.refusal))
    simulation.close()
