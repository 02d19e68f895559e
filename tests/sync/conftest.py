"""A broker, an observer, and the sync program as a process in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.store.store import Store
from tests.sync.broker import Mosquitto, Observer

SAMPLE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path / "broker").start()
    yield mosquitto
    mosquitto.kill()


@pytest.fixture
def observer(broker: Mosquitto) -> Iterator[Observer]:
    seer = Observer(broker.port)
    yield seer
    seer.stop()


class Box:
    """The sync program and the store that it drains."""

    def __init__(self, home: Path, port: int | None) -> None:
        home.mkdir()
        text = SAMPLE.read_text()
        block = f'[office.mqtt]\nhost = "127.0.0.1"\nport = {port}\nkeep_alive_s = 5\n'
        assert "[office.mqtt]\nhost = " in text
        before, _, after = text.partition("[office.mqtt]")
        rest = after.partition("\n[")[2]
        (home / "site.toml").write_text(before + (block if port else "") + "\n[" + rest)
        self.environment = os.environ | {"NIGHTPORTER_HOME": str(home)}
        self.paths = Paths.from_environment(self.environment)
        self.paths.make_folders()
        self.store = Store.open(self.paths.database, load_settings(self.paths.settings))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gateway.sync"], env=self.environment
        )

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(60)

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60)


@pytest.fixture
def box(tmp_path: Path, broker: Mosquitto) -> Iterator[Box]:
    made = Box(tmp_path / "home", broker.port)
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()
    made.store.close()
