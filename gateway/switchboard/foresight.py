"""Before a turn is surely over: try the step, prepare the reply; after it: notice that it goes on.

The conversation is pure, so a step can be tried and thrown away. Only what changes nothing (free
slots, scores of the model, speech) is begun ahead of time.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from gateway.conversation import actions as a
from gateway.conversation import events as e
from gateway.conversation.conversation import Conversation, step
from gateway.conversation.states import State
from gateway.errors import NoSuchTransition
from gateway.switchboard.ear import Turn
from gateway.switchboard.mouth import Mouth
from gateway.switchboard.performer import READS, Performer
from gateway.switchboard.premises import Premises

log = logging.getLogger(__name__)

CERTAIN_MS = 260
"""Silence after words that answer the question in full."""
UNFINISHED_MS = 900
"""Silence after words that stop in the middle ("on Tuesday at ...")."""
COMMA_MS = 600
"""Silence after a comma: small recognisers write one at the end of a whole sentence, too."""
CONTINUES_WITHIN_S = 0.8
"""A voice that begins again so soon goes on with the same sentence."""
DEPTH = 3
"""Steps looked ahead: words -> free slots -> what is said of them."""


ONE_MORE_WORD_MS = 150
"""On top of the usual silence after a name or number that seems whole."""
NAMING = frozenset({State.NAME, State.PHONE})
"""Questions whose answer is said with pauses."""
TALKATIVE = frozenset({State.NEW, State.OPEN, State.THINKING}) | NAMING
"""Questions that people answer in several breaths."""
MIDDLE = frozenset((
    "a", "an", "the", "my", "your", "our", "and", "or", "but", "so", "because", "if", "on", "at",
    "in", "to", "of", "for", "with", "from", "by", "about", "not", "um", "uh", "er", "erm", "is",
    "it's", "i'm", "i'd", "i", "am", "are", "was", "can", "could", "would", "like", "want", "need",
))  # fmt: skip
"""Words with which nobody ends a turn."""
OPENERS = frozenset(
    ("hello", "hi", "hey", "good", "evening", "morning", "afternoon", "there", "well")
)
"""A turn of only such words has hardly begun."""


@dataclass(frozen=True)
class _LastTurn:
    before: Conversation
    """the conversation before the turn"""
    text: str
    """what was said"""
    voice_stopped: float
    """when"""


class Foresight:
    """Looks ahead, and back, in one call."""

    def __init__(self, premises: Premises, performer: Performer, mouth: Mouth) -> None:
        self._premises = premises
        self._performer = performer
        self._mouth = mouth
        self._last: _LastTurn | None = None
        self._guessed = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def guess(self, conversation: Conversation, text: str, patience_ms: int) -> int:
        """Prepare the reply to these words; returns the silence in ms that ends the turn."""
        usual = self._premises.settings.speech.end_of_turn_ms
        if text != self._guessed:
            self.forget()
            self._guessed = text
        try:
            after, actions = step(conversation, e.Heard(text), self._premises.wall_time())
        except NoSuchTransition:
            return usual + patience_ms
        task = asyncio.get_running_loop().create_task(self._try_ahead(after, actions))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if stops_in_the_middle(text):
            return max(UNFINISHED_MS, usual) + patience_ms
        if text.rstrip().endswith(","):
            return max(COMMA_MS, usual) + patience_ms
        if _answers(conversation, after):
            return min(CERTAIN_MS, usual)
        if conversation.state in NAMING and after.state not in (conversation.state, State.THINKING):
            return usual + min(patience_ms, ONE_MORE_WORD_MS)
        return usual + patience_ms

    def forget(self) -> None:
        """What was begun ahead of time is of no use: the caller goes on."""
        self._guessed = ""
        self._performer.forget()
        self._mouth.forget_guesses()

    def remember(self, before: Conversation, turn: Turn, text: str) -> None:
        """A turn is being answered."""
        self._last = _LastTurn(before, text, turn.voice_stopped)

    def acted(self, action: a.Action) -> None:
        """Something was written: the turn cannot be taken back any more."""
        if not isinstance(action, (*READS, a.HoldSlot, a.Note)):
            self._last = None

    def continued(self, conversation: Conversation, turn: Turn) -> tuple[Conversation, str]:
        """If this turn goes on with the last one: the conversation before it, and all its words."""
        last = self._last
        if last is None or turn.voice_started - last.voice_stopped > CONTINUES_WITHIN_S:
            return conversation, turn.text
        return last.before, f"{last.text.rstrip('.,?! ')} {turn.text}"

    async def _try_ahead(self, after: Conversation, actions: tuple[a.Action, ...]) -> None:
        try:
            await self._look_ahead(after, actions, DEPTH)
        except Exception:  # only a preparation: the reply comes without it, a little later
            log.exception("look-ahead-failed")

    async def _look_ahead(
        self, conversation: Conversation, actions: tuple[a.Action, ...], depth: int
    ) -> None:
        for action in actions:
            if isinstance(action, a.Say):
                self._mouth.prepare(action.clauses)
            event: e.Event | None = None
            if isinstance(action, a.HoldSlot):
                event = e.SlotHeld(action.slot)
            elif (reading := self._performer.begin(action)) is not None:
                event = await asyncio.shield(reading)
            if event is None or depth == 0:
                continue
            try:
                after, following = step(conversation, event, self._premises.wall_time())
            except NoSuchTransition:
                continue
            await self._look_ahead(after, following, depth - 1)


def stops_in_the_middle(text: str) -> bool:
    """Whether these words call for more: "on Tuesday at", "my name is"."""
    words = text.lower().split()
    if not words:
        return False
    if all(word.strip(".?!,") in OPENERS | {""} for word in words):
        return True
    last = words[-1].strip(".?!,")
    return last in MIDDLE or last in {"", "-"} or text.rstrip().endswith(("...", "…"))


def _answers(before: Conversation, after: Conversation) -> bool:
    """Whether the words answered a question that is answered in one breath."""
    moved = after.state is not before.state
    return (
        moved
        and before.state not in TALKATIVE
        and after.state is not State.THINKING
        and after.counts.misses <= before.counts.misses
    )
