"""The outbox reaches a real broker: in order, at least once, after any outage."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gateway.appointments.records import NoteDraft
from gateway.contract.service import read_status
from gateway.sync.topics import Topics
from tests.store.office import NOW, draft, later, slot
from tests.sync.broker import Mosquitto, Observer, until
from tests.sync.conftest import Box

pytestmark = pytest.mark.processes


TOPICS = Topics("hillside", "front-desk")


def fill(box: Box, notes: int) -> int:
    """Two events a note; gives the number of all events so far."""
    for _ in range(notes):
        call = f"call-{uuid.uuid4()}"
        box.store.note(NoteDraft("a note", "caller-asked"), call, now=datetime.now(UTC))
    with box.store._db.reading() as reader:
        return int(reader.value("SELECT max(sequence) FROM outbox") or 0)


def first_times(bodies: list[dict[str, Any]]) -> list[int]:
    """Sequences in the order in which each was first seen."""
    return list(dict.fromkeys(body["sequence"] for body in bodies))


def test_a_booking_is_on_the_wire_as_event_and_retained_document(
    box: Box, observer: Observer
) -> None:
    box.start()
    until(lambda: observer.bodies("/state"))
    booked = box.store.book(draft(), "call-1", now=NOW)
    until(lambda: observer.bodies("/event/appointment.booked"))
    uid = booked.appointment.uid
    [event] = observer.bodies("/event/")
    assert (event["sequence"], event["uid"], event["before"]) == (1, uid, None)
    assert event["source"] == "nightporter/v1/hillside/front-desk"
    assert event["stream"] == box.store.stream()
    assert event["after"]["client"]["name"] == "Anna Brown"
    until(lambda: box.store.next_events(1) == [])
    late = Observer(observer.port, "late")
    until(lambda: late.bodies("/booking/"))
    topic, body, retained = next(entry for entry in late.seen if "/booking/" in entry[0])
    assert topic == f"nightporter/v1/hillside/front-desk/booking/{uid}" and retained
    assert body["appointment"] == event["after"]
    assert late.bodies("/event/") == []
    late.stop()
    attributes = {"id": event["id"], "type": "appointment.booked", "specversion": "1.0"}
    assert any(attributes.items() <= given.items() for given in observer.properties)


def test_what_retention_erases_is_erased_at_the_broker(box: Box, observer: Observer) -> None:
    box.start()
    box.store.book(draft(), "call-1", now=NOW)
    until(lambda: observer.bodies("/booking/"))
    until(lambda: box.store.next_events(1) == [])
    box.store.run_retention(now=later(days=3000))
    until(lambda: observer.bodies("/event/appointment.erased"))
    until(lambda: observer.bodies("/booking/")[-1] is None)
    late = Observer(observer.port, "late")
    until(lambda: late.bodies("/state"))
    assert late.bodies("/booking/") == []
    late.stop()


def test_a_broker_that_was_away_gets_everything_in_order(
    box: Box, broker: Mosquitto, observer: Observer
) -> None:
    broker.stop()  # with the observer's session on disk
    box.start()
    events = fill(box, 60)
    until(
        lambda: (
            (s := read_status(box.paths, "sync"))
            and s["queued"] == events
            and s["connected"] is False
            and s["oldest_s"] > 0
        )
    )
    broker.start()
    until(lambda: len(first_times(observer.bodies("/event/"))) == events)
    assert first_times(observer.bodies("/event/")) == list(range(1, events + 1))
    until(lambda: (s := read_status(box.paths, "sync")) and s["connected"] and not s["queued"])


def test_a_killed_sync_goes_on_where_it_was_and_repeats_with_the_same_ids(
    box: Box, observer: Observer
) -> None:
    events, enough = 0, (20, 60, 30, 50, 40)
    for more in enough:  # there is always more to send when it is killed
        events = fill(box, more)
        seen = len(first_times(observer.bodies("/event/")))
        box.start()
        until(lambda to=seen + more: len(first_times(observer.bodies("/event/"))) > to, 240.0)  # type: ignore[misc]
        box.kill()
    box.start()
    until(lambda: len(first_times(observer.bodies("/event/"))) == events, 240.0)
    bodies = observer.bodies("/event/")
    assert first_times(bodies) == list(range(1, events + 1)), "order of first arrivals"
    ids = {body["sequence"]: body["id"] for body in bodies}
    assert all(ids[body["sequence"]] == body["id"] for body in bodies)
    assert len(set(ids.values())) == events


def test_a_killed_broker_loses_nothing_and_keeps_the_order(
    box: Box, broker: Mosquitto, observer: Observer
) -> None:
    events = 0
    box.start()
    for _ in range(3):  # each time there is something new: the rest may die with the broker
        before = len(observer.bodies("/event/"))
        events = fill(box, 60)
        until(lambda before=before: len(observer.bodies("/event/")) > before + 20, 240.0)  # type: ignore[misc]
        broker.kill()
        time.sleep(0.3)
        broker.start()
    until(lambda: box.store.next_events(1) == [], 240.0)
    numbers = [body["sequence"] for body in observer.bodies("/event/")]
    steps_back = sum(later < earlier for earlier, later in pairwise(numbers))
    assert steps_back <= 6, "only what was in flight is repeated"
    assert first_times(observer.bodies("/event/"))[: len(set(numbers))] == sorted(set(numbers))
    # What the broker had acknowledged and not yet written died with it: a reader asks again.
    asked = 0

    def all_there() -> bool:
        nonlocal asked
        if len(first_times(observer.bodies("/event/"))) == events:
            return True
        if observer.client.is_connected() and time.monotonic() > drained + 3 * (asked + 1):
            asked += 1
            ask = {"version": 1, "id": f"again-{asked}", "stream": box.store.stream()}
            observer.send(TOPICS.into("replay"), ask | {"fromSequence": 1})
        return False

    drained = time.monotonic()
    until(all_there, 240.0)


def test_without_a_broker_in_the_settings_it_idles_happily(tmp_path: Path) -> None:
    alone = Box(tmp_path / "home", None)
    alone.start()
    found: list[dict[str, Any] | None] = []

    def said() -> dict[str, Any] | None:
        found.append(read_status(alone.paths, "sync"))
        return found[-1] if found[-1] and "configured" in found[-1] else None

    until(said)
    status = found[-1]
    assert status is not None
    assert (status["ready"], status["configured"], status["connected"]) == (True, False, False)
    assert alone.stop() == 0
    assert read_status(alone.paths, "sync") is None
    alone.store.close()


def test_many_bookings_flow_while_calls_go_on(box: Box, observer: Observer) -> None:
    box.start()
    until(lambda: observer.bodies("/state"))
    for n in range(28):
        box.store.book(draft(slot(8 + n // 4, n % 4 * 15, minutes=15)), f"call-{n}", now=NOW)
    until(lambda: len(observer.bodies("/event/")) == 28)
    assert first_times(observer.bodies("/event/")) == list(range(1, 29))
