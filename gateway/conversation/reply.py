"""What one step brings: the changed memory and the actions, built up piece by piece; immutable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.conversation import actions as a
from gateway.conversation import sentences
from gateway.conversation.memory import Conversation, Counts, Pending
from gateway.conversation.sentences import Setting
from gateway.conversation.states import State

COMMITTING = (a.CommitBooking, a.CommitMove, a.CommitCancel, a.CommitConfirm, a.CommitNote,
              a.CommitAlert)  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """A step in the making; every method gives a new one."""

    memory: Conversation
    """the conversation as it will be"""
    now: datetime
    """local wall time, naive"""
    actions: tuple[a.Action, ...] = ()
    """what is to be done, in order"""

    @property
    def setting(self) -> Setting:
        """In which situation sentences are spoken."""
        return Setting(self.memory.office, self.now.date(), recorded=not self.memory.able.voice)

    def remember(self, **changes: Any) -> Reply:
        """With these fields of the conversation changed."""
        return replace(self, memory=replace(self.memory, **changes))

    def form(self, **changes: Any) -> Reply:
        """With these fields of the booking form changed."""
        return self.remember(form=replace(self.memory.form, **changes))

    def count(self, **changes: int) -> Reply:
        """With these counters set."""
        return self.remember(counts=replace(self.memory.counts, **changes))

    def await_(self, **changes: Any) -> Reply:
        """With these fields of what is pending changed."""
        return self.remember(pending=replace(self.memory.pending, **changes))

    @property
    def counts(self) -> Counts:
        """What has happened how often."""
        return self.memory.counts

    @property
    def pending(self) -> Pending:
        """What waits."""
        return self.memory.pending

    def say(self, key: str, **values: object) -> Reply:
        """Speak a sentence that claims nothing."""
        times = dict(self.memory.spoken.keys).get(key, 0)
        said = sentences.say(self.setting, key, times, self.memory.spoken.last, values)
        return self.spoken(said)

    def spoken(self, said: a.Say) -> Reply:
        """Speak what was built already (claims are built from their receipts)."""
        if not said.clauses:
            return self
        times = dict(self.memory.spoken.keys)
        times[said.key] = times.get(said.key, 0) + 1
        spoken = replace(
            self.memory.spoken, keys=tuple(times.items()), last=said.text, last_key=said.key
        )
        return self.remember(spoken=spoken).do(said)

    def do(self, action: a.Action) -> Reply:
        """Have something done that nothing is waited for."""
        return replace(self, actions=(*self.actions, action))

    def note(self, kind: str, reason: str, **data: Any) -> Reply:
        """Write a decision into the journal."""
        return self.do(a.Note(kind, reason, data))

    def listen(self, state: State, *, patience_ms: int = 0, keys: bool = False) -> Reply:
        """It is the caller's turn."""
        reply = self.remember(state=state, last_question=state).await_(back=None, keys="")
        return reply.do(a.Listen(patience_ms, keys or reply.memory.keypad))

    def listen_on(self, *, patience_ms: int = 0) -> Reply:
        """It is still the caller's turn; nothing was settled."""
        return self.do(a.Listen(patience_ms, keys=bool(self.pending.keys) or self.memory.keypad))

    def wait(self, state: State, action: a.Action) -> Reply:
        """Somebody else has to answer first."""
        commits = self.pending.commits + isinstance(action, COMMITTING)
        reply = self.remember(state=state)
        return reply.await_(commits=commits, back=self.memory.last_question).do(action)

    def end(self) -> tuple[Conversation, tuple[a.Action, ...]]:
        """The result of the step."""
        return self.memory, self.actions
