"""What an operator hears of a command that a box did not trust."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.contract.fleet import Refusal, Result
from gateway.fleet import keys, sender
from gateway.fleet.apply import Arrived
from gateway.fleet.box import Box
from gateway.fleet.cli_send import answer_lines
from gateway.fleet.database import Database
from gateway.fleet.sender import Sender, parse_words
from gateway.fleet.settings import ConsoleBroker, FleetSettings
from gateway.fleet.view import line_of
from tests.fleet_console import said


class Broker:
    """Brings one answer, and then a long time passes."""

    def __init__(self, answer: Result, box: str) -> None:
        self.now = 0.0
        self._batches = [[Arrived(said.where("result", box), answer.model_dump_json().encode())]]

    def read(self, _timeout_s: float) -> list[Arrived]:
        if self._batches:
            return self._batches.pop()
        self.now += 1000.0
        return []

    def open(self) -> None: ...
    def close(self) -> None: ...
    def subscribe(self, topics: Any) -> None: ...
    def acknowledge(self, taken: Any) -> None: ...
    def publish(self, *arguments: Any, **more: Any) -> None: ...


@pytest.mark.parametrize(("box", "told"), [("box-1", True), ("box-2", False)])
def test_a_box_that_does_not_trust_the_key_is_told_apart_from_one_that_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, box: str, told: bool
) -> None:
    refusal = Result(at=said.START, result="refused", refusal=Refusal.UNKNOWN_KEY)
    broker = Broker(refusal, box)
    monkeypatch.setattr(sender, "Link", lambda *_: broker)
    clock = SimpleNamespace(monotonic=lambda: broker.now, time=lambda: 0.0, time_ns=lambda: 0)
    monkeypatch.setattr(sender, "time", clock)
    database = Database(tmp_path / "fleet.db")
    settings = FleetSettings(broker=ConsoleBroker(host="127.0.0.1"))
    one = Sender(settings, database, keys.make(tmp_path / "operator.key"))
    lines = [line_of(Box("hillside", "box-1"), ())]
    (answer,) = one.send(lines, parse_words(["box-1", "ping"])[1], 60)
    database.close()
    text = "\n".join(answer_lines(answer))
    assert text.startswith("hillside/box-1: no answer in 1000 s")
    assert ("unknown-key; is your key in its [fleet] operator_keys?" in text) is told
