"""The retained state of the box tells the truth, even when an old will comes late."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.contract.service import Service
from gateway.sync.backoff import LONGEST_S, Backoff
from gateway.sync.state import Session, State, state_of
from tests.store.office import NOW
from tests.sync.broker import Mosquitto, Observer, until
from tests.sync.conftest import Box

STATE = "nightporter/v1/hillside/front-desk/state"
LIVE = {"ready": True}


def states(observer: Observer) -> list[str]:
    return [body["state"] for body in observer.bodies("/state")]


@pytest.mark.processes
def test_state_follows_the_life_of_the_box(box: Box, observer: Observer) -> None:
    box.start()
    until(lambda: "init" in states(observer))
    programs = [Service(name, box.paths) for name in ("line", "gateway", "models")]
    for program in programs:
        program.ready()

    def said_by_live_programs() -> str:
        for program in programs:
            program.write_status()
        return states(observer)[-1]

    until(lambda: said_by_live_programs() == "ready")
    assert box.stop() == 0
    until(lambda: states(observer)[-1] == "disconnected")
    box.start()
    until(lambda: states(observer)[-1] in ("init", "ready"))
    box.kill()
    until(lambda: states(observer)[-1] == "lost")
    said = [(body["connection"], body["state"]) for body in observer.bodies("/state")]
    numbers = [number for number, _ in said]
    assert numbers == sorted(numbers)
    [left] = [number for number, state in said if state == "disconnected"]
    assert said[-1][0] > left, "a new life has a new number"
    assert observer.bodies("/info")[-1]["stream"] == box.store.stream()


@pytest.mark.processes
def test_an_old_will_cannot_mark_a_live_box_dead(box: Box, observer: Observer) -> None:
    box.start()
    until(lambda: states(observer))
    live = observer.bodies("/state")[-1]
    old = live | {"state": "lost", "connection": live["connection"] - 1, "session": "before"}
    observer.send(STATE, json.dumps(old).encode(), retain=True)
    until(lambda: states(observer)[-2:] == ["lost", live["state"]])
    late = Observer(observer.port, "late")
    until(lambda: states(late))
    assert states(late) == [live["state"]]
    late.stop()


@pytest.mark.processes
def test_a_restored_backup_takes_a_number_above_what_the_broker_knows(
    box: Box, observer: Observer
) -> None:
    future = {"version": 1, "state": "ready", "session": "x", "connection": 700, "at": ""}
    observer.send(STATE, json.dumps(future).encode(), retain=True)
    box.start()
    until(lambda: observer.bodies("/state")[-1]["connection"] == 701)


@pytest.mark.processes
def test_a_user_with_a_password_gets_in_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    import subprocess

    from gateway.contract.settings import Broker
    from gateway.errors import SyncError
    from gateway.sync.connection import Address, Connection, Will

    (tmp_path / "passwords").touch(mode=0o600)
    subprocess.run(
        ["mosquitto_passwd", "-b", tmp_path / "passwords", "box", "right"], check=True,
        capture_output=True,
    )  # fmt: skip
    broker = Mosquitto(
        tmp_path / "b", f"allow_anonymous false\npassword_file {tmp_path}/passwords\n"
    ).start()
    table = Broker(host="127.0.0.1", port=broker.port, username="box")
    will = Will("nightporter/x", b"{}")
    try:
        good = Connection(Address(table, "box", "right", ("a/#",)), will)
        good.open()
        good.close()
        with pytest.raises(SyncError, match=r"(?i)not authorized|bad user"):
            Connection(Address(table, "box", "wrong"), will).open()
    finally:
        broker.kill()


def test_a_state_of_an_older_connection_or_our_own_end_is_overwritten() -> None:
    session = Session("run", 5)
    ours = session.document(State.READY, NOW)
    assert not session.is_overwritten_by(ours)
    assert session.is_overwritten_by(ours | {"state": "lost"})
    assert session.is_overwritten_by(ours | {"connection": 4})
    assert not session.is_overwritten_by(ours | {"connection": 6})
    for rubbish in (None, [], {}, {"connection": "9"}):
        assert session.is_overwritten_by(rubbish)


def test_a_silent_program_is_an_alert_once_it_had_time_to_start() -> None:
    programs = {"line": LIVE, "gateway": LIVE, "models": None}
    assert state_of(programs, 5) is State.INIT
    assert state_of(programs, 500) is State.ALERT
    assert state_of({"line": LIVE, "gateway": LIVE, "models": {"ready": False}}, 500) is State.ALERT
    assert state_of({"line": LIVE, "gateway": LIVE, "models": LIVE}, 5) is State.READY


def test_tries_become_rarer_but_never_rare() -> None:
    backoff, waits = Backoff(), []
    assert backoff.wait_s(1) == 0
    for _ in range(40):
        backoff = backoff.failed()
        waits.append(backoff.wait_s(1.0))
        assert backoff.wait_s(0.0) == waits[-1] / 2
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.5, LONGEST_S)
