"""The call is answered and the recorded greeting plays: how the conversation begins."""

from __future__ import annotations

from gateway.conversation import message, questions
from gateway.conversation.events import CallAnswered, Event
from gateway.conversation.memory import Abilities, Spoken, Task
from gateway.conversation.progress import resumed, resumed_change
from gateway.conversation.reply import Reply
from gateway.conversation.states import State


def answered(reply: Reply, event: Event) -> Reply:
    """The greeting ends with "how can I help you?": only what it did not say is said now."""
    assert isinstance(event, CallAnswered)
    greeted = Spoken(keys=(("ask-open", 1),))  # the greeting ends with its first wording
    reply = reply.remember(call=event, able=Abilities.on(event.rung), spoken=greeted)
    limit = reply.memory.office.settings.booking.max_calls_per_hour
    if event.calls_last_hour > limit:
        reply = reply.note("refused", "too-many-calls", calls=event.calls_last_hour)
        return message.take(reply.say("too-many-calls"), "too-many-calls")
    form = resumed(event.progress)
    if form is not None and reply.memory.able.ears:
        reply = reply.remember(form=form, task=Task.NONE).note("resumed", "called-back-soon")
        return questions.ask(reply, State.RESUME)
    change = resumed_change(event.progress)
    if change is not Task.NONE and reply.memory.able.ears:
        reply = reply.remember(resumes=change).note("resumed", "called-back-soon")
        return questions.ask(reply, State.RESUME)
    if reply.memory.keypad:
        return questions.ask(reply, State.OPEN)
    return reply.listen(State.OPEN)
