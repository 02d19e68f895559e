"""The ladder: something stops working in mid-call; what is known is kept and the call goes on."""

from __future__ import annotations

from dataclasses import replace

from gateway.conversation import questions, turns
from gateway.conversation.events import Event, ModelBack, ModelFailed
from gateway.conversation.memory import Abilities
from gateway.conversation.reply import Reply
from gateway.conversation.states import QUESTIONS, State


def model_lost(reply: Reply, event: Event) -> Reply:
    """Something stopped working; nothing is said of it now."""
    assert isinstance(event, ModelFailed)
    able = reply.memory.able
    lost = {
        "language-model": replace(able, mind=False),
        "recogniser": replace(able, ears=False, mind=False),
        "voice": replace(able, voice=False),
    }
    reply = reply.remember(able=lost.get(event.what, able))
    if reply.memory.rung == able.rung:
        return reply
    return reply.note("rung", event.what, before=able.rung, now=reply.memory.rung)


def model_failed(reply: Reply, event: Event) -> Reply:
    """As above; a question that was open is put again in the way that is left."""
    assert isinstance(event, ModelFailed)
    before, state = reply.memory.able, reply.memory.state
    reply = model_lost(reply, event)
    if state is State.THINKING:
        return _without_model(reply)
    if state not in QUESTIONS or state is State.URGENT:
        return reply
    if event.what == "recogniser" and before.ears:
        reply = reply.count(misses=0).await_(keys="").say("lost-hearing")
        return questions.ask(reply, state)
    if event.what == "voice" and before.voice:
        return questions.ask(reply, state)
    return reply


def _without_model(reply: Reply) -> Reply:
    """The words that the model was asked about are read by rules alone."""
    meaning, back = reply.pending.meaning, reply.pending.back or State.OPEN
    said = turns.said_of(reply)
    reply = reply.remember(state=back).await_(meaning=None, heard=None, question=None)
    if meaning is None or reply.memory.keypad:
        return questions.ask(reply, back)
    return turns.act(reply, said)


def model_back(reply: Reply, event: Event) -> Reply:
    """The recogniser works again: the next question is put in speech."""
    assert isinstance(event, ModelBack)
    before = reply.memory.able
    able = Abilities.on(event.rung)
    reply = reply.remember(able=able).note("rung", "back", before=before.rung, now=able.rung)
    if before.ears or not able.ears:
        return reply
    reply = reply.count(misses=0)
    if reply.memory.state in QUESTIONS and reply.memory.state is not State.URGENT:
        return questions.ask(reply.await_(keys="").say("hearing-back"), reply.memory.state)
    return reply
