"""In and out through a real broker: staff's word arrives, gaps are mended, TLS is TLS."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.appointments.records import NoteDraft, Slot
from gateway.contract.service import read_status
from gateway.contract.settings import Broker
from gateway.errors import SyncError
from gateway.sync.connection import Address, Connection, Will
from gateway.sync.consumer import Consumer
from gateway.sync.topics import Topics
from tests.sync.broker import Mosquitto, Observer, until
from tests.sync.conftest import Box
from tests.sync.test_consumer import done, opened, write
from tests.sync.test_inbound import envelope

pytestmark = pytest.mark.processes
TOPICS = Topics("hillside", "front-desk")


def soon(days: int = 3) -> datetime:
    """Ten o'clock UTC in some days, when nothing else is in the book."""
    day = datetime.now(UTC).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, 15, tzinfo=UTC)


def busy_now(box: Box) -> list[Any]:
    today = datetime.now(UTC).date()
    return box.store.busy(today, today + timedelta(days=30), now=datetime.now(UTC))


def snapshot(sequence: int, *starts: datetime) -> dict[str, Any]:
    times = [
        {
            "uid": f"e{n}",
            "start": start.isoformat().replace("+00:00", "Z"),
            "end": (start + timedelta(hours=1)).isoformat().replace("+00:00", "Z"),
        }
        for n, start in enumerate(starts)
    ]
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return envelope(sequence, id=f"snap-{sequence}", snapshot=times, asOf=at)


def test_an_entry_in_the_calendar_blocks_within_seconds(box: Box, observer: Observer) -> None:
    box.start()
    until(lambda: observer.bodies("/state"))
    took = []
    for number in (1, 3, 5, 7):  # a busy machine is late once, a fault of ours each time
        sent = time.monotonic()
        observer.send(TOPICS.into("busy/weber"), snapshot(number, soon()))
        until(lambda: busy_now(box))
        took.append(time.monotonic() - sent)
        if took[-1] < 10:
            return
        observer.send(TOPICS.into("busy/weber"), snapshot(number + 1))
        until(lambda: not busy_now(box))
    raise AssertionError(took)


def test_what_staff_said_while_the_box_was_off_waits_at_the_broker(
    box: Box, observer: Observer, broker: Mosquitto
) -> None:
    box.start()
    until(lambda: observer.bodies("/state"))
    until(lambda: (s := read_status(box.paths, "sync")) and s["connected"])
    box.kill()
    observer.send(TOPICS.into("busy/weber"), snapshot(1, soon()))
    observer.send(TOPICS.into("busy/weber"), snapshot(2, soon(), soon(4)))
    broker.stop()
    broker.start()
    box.start()
    until(lambda: len(busy_now(box)) == 2)
    assert box.store.inbox_counts() == {"applied": 2}


def test_a_refusal_is_told_and_counted(box: Box, observer: Observer) -> None:
    box.start()
    until(lambda: observer.bodies("/state"))
    observer.send(TOPICS.into("busy/weber"), b'{"version":1,"version":1}')
    observer.send(TOPICS.into("busy/weber"), b"x" * 10_000_000)
    observer.send(TOPICS.into("busy/weber"), snapshot(1, soon()))
    until(lambda: len(observer.bodies("/refused")) == 2)
    assert [r["code"] for r in observer.bodies("/refused")] == ["duplicate-key", "too-large"]
    until(lambda: busy_now(box))
    until(lambda: (s := read_status(box.paths, "sync")) and s["refused"] == 2)
    box.kill()
    box.start()
    observer.send(TOPICS.into("busy/weber"), snapshot(2, soon(), soon(4)))
    until(lambda: len(busy_now(box)) == 2)
    assert box.store.inbox_counts() == {"refused": 2, "applied": 2}, "acknowledged: not again"


def test_a_consumer_that_missed_events_asks_for_them_and_gets_them(
    box: Box, observer: Observer, tmp_path: Path
) -> None:
    for n in range(20):
        box.store.note(NoteDraft(f"n{n}", "caller-asked"), f"c{n}", now=datetime.now(UTC))
    box.start()
    until(lambda: {body["sequence"] for body in observer.bodies("/event/")} == set(range(1, 41)))
    until(lambda: not box.store.next_events(1))
    first = len(observer.bodies("/event/"))
    db = opened(tmp_path / "c.db")
    consumer = Consumer(db, write)
    for body in [b for b in observer.bodies("/event/") if not 5 <= b["sequence"] <= 30]:
        took = consumer.take(json.dumps(body).encode())
        if took.replay is not None:
            observer.send(took.replay_topic, took.replay)
    again = set(range(5, 41))
    until(lambda: {body["sequence"] for body in observer.bodies("/event/")[first:]} >= again)
    for body in observer.bodies("/event/")[first:]:
        consumer.take(json.dumps(body).encode())
    assert done(db, box.store.stream()) == list(range(1, 41))


def test_a_consumer_on_the_box_s_own_connection_class_acknowledges_after_its_commit(
    box: Box, broker: Mosquitto, tmp_path: Path
) -> None:
    """The example of docs: connect, take, acknowledge; killed in between, it comes again."""
    db = opened(tmp_path / "c.db")
    consumer = Consumer(db, write)
    table = Broker(host="127.0.0.1", port=broker.port)
    address = Address(table, "integrator", subscriptions=("nightporter/v1/+/+/event/#",))

    def listen(acknowledge: bool, events: int) -> None:
        connection = Connection(address, Will("integrator/state", b""))
        connection.open()
        taken, deadline = 0, time.monotonic() + 120
        while taken < events and time.monotonic() < deadline:
            connection.turn(0.1)
            while (message := connection.take_message()) is not None:
                consumer.take(message.payload)
                taken += 1
                if acknowledge:
                    connection.acknowledge(message)
        assert taken >= events
        connection.turn(0.1)
        connection.drop()

    subscribed = Connection(address, Will("integrator/state", b""))
    subscribed.open()
    subscribed.drop()
    for n in range(5):
        box.store.note(NoteDraft(f"n{n}", "caller-asked"), f"c{n}", now=datetime.now(UTC))
    box.start()
    listen(False, 10)
    listen(True, 10)
    assert done(db, box.store.stream()) == list(range(1, 11))


def test_a_booking_made_while_the_box_was_offline_yields_to_staff(
    box: Box, observer: Observer, broker: Mosquitto
) -> None:
    from gateway.appointments.records import Draft, Status

    start = box.store._book.local(soon())
    broker.kill()
    draft = Draft("check-up", Slot(start, 30, "weber"), "Anna Brown", "+12125550123")
    uid = box.store.book(draft, "call-1", now=datetime.now(UTC)).appointment.uid
    broker.start()
    box.start()
    until(lambda: observer.bodies("/event/appointment.booked"))
    word = {
        "version": 1, "id": "w", "appointment": {
            "uid": "staff-1", "sequence": 0, "updated": snapshot(1)["asOf"],
            "start": start.isoformat(), "timeZone": "America/New_York", "duration": "PT1H",
            "practitioner": "weber", "client": {"name": "Bob"},
        },
    }  # fmt: skip
    observer.send(TOPICS.into("appointment"), word)
    until(lambda: observer.bodies("/event/appointment.displaced"))
    until(lambda: observer.bodies("/event/follow-up.opened"))
    until(lambda: len(observer.bodies("/event/appointment.booked")) == 2)
    assert box.store.appointment(uid).status is Status.CANCELLED
    task = observer.bodies("/event/follow-up.opened")[-1]["after"]
    assert task["reason"] == "conflict" and "Anna Brown" in task["text"] and "Bob" in task["text"]
    documents = {b["appointment"]["uid"]: b["appointment"] for b in observer.bodies("/booking/")}
    assert documents[uid]["status"] == "cancelled"
    assert documents["staff-1"]["status"] == "confirmed"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for ca in ("ca", "stranger"):
        openssl("req", "-x509", *curve, "-keyout", f"{ca}.key", "-out", f"{ca}.pem",
                "-subj", f"/CN={ca}", "-days", "2")  # fmt: skip
    for name, ca in (("server", "ca"), ("box", "ca"), ("intruder", "stranger")):
        openssl("req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/CN={name}")  # fmt: skip
        (folder / "ext").write_text("subjectAltName=IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
                "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile", "ext",
                )  # fmt: skip
    return folder


@pytest.fixture
def secure(tmp_path: Path, certificates: Path) -> Iterator[Mosquitto]:
    c = certificates
    extra = f"cafile {c}/ca.pem\ncertfile {c}/server.pem\nkeyfile {c}/server.key\n"
    broker = Mosquitto(tmp_path / "b", extra + "require_certificate true\n").start()
    yield broker
    broker.kill()


def connect(
    port: int, folder: Path, who: str | None, ca: str = "ca", host: str = "127.0.0.1"
) -> None:
    table = Broker(
        host=host, port=port, tls=True, ca=f"{folder}/{ca}.pem",
        certificate=f"{folder}/{who}.pem" if who else None,
        key=f"{folder}/{who}.key" if who else None,
    )  # fmt: skip
    connection = Connection(Address(table, "box", subscriptions=("a/#",)), Will("x", b""))
    try:
        connection.open()
    finally:
        connection.drop()


def test_tls_with_a_client_certificate(secure: Mosquitto, certificates: Path) -> None:
    connect(secure.port, certificates, "box")


@pytest.mark.parametrize("who", [None, "intruder"])
def test_tls_without_the_right_client_certificate_is_refused(
    secure: Mosquitto, certificates: Path, who: str | None
) -> None:
    with pytest.raises(SyncError):
        connect(secure.port, certificates, who)


def test_a_broker_with_a_foreign_certificate_or_name_is_not_talked_to(
    secure: Mosquitto, certificates: Path
) -> None:
    with pytest.raises(SyncError, match=r"(?i)certificate verify failed"):
        connect(secure.port, certificates, "box", ca="stranger")
    with pytest.raises(SyncError, match=r"(?i)hostname mismatch|not valid for"):
        connect(secure.port, certificates, "box", host="localhost")


def test_a_plain_listener_is_not_talked_to_with_tls(broker: Mosquitto, certificates: Path) -> None:
    with pytest.raises(SyncError):
        connect(broker.port, certificates, "box")


def test_a_certificate_file_that_is_missing_is_named(certificates: Path) -> None:
    table = Broker(host="127.0.0.1", port=1, tls=True, ca=f"{certificates}/none.pem")
    with pytest.raises(SyncError, match="No such file"):
        Connection(Address(table, "box"), Will("x", b"")).open()
