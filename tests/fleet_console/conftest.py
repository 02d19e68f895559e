"""A broker, a console's settings, and simulated boxes that a test can push around."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.fleet import collector
from gateway.fleet.collector import Collector
from gateway.fleet.database import Database
from gateway.fleet.settings import FleetSettings, load
from gateway.fleet.simulation import Plan, Simulation
from gateway.fleet.view import Line, View
from tests.sync.broker import Mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path / "broker").start()
    yield mosquitto
    mosquitto.kill()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker on loopback has told all it keeps sooner than one far away."""
    monkeypatch.setattr(collector, "QUIET_S", 0.7)
    monkeypatch.setattr(collector, "SNAPSHOT_QUIET_S", 0.7)


def write_settings(folder: Path, port: int, console: str = "", alerts: str = "") -> Path:
    """A fleet.toml in a folder."""
    path = folder / "fleet.toml"
    path.write_text(
        f'[broker]\nhost = "127.0.0.1"\nport = {port}\nkeep_alive_s = 6\n'
        f"[console]\n{console}\n[alerts]\nlost_after_s = 0\n{alerts}\n"
    )
    return path


@pytest.fixture
def config(tmp_path: Path, broker: Mosquitto) -> Path:
    return write_settings(tmp_path, broker.port)


class Boxes:
    """Simulated boxes in a thread; do() runs something between two of its turns."""

    def __init__(self, plan: Plan) -> None:
        self.simulation = Simulation(plan)
        self._wishes: queue.Queue[tuple[Callable[[], Any], queue.Queue[Any]]] = queue.Queue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def do(self, action: Callable[[Simulation], Any]) -> Any:
        answer: queue.Queue[Any] = queue.Queue()
        self._wishes.put((lambda: action(self.simulation), answer))
        return answer.get(timeout=60)

    def all_connected(self) -> bool:
        return bool(self.do(lambda boxes: boxes.connected == boxes.plan.boxes))

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(30)
        self.simulation.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.simulation.turn(0.02)
            while not self._wishes.empty():
                action, answer = self._wishes.get()
                answer.put(action())


class Console:
    """A collector in a thread, and a view of its database."""

    def __init__(self, settings: FleetSettings, name: str) -> None:
        self.database = Database(Path(settings.console.database))
        self.collector = Collector(settings, self.database, name)
        self.view = View(self.database)
        self._stopping = threading.Event()
        self._thread = threading.Thread(
            target=lambda: self.collector.run(self._stopping.is_set), daemon=True
        )
        self._thread.start()

    def lines(self) -> list[Line]:
        self.view.refresh()
        return list(self.view.lines.values())

    def line(self, site: str, box: str) -> Line | None:
        wanted = (line for line in self.lines() if line.name == f"{site}/{box}")
        return next(wanted, None)

    def statuses(self) -> dict[str, int]:
        self.view.refresh()
        return dict(self.view.statuses())

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(30)
        self.database.close()


@pytest.fixture
def boxes(broker: Mosquitto, config: Path) -> Iterator[Callable[..., Boxes]]:
    """Makes simulated boxes; nothing happens to them but what the test wants."""
    made: list[Boxes] = []

    def make(count: int, **plan: Any) -> Boxes:
        made.append(Boxes(Plan(load(config).broker, count, trouble=0.0, **plan)))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def console(config: Path) -> Iterator[Callable[..., Console]]:
    """Starts consoles on the settings."""
    made: list[Console] = []

    def make(name: str = "one", path: Path = config) -> Console:
        made.append(Console(load(path), name))
        return made[-1]

    yield make
    for one in made:
        one.stop()
