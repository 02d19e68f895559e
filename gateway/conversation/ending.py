"""The end of a call: one outcome, and an owner for what is left to do."""

from __future__ import annotations

from gateway.appointments.records import (
    AlertNoted,
    Booked,
    Cancelled,
    Confirmed,
    Moved,
    Noted,
    Outcome,
    Receipt,
)
from gateway.conversation import actions as a
from gateway.conversation import questions
from gateway.conversation.events import (
    CallerHungUp,
    Committed,
    Event,
    MessageRecorded,
    SlotGone,
    StoreFailed,
    TransferProgressed,
)
from gateway.conversation.memory import Conversation, Task
from gateway.conversation.notes import note_of, wanted
from gateway.conversation.reply import Reply
from gateway.conversation.states import COMMITS, State

WEIGHT = (
    Outcome.URGENT, Outcome.TRANSFERRED, Outcome.BOOKED, Outcome.MOVED, Outcome.CANCELLED,
    Outcome.CONFIRMED, Outcome.MESSAGE, Outcome.VOICEMAIL, Outcome.INFORMED, Outcome.SPAM,
)  # fmt: skip
"""A call that achieved several things is named after the first of these."""
OWNED = frozenset({Outcome.URGENT, Outcome.MESSAGE, Outcome.VOICEMAIL})
"""Achieved only with a receipt of a follow-up: somebody has the call already."""
OUTCOME_OF: dict[type[Receipt], Outcome] = {
    Booked: Outcome.BOOKED,
    Moved: Outcome.MOVED,
    Cancelled: Outcome.CANCELLED,
    Confirmed: Outcome.CONFIRMED,
    Noted: Outcome.MESSAGE,
    AlertNoted: Outcome.URGENT,
}


def achieved(reply: Reply, outcome: Outcome) -> Reply:
    """The call has brought something about."""
    done = reply.memory.done
    return reply if outcome in done else reply.remember(done=(*done, outcome))


def outcome_of(memory: Conversation) -> Outcome:
    """How the call is to be named if it ends now."""
    return next((outcome for outcome in WEIGHT if outcome in memory.done), Outcome.ABANDONED)


def unfinished(memory: Conversation) -> bool:
    """Whether something was begun that nobody would know of."""
    begun = memory.task is not Task.NONE or bool(memory.pending.later)
    return begun or (not memory.done and memory.counts.turns > 0)


def anything_else(reply: Reply) -> Reply:
    """One thing is done; perhaps there is another."""
    reply = reply.remember(task=Task.NONE, target=None, found=(), offers=(), refused=(), also=())
    reply = reply.remember(direction=None).count(misses=0, silences=0)
    return questions.ask(reply, State.OPEN)


def goodbye(reply: Reply, reason: str = "done") -> Reply:
    """Say goodbye and end the call, with an owner for what is left."""
    return close(reply.say("goodbye"), reason)


def close(reply: Reply, reason: str, outcome: Outcome | None = None) -> Reply:
    """End the call; what is left to do goes onto the office's list first."""
    named = outcome or outcome_of(reply.memory)
    if named is Outcome.ABANDONED and reason == "done":
        reason = "said-goodbye"
    reply = reply.await_(closing=named, why=reason)
    owes = named is not Outcome.SPAM and unfinished(reply.memory)
    if owes and not _somebody_has_it(reply.memory):
        kind = "abandoned" if named is Outcome.ABANDONED else "unfinished"
        note = note_of(reply, kind, f"{wanted(reply.memory)} ({reason})")
        return reply.wait(State.CLOSING, a.CommitNote(note))
    if reply.pending.commits:
        return reply.remember(state=State.CLOSING)
    return over(reply)


def _somebody_has_it(memory: Conversation) -> bool:
    return any(outcome in OWNED for outcome in memory.done) and memory.task in (
        Task.NONE, Task.MESSAGE, Task.CALL_BACK,
    )  # fmt: skip


def last_words(reply: Reply) -> Reply:
    """No other talk after an alarm: the emergency number once more."""
    return close(reply.say("danger-stay"), "urgent", Outcome.URGENT)


def over(reply: Reply) -> Reply:
    """Hang up. An alert that was written while the call was ending names it."""
    urgent = Outcome.URGENT in reply.memory.done
    outcome = reply.pending.closing or outcome_of(reply.memory)
    outcome = Outcome.URGENT if urgent else outcome
    return reply.remember(state=State.ENDED).do(a.EndCall(outcome, reply.pending.why))


# --- rules of the table ---------------------------------------------------------------


def hung_up(reply: Reply, event: Event) -> Reply:
    """The caller is gone: what is known is kept, what is under way is awaited."""
    assert isinstance(event, CallerHungUp)
    if reply.memory.state in COMMITS:
        return reply.remember(state=State.LEAVING)
    if reply.memory.state in (State.RECORDING, State.LAST_MESSAGE):
        return close(reply, "hung-up-in-message", Outcome.VOICEMAIL)
    reason = "hung-up" if unfinished(reply.memory) else "done"
    return close(reply, reason)


def late_answer(reply: Reply, event: Event) -> Reply:
    """An answer that came after the call took another turn: facts count, the rest is dropped."""
    if isinstance(event, Committed):
        reply = settle(reply)
        reply = take_receipt(reply, event.receipt)
    elif isinstance(event, SlotGone):
        reply = settle(reply)
    elif isinstance(event, MessageRecorded) and event.receipt is not None:
        reply = achieved(reply, Outcome.MESSAGE)
    elif isinstance(event, TransferProgressed) and event.final and 200 <= event.code < 300:
        reply = achieved(reply, Outcome.TRANSFERRED)
    return _go_on_leaving(reply)


def late_failure(reply: Reply, event: Event) -> Reply:
    """A row under way was refused after the caller had gone."""
    assert isinstance(event, StoreFailed | SlotGone)
    if reply.memory.state is State.CLOSING:
        return over(settle(reply))
    return _go_on_leaving(settle(reply))


def _go_on_leaving(reply: Reply) -> Reply:
    if reply.pending.commits:
        return reply
    if reply.memory.state is State.LEAVING:
        return close(reply, "hung-up")
    return over(reply) if reply.memory.state is State.CLOSING else reply


def settle(reply: Reply) -> Reply:
    """One row under way less."""
    return reply.await_(commits=max(0, reply.pending.commits - 1))


def take_receipt(reply: Reply, receipt: Receipt) -> Reply:
    """A row is committed: the call has achieved it, and what was asked for is done."""
    reply = achieved(reply, OUTCOME_OF[type(receipt)])
    if isinstance(receipt, Booked):
        reply = reply.count(bookings=reply.counts.bookings + 1)
    if not isinstance(receipt, Booked | Moved | Cancelled | Confirmed):
        return reply
    one = receipt.appointment
    known = None if isinstance(receipt, Cancelled) else one
    reply = reply.remember(claim=("", receipt))
    return reply.remember(task=Task.NONE, discussed=one.start, verified=known)


def take_note(reply: Reply, key: str, receipt: Noted) -> Reply:
    """Something is on the office's list, said with this sentence; an appointment says more."""
    claim = reply.memory.claim
    if claim is None or isinstance(claim[1], Noted):
        reply = reply.remember(claim=(key, receipt))
    return reply
