"""What the proof and the doctor say of broker and calendar, with a real broker and real sync."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.contract.settings_file import load_settings
from gateway.store.inbox import Letter
from provisioning import checks
from provisioning.checks import Ground
from provisioning.finding import Finding
from tests.sync.broker import Mosquitto, until
from tests.sync.conftest import Box

pytestmark = pytest.mark.processes


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(tmp_path / "broker").start()
    yield mosquitto
    mosquitto.kill()


@pytest.fixture
def office(tmp_path: Path, broker: Mosquitto) -> Iterator[Box]:
    """An office with a broker and a calendar that must not be older than two hours."""
    box = Box(tmp_path / "home", broker.port)
    with box.paths.settings.open("a") as site:
        site.write("\n[booking]\ncalendar_stale_hours = 2\n")
    yield box
    if box.process is not None and box.process.poll() is None:
        box.kill()
    box.store.close()


def found(box: Box) -> dict[str, Finding]:
    ground = Ground(box.paths, load_settings(box.paths.settings))
    return {f.name: f for f in (checks.broker_reached(ground), checks.calendar_fresh(ground))}


def heard_of_calendars(box: Box, hours_ago: float, number: int) -> None:
    """What the calendar bridge says of each practitioner arrives."""
    now = datetime.now(UTC)
    for one in load_settings(box.paths.settings).practitioners:
        letter = Letter(f"{one.key}-{number}", "busy", "bridge", number)
        as_of = now - timedelta(hours=hours_ago)
        box.store.take_busy_snapshot(replace(letter, as_of=as_of), one.key, [], now=now)


def test_broker_and_calendar_are_what_the_sync_program_says(office: Box, broker: Mosquitto) -> None:
    assert found(office)["broker"].result == "warn"
    assert "does not run" in found(office)["broker"].what
    office.start()
    until(lambda: found(office)["broker"].result == "ok")
    assert "takes our copies" in found(office)["broker"].what
    calendar = found(office)["calendar"]
    assert (calendar.result, "nothing was heard" in calendar.what) == ("warn", True)
    heard_of_calendars(office, 0.5, 1)
    until(lambda: found(office)["calendar"].result == "ok")
    assert "0.5 hours ago" in found(office)["calendar"].what
    heard_of_calendars(office, 3.0, 2)
    until(lambda: found(office)["calendar"].result == "warn")
    assert "2 are allowed" in found(office)["calendar"].what
    broker.kill()
    until(lambda: "is not reached" in found(office)["broker"].what)
    assert found(office)["broker"].mend


def test_an_office_without_broker_and_calendar_is_not_told_off(tmp_path: Path) -> None:
    box = Box(tmp_path / "home", None)
    box.store.close()
    assert {finding.result for finding in found(box).values()} == {"skipped"}


@pytest.mark.parametrize(("queued", "oldest_s", "result"), [(3, 2.0, "ok"), (3, 4000.0, "warn")])
def test_a_queue_that_grows_old_is_told(
    office: Box, queued: int, oldest_s: float, result: str
) -> None:
    ground = Ground(office.paths, load_settings(office.paths.settings))
    status = {"connected": True, "queued": queued, "oldest_s": oldest_s}
    waiting = type("Told", (Ground,), {"status": lambda *_: status})
    told = waiting(ground.paths, ground.settings)
    assert checks.broker_reached(told).result == result
    assert f"{queued} on their way" in checks.broker_reached(told).what


def test_memory_is_seen_where_proc_is_hidden(tmp_path: Path) -> None:
    node = tmp_path / "nodes" / "node0"
    node.mkdir(parents=True)
    (node / "meminfo").write_text(
        "Node 0 MemTotal: 900 kB\nNode 0 MemFree: 100 kB\nNode 0 Active(file): 20 kB\n"
        "Node 0 Inactive(file): 3 kB\n"
    )
    assert checks._available_memory(tmp_path / "none", tmp_path / "nodes") == 123 * 1024
    assert checks._available_memory(tmp_path / "none", tmp_path / "none") is None
