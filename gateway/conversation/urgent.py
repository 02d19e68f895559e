"""Danger: the emergency number in the next sentence, the on-call person alerted, nothing else."""

from __future__ import annotations

import re

from gateway.appointments.records import AlertNoted, Outcome
from gateway.conversation import actions as a
from gateway.conversation.ending import achieved, last_words, settle, take_receipt
from gateway.conversation.events import Committed, Event, HeardInMessage, StoreFailed
from gateway.conversation.meaning import Context, Meaning
from gateway.conversation.message import take_last
from gateway.conversation.notes import note_of
from gateway.conversation.reply import Reply
from gateway.conversation.said import Said
from gateway.conversation.sentences import say_alerted
from gateway.conversation.states import State
from gateway.conversation.understanding import understand

_WITHDRAWN = re.compile(
    r"\b(?:joking|kidding|a joke|false alarm|(?:not|no) (?:an |real )?emergency|"
    r"just (?:a test|testing)|(?:we're|we are|everybody is|everyone is) (?:fine|okay|ok|safe))\b"
)


def alarm(reply: Reply, meaning: Meaning) -> Reply:
    """Say where help is, then alert. A second alarm in a call alerts no second time."""
    words = meaning.danger.words if meaning.danger else ""
    reply = reply.note("danger", "words-for-danger", words=words).say("danger")
    if Outcome.URGENT in reply.memory.done:
        return reply.listen(State.URGENT)
    note = note_of(reply, "urgent", f'Said: "{meaning.said}"', urgent=True)
    reply = reply.await_(overheard=(), limit=False)
    return reply.wait(State.ALERTING, a.CommitAlert(note))


def on_urgent(reply: Reply, said: Said) -> Reply:
    """Whatever is said after an alarm: the number once more, then the line is free.

    A plain no may mean that the alarm was ours: then a message is taken, and the alert stands.
    """
    if (said.no or _WITHDRAWN.search(said.meaning.said.lower())) and not said.brings_values:
        reply = reply.note("danger", "withdrawn").say("danger-no")
        return take_last(reply, "urgent-withdrawn")
    return last_words(reply)


def heard_in_message(reply: Reply, event: Event) -> Reply:
    """Danger said after the tone: the emergency number at once, and the recording goes on."""
    assert isinstance(event, HeardInMessage)
    known = reply.pending.commits > 0 or Outcome.URGENT in reply.memory.done
    context = Context(reply.now, reply.memory.office.vocabulary)
    danger = understand(event.text, context).danger
    if danger is None and event.before and not known:  # "I can't" ... "breathe"
        danger = understand(f"{event.before} {event.text}", context).danger
    if danger is None:
        return reply
    reply = reply.note("danger", "words-for-danger", words=danger.words).say("danger")
    if known:
        return reply
    note = note_of(reply, "urgent", f'Said in a message: "{event.text}"', urgent=True)
    return reply.await_(commits=1).do(a.CommitAlert(note))


# --- rules of the table ---------------------------------------------------------------


def alerted(reply: Reply, event: Event) -> Reply:
    """The alert is on its way: now it may be said. Other rows were under way before."""
    assert isinstance(event, Committed)
    reply = take_receipt(settle(reply), event.receipt)
    if not isinstance(event.receipt, AlertNoted):
        return reply
    return reply.spoken(say_alerted(reply.setting, event.receipt)).listen(State.URGENT)


def alert_failed_in_message(reply: Reply, event: Event) -> Reply:
    """Likewise while a message is recorded: the call still counts as urgent."""
    assert isinstance(event, StoreFailed)
    if not reply.pending.commits:
        return reply
    return achieved(settle(reply).note("alert-failed", event.what), Outcome.URGENT)


def alert_failed(reply: Reply, event: Event) -> Reply:
    """The alert could not be written: the emergency number is all the more important."""
    assert isinstance(event, StoreFailed)
    reply = settle(reply).note("alert-failed", event.what)
    return achieved(reply, Outcome.URGENT).say("danger").listen(State.URGENT)
