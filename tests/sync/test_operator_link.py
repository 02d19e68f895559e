"""State, health, alerts and commands over a real broker with certificates and access rules."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.contract import night_mode
from gateway.contract.fleet import Alert, BoxState, Health, Refusal, State
from gateway.contract.service import Service, read_status
from tests.provisioning.workshop import Technician
from tests.store.office import NOW, draft, slot
from tests.sync.broker import Mosquitto, Observer
from tests.sync.conftest import Box
from tests.sync.operator_side import (
    ACL,
    BOX,
    PATIENCE_S,
    SITE,
    Authority,
    Key,
    Operator,
    fleet_table,
    parcel,
    tls_listener,
    until,
    watched_box,
)
from tests.sync.test_commands import BAD
from tests.sync.test_inbound import TOPICS

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]
LIVE = ("init", "alert")
"""States of a box without its other programs: alert, once they had time to start."""
FOREIGN_TOPIC = "nightporter/v1/elsewhere/front-desk/in/appointment"


@pytest.fixture
def operator(broker: Mosquitto) -> Iterator[Operator]:
    made = Operator(broker.port)
    yield made
    made.stop()


def states(operator: Operator) -> list[str]:
    """What was said, without the rubbish that a test sends itself."""
    said = []
    for payload in operator.said("state"):
        with contextlib.suppress(ValidationError):
            said.append(State.model_validate_json(payload).state.value)
    return said


def health(operator: Operator) -> Health:
    return Health.model_validate_json(operator.said("health")[-1])


def alerts(operator: Operator, kind: str) -> list[str]:
    said = operator.said(f"alert/{kind}")
    return [Alert.model_validate_json(p).state if p else "gone" for p in said]


def program(box: Box, name: str, **facts: object) -> Service:
    service = Service(name, box.paths)
    service.ready()
    service.write_status(**facts)
    return service


def test_with_certificates_the_box_speaks_and_obeys_and_nobody_else_can_speak_for_it(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path / "authority")
    broker = Mosquitto(tmp_path / "broker", tls_listener(authority, tmp_path / "acl")).start()
    own = (authority.ca, *authority.issue(f"{SITE}-{BOX}", days=5))
    key = Key()
    asked = Operator(broker.port, key, (authority.ca, *authority.issue("operator")))
    stranger = Operator(broker.port, Key(), (authority.ca, *authority.issue(f"{SITE}-other-box")))
    with watched_box(tmp_path / "home", fleet_table(broker.port, key, tls=own)) as box:
        box.start()
        until(lambda: asked.said("health"))
        assert states(asked)[0] == "init"
        assert health(asked).certificate_days == 4
        assert health(asked).rung == 0 and not health(asked).programs["line"].ready

        # An alert opens once, survives a restart, and is closed once.
        until(lambda: alerts(asked, "certificate"))
        until(lambda: not box.store.untold_alerts())  # else it is repeated, with the same `opened`
        box.kill()
        until(lambda: states(asked)[-1] == "lost")
        box.start()
        until(lambda: states(asked)[-1] in LIVE)
        assert asked.ask("ping").result == "done"
        assert alerts(asked, "certificate") == ["open"]
        authority.issue(f"{SITE}-{BOX}", days=300)
        line = program(box, "line")  # a change: health comes at once

        def rung() -> int:
            line.write_status()  # it goes on living
            return health(asked).rung

        until(lambda: len(alerts(asked, "certificate")) == 3)
        assert alerts(asked, "certificate") == ["open", "closed", "gone"]
        until(lambda: rung() == 1 and health(asked).programs["line"].ready)

        # Each command.
        report = asked.ask("report")
        assert report.health is not None and report.health.certificate_days == 299
        assert asked.ask("night-mode", night_mode="off").result == "done"
        until(lambda: health(asked).night_mode == "off" and not health(asked).on_duty)
        assert night_mode.read(box.paths.state) == "off"
        until(lambda: any(c.name == "night-mode" and c.result == "warning"
                          for c in asked.ask("diagnose").checks))  # fmt: skip
        assert asked.ask("ping", box="back-door").refusal == Refusal.OTHER_BOX

        # Somebody else's certificate says nothing in our name and hears nothing of ours.
        for name in ("state", "health", "alert/disk", "result", "command"):
            with contextlib.suppress(RuntimeError):  # this Mosquitto may also close the connection
                stranger.send(b'{"forged":1}', name)
        until(lambda: stranger.refused)
        assert not stranger.seen
        assert asked.ask("ping").result == "done"
        assert b"forged" not in b"".join(payload for _, payload, _ in asked.seen)
        assert asked.ask("restart", program="sync").result == "started"
        assert box.process is not None and box.process.wait(PATIENCE_S) == 0
        until(lambda: states(asked)[-1] == "disconnected")
    numbers = [State.model_validate_json(said).connection for said in asked.said("state")]
    assert numbers == sorted(numbers), "each connection has a higher number"
    asked.stop()
    stranger.stop()
    broker.kill()


def test_a_broker_that_is_taken_over_can_silence_a_box_but_not_command_it(
    tmp_path: Path, broker: Mosquitto, operator: Operator
) -> None:
    """Whoever owns the broker sees every message and says what they like, but has no key."""
    key = operator.key
    with watched_box(tmp_path / "home", fleet_table(broker.port, key)) as box:
        program(box, "models")
        box.start()
        until(lambda: operator.said("health"))
        recorded = key.signed("night-mode", night_mode="on")
        operator.send(recorded)
        until(lambda: night_mode.read(box.paths.state) == "on")
        until(lambda: operator.results())
        assert operator.ask("night-mode", night_mode="auto").result == "done"
        elsewhere = key.signed("night-mode", night_mode="on", box="back-door")
        old = key.order(
            "restart", program="models", expires=datetime.now(UTC) - timedelta(seconds=1)
        )
        thief = Key(number=10_000)
        forged = [recorded, elsewhere, thief.signed("night-mode", night_mode="on")]
        forged.append(thief.signed("restart", program="models"))
        from gateway.contract.fleet_signature import sign

        forged.append(sign(old, key.private))
        for payload in forged:
            operator.send(payload)
            operator.send(payload, retain=True)
        # It may also forge what was said: the box says it again.
        live = State.model_validate_json(operator.said("state")[-1])
        for claim in (b"", b"\xff", b"[" * 20_000, b'{"connection":9007199254740990}'):
            operator.send(claim, "state", retain=True)
        dead = live.model_copy(update={"state": BoxState.LOST, "connection": live.connection - 1})
        operator.send(dead.model_dump_json().encode(), "state", retain=True)
        until(lambda: "lost" in (said := states(operator)) and said[-1] in LIVE)
        assert operator.ask("ping").result == "done", "after all of it"
        assert night_mode.read(box.paths.state) == "auto"
        assert not box.paths.restart_request("models").exists()
        refusals = {result.refusal for result in operator.results() if result.refusal}
        assert {Refusal.REPLAYED, Refusal.OTHER_BOX, Refusal.EXPIRED} <= refusals
        # Silenced, it goes on without the operator.
        broker.kill()
        until(lambda: (s := read_status(box.paths, "sync")) and s["operator_connected"] is False)
        assert box.process is not None and box.process.poll() is None
        assert box.store.book(draft(), "call-1", now=NOW)


def test_bad_input_on_both_connections_harms_neither(
    tmp_path: Path, broker: Mosquitto, operator: Operator
) -> None:
    observer = Observer(broker.port)
    table = fleet_table(broker.port, operator.key)
    with watched_box(tmp_path / "home", table, broker.port) as box:
        box.start()
        until(lambda: operator.said("health") and observer.bodies("/state"))
        unsigned = [make() for name, make, _ in BAD if not name.startswith("signed")]
        for payload in unsigned:
            operator.send(payload)
            operator.send(payload, TOPICS.into("appointment"))
        for payload in (b"{", b"\xff", b"[" * 50_000, b'{"connection":1e999}'):
            operator.send(payload, "state", retain=True)
            operator.send(payload, TOPICS.state, retain=True)
        operator.send(b"{}", FOREIGN_TOPIC)
        assert operator.ask("ping").result == "done"
        box.store.book(draft(), "call-1", now=NOW)
        until(lambda: observer.bodies("/event/appointment.booked"))
        assert len(box.store.appointments()) == 1, "nothing of it was applied"
        assert box.process is not None and box.process.poll() is None, "the same process"
        # One refusal each, on both; those of the operator's side are written seldom.
        until(lambda: box.store.figures(now=datetime.now(UTC)).refused >= 2 * len(unsigned))
        program(box, "line")  # a change: health comes at once
        until(lambda: health(operator).refused >= 2 * len(unsigned))
        until(lambda: json.loads(operator.said("state")[-1])["state"] in LIVE)
    observer.stop()


def test_the_access_rules_are_those_of_the_handbook() -> None:
    handbook = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()
    of_the_box = ACL.partition("\n\n")[0]
    assert of_the_box in handbook, "what is tested here is what an operator is told to write"


class BlackHole:
    """Takes connections and never says a word."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.taken: list[socket.socket] = []
        self.ended = 0
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def waits(self) -> bool:
        """Whether somebody waits for an answer."""
        return len(self.taken) > self.ended

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                taken = self._socket.accept()[0]
                self.taken.append(taken)
                with contextlib.suppress(OSError):
                    while taken.recv(4096):
                        pass
                self.ended += 1

    def close(self) -> None:
        self._socket.close()
        for taken in self.taken:
            taken.close()


@pytest.mark.parametrize("dead", ["operator", "office"])
def test_a_dead_broker_on_one_side_does_not_delay_the_other(
    tmp_path: Path, broker: Mosquitto, operator: Operator, dead: str
) -> None:
    hole, observer = BlackHole(), Observer(broker.port)
    fleet, office = (hole, broker) if dead == "operator" else (broker, hole)
    table = fleet_table(fleet.port, operator.key)

    def work_with_the_other(n: int) -> None:
        if dead == "operator":
            box.store.book(draft(slot(8 + n)), f"call-{n}", now=NOW)
            until(lambda: len(observer.bodies("/event/appointment.booked")) > n)
        else:
            assert operator.ask("ping").result == "done"

    with watched_box(tmp_path / "home", table, office.port) as box:
        site = box.paths.settings
        site.write_text(site.read_text().replace("keep_alive_s = 5", "keep_alive_s = 60"))
        box.start()
        until(lambda: operator.said("state") if dead == "office" else observer.bodies("/state"))
        for n in range(8):  # a busy machine is late once, a fault of ours each time
            until(lambda: hole.waits)
            connection = len(hole.taken)
            work_with_the_other(n)
            if hole.waits and len(hole.taken) == connection:
                break
        else:
            raise AssertionError("nothing was done while the dead broker kept us waiting")
        until(lambda: read_status(box.paths, "sync"))
        if dead == "office":
            until(lambda: operator.said("health") and health(operator).office_broker is False)
        assert box.stop() == 0
    hole.close()
    observer.stop()


def test_settings_from_the_operator_go_through_the_reader_of_sticks(
    tmp_path: Path, broker: Mosquitto, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    technician = Technician.in_folder(tmp_path / "technician")
    thief = Technician.in_folder(tmp_path / "thief")
    monkeypatch.setenv("NIGHTPORTER_LINE_LIMIT_S", "0")
    with watched_box(tmp_path / "home", fleet_table(broker.port, operator.key)) as box:
        site = box.paths.settings.read_text()
        home = box.paths.settings.parent
        (home / "trusted-keys").write_text(technician.public.base64 + "\n")
        box.environment |= {"NIGHTPORTER_PROGRAMS_LIMIT_S": "0"}
        box.start()
        until(lambda: operator.said("health"))

        def sent(by: Technician, serial: int) -> list[str]:
            folder = tmp_path / f"stick-{by.folder.name}-{serial}"
            by.stick(folder, serial, text=site.replace("Hillside", "Uphill"), box=BOX, site=SITE)
            order = operator.ask("settings", bundle=parcel(folder))
            assert order.id is not None and order.result == "started"
            if by is technician:  # new settings: every program is restarted
                assert box.process is not None and box.process.wait(PATIENCE_S) == 0
                box.start()
            until(lambda: len(operator.found(str(order.id))) == 2)
            return [result.result for result in operator.found(str(order.id))]

        assert sent(thief, 1) == ["started", "refused"], "the operator's signature is not enough"
        assert box.paths.settings.read_text() == site
        assert sent(technician, 2)[0] == "started"
        assert "Uphill" in box.paths.settings.read_text()
