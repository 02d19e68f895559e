"""The operator's word on whether the box answers stands above the opening hours."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from gateway.contract import night_mode
from gateway.contract.service import Paths, Service, read_status
from gateway.contract.settings_file import load_settings
from telephony.line import Line

SAMPLE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"
OPEN = datetime(2026, 11, 24, 10)
NIGHT = datetime(2026, 11, 24, 23)


@pytest.mark.parametrize(
    ("mode", "by_day", "at_night"),
    [("auto", False, True), ("on", True, True), ("off", False, False)],
)
def test_the_line_obeys_it_at_each_call(
    tmp_path: Path, mode: night_mode.NightMode, by_day: bool, at_night: bool
) -> None:
    settings = load_settings(SAMPLE)
    after_hours = settings.line.model_copy(update={"answer": "after-hours"})
    settings = settings.model_copy(update={"line": after_hours})
    line = Line(settings, None, lambda: night_mode.read(tmp_path))  # type: ignore[arg-type]
    night_mode.write(tmp_path, "off" if mode != "off" else "on")
    night_mode.write(tmp_path, mode)
    assert (line.on_duty(OPEN), line.on_duty(NIGHT)) == (by_day, at_night)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"perhaps\n", b"ON"])
def test_a_damaged_file_leaves_it_to_the_opening_hours(tmp_path: Path, content: bytes) -> None:
    (tmp_path / night_mode.NAME).write_bytes(content)
    assert night_mode.read(tmp_path) == "auto"


def in_home(folder: Path) -> Paths:
    paths = Paths.from_environment({"NIGHTPORTER_HOME": str(folder)})
    paths.make_folders()
    return paths


class Fast(Service):
    STATUS_EVERY_S = 0.0


def test_a_program_leaves_when_asked_to_restart_but_not_during_a_call(tmp_path: Path) -> None:
    paths, told = in_home(tmp_path), []
    line = Fast("line", paths)
    line.stop_on_signals(lambda: told.append("stop"))
    line.alive(calls_active=0)
    assert not line.stopping
    paths.restart_request("line").touch()
    line.alive(calls_active=1)
    assert not line.stopping, "a caller is on the phone"
    line.alive(calls_active=0)
    assert line.stopping and told == ["stop"]
    again = Fast("line", paths)
    again.alive(calls_active=0)
    assert not again.stopping, "one request, one restart"
    status = read_status(paths, "line")
    assert status is not None and status["starts"] == 2 and status["memory_mb"] > 0
