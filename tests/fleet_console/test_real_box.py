"""The console and the real program of a box, which nobody simulates, at one broker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.contract.fleet_signature import public_text
from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.fleet import keys
from gateway.store.store import Store
from tests.fleet_console.conftest import Console
from tests.fleet_console.test_console import nightporter
from tests.sync.broker import Mosquitto, until

pytestmark = pytest.mark.processes

SAMPLE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"


def test_a_real_box_is_watched_and_obeys(
    broker: Mosquitto, config: Path, console: Callable[..., Console], tmp_path: Path
) -> None:
    public = public_text(keys.make(config.with_name("operator.key")))
    home = tmp_path / "home"
    home.mkdir()
    before, _, after = SAMPLE.read_text().partition("[office.mqtt]")
    (home / "site.toml").write_text(
        before + "[" + after.partition("\n[")[2]
        + f'\n[fleet]\noperator_keys = ["{public}"]\n'
        f'[fleet.mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\nkeep_alive_s = 6\n'
    )  # fmt: skip
    environment = os.environ | {"NIGHTPORTER_HOME": str(home)}
    paths = Paths.from_environment(environment)
    paths.make_folders()
    Store.open(paths.database, load_settings(paths.settings)).close()
    office = load_settings(paths.settings).office
    name = f"{office.site}/{office.box}"
    box = subprocess.Popen([sys.executable, "-m", "gateway.sync"], env=environment)
    one = console()
    try:
        until(lambda: (line := one.line(office.site, office.box)) and line.health)
        answered = nightporter(config, "send", name, "ping", "--json")
        assert json.loads(answered.stdout)[0]["result"]["result"] == "done", answered.stdout
        told = nightporter(config, "send", name, "report")
        assert "rung: " in told.stdout
        assert "disk free percent: " in told.stdout
        box.kill()
        until(lambda: one.statuses() == {"lost": 1})
    finally:
        box.kill()
        box.wait(30)
