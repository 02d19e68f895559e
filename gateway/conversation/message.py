"""A message in the caller's own voice; also what is left when nothing else works."""

from __future__ import annotations

from gateway.appointments.records import Outcome
from gateway.conversation import actions as a
from gateway.conversation import questions
from gateway.conversation.ending import (
    achieved,
    anything_else,
    close,
    goodbye,
    last_words,
    over,
    take_note,
)
from gateway.conversation.events import Event, MessageRecorded, StoreFailed
from gateway.conversation.meaning import Meaning
from gateway.conversation.memory import Task
from gateway.conversation.notes import note_of
from gateway.conversation.reply import Reply
from gateway.conversation.sentences import say_noted
from gateway.conversation.states import State

MISSES = 4
"""Turns in a row that were not understood before a message is taken."""
MAX_EMPTY = 2
"""After so many recordings without a word the call ends kindly."""


def begin(reply: Reply, meaning: Meaning) -> Reply:
    """The caller wants to leave a message: for whom, and where they can be reached."""
    whom = meaning.practitioner.value if meaning.practitioner else ""
    reply = reply.remember(task=Task.MESSAGE, for_whom="" if whom == "any" else whom)
    return take(reply, "caller-asked")


def take(reply: Reply, reason: str) -> Reply:
    """Record the caller and go on afterwards; a withheld number is asked for first."""
    if reply.memory.task is Task.NONE:
        reply = reply.remember(task=Task.MESSAGE)
    if _needs_number(reply):
        reply = reply.await_(why=reason).remember(task=Task.MESSAGE)
        return questions.ask(reply, State.PHONE)
    note = note_of(reply, reason)
    action = a.RecordMessage(reason, note, go_on=True)
    return reply.say("leave-message").await_(why=reason).wait(State.RECORDING, action)


def _needs_number(reply: Reply) -> bool:
    form, call = reply.memory.form, reply.memory.call
    known = call.caller or form.phone_checked or form.phone_clip
    return not known and not reply.memory.keypad and not reply.counts.misses


def take_last(reply: Reply, reason: str) -> Reply:
    """Record the caller; the line thanks and hangs up. Needs no database and no model."""
    action = a.RecordMessage(reason, note_of(reply, reason), go_on=False)
    return reply.await_(why=reason).wait(State.LAST_MESSAGE, action)


def offer(reply: Reply) -> Reply:
    """Ask whether they would like to leave a message."""
    return questions.ask(reply.count(misses=0), State.OFFER_MESSAGE)


def give_up(reply: Reply) -> Reply:
    """We do not understand each other: the office will, from a message."""
    reply = reply.note("gave-up", "not-understood", misses=reply.counts.misses)
    if reply.memory.task is Task.NONE and reply.memory.done:
        return close(reply.say("goodbye"), "not-understood")
    return take_last(reply.say("cannot-understand"), "not-understood")


def unsure(reply: Reply, state: State) -> Reply:
    """Heard, but no answer: the question again for the keys, and no loop."""
    misses = max(2, reply.counts.misses + 1)
    if misses > MISSES:
        return give_up(reply)
    return questions.ask(reply.count(misses=misses), state)


def alarmed(reply: Reply) -> bool:
    """Whether danger was said into the recording that is just over."""
    return Outcome.URGENT in reply.memory.done or reply.pending.commits > 0


# --- rules of the table ---------------------------------------------------------------


def message_recorded(reply: Reply, event: Event) -> Reply:
    """What was recorded is on the office's list, or nothing was left."""
    assert isinstance(event, MessageRecorded)
    if event.receipt is not None:
        said = say_noted(reply.setting, "message-noted", event.receipt)
        reply = take_note(achieved(reply, Outcome.MESSAGE), "message-noted", event.receipt)
        reply = reply.spoken(said)
        return last_words(reply) if alarmed(reply) else anything_else(reply)
    if alarmed(reply):
        return last_words(reply)
    if event.name:
        return close(reply.say("message-left"), "message-kept-by-line", Outcome.VOICEMAIL)
    empty = reply.counts.empty_messages + 1
    reply = reply.count(empty_messages=empty).say("no-message")
    if empty >= MAX_EMPTY:
        return goodbye(reply, "no-message-left")
    return offer(reply)


def last_message_recorded(reply: Reply, event: Event) -> Reply:
    """The line has thanked and hangs up."""
    assert isinstance(event, MessageRecorded)
    reason = reply.pending.why
    if event.receipt is not None:
        return close(achieved(reply, Outcome.MESSAGE).remember(task=Task.NONE), reason)
    if event.name:
        return over(reply.await_(closing=Outcome.VOICEMAIL, why=reason))
    return close(reply, reason)


def store_failed(reply: Reply, event: Event) -> Reply:
    """The book is out of reach: the line's own message needs no database."""
    assert isinstance(event, StoreFailed)
    reply = reply.await_(commits=0).note("store-failed", event.what)
    return take_last(reply.say("store-down"), "store-failed")


def turn_limit(reply: Reply, event: Event) -> Reply:
    """Too many turns or minutes: what is left is said to the office."""
    reply = reply.await_(limit=False)
    if reply.memory.task is Task.NONE and reply.memory.done:
        return goodbye(reply, "turn-limit")
    return take_last(reply.say("time-up"), "turn-limit")


def turn_limit_later(reply: Reply, event: Event) -> Reply:
    """Something is under way; the limit counts when it is the caller's turn again."""
    return reply.await_(limit=True)
