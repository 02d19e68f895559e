"""An office that asks for it sees its box in Home Assistant, by counts alone."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from gateway.contract.fleet import Health
from gateway.contract.service import Service
from gateway.sync import home_assistant
from gateway.sync.home_assistant import discovery, discovery_topic
from gateway.sync.topics import Topics
from tests.store.office import NOW, draft
from tests.sync.broker import Mosquitto, Observer
from tests.sync.conftest import Box
from tests.sync.operator_side import until, watched_box
from tests.sync.relay import Relay

pytestmark = pytest.mark.timeout(900)
TOPICS = Topics("hillside", "front-desk")
CONFIG = "homeassistant/device/nightporter-hillside-front-desk/config"
ASKED = "home_assistant = true\n"


def test_the_announcement_has_what_home_assistant_requires() -> None:
    """Source: Home Assistant, MQTT integration, "Device discovery payload"."""
    document = discovery(TOPICS, "0.1.0")
    assert discovery_topic(TOPICS) == CONFIG
    assert document["dev"]["identifiers"] and document["o"]["name"]
    assert document["state_topic"] == TOPICS.health
    assert document["availability"][0]["topic"] == TOPICS.state
    names = [component["unique_id"] for component in document["cmps"].values()]
    assert len(set(names)) == len(names) > 10
    for key, component in document["cmps"].items():
        assert component["p"] in ("sensor", "binary_sensor")
        assert component["unique_id"] == f"nightporter-hillside-front-desk-{key}"
        fields = component["value_template"].replace("value_json.", " ").split()
        assert any(word.strip("()").split(".")[0] in Health.model_fields for word in fields), key


@pytest.mark.processes
def test_it_appears_follows_a_restart_of_home_assistant_and_vanishes_when_turned_off(
    tmp_path: Path, broker: Mosquitto
) -> None:
    observer = Observer(broker.port, filter="#")
    with watched_box(tmp_path / "home", "", broker.port, more=ASKED) as box:
        box.store.book(draft(name="Zzyzx"), "call-1", now=NOW)
        box.start()
        until(lambda: observer.bodies(CONFIG) and observer.bodies("/health"))
        assert observer.bodies(CONFIG)[0] == discovery(
            TOPICS, observer.bodies("/info")[-1]["software"]
        )
        assert Health.model_validate(observer.bodies("/health")[-1])
        assert "zzyzx" not in str(observer.bodies("/health") + observer.bodies(CONFIG)).lower()
        line = Service("line", box.paths)
        line.ready()

        def rung() -> int:
            line.write_status()  # it goes on living
            return int(observer.bodies("/health")[-1]["rung"])

        until(lambda: rung() == 1)
        announced, told = len(observer.bodies(CONFIG)), len(observer.bodies("/health"))
        observer.send(home_assistant.STATUS, b"online")
        until(lambda: len(observer.bodies(CONFIG)) > announced)
        until(lambda: len(observer.bodies("/health")) > told)
        observer.send(home_assistant.STATUS, b"offline" * 100_000)
        observer.send(home_assistant.STATUS, b"\xff")
        assert box.stop() == 0
        site = box.paths.settings
        site.write_text(site.read_text().replace(ASKED, ""))
        box.start()
        until(
            lambda: observer.bodies(CONFIG)[-1] is None and observer.bodies("/health")[-1] is None
        )
    late = Observer(broker.port, "late", filter="#")
    until(lambda: late.bodies("/state"))
    assert late.bodies(CONFIG) == [] and late.bodies("/health") == []
    late.stop()
    observer.stop()


@pytest.mark.processes
def test_a_broker_that_forbids_it_still_gets_the_bookings(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text("topic readwrite nightporter/#\n")
    acl.chmod(0o600)
    broker = Mosquitto(tmp_path / "broker", f"acl_file {acl}\n").start()
    observer = Observer(broker.port)
    try:
        with watched_box(tmp_path / "home", "", broker.port, more=ASKED) as box:
            box.start()
            until(lambda: observer.bodies("/health"))
            box.store.book(draft(), "call-1", now=NOW)
            until(lambda: observer.bodies("/event/appointment.booked"))
            # One more than refused: the broker may close before its refusal can be read.
            assert observer.bodies("/state")[-1]["connection"] <= 9, "it does not insist"
    finally:
        observer.stop()
        broker.kill()


@pytest.mark.processes
def test_an_office_that_never_asked_hears_nothing_of_it(box: Box, broker: Mosquitto) -> None:
    observer = Observer(broker.port, filter="#")
    box.start()
    until(lambda: observer.bodies("/info"))
    box.store.book(draft(), "call-1", now=NOW)
    until(lambda: observer.bodies("/event/appointment.booked"))
    assert not [topic for topic, _, _ in observer.seen if "homeassistant" in topic]
    observer.stop()


@pytest.mark.processes
def test_a_broker_that_closes_without_a_word_still_gets_the_bookings(
    tmp_path: Path, broker: Mosquitto, observer: Observer
) -> None:
    relay = Relay(broker.port, Random(1), repeat=0, delay=0, cut=0, fatal=CONFIG.encode())
    try:
        with watched_box(tmp_path / "home", "", relay.port, more=ASKED) as box:
            box.store.book(draft(), "call-1", now=NOW)
            box.start()
            until(lambda: observer.bodies("/event/appointment.booked"))
            until(lambda: box.store.next_events(1) == [])
            assert 2 <= relay.cuts <= 9, "it does not insist"
    finally:
        relay.stop()
