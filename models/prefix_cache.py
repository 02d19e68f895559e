"""What the language model has already read: token sequences kept in slots; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Slot:
    """One sequence of the model's memory."""

    number: int
    """Sequence id"""
    head: str = ""
    """Instruction that the slot begins with"""
    tokens: list[int] = field(default_factory=list)
    """What was read, in order"""
    used: int = 0
    """Larger is later"""


class PrefixCache:
    """A slot for each instruction; the one used longest ago makes room."""

    def __init__(self, slots: int, room: int) -> None:
        self._slots = [Slot(number) for number in range(slots)]
        self._room = room
        self._clock = 0

    def slot(self, head: str) -> tuple[Slot, bool]:
        """The slot of this instruction, and whether its old contents must be forgotten."""
        self._clock += 1
        for slot in self._slots:
            if slot.head == head:
                slot.used = self._clock
                return slot, False
        oldest = min(self._slots, key=lambda slot: slot.used)
        oldest.head, oldest.tokens, oldest.used = head, [], self._clock
        return oldest, True

    def crowded_out(self, keep: Slot, wanted: int) -> list[Slot]:
        """Slots to forget so that `keep` has room for `wanted` tokens."""
        out: list[Slot] = []
        others = sorted((s for s in self._slots if s is not keep), key=lambda slot: slot.used)
        free = self._room - sum(len(slot.tokens) for slot in others)
        for slot in others:
            if free >= wanted:
                break
            free += len(slot.tokens)
            slot.head, slot.tokens = "", []
            out.append(slot)
        return out


def common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens both begin with."""
    for at, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return at
    return min(len(left), len(right))
