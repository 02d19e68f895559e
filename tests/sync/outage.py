"""No broker for three days, a disk nearly full, a million queued events: calls must not notice.

    python -m tests.sync.outage --events 1000000

A virtual clock; the real store, watch and drain. Bookings are measured before and behind the queue;
then the broker is back, and the oldest events come first and in order.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.store import outbox
from gateway.store.columns import utc_text
from gateway.store.store import Store
from gateway.sync.drain import Drain
from gateway.sync.operator.health import Place
from gateway.sync.operator.watch import Watch
from gateway.sync.topics import Topics
from tests.store.office import NOW, draft
from tests.sync.conftest import SAMPLE

DAYS = 3
LOOKS = 72
"""The watch looks this often in the outage: each virtual hour."""
BOOKINGS = 25
SAMPLE_DRAINED = 2000


@dataclass
class Figures:
    """What came out."""

    events: int
    """queued"""
    book_before_ms: float
    """median of book() with an empty queue"""
    book_behind_ms: float
    """median of book() behind the queue"""
    slowest_ms: float
    """the slowest of those"""
    retention_ms: float
    """one run of retention behind the queue"""
    look_ms: float
    """the watch gathers health behind the queue"""
    queued: int
    """as the box tells it at the end of the outage"""
    drained: list[int]
    """sequences of the first events after the outage, in the order in which they went out"""
    alerts: list[str]
    """opened in the outage, in order"""
    told: list[str]
    """reasons of the office's follow-ups"""
    closed: bool
    """the alert of the queue is over once the queue is"""


class Wire:
    """A broker that acknowledges at once."""

    def __init__(self) -> None:
        self.sent = 0
        self.sequences: list[int] = []

    def publish(self, _topic: str, payload: bytes, **_: object) -> int:
        document = json.loads(payload) if payload else {}
        if "sequence" in document:
            self.sequences.append(document["sequence"])
        self.sent += 1
        return self.sent

    def take_acknowledged(self) -> set[int]:
        return set(range(max(1, self.sent - 100), self.sent + 1))


def book_ms(store: Store, now: datetime) -> list[float]:
    """How long bookings take; each is cancelled again."""
    took = []
    for n in range(BOOKINGS):
        began = time.perf_counter()
        booked = store.book(draft(), f"call-{now:%d%H}-{n}", now=now)
        took.append((time.perf_counter() - began) * 1000)
        appointment = booked.appointment
        store.cancel(appointment.uid, appointment.revision, f"call-{now:%d%H}-{n}", now=now)
    return took


def queue_up(store: Store, events: int, start: datetime, end: datetime) -> None:
    """Events of a busy office, spread evenly; a thousand in a transaction to save time."""
    step = (end - start) / events
    for first in range(0, events, 1000):
        with store._db.transaction() as tx:
            for n in range(first, min(events, first + 1000)):
                after: dict[str, Any] = {"id": str(n), "text": "x" * 300}
                outbox.add(
                    tx,
                    "message.taken",
                    now=start + n * step,
                    uid=str(uuid.UUID(int=n)),
                    after=after,
                )


def timed_ms(work: Any) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def run(folder: Path, events: int) -> Figures:
    """Everything, in a folder of its own."""
    paths = Paths.from_environment({"NIGHTPORTER_HOME": str(folder)})
    paths.make_folders()
    settings = load_settings(SAMPLE)
    store = Store.open(paths.database, settings)
    disk = {"disk_free_mb": 20_000, "disk_free_percent": 60, "memory_free_mb": 500, "up_s": 1.0}
    place = Place(paths, settings, store, lambda: False, lambda: disk)
    watch = Watch(place, lambda _: None)
    watch.examine(NOW, 0.0)
    before = book_ms(store, NOW)
    drain_all(store, NOW)
    last = store.position().sent
    look = []
    for hour in range(LOOKS):
        start = NOW + timedelta(hours=hour)
        queue_up(store, events // LOOKS, start, start + timedelta(hours=1))
        if hour == 2 * LOOKS // DAYS:
            disk |= {"disk_free_mb": 300, "disk_free_percent": 1}
        end = start + timedelta(hours=1)
        look.append(timed_ms(lambda end=end, hour=hour: watch.examine(end, 3600.0 * (hour + 1))))
    end = NOW + timedelta(days=DAYS)
    queued = store.outbox_state(now=end).queued
    behind = book_ms(store, end)
    retention = timed_ms(lambda: store.run_retention(now=end))
    alerts = [row.kind for row in store.untold_alerts()]
    told = [task.reason for task in store.open_follow_ups()]
    drained = drain_some(store, end, SAMPLE_DRAINED)
    assert drained[0] == last + 1, "the oldest is still there and goes out first"
    with store._db.transaction() as tx:  # the rest of it, which takes the broker's time, not ours
        tx.run("UPDATE outbox SET sent_at = ? WHERE sent_at IS NULL", (utc_text(end),))
    for minute in range(3):
        watch.examine(end + timedelta(minutes=minute), 3600.0 * LOOKS + 60 * minute)
    closed = "outbox-stuck" not in {row.kind for row in store.open_alerts()}
    store.close()
    return Figures(
        events, statistics.median(before), statistics.median(behind), max(behind), retention,
        look[-1], queued, drained, alerts, told, closed,
    )  # fmt: skip


def drain_some(store: Store, now: datetime, count: int) -> list[int]:
    wire, drain = Wire(), Drain(store, Topics("hillside", "front-desk"))
    while len(wire.sequences) < count and drain.turn(wire, now):
        pass
    return wire.sequences


def drain_all(store: Store, now: datetime) -> None:
    wire, drain = Wire(), Drain(store, Topics("hillside", "front-desk"))
    while drain.turn(wire, now):
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    events = parser.parse_args().events
    with tempfile.TemporaryDirectory(prefix="nightporter-outage-") as folder:
        began = time.monotonic()
        found = run(Path(folder), events)
        size = (Path(folder) / "state" / "nightporter.db").stat().st_size / 2**20
    in_order = found.drained == list(range(found.drained[0], found.drained[0] + len(found.drained)))
    print(f"three days without a broker, {found.events} events, {size:.0f} MiB of database")
    print(f"  a booking before       {found.book_before_ms:8.1f} ms")
    print(
        f"  a booking behind them  {found.book_behind_ms:8.1f} ms (slowest {found.slowest_ms:.1f})"
    )
    print(f"  ratio                  {found.book_behind_ms / found.book_before_ms:8.2f}")
    print(f"  retention, one batch   {found.retention_ms:8.1f} ms")
    print(f"  health gathered        {found.look_ms:8.1f} ms")
    print(f"  first {len(found.drained)} after it    {'in order' if in_order else 'OUT OF ORDER'}")
    print(f"  alerts                 {', '.join(found.alerts)}")
    print(f"  the office's list      {', '.join(sorted(set(found.told)))}")
    print(f"  all in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
