"""When the memory of calls goes back to the system."""

from __future__ import annotations

from telephony.memory import QUIET_S, Memory


def test_memory_is_given_back_once_after_a_long_quiet_and_never_during_calls() -> None:
    memory = Memory()
    assert not memory.turn(0, 1000.0), "there was no call yet"
    assert not memory.turn(1, 1000.0)
    assert not memory.turn(0, 1000.0 + QUIET_S)
    assert not memory.turn(2, 1001.0 + QUIET_S)
    assert not memory.turn(0, 1001.0 + 2 * QUIET_S), "a call began meanwhile"
    assert memory.turn(0, 1002.0 + 2 * QUIET_S)
    assert not memory.turn(0, 1002.0 + 9 * QUIET_S), "nothing has come since"
