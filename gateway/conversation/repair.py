"""Not understood, silent, or not sure: smaller questions, then keys or a message; never a loop."""

from __future__ import annotations

from gateway.appointments.records import Outcome
from gateway.conversation import details, message, person, questions
from gateway.conversation.ending import close
from gateway.conversation.events import CallerSilent, Event
from gateway.conversation.meaning import Source, Value
from gateway.conversation.memory import Task
from gateway.conversation.reply import Reply
from gateway.conversation.states import State

MISSES_IN_ALL = 9
"""Likewise in a whole call."""


def missed(reply: Reply) -> Reply:
    """A turn that was not understood: the question again, smaller each time."""
    state = reply.memory.last_question or State.OPEN
    misses, in_all = reply.counts.misses + 1, reply.counts.misses_in_all + 1
    reply = reply.count(misses=misses, misses_in_all=in_all)
    if misses >= message.MISSES or in_all >= MISSES_IN_ALL:
        return message.give_up(reply)
    if misses == 1:
        return questions.ask(reply.say("pardon"), state)
    if misses == 2:
        return questions.ask(reply.say("pardon-small"), state)
    if state is State.NAME and not reply.memory.keypad:
        return details.record_name(reply)
    return questions.ask(reply.say("use-keys"), state)


def say_again(reply: Reply) -> Reply:
    """ "Pardon?": the question in other words."""
    state = reply.memory.last_question or State.OPEN
    if reply.counts.misses_in_all + 1 >= MISSES_IN_ALL:
        return message.give_up(reply)
    reply = reply.count(misses_in_all=reply.counts.misses_in_all + 1).say("of-course")
    return questions.ask(reply, state)


def wait_for_them(reply: Reply) -> Reply:
    """ "One moment": no hurry."""
    return reply.say("take-your-time").listen_on(patience_ms=questions.SPELLING_PATIENCE_MS)


# --- rules of the table ---------------------------------------------------------------


def silent(reply: Reply, event: Event) -> Reply:
    """Nothing was said: typed digits are complete; otherwise ask again, then goodbye."""
    assert isinstance(event, CallerSilent)
    state, typed = reply.memory.last_question or State.OPEN, reply.pending.keys
    if state is State.PHONE and typed == "0":
        return person.asked(reply.await_(keys=""))  # a number would have gone on
    whole = details.NATIONAL_DIGITS.get(reply.memory.office.country, 2)
    if state is State.PHONE and 1 < len(typed) < whole and not reply.counts.silences:
        reply = reply.count(silences=1).say("more-digits").listen(state, keys=True)
        return reply.await_(keys=typed)  # a pause in the middle of a number
    if state is State.PHONE and len(typed) > 1:
        reply = reply.await_(keys="")
        return details.number_given(reply, Value(typed, "", Source.KEYPAD))
    silences = reply.counts.silences + 1
    reply = reply.count(silences=silences).await_(keys="")
    if state is State.URGENT:
        return close(reply.say("danger-stay"), "urgent", Outcome.URGENT)
    if silences > reply.memory.office.settings.conversation.max_silences:
        return _gone_quiet(reply)
    if state is State.OPEN and not reply.memory.keypad:
        if reply.memory.done:
            return questions.ask(reply, state)
        return reply.say("silent-open").listen(State.OPEN)
    return questions.ask(reply.say("still-there"), state)


def _gone_quiet(reply: Reply) -> Reply:
    """Nobody speaks any more; a silent call from nobody is nobody's."""
    if reply.memory.done and reply.memory.task is Task.NONE:
        return close(reply.say("goodbye"), "silent")
    nothing = not reply.counts.turns
    outcome = Outcome.SPAM if nothing and not reply.memory.call.caller else None
    return close(reply.say("goodbye-silent"), "silent", outcome)
