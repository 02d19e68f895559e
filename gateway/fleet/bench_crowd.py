"""Simulated boxes in processes of their own, and the broker that they speak to, for the bench."""

from __future__ import annotations

import multiprocessing
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from gateway.errors import StartRefused
from gateway.fleet.cli_simulate import split
from gateway.fleet.settings import ConsoleBroker
from gateway.fleet.simulation import Plan, Simulation

BACKLOG = 4_000
"""Messages on their way to the broker during a flood, each process."""
LAST_WORDS_S = 30.0
"""For the broker to take the rest of a flood."""
PROCESSES = 2
"""A process of simulated boxes fills a processor."""


class Crowd:
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
        """Let all connect."""
        for _, pipe in self._parts:
            pipe.send(("start",))

    def connected(self) -> int:
        """Boxes that the broker has greeted."""
        return int(sum(self._ask("connected")))

    def taken(self) -> int:
        """Messages that the broker has taken."""
        return int(sum(self._ask("taken")))

    def flood(self, words: int) -> None:
        """Every box speaks so many times, as fast as the broker takes it."""
        self._ask("flood", words)

    def mute(self, index: int) -> float:
        """A box of the first process speaks, and its network fails: when, monotonic."""
        return float(self._ask_first("mute", index))

    def cut(self, indexes: list[int]) -> float:
        """Boxes of the first process are cut off, and the broker notices: when, monotonic."""
        return float(self._ask_first("cut", indexes))

    def stop(self) -> None:
        """End the processes."""
        for process, pipe in self._parts:
            with suppress(OSError):
                pipe.send(("stop",))
            process.join(30)
            if process.is_alive():
                process.kill()

    def _ask(self, *wish: Any) -> list[Any]:
        for _, pipe in self._parts:
            pipe.send(wish)
        return [pipe.recv() for _, pipe in self._parts]

    def _ask_first(self, *wish: Any) -> Any:
        _, pipe = self._parts[0]
        pipe.send(wish)
        return pipe.recv()


@contextmanager
def crowd_of(port: int, boxes: int, keep_alive: int) -> Iterator[Crowd]:
    """So many boxes that nothing happens to, and that have not started yet."""
    broker = ConsoleBroker(host="127.0.0.1", port=port, keep_alive_s=keep_alive)
    crowd = Crowd(split(Plan(broker, boxes, trouble=0.0), PROCESSES))
    try:
        yield crowd
    finally:
        crowd.stop()


def work(plan: Plan, pipe: Connection) -> None:
    """One process of boxes; obeys what comes through the pipe, and answers each wish."""
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
            pipe.send(_obey(simulation, *wish))


def _obey(simulation: Simulation, name: str, what: Any = None) -> float:
    if name == "connected":
        return simulation.connected
    if name == "taken":
        return simulation.acknowledged
    if name == "flood":
        _flood(simulation, what)
    elif name == "mute":
        simulation.speak(what)
        simulation.mute(what)
    elif name == "cut":
        for index in what:
            simulation.cut(index)
    return time.monotonic()


def _flood(simulation: Simulation, words: int) -> None:
    for _ in range(words):
        for index in range(len(simulation.links)):
            simulation.speak(index)
            if index % 100 == 0:
                simulation.turn(0.0)
            while simulation.sent - simulation.acknowledged > BACKLOG:
                simulation.turn(0.001)
    deadline = time.monotonic() + LAST_WORDS_S
    while simulation.sent > simulation.acknowledged and time.monotonic() < deadline:
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
