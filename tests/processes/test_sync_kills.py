"""Sync is killed while calls are in every stage: nobody on the phone notices, no event is lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.contract import call_link as link
from tests.busy_machine import again_when_late
from tests.fakes.fake_line import FakeLine
from tests.processes.gateway_process import (
    PATIENT,
    GatewayProcess,
    running_gateway,
    site,
    until,
)
from tests.processes.test_gateway_process import STAGES, calls_in_all_stages
from tests.sync.broker import Mosquitto, Observer

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]

PATIENCE_S = 60.0
MQTT = '\n[office.mqtt]\nhost = "127.0.0.1"\nport = {port}\nkeep_alive_s = 5\n'
ANSWERS = {
    "anything else": "no thank you",
    "shall i book": "yes please",
    "best number": "yes that's right",
    "name": "Jordan Miller",
    "would you like to come": "tomorrow at {hour}:00",
    "suit": "the first one please",
}
"""What a caller says to a question with these words."""


@dataclass(frozen=True)
class Night:
    """What callers, database and broker had of it."""

    lines: dict[str, FakeLine]
    """the caller of each stage"""
    calls: dict[str, dict[str, Any]]
    """row of each call"""
    appointments: dict[str, int]
    """how many each call has"""
    told: dict[str, int]
    """how often each was told that it is booked"""
    outbox: list[dict[str, Any]]
    """sequence and id of every event of the box, in order"""
    seen: list[dict[str, Any]]
    """every event that reached the broker's other side, repetitions too"""


async def talk_on(line: FakeLine, hour: int) -> None:
    """Answer whatever is asked, as people do, until the call is over."""
    answered = len(line.heard) if line.heard_any("?") and not line.story[-1].endswith("?") else 0
    while not line.over.is_set():
        asked = [n for n, text in enumerate(line.story) if n >= answered and text.endswith("?")]
        if not asked:
            await asyncio.sleep(0.02)
            continue
        question, answered = line.story[asked[-1]].lower(), asked[-1] + 1
        answer = next((text for words, text in ANSWERS.items() if words in question), None)
        assert answer is not None, line.story
        if "anything else" in question:
            await line.hang_up()
        else:
            await line.say(answer.format(hour=hour))


def start_sync(gateway: GatewayProcess) -> subprocess.Popen[bytes]:
    """`python -m gateway.sync` in the gateway's home."""
    return subprocess.Popen([sys.executable, "-m", "gateway.sync"], env=gateway.environ)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Ten calls, one in each stage when sync is killed; it comes back when all are over."""

    def whole() -> Night:
        broker = Mosquitto(tmp_path_factory.mktemp("broker")).start()
        observer = Observer(broker.port)
        try:
            return asyncio.run(asyncio.wait_for(whole_night(broker.port, observer), 4 * PATIENCE_S))
        finally:
            observer.stop()
            broker.kill()

    return again_when_late(whole)()


async def whole_night(port: int, observer: Observer) -> Night:
    """See the fixture."""
    more = MQTT.format(port=port)
    async with running_gateway(site(PATIENT, more=more), phrases=True) as gateway:
        sync = start_sync(gateway)
        try:
            await until(lambda: observer.bodies("/state"), PATIENCE_S)
            lines = await calls_in_all_stages(gateway)
            sync.kill()
            sync.wait()
            for line in lines.values():
                line.speed = 0.02
            await lines["greeting"].gets(link.Turn)
            await asyncio.gather(
                lines["greeting"].say("I'd like to book a check-up please"),
                *(talk_on(line, 11 + n) for n, line in enumerate(lines.values())),
            )
            for line in lines.values():
                await gateway.outcome(line)
            sync = start_sync(gateway)
            await until(lambda: len(observer.bodies("/event/")) >= 5, PATIENCE_S)
            sync.kill()  # once more, in the middle of what waited
            sync.wait()
            sync = start_sync(gateway)
            outbox = gateway.rows("SELECT sequence, id FROM outbox ORDER BY sequence")
            ids = {row["id"] for row in outbox}
            await until(
                lambda: ids <= {body["id"] for body in observer.bodies("/event/")}, PATIENCE_S
            )
        finally:
            sync.kill()
            sync.wait()
        return Night(
            lines,
            {stage: gateway.call_row(line) for stage, line in lines.items()},
            {stage: len(gateway.appointments(line)) for stage, line in lines.items()},
            {s: sum("That's booked" in text for text in li.story) for s, li in lines.items()},
            outbox,
            observer.bodies("/event/"),
        )


@pytest.mark.parametrize("stage", STAGES)
def test_nobody_on_the_phone_notices_a_killed_sync(night: Night, stage: str) -> None:
    line, row = night.lines[stage], night.calls[stage]
    assert not line.dropped, line.story
    assert (row["outcome"], row["lowest_rung"]) == ("booked", 4)
    assert (night.appointments[stage], night.told[stage]) == (1, 1), line.story
    assert not line.heard_any("sorry"), line.story


def test_after_a_killed_sync_every_event_arrives_once_in_effect(night: Night) -> None:
    firsts: dict[str, int] = {}
    for body in night.seen:
        assert firsts.setdefault(body["id"], body["sequence"]) == body["sequence"]
    assert list(firsts.values()) == [row["sequence"] for row in night.outbox]
    assert list(firsts) == [row["id"] for row in night.outbox]
    booked = {b["id"] for b in night.seen if b["type"] == "appointment.booked"}
    assert len(booked) == len(STAGES)
