"""Staff's words on their way: said until the box must have them, given up with proof alone."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from gateway.calendar_bridge import outbox
from gateway.calendar_bridge.memory import Memory, Word
from gateway.calendar_bridge.outbox import ANSWER_S, SETTLED_S, Outbox


class Wire:
    """An outbox, its broker, and a clock."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.memory = Memory(folder / "bridge.db")
        self.outbox = Outbox(self.memory)
        self.outbox.connected()
        self.now = 1000.0
        self.sent: list[str] = []
        self.numbers = count(1)
        self.unanswered: set[int] = set()
        patch.setattr(outbox.time, "monotonic", lambda: self.now)

    def say(self, *names: str) -> None:
        for name in names:
            word = Word(f"uid-{name}", name, 0, "2026-11-22T20:00:00.000Z", True)
            self.memory.say(word, "appointment", name.encode())

    def publish(self, _what: str, payload: bytes) -> int:
        number = next(self.numbers)
        self.sent.append(payload.decode())
        self.unanswered.add(number)
        return number

    def kept(self) -> int:
        """Words in the file."""
        return len(self.memory.letters(0, 99))

    def turn(self, *, box: bool = True, acknowledges: bool = True) -> list[str]:
        """What was sent in one turn; the broker acknowledges with the next."""
        self.sent.clear()
        answered = set(self.unanswered) if acknowledges else set()
        self.unanswered -= answered
        self.outbox.turn(self.publish, answered, box_alive=box)
        return list(self.sent)


@pytest.fixture
def wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(tmp_path, monkeypatch)


def test_a_word_is_sent_once_and_let_go_when_the_box_must_have_it(wire: Wire) -> None:
    wire.outbox.box_is_there(anew=True)
    wire.say("a", "b")
    assert wire.turn() == ["a", "b"] and wire.memory.queued() == 2
    assert wire.turn() == [] and wire.memory.queued() == 0
    wire.now += SETTLED_S
    assert wire.turn() == [] and wire.kept() == 2
    wire.now += 1
    assert wire.turn() == [] and wire.kept() == 0


def test_what_was_not_acknowledged_is_sent_again_after_a_lost_connection(wire: Wire) -> None:
    wire.say("a")
    assert wire.turn() == ["a"]
    assert wire.turn(acknowledges=False) == []
    wire.unanswered.clear()
    wire.outbox.connected()
    assert wire.turn() == ["a"]


def test_what_a_broker_acknowledged_is_sent_again_after_its_death_once_the_box_is_there(
    wire: Wire,
) -> None:
    wire.outbox.box_is_there(anew=True)
    wire.say("a")
    assert wire.turn() == ["a"] and wire.turn() == []
    wire.outbox.connected()
    assert wire.turn(box=False) == [], "a broker would keep each repetition for a box that is off"
    wire.now += 10 * SETTLED_S
    assert wire.turn(box=False) == [] and wire.kept() == 1
    wire.outbox.box_is_there(anew=False)
    assert wire.turn() == ["a"] and wire.turn() == []
    wire.outbox.box_is_there(anew=False)
    assert wire.turn() == [], "once for each connection"


def test_a_box_that_was_away_gets_it_again(wire: Wire) -> None:
    """Its session at the broker may have run out meanwhile."""
    wire.outbox.box_is_there(anew=True)
    wire.say("a")
    assert wire.turn(box=False) == ["a"] and wire.turn(box=False) == []
    wire.now += 30 * 24 * 3600
    assert wire.turn(box=False) == []
    wire.outbox.box_is_there(anew=True)
    assert wire.turn() == ["a"]


def test_what_a_broker_has_acknowledged_is_known_after_a_restart(wire: Wire) -> None:
    wire.say("a", "b")
    assert wire.turn() == ["a", "b"] and wire.turn() == []
    wire.say("c")
    assert wire.memory.queued() == 1
    wire.outbox = Outbox(wire.memory)
    wire.outbox.connected()
    assert wire.turn() == ["c"]
    wire.outbox.box_is_there(anew=False)
    assert wire.memory.queued() == 3
    assert wire.turn() == ["a", "b"], "the last is on its way"
    assert wire.turn() == [] and wire.memory.queued() == 0


def test_many_words_keep_to_the_window_and_their_order(wire: Wire) -> None:
    names = [f"{n:03d}" for n in range(35)]
    wire.say(*names)
    sent: list[str] = []
    while turn := wire.turn():
        assert len(turn) <= outbox.WINDOW
        sent += turn
    assert sent == names


def test_only_a_box_that_shows_that_it_is_there_lets_a_word_be_given_up(wire: Wire) -> None:
    wire.outbox.box_is_there(anew=False)
    wire.say("a")
    wire.turn()
    assert wire.outbox.give_up(box_alive=True) == ([], False), "not yet acknowledged"
    wire.turn()
    assert wire.outbox.give_up(box_alive=True) == ([], False)
    wire.outbox.heard()
    wire.now += ANSWER_S + 1
    assert wire.outbox.give_up(box_alive=False) == ([], False)
    assert wire.outbox.give_up(box_alive=True) == ([], False), "its time begins anew"
    wire.now += ANSWER_S + 1
    assert wire.outbox.give_up(box_alive=True) == ([], True), "a retained state is no proof"
    wire.outbox.heard()
    assert wire.outbox.give_up(box_alive=True) == (["a"], False)
