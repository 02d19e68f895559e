"""What staff did, on its way to the box: said again until the box must have it.

A broker may acknowledge a word and die before it is on its disk, or forget what a box that was away
for long has not fetched. So a word stays here until broker and box were there for a while after it,
and is said again, with its id, when box or broker come back; the box takes each id once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from gateway.calendar_bridge.memory import Memory

log = logging.getLogger(__name__)

WINDOW = 10
"""Messages on their way at once."""
SETTLED_S = 120.0
"""Broker and box were there so long after a word was acknowledged: the box has taken it from the
broker. The file then lets it go."""
ANSWER_S = 120.0
"""A box that is there answers staff's word within a second. Later than this the word was without
effect (something newer was known), and the box's state is written into the calendar."""


class Outbox:
    """turn() sends; the others tell it what happened. Times are time.monotonic(), seconds."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._flying: dict[int, int] = {}
        self._last = 0
        self._acknowledged: dict[int, float] = {}
        self._earlier = memory.acknowledged()
        self._heard = float("-inf")
        self._box_seen = False
        self._waiting: dict[str, float] = {}

    def connected(self) -> None:
        """A new connection: what was on its way is sent again, the rest when the box is there; for
        a box that is off, the broker would keep each repetition."""
        self._flying.clear()
        self._earlier.update(self._acknowledged)
        self._acknowledged.clear()
        self._last = 0
        self._heard = float("-inf")
        self._box_seen = False

    def heard(self) -> None:
        """The box has said something, other than what the broker kept of it."""
        self._heard = time.monotonic()

    def box_is_there(self, *, anew: bool) -> None:
        """The box says that it is; `anew`: it was away, and its session may have run out."""
        if anew:
            self._earlier.update(self._acknowledged)
            self._acknowledged.clear()
        if anew or not self._box_seen:
            self._box_seen = True
            self._memory.not_acknowledged(self._earlier)
            self._earlier.clear()
            self._last = 0

    def turn(
        self, publish: Callable[[str, bytes], int], acknowledged: set[int], *, box_alive: bool
    ) -> None:
        """Send what is due; publish(what stands after in/, payload) gives the broker's number."""
        now = time.monotonic()
        for number in acknowledged & self._flying.keys():
            letter_number = self._flying.pop(number)
            self._memory.acknowledge(letter_number)
            self._acknowledged[letter_number] = now
        if box_alive:
            for settled in [n for n, at in self._acknowledged.items() if now - at > SETTLED_S]:
                self._memory.delivered(settled)
                del self._acknowledged[settled]
        for letter in self._memory.letters(self._last, WINDOW - len(self._flying)):
            self._last = letter.number
            sent = {*self._earlier, *self._acknowledged, *self._flying.values()}
            if letter.number not in sent:
                self._flying[publish(letter.topic, letter.payload)] = letter.number

    def give_up(self, *, box_alive: bool) -> tuple[list[str], bool]:
        """(ids of words that had their time and have no answer, whether the box should be asked for
        a sign of life first: what the broker kept of it is no proof that it is there)."""
        now = time.monotonic()
        out = {None, *self._earlier, *self._acknowledged}
        words = self._memory.open_words() if box_alive else []
        self._waiting = {name: self._waiting.get(name, now) for name, at in words if at in out}
        late = {name: at + ANSWER_S for name, at in self._waiting.items() if now - at > ANSWER_S}
        unanswered = [name for name, due in late.items() if self._heard > due]
        return unanswered, len(unanswered) < len(late)
