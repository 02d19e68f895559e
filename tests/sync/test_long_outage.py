"""No broker for three days: calls go on, nothing is lost or out of order, the office is told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from gateway.store.store import Store
from gateway.sync.operator.reserve import MEBIBYTE, Reserve
from tests.store.conftest import *  # noqa: F403 - the fixture of the store
from tests.store.office import NOW, later
from tests.sync.outage import SAMPLE_DRAINED, queue_up, run

pytestmark = pytest.mark.timeout(900)
EVENTS = 20_016
"""Of 72 virtual hours; above outbox.COUNTED."""
Usage = namedtuple("Usage", "total used free")


def test_three_days_without_a_broker_and_a_disk_nearly_full(tmp_path: Path) -> None:
    found = run(tmp_path, EVENTS)
    assert found.queued == EVENTS + 2, "and what the office was told of broker and disk"
    first = found.drained[0]
    assert found.drained[:SAMPLE_DRAINED] == list(range(first, first + SAMPLE_DRAINED))
    for kind in ("outbox-stuck", "disk"):
        assert found.alerts.count(kind) == 1 and found.told.count(kind) == 1
    assert found.closed


def test_events_too_old_are_erased_a_batch_at_a_time(store: Store) -> None:
    queue_up(store, 5000, NOW, later(hours=1))
    rounds = [store.run_retention(now=later(days=3000)).more for _ in range(3)]
    assert rounds == [True, True, False]
    assert store.next_events(1) == []


def test_a_consumer_that_missed_everything_gets_it_all_again(store: Store) -> None:
    queue_up(store, 3500, NOW, later(hours=1))
    store.mark_sent([event.sequence for event in store.next_events(9999)], now=NOW)
    assert store.send_again(store.stream(), 501) == 3000
    assert [event.sequence for event in store.next_events(2)] == [501, 502]
    assert store.send_again("another stream", 1) == 0


def test_the_reserve_is_taken_in_plenty_and_given_back_in_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = Reserve(tmp_path, size_mb=1, take_after_s=0)
    free = 500 * MEBIBYTE
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free))
    reserve.tend()
    assert not reserve.file.exists(), "not while space is scarce"
    free = 2000 * MEBIBYTE
    reserve.tend()
    assert reserve.file.stat().st_size == MEBIBYTE and reserve.file.stat().st_blocks * 512 >= 2**20
    free = 30 * MEBIBYTE
    reserve.tend()
    assert reserve.file.exists()
    free = 20 * MEBIBYTE
    reserve.tend()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "posix_fallocate", _full)
    free = 2000 * MEBIBYTE
    reserve.tend()
    assert list(tmp_path.iterdir()) == [], "half a reserve is none"


def _full(*_: Any) -> None:
    raise OSError(28, "No space left on device")


ON_A_FULL_DISK = """
    import itertools, shutil, sys
    from pathlib import Path
    from gateway.contract.settings_file import load_settings
    from gateway.errors import StoreError
    from gateway.appointments.records import NoteDraft
    from gateway.store.store import Store
    from gateway.sync.operator.reserve import Reserve
    from tests.store.office import NOW
    from tests.sync.conftest import SAMPLE

    folder = Path(sys.argv[1])
    reserve = Reserve(folder, size_mb=8, low_mb=0, plenty_mb=16, take_after_s=0)
    reserve.tend()
    assert reserve.file.exists()
    store = Store.open(folder / "n.db", load_settings(SAMPLE))
    done = itertools.count(1)

    def take_messages():
        try:
            while True:
                number = next(done)
                draft = NoteDraft("x" * 20_000, "caller-asked")
                store.note(draft, f"call-{number}", now=NOW)
        except StoreError as error:
            assert "disk is full" in str(error), error
            return number

    full = take_messages()
    Reserve(folder, size_mb=8, low_mb=10**6).tend()
    more = take_messages()
    assert more > full + 20, (full, more)
    first = [event.sequence for event in store.next_events(500)]
    assert first == list(range(1, len(first) + 1)), "the oldest are there, in order"
    assert store.verify_journal() > 2 * full
    print("went on", full, more)
"""


@pytest.mark.processes
def test_on_a_disk_that_is_really_full_the_reserve_keeps_messages_going(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = textwrap.dedent(ON_A_FULL_DISK)
    mounted = 'mount -t tmpfs -o size=32m tmpfs "$1" && exec "$2" -c "$3" "$1"'
    command = ["unshare", "--mount", "sh", "-c", mounted, "sh", str(disk), sys.executable, script]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, check=False, cwd=root
    )
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    assert done.returncode == 0 and "went on" in done.stdout, done.stderr
