"""The integrator's library: exactly once in effect, in order, whatever the wire does."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sync.consumer import Consumer, NotAnEvent, Result


def event(sequence: int, previous: int | None = None, stream: str = "s") -> bytes:
    body = {
        "version": 1, "id": f"{stream}-{sequence}", "type": "message.taken", "stream": stream,
        "source": "nightporter/v1/a/b", "sequence": sequence,
        "previous": sequence - 1 if previous is None else previous,
    }  # fmt: skip
    return json.dumps(body).encode()


def opened(path: Path | str = ":memory:") -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS done (stream, sequence)")
    return db


def write(db: sqlite3.Connection, body: dict[str, Any]) -> None:
    db.execute("INSERT INTO done VALUES (?, ?)", (body["stream"], body["sequence"]))


def done(db: sqlite3.Connection, stream: str = "s") -> list[int]:
    rows = db.execute("SELECT sequence FROM done WHERE stream = ? ORDER BY rowid", (stream,))
    return [row[0] for row in rows]


@pytest.fixture
def db() -> sqlite3.Connection:
    return opened()


def test_a_repeated_event_is_applied_once(db: sqlite3.Connection) -> None:
    consumer = Consumer(db, write)
    assert [consumer.take(event(1)).result for _ in range(3)] == [
        Result.APPLIED,
        Result.REPEATED,
        Result.REPEATED,
    ]
    assert done(db) == [1]


def test_an_early_event_waits_and_what_is_missing_is_asked_for_once(db: sqlite3.Connection) -> None:
    consumer = Consumer(db, write)
    consumer.take(event(1))
    early = consumer.take(event(4))
    assert early.result is Result.WAITING
    assert early.replay_topic == "nightporter/v1/a/b/in/replay"
    assert early.replay is not None and json.loads(early.replay)["fromSequence"] == 2
    assert consumer.take(event(5)).replay is None
    assert consumer.take(event(3)).replay is not None, "a new gap before the first one"
    assert done(db) == [1]
    last = consumer.take(event(2))
    assert (last.result, last.applied) == (Result.APPLIED, 4)
    assert done(db) == [1, 2, 3, 4, 5]
    assert consumer.replays() == []


def test_what_is_missing_can_be_asked_for_again_after_a_crash(tmp_path: Path) -> None:
    db = opened(tmp_path / "c.db")
    Consumer(db, write).take(event(3))
    db.close()
    [(topic, payload)] = Consumer(opened(tmp_path / "c.db"), write).replays()
    assert topic == "nightporter/v1/a/b/in/replay"
    assert json.loads(payload)["fromSequence"] == 1


def test_what_the_box_no_longer_keeps_is_not_waited_for_but_listed(db: sqlite3.Connection) -> None:
    consumer = Consumer(db, write)
    consumer.take(event(1))
    consumer.take(event(7, previous=6))
    assert consumer.take(event(5, previous=1)).result is Result.APPLIED
    assert consumer.lost() == [("s", 2, 4)]
    consumer.take(event(6))
    assert done(db) == [1, 5, 6, 7]


def told(sequence: int, oldest: int = 1) -> bytes:
    body = {"version": 1, "stream": "s", "source": "nightporter/v1/a/b"}
    return json.dumps(body | {"sequence": sequence, "oldest": oldest}).encode()


def test_the_last_events_that_got_lost_are_asked_for(db: sqlite3.Connection) -> None:
    consumer = Consumer(db, write)
    assert consumer.take_position(told(0)).replay is None
    for n in (1, 2):
        consumer.take(event(n))
    assert consumer.take_position(told(2)).result is Result.REPEATED
    behind = consumer.take_position(told(5))
    assert behind.replay is not None and json.loads(behind.replay)["fromSequence"] == 3


def test_what_is_no_longer_kept_at_the_end_is_listed_and_waiting_events_go_on(
    db: sqlite3.Connection,
) -> None:
    consumer = Consumer(db, write)
    consumer.take(event(1))
    consumer.take(event(7))
    took = consumer.take_position(told(8, oldest=7))
    assert (took.applied, consumer.lost()) == (1, [("s", 2, 6)])
    assert took.replay is not None and json.loads(took.replay)["fromSequence"] == 8
    assert done(db) == [1, 7]


def test_the_position_of_an_unknown_stream_begins_where_it_should(db: sqlite3.Connection) -> None:
    assert Consumer(db, write, from_start=False).take_position(told(9)).replay is None
    assert Consumer(opened(), write).take_position(told(9)).replay is not None
    kept = Consumer(opened(), write)
    request = kept.take_position(told(9, oldest=5)).replay
    assert request is not None and json.loads(request)["fromSequence"] == 5
    assert kept.lost() == []


def test_streams_of_several_boxes_do_not_mix(db: sqlite3.Connection) -> None:
    consumer = Consumer(db, write)
    for stream in ("a", "b"):
        consumer.take(event(1, stream=stream))
    consumer.take(event(3, stream="a"))
    consumer.take(event(2, stream="b"))
    assert (done(db, "a"), done(db, "b")) == ([1], [1, 2])


def test_a_consumer_that_comes_later_may_begin_with_what_it_sees(db: sqlite3.Connection) -> None:
    consumer = Consumer(db, write, from_start=False)
    assert consumer.take(event(500)).result is Result.APPLIED
    assert consumer.take(event(499)).result is Result.REPEATED
    assert consumer.lost() == []


def test_if_applying_fails_nothing_is_noted_and_it_comes_again(db: sqlite3.Connection) -> None:
    def broken(db: sqlite3.Connection, body: dict[str, Any]) -> None:
        write(db, body)
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        Consumer(db, broken).take(event(1))
    assert done(db) == []
    assert Consumer(db, write).take(event(1)).result is Result.APPLIED
    assert done(db) == [1]


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"version":2}',
        json.dumps(json.loads(event(1)) | {"sequence": "1"}).encode(),
        json.dumps(json.loads(event(1)) | {"sequence": True}).encode(),
        json.dumps(json.loads(event(1)) | {"previous": 1}).encode(),
        json.dumps(json.loads(event(1)) | {"previous": -1}).encode(),
        json.dumps({k: v for k, v in json.loads(event(1)).items() if k != "id"}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_event_is_named_and_changes_nothing(
    db: sqlite3.Connection, payload: bytes
) -> None:
    with pytest.raises(NotAnEvent):
        Consumer(db, write).take(payload)
    assert db.execute("SELECT count(*) FROM nightporter_streams").fetchone() == (0,)


def test_a_connection_that_begins_transactions_by_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="isolation_level"):
        Consumer(sqlite3.connect(":memory:"), write)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.randoms(use_true_random=False), st.floats(0, 0.5))
def test_any_order_repetition_and_failure_gives_each_event_once_in_order(
    count: int, rng: random.Random, failing: float
) -> None:
    db = opened()

    def sometimes(db: sqlite3.Connection, body: dict[str, Any]) -> None:
        write(db, body)
        if rng.random() < failing:
            raise RuntimeError

    wire = [event(n) for n in range(1, count + 1)] * 3
    rng.shuffle(wire)
    while wire:
        payload = wire.pop()
        try:
            Consumer(db, sometimes).take(payload)
        except RuntimeError:
            wire.insert(rng.randint(0, len(wire)), payload)  # not acknowledged: it comes again
    assert done(db) == list(range(1, count + 1))


CONSUMER = """
import sqlite3, sys
from gateway.sync.consumer import Consumer
from tests.sync.test_consumer import opened, write
consumer = Consumer(opened(sys.argv[1]), write)
for line in sys.stdin.buffer:
    consumer.take(line.strip())
    print("ack", flush=True)
"""


@pytest.mark.processes
def test_a_consumer_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    path, rng, position = tmp_path / "c.db", random.Random(3), 0
    opened(path).close()
    for kill in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", CONSUMER, str(path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as process:  # fmt: skip
            assert process.stdin is not None and process.stdout is not None
            for _ in range(rng.randint(1, 30)):
                process.stdin.write(event(position + 1) + b"\n")
                process.stdin.flush()
                if rng.random() < 0.9:
                    if not process.stdout.readline():
                        break
                    position += 1
                else:
                    break  # killed between the write and the acknowledgement
            process.kill()
        db = opened(path)
        assert done(db) in (list(range(1, position + 1)), list(range(1, position + 2))), kill
        db.close()
