"""What the bridge remembers: newer words win, an answer closes a word, nothing is half."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from gateway.calendar_bridge.memory import Memory, Word, ends_at
from tests.calendar_bridge.test_writing import appointment


def taken(memory: Memory, **more: object) -> bool:
    ours = appointment(**more)
    body = ours.model_dump(mode="json") | {
        "duration": "PT30M", "start": "2026-12-01T09:30:00", "updated": "2026-11-22T19:00:00Z",
    }  # fmt: skip
    return memory.take(ours, body, ends_at(ours))


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "bridge.db")


def test_an_older_document_of_the_box_changes_nothing(memory: Memory) -> None:
    assert taken(memory, sequence=3, status="cancelled")
    assert not taken(memory, sequence=2)
    assert not taken(memory, sequence=3, status="cancelled")
    assert memory.appointments()[0].status == "cancelled"
    assert taken(memory, sequence=4)
    assert memory.appointments()[0].status == "confirmed"


def test_a_word_of_staff_is_open_until_the_box_has_a_higher_revision_or_refuses(
    memory: Memory,
) -> None:
    taken(memory, sequence=3)
    memory.say(Word("3f0e", "m1", 3, "2026-11-22T20:00:00.000Z", True), "appointment", b"{}")
    assert not taken(memory, sequence=3)
    assert memory.word("3f0e").open  # type: ignore[union-attr]
    number = memory.letters(0, 9)[0].number
    assert memory.open_words() == [("m1", number)], "still in the outbox"
    memory.delivered(number)
    assert memory.open_words() == [("m1", None)]
    assert taken(memory, sequence=4)
    assert not memory.word("3f0e").open  # type: ignore[union-attr]
    memory.say(Word("3f0e", "m2", 4, "2026-11-22T21:00:00.000Z", True), "appointment", b"{}")
    assert memory.answered("m2") and not memory.answered("m2")


def test_a_fault_in_the_middle_leaves_nothing_behind(memory: Memory) -> None:
    with pytest.raises(ZeroDivisionError), memory.transaction():
        taken(memory, sequence=3)
        memory.say(Word("3f0e", "m1", 3, "x", True), "appointment", b"{}")
        raise ZeroDivisionError
    assert memory.appointments() == [] and memory.letters(0, 9) == []


def test_the_file_is_for_the_bridge_alone_and_survives(tmp_path: Path) -> None:
    first = Memory(tmp_path / "bridge.db")
    taken(first)
    assert [first.next_sequence("busy/weber") for _ in range(2)] == [1, 2]
    stream = first.stream
    first.close()
    second = Memory(tmp_path / "bridge.db")
    assert second.stream == stream and second.next_sequence("busy/weber") == 3
    assert len(second.appointments()) == 1
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
