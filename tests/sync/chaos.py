"""Chaos between box and office: a bad relay, and box, broker and consumer killed at random.

python -m tests.sync.chaos --events 100000 --kills 100 --seed 1
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.appointments.records import Draft, Slot
from gateway.errors import SlotTaken
from gateway.store.store import Store
from tests.sync.broker import Mosquitto
from tests.sync.conftest import Box
from tests.sync.relay import Relay

WRITER_RESTS_S = 0.001
"""SQLite's lock is not fair: without a pause the writer would keep it for itself."""
PATIENCE_S = 120.0
"""After the last kill everything must be equal within this, and 2 ms for each event."""
SAVES = 200
"""Mosquitto writes its whole database each time: a save for each event would take most of a long
run, and a broker that is killed would forget nothing. It saves once in events / SAVES changes."""
TELL_S = 10.0
"""Between two lines of progress."""


@dataclass
class Figures:
    """What happened."""

    events: int
    kills: dict[str, int]
    repeated: int
    delayed: int
    cuts: int
    seconds: float
    after_last_kill_s: float


class Chaos:
    """One run."""

    def __init__(self, folder: Path, events: int, kills: int, seed: int) -> None:
        self.rng = random.Random(seed)
        self.events, self.kills = events, kills
        saves = f"autosave_interval {max(1, events // SAVES)}\n"
        self.broker = Mosquitto(folder / "broker", extra=saves).start()
        self.relay = Relay(
            self.broker.port, random.Random(seed + 1), repeat=0.02, delay=0.02, cut=0.0005
        )
        self.box = Box(folder / "home", self.relay.port)
        self.office = folder / "office.db"
        self.consumer: subprocess.Popen[bytes] | None = None
        self._failed: Exception | None = None
        self.done = {"box": 0, "broker": 0, "consumer": 0}
        self._started = self._told = time.monotonic()

    def run(self) -> Figures:
        """Until all tables are equal, or AssertionError."""
        self._started = self._told = time.monotonic()
        self.box.start()
        self._start_consumer()
        writer = threading.Thread(target=self._write, daemon=True)
        writer.start()
        for number in range(self.kills):
            self._wait_for((number + 1) * self.events // (self.kills + 1))
            self._kill()
            if self._failed is not None:
                raise self._failed
        writer.join()
        calm = time.monotonic()
        patience = PATIENCE_S + self.events * 0.002
        while not self._is_whole():
            assert time.monotonic() - calm < patience, self._difference()
            self._tell(self._arrived())
            time.sleep(0.2)
        ended = time.monotonic()
        self._check()
        return Figures(
            self.events, self.done, self.relay.repeated, self.relay.delayed, self.relay.cuts,
            round(ended - self._started, 1), round(ended - calm, 1),
        )  # fmt: skip

    def close(self) -> None:
        """End what was started."""
        for process in (self.consumer, self.box.process):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait(10)
        self.relay.stop()
        self.broker.kill()
        self.box.store.close()

    def _write(self) -> None:
        try:
            self._write_events()
        except Exception as error:  # noqa: BLE001 - ends the run, in the main thread
            self._failed = error

    def _write_events(self) -> None:
        store = Store(self.box.store._db, self.box.store._settings)
        written, call = 0, 0
        while written < self.events:
            call += 1
            for step in self._calls_life(store, call):
                try:
                    step()
                except SlotTaken:
                    break  # the next call
                written += 1
                time.sleep(WRITER_RESTS_S)
                if written >= self.events:
                    break

    def _calls_life(self, store: Store, call: int) -> list[Callable[[], object]]:
        """Book, move, cancel, restore: one event each."""
        now, rng = datetime.now(UTC), self.rng
        day = now.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
        first = Slot(
            day + timedelta(days=rng.randint(2, 700), minutes=15 * call % 1440), 15, "weber"
        )
        second = Slot(first.start + timedelta(days=1000), 15, "patel")
        name = f"call-{call}"
        made: list[str] = []

        def book() -> None:
            booked = store.book(Draft("check-up", first, "A", "+12125550123"), name, now=now)
            made.append(booked.appointment.uid)

        return [
            book,
            lambda: made and store.move(made[0], 0, second, name, now=now),
            lambda: made and store.cancel(made[0], 1, name, now=now),
            lambda: made and store.undo_cancel(made[0], by="anna", now=now),
        ]

    def _kill(self) -> None:
        victim = self.rng.choice(["box", "broker", "consumer"])
        self.done[victim] += 1
        if victim == "box":
            self.box.kill()
            self.box.start()
        elif victim == "broker":
            self.broker.kill()
            time.sleep(self.rng.random())
            self.broker.start()
        else:
            assert self.consumer is not None
            self.consumer.kill()
            self.consumer.wait(60)
            self._start_consumer()

    def _start_consumer(self) -> None:
        self.consumer = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.office_consumer", str(self.office),
             str(self.relay.port)]
        )  # fmt: skip

    def _wait_for(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while (arrived := self._arrived()) < count and not self._failed:
            if time.monotonic() > deadline:
                return
            self._tell(arrived)
            time.sleep(0.05)

    def _tell(self, arrived: int) -> None:
        """Progress, with what is left at the pace of this run so far."""
        now = time.monotonic()
        if now - self._told < TELL_S:
            return
        self._told = now
        left_s = (now - self._started) * (self.events - arrived) / max(1, arrived)
        kills = sum(self.done.values())
        print(
            f"{now - self._started:,.0f} s: {arrived:,} of {self.events:,} events arrived, "
            f"{kills} of {self.kills} kills, about {max(0.0, left_s):,.0f} s left",
            file=sys.stderr, flush=True,
        )  # fmt: skip

    def _arrived(self) -> int:
        try:
            db = sqlite3.connect(self.office, timeout=5)
            return int(db.execute("SELECT count(*) FROM seen").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # it has not yet made its tables
        finally:
            db.close()

    def _sent(self) -> int:
        with self.box.store._db.reading() as reader:
            return int(reader.value("SELECT max(sequence) FROM outbox") or 0)

    def _is_whole(self) -> bool:
        return self._arrived() >= self._sent() and not self.box.store.next_events(1)

    def _difference(self) -> str:
        return f"{self._sent()} sent, {self._arrived()} arrived"

    def _check(self) -> None:
        """All tables equal: each event once and in order, each booking as the box has it."""
        db = sqlite3.connect(self.office)
        seen = db.execute("SELECT sequence, id FROM seen ORDER BY rowid").fetchall()
        with self.box.store._db.reading() as reader:
            sent = reader.rows("SELECT sequence, id FROM outbox ORDER BY sequence")
            rows = reader.rows("SELECT uid, revision, status, start FROM appointments")
        assert seen == [(row["sequence"], row["id"]) for row in sent]
        theirs = db.execute("SELECT uid, revision, status, start FROM bookings").fetchall()
        assert sorted(theirs) == sorted(tuple(row.values()) for row in rows)
        assert db.execute("SELECT count(*) FROM nightporter_lost").fetchone() == (0,)
        assert self.box.store.verify_journal() == len(sent)
        db.close()


def main() -> None:
    """Print the figures as JSON; exit status 1 when the tables differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        chaos = Chaos(Path(folder), options.events, options.kills, options.seed)
        try:
            print(json.dumps(vars(chaos.run()) | {"seed": options.seed}, indent=2))
        finally:
            chaos.close()


if __name__ == "__main__":
    main()
