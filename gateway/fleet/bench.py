"""`nightporter bench fleet`: thousands of simulated boxes, one Mosquitto, one console on a screen.

The console is the real command on a pseudo-terminal; what counts is what its screen shows.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from gateway.errors import StartRefused
from gateway.fleet.bench_crowd import Crowd, crowd_of, mosquitto
from gateway.fleet.bench_screen import Screen
from gateway.fleet.database import Database
from gateway.fleet.simulation import SPARE_FILES, allow_files

AIM_SHOWN_S = 5.0
"""All boxes shown."""
AIM_LATE_S = 2.0
"""An offline box is shown so long after its keep-alive, at most."""
MUTED = 24
"""Boxes whose network fails without a sign, one after the other."""
BETWEEN_S = 0.55
"""From one to the next: all of them fall into every moment of two rounds of the broker."""
CUT = 20
"""Boxes that are cut off all at once."""
FLOODS = 3
"""The first fills every buffer; memory may not grow from the second to the third."""
GROWS_MB = 1.0
"""Less than this is no growth: pages of the allocator."""
SETTLE_S = 3.0
"""After a flood, until memory is looked at."""
PATIENCE_S = 600.0
"""A busy machine may be slow; the figures tell it."""


@click.command("fleet")
@click.option("--boxes", type=click.IntRange(100, 100_000), default=5000, show_default=True)
@click.option(
    "--keep-alive", type=click.IntRange(5, 600), default=15, show_default=True,
    help="Seconds (keep_alive_s of the boxes).",
)  # fmt: skip
@click.option(
    "--flood", type=click.IntRange(1, 1000), default=10, show_default=True,
    help="Messages of each box, all at once; three times.",
)  # fmt: skip
@click.option("--steady", type=float, default=60.0, show_default=True, help="Seconds.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-out"))
def bench_fleet(boxes: int, keep_alive: int, flood: int, steady: float, out: Path) -> None:
    """Thousands of boxes and one console: memory, time until shown, messages a second."""
    allow_files(boxes + SPARE_FILES)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nightporter-bench-") as name:
        figures = _measure(Path(name), boxes, keep_alive, flood, steady)
    text = "\n".join(table(figures)) + "\n"
    (out / "fleet.json").write_text(json.dumps(figures, indent=2) + "\n")
    (out / "fleet.txt").write_text(text)
    click.echo(text, nl=False)


def _measure(
    folder: Path, boxes: int, keep_alive: int, flood: int, steady: float
) -> dict[str, Any]:  # fmt: skip
    figures: dict[str, Any] = {
        "boxes": boxes, "keepAliveSeconds": keep_alive, "processors": os.cpu_count(),
        "loadBefore": os.getloadavg(),
    }  # fmt: skip
    with mosquitto(folder) as (port, broker), crowd_of(port, boxes, keep_alive) as crowd:
        figures["brokerEmptyMb"] = _memory_mb(broker)
        began = time.monotonic()
        crowd.start()
        _until(lambda: crowd.connected() == boxes, "boxes connected")
        figures["connectSeconds"] = time.monotonic() - began
        time.sleep(2)
        figures["brokerFullMb"] = _memory_mb(broker)
        grown = figures["brokerFullMb"] - figures["brokerEmptyMb"]
        figures["brokerKbPerBox"] = grown * 1024 / boxes
        with Screen(_settings(folder, port)) as screen:
            figures["shownSeconds"] = screen.wait(f"{boxes} ready", PATIENCE_S) - screen.began
            figures["shownProcessorSeconds"] = _processor_s(screen.pid)
            figures["consoleMb"] = _memory_mb(screen.pid)
            figures |= _offline(screen, crowd)
            figures["floods"] = _floods(folder / "fleet.db", screen, broker, crowd, flood)
            time.sleep(steady)
            figures["consoleEndMb"] = _memory_mb(screen.pid)
            figures["brokerEndMb"] = _memory_mb(broker)
    figures["loadAfter"] = os.getloadavg()
    return figures


def _offline(screen: Screen, crowd: Crowd) -> dict[str, Any]:
    """From each box's very last word until the screen counts it as lost."""
    spoke = []
    for index in range(MUTED):
        spoke.append(crowd.mute(index))
        time.sleep(BETWEEN_S)
    silent = sorted(
        screen.wait_lost(count, PATIENCE_S) - at for count, at in enumerate(spoke, start=1)
    )
    began = crowd.cut(list(range(MUTED, MUTED + CUT)))
    return {
        "silentShownFirstSeconds": silent[0],
        "silentShownMedianSeconds": silent[len(silent) // 2],
        "silentShownLastSeconds": silent[-1],
        "cutShownSeconds": screen.wait_lost(MUTED + CUT, PATIENCE_S) - began,
    }


def _floods(
    path: Path, screen: Screen, broker: int, crowd: Crowd, words: int
) -> list[dict[str, float]]:  # fmt: skip
    """The same flood again and again; each is measured once the console has taken all of it."""
    database = Database(path)

    def applied() -> int:
        with database.reading() as db:
            return int(db.value("SELECT coalesce(max(applied), 0) FROM consoles"))

    floods = []
    for _ in range(FLOODS):
        before, taken, busy = applied(), crowd.taken(), _processor_s(screen.pid)
        began = time.monotonic()
        crowd.flood(words)
        offering_s = time.monotonic() - began
        sent = crowd.taken() - taken
        _until(partial(_reached, applied, before + sent), "the flood applied")
        took_s = time.monotonic() - began
        busy = _processor_s(screen.pid) - busy
        time.sleep(SETTLE_S)
        floods.append(
            {
                "messages": sent,
                "offeredPerSecond": sent / offering_s,
                "appliedPerSecond": sent / took_s,
                "behindSeconds": took_s - offering_s,
                "consoleMicrosecondsPerMessage": busy / sent * 1e6,
                "brokerMb": _memory_mb(broker),
                "consoleMb": _memory_mb(screen.pid),
            }
        )
    database.close()
    return floods


def _reached(count: Callable[[], int], wanted: int) -> bool:
    return count() >= wanted


def _settings(folder: Path, port: int) -> Path:
    config = folder / "fleet.toml"
    config.write_text(f'[broker]\nhost = "127.0.0.1"\nport = {port}\n')
    return config


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise StartRefused(f"not within {PATIENCE_S:.0f} s: {what}; is the machine busy?")
        time.sleep(0.05)


def _memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def table(figures: dict[str, Any]) -> list[str]:
    """The figures for people, with what was aimed at."""
    keep_alive = figures["keepAliveSeconds"]
    floods = figures["floods"]

    def each(name: str) -> str:
        return ", ".join(f"{flood[name]:.0f}" for flood in floods)

    def memory(before: list[str], name: str, end: str) -> str:
        figure = [figures[part] for part in before] + [flood[name] for flood in floods]
        return ", ".join(f"{mb:.0f}" for mb in [*figure, figures[end]]) + " MB"

    rows = [
        ("boxes", f"{figures['boxes']}", ""),
        ("all connected", f"{figures['connectSeconds']:.1f} s", ""),
        ("memory at the broker", f"{figures['brokerKbPerBox']:.1f} kB a box", ""),
        ("all shown, from the start of the console", f"{figures['shownSeconds']:.1f} s",
         f"{AIM_SHOWN_S:.0f} s"),
        ("processor time of the console until then",
         f"{figures['shownProcessorSeconds']:.1f} s", ""),
        ("fallen silent, shown first", f"{figures['silentShownFirstSeconds']:.1f} s", ""),
        ("fallen silent, shown median", f"{figures['silentShownMedianSeconds']:.1f} s", ""),
        ("fallen silent, shown last", f"{figures['silentShownLastSeconds']:.1f} s",
         f"{keep_alive + AIM_LATE_S:.0f} s (keep-alive {keep_alive} s + 2 s)"),
        ("cut off, shown", f"{figures['cutShownSeconds']:.1f} s", ""),
        ("messages of each flood", each("messages"), ""),
        ("offered by the boxes", f"{each('offeredPerSecond')} messages/s", ""),
        ("taken by the console", f"{each('appliedPerSecond')} messages/s", ""),
        ("console behind at the end of each", f"{each('behindSeconds')} s", ""),
        ("processor time of the console",
         f"{each('consoleMicrosecondsPerMessage')} µs a message", ""),
        ("broker: empty, full, after each flood, end",
         memory(["brokerEmptyMb", "brokerFullMb"], "brokerMb", "brokerEndMb"),
         _flat(floods, "brokerMb")),
        ("console: before, after each flood, end",
         memory(["consoleMb"], "consoleMb", "consoleEndMb"), _flat(floods, "consoleMb")),
        ("load average before, after", f"{figures['loadBefore'][0]:.1f}, "
         f"{figures['loadAfter'][0]:.1f} on {figures['processors']} processors", ""),
    ]  # fmt: skip
    width = max(len(row[0]) for row in rows)
    return [
        f"{name.ljust(width)}  {value}{f'  (aim: {aim})' if aim else ''}"
        for name, value, aim in rows
    ]


def _flat(floods: list[dict[str, float]], name: str) -> str:
    grown = floods[-1][name] - floods[-2][name]
    found = "it does not" if grown < GROWS_MB else f"it grows by {grown:.1f} MB"
    return f"no growth from the second flood to the third: {found}"
