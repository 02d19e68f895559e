"""`nightporter bench fleet`: thousands of simulated boxes, one Mosquitto, one console on a screen.

The console is the real command on a pseudo-terminal; what counts is what its screen shows.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import click

from gateway.errors import StartRefused
from gateway.fleet.bench_screen import Screen
from gateway.fleet.cli_simulate import split
from gateway.fleet.database import Database
from gateway.fleet.settings import ConsoleBroker
from gateway.fleet.simulation import SPARE_FILES, Plan, Simulation, allow_files

AIM_SHOWN_S = 5.0
"""All boxes shown."""
AIM_LATE_S = 2.0
"""An offline box is shown so long after its keep-alive, at most."""
MUTED = 20
"""Boxes whose network fails, each way."""
PATIENCE_S = 600.0
"""A busy machine may be slow; the figures tell it."""
BACKLOG = 4_000
"""Messages on their way to the broker during the flood, each process."""
MB = 1024 * 1024


@click.command("fleet")
@click.option("--boxes", type=click.IntRange(50, 100_000), default=5000, show_default=True)
@click.option(
    "--keep-alive", type=click.IntRange(5, 600), default=15, show_default=True,
    help="Seconds (keep_alive_s of the boxes).",
)  # fmt: skip
@click.option("--flood", type=float, default=20.0, show_default=True, help="Seconds.")
@click.option("--steady", type=float, default=60.0, show_default=True, help="Seconds.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("bench-out"))
def bench_fleet(boxes: int, keep_alive: int, flood: float, steady: float, out: Path) -> None:
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
    folder: Path, boxes: int, keep_alive: int, flood: float, steady: float
) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "boxes": boxes, "keepAliveSeconds": keep_alive, "processors": os.cpu_count(),
        "loadBefore": os.getloadavg(),
    }  # fmt: skip
    with mosquitto(folder) as (port, broker), _workers(port, boxes, keep_alive) as crowd:
        figures["brokerEmptyMb"] = _memory_mb(broker)
        began = time.monotonic()
        crowd.start()
        _until(lambda: crowd.connected() == boxes, "boxes connected")
        figures["connectSeconds"] = time.monotonic() - began
        time.sleep(2)
        figures["brokerFullMb"] = _memory_mb(broker)
        figures["brokerKbPerBox"] = (
            (figures["brokerFullMb"] - figures["brokerEmptyMb"]) * 1024 / boxes
        )
        config = _settings(folder, port)
        with Screen(config) as screen:
            figures["shownSeconds"] = screen.wait(f"{boxes} ready", PATIENCE_S) - screen.began
            figures["shownProcessorSeconds"] = _processor_s(screen.pid)
            figures["consoleMb"] = _memory_mb(screen.pid)
            figures |= _offline(screen, crowd)
            figures |= _throughput(folder / "fleet.db", screen, crowd, flood)
            figures["consoleAfterFloodMb"] = _memory_mb(screen.pid)
            time.sleep(steady)
            figures["consoleEndMb"] = _memory_mb(screen.pid)
        figures["brokerEndMb"] = _memory_mb(broker)
    figures["loadAfter"] = os.getloadavg()
    return figures


def _offline(screen: Screen, crowd: _Crowd) -> dict[str, Any]:
    began = time.monotonic()
    crowd.tell(0, ("mute", list(range(MUTED))))
    silent = [screen.wait_lost(n, PATIENCE_S) - began for n in range(1, MUTED + 1)]
    began = time.monotonic()
    crowd.tell(0, ("cut", list(range(MUTED, 2 * MUTED))))
    cut = screen.wait_lost(2 * MUTED, PATIENCE_S) - began
    return {
        "silentShownFirstSeconds": silent[0],
        "silentShownMedianSeconds": sorted(silent)[len(silent) // 2],
        "silentShownLastSeconds": silent[-1],
        "cutShownSeconds": cut,
    }


def _throughput(path: Path, screen: Screen, crowd: _Crowd, seconds: float) -> dict[str, Any]:
    database = Database(path)

    def applied() -> int:
        with database.reading() as db:
            return int(db.value("SELECT coalesce(max(applied), 0) FROM consoles"))

    before, began = applied(), time.monotonic()
    sent_before = sum(crowd.ask(("stats",)))
    busy = _processor_s(screen.pid)
    crowd.flood(seconds)
    sent = sum(crowd.ask(("stats",))) - sent_before
    offered = sent / (time.monotonic() - began)
    _until(lambda: applied() - before >= sent, "the flood applied")
    took = time.monotonic() - began
    busy = _processor_s(screen.pid) - busy
    database.close()
    return {
        "floodMessages": sent,
        "floodOfferedPerSecond": offered,
        "floodAppliedPerSecond": sent / took,
        "floodBehindSeconds": took - sent / offered,
        "consoleMicrosecondsPerMessage": busy / sent * 1e6,
    }


class _Crowd:
    """Simulated boxes in processes of their own."""

    def __init__(self, plans: list[Plan]) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._parts = []
        for plan in plans:
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=work, args=(plan, theirs), daemon=True)
            process.start()
            theirs.close()
            self._parts.append((process, ours))
        for _, pipe in self._parts:
            assert pipe.recv() == "ready"

    def start(self) -> None:
        for index in range(len(self._parts)):
            self.tell(index, ("start",))

    def tell(self, index: int, wish: tuple[Any, ...]) -> None:
        self._parts[index][1].send(wish)

    def ask(self, wish: tuple[Any, ...]) -> list[int]:
        for _, pipe in self._parts:
            pipe.send(wish)
        return [int(pipe.recv()) for _, pipe in self._parts]

    def connected(self) -> int:
        return sum(self.ask(("connected",)))

    def flood(self, seconds: float) -> None:
        self.ask(("flood", seconds))

    def stop(self) -> None:
        for process, pipe in self._parts:
            with suppress(OSError):
                pipe.send(("stop",))
            process.join(30)
            if process.is_alive():
                process.kill()


@contextmanager
def _workers(port: int, boxes: int, keep_alive: int) -> Iterator[_Crowd]:
    broker = ConsoleBroker(host="127.0.0.1", port=port, keep_alive_s=keep_alive)
    crowd = _Crowd(split(Plan(broker, boxes, trouble=0.0), 2))
    try:
        yield crowd
    finally:
        crowd.stop()


def work(plan: Plan, pipe: Connection) -> None:
    """One process of boxes; obeys what comes through the pipe."""
    simulation = Simulation(plan)
    pipe.send("ready")
    if pipe.recv()[0] != "start":
        return
    while True:
        simulation.turn(0.02)
        while pipe.poll():
            wish = pipe.recv()
            if wish[0] == "stop":
                return
            if wish[0] == "connected":
                pipe.send(simulation.connected)
            elif wish[0] == "stats":
                pipe.send(simulation.acknowledged)
            elif wish[0] == "flood":
                _flood(simulation, wish[1])
                pipe.send(0)
            else:
                for index in wish[1]:
                    getattr(simulation, wish[0])(index)


def _flood(simulation: Simulation, seconds: float) -> None:
    """All boxes speak as fast as the broker takes it."""
    deadline = time.monotonic() + seconds
    index = 0
    while time.monotonic() < deadline:
        if simulation.sent - simulation.acknowledged < BACKLOG:
            for _ in range(100):
                simulation.speak(index)
                index = (index + 1) % len(simulation.links)
        simulation.turn(0.001)
    while simulation.sent > simulation.acknowledged and time.monotonic() < deadline + 30:
        simulation.turn(0.01)


@contextmanager
def mosquitto(folder: Path) -> Iterator[tuple[int, int]]:
    """A broker on a free port of loopback: the port, and its process."""
    for _ in range(20):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        config = folder / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_connections -1\n"
            "max_queued_messages 0\nmax_inflight_messages 1000\npersistence false\nlog_dest none\n"
        )
        try:
            process = subprocess.Popen(
                ["mosquitto", "-c", str(config)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise StartRefused("mosquitto is not installed; run: make setup") from error
        if _listens(process, port):
            break
    else:
        raise StartRefused("mosquitto does not start; run it by hand to see why")
    try:
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process.poll() is None
        time.sleep(0.05)
    return False


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
    rows = [
        ("boxes", f"{figures['boxes']}", ""),
        ("all connected", f"{figures['connectSeconds']:.1f} s", ""),
        ("memory at the broker", f"{figures['brokerKbPerBox']:.1f} kB a box", ""),
        ("broker empty, full, end", _mb(figures, "brokerEmptyMb", "brokerFullMb", "brokerEndMb"),
         "flat"),
        ("all shown, from the start of the console", f"{figures['shownSeconds']:.1f} s",
         f"{AIM_SHOWN_S:.0f} s"),
        ("processor time of the console until then",
         f"{figures['shownProcessorSeconds']:.1f} s", ""),
        ("fallen silent, shown first", f"{figures['silentShownFirstSeconds']:.1f} s", ""),
        ("fallen silent, shown median", f"{figures['silentShownMedianSeconds']:.1f} s", ""),
        ("fallen silent, shown last", f"{figures['silentShownLastSeconds']:.1f} s",
         f"{keep_alive + AIM_LATE_S:.0f} s (keep-alive {keep_alive} s + 2 s)"),
        ("cut off, shown", f"{figures['cutShownSeconds']:.1f} s", ""),
        ("flood offered", f"{figures['floodOfferedPerSecond']:.0f} messages/s", ""),
        ("flood shown", f"{figures['floodAppliedPerSecond']:.0f} messages/s", ""),
        ("console behind at its end", f"{figures['floodBehindSeconds']:.1f} s", ""),
        ("processor time of the console", f"{figures['consoleMicrosecondsPerMessage']:.0f} µs a "
         "message", ""),
        ("console, after the flood, end",
         _mb(figures, "consoleMb", "consoleAfterFloodMb", "consoleEndMb"), "flat"),
        ("load average before, after", f"{figures['loadBefore'][0]:.1f}, "
         f"{figures['loadAfter'][0]:.1f} on {figures['processors']} processors", ""),
    ]  # fmt: skip
    width = max(len(row[0]) for row in rows)
    return [
        f"{name.ljust(width)}  {value}{f'  (aim: {aim})' if aim else ''}"
        for name, value, aim in rows
    ]


def _mb(figures: dict[str, Any], *names: str) -> str:
    return ", ".join(f"{figures[name]:.0f}" for name in names) + " MB"
