"""A human being, at once: transfer, a call back or a message, as the office has it."""

from __future__ import annotations

from gateway.appointments.records import Outcome
from gateway.conversation import actions as a
from gateway.conversation import questions
from gateway.conversation.details import call_back
from gateway.conversation.ending import achieved, close
from gateway.conversation.events import Event, TransferProgressed
from gateway.conversation.memory import Task
from gateway.conversation.notes import note_of
from gateway.conversation.reply import Reply
from gateway.conversation.states import State


def asked(reply: Reply) -> Reply:
    """The caller wants a person; no question is put before that."""
    rule = reply.memory.office.settings.handover
    reply = reply.note("person", rule.rule).count(misses=0, silences=0)
    if rule.rule == "transfer" and rule.person:
        reply = reply.say("putting-through")
        return reply.wait(State.TRANSFERRING, a.TransferCall(rule.person))
    if rule.rule == "call-back":
        reply = reply.remember(task=Task.CALL_BACK)
        if reply.memory.call.caller or reply.memory.form.phone_checked:
            return call_back(reply)
        if not reply.memory.keypad:
            return questions.ask(reply.say("can-call-back"), State.PHONE)
    return record(reply.say("nobody-in"), "person")


def record(reply: Reply, reason: str) -> Reply:
    """A message for a person, without any further question."""
    note = note_of(reply, reason, "Asked to speak to a person.")
    reply = reply.remember(task=Task.MESSAGE).await_(why=reason)
    action = a.RecordMessage(reason, note, go_on=True)
    return reply.say("leave-message").wait(State.RECORDING, action)


def transfer_progressed(reply: Reply, event: Event) -> Reply:
    """Through, or back with a message."""
    assert isinstance(event, TransferProgressed)
    if not event.final:
        return reply
    if 200 <= event.code < 300:
        reply = achieved(reply, Outcome.TRANSFERRED).remember(task=Task.NONE)
        return close(reply, "transferred")
    reply = reply.note("transfer-failed", str(event.code))
    return record(reply.say("nobody-there"), "transfer-failed")
