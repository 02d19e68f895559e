"""Calls that are not for an office: calm, short, no loop, nothing booked."""

from __future__ import annotations

from gateway.appointments.records import Outcome
from gateway.conversation import message, questions
from gateway.conversation.ending import close
from gateway.conversation.meaning import Meaning
from gateway.conversation.memory import Task
from gateway.conversation.reply import Reply
from gateway.conversation.states import State

ENDS = {
    "wrong-number": "wrong-number",
    "sales": "no-sales",
    "robocall": "goodbye-machine",
    "bot": "goodbye-machine",
    "fax": "goodbye-machine",
}
"""Kind -> the last sentence."""
SAID_SO = 1.0
"""So sure is a language where the caller says that they speak no English; below it is guessed."""
PATIENCE = 2
"""So many insults or pranks, then the call ends."""


def answer(reply: Reply, meaning: Meaning) -> Reply | None:
    """What fits the kind; None when a call in progress should not be ended by one phrase."""
    kind = meaning.not_for_us.value if meaning.not_for_us else "other"
    sure = meaning.not_for_us.sure if meaning.not_for_us else 0.0
    busy = reply.memory.task is not Task.NONE
    if kind.startswith("language:"):
        guessed = busy and sure < SAID_SO
        return None if guessed else language(reply, kind.partition(":")[2])
    if kind in ENDS:
        if busy and kind != "fax":
            return None
        reply = reply.note("not-for-us", kind).say(ENDS[kind])
        return close(reply.remember(task=Task.NONE), kind, Outcome.SPAM)
    return calm(reply, kind)


def calm(reply: Reply, kind: str) -> Reply:
    """An insult, a prank, a child: once more kindly, then goodbye."""
    rude = reply.counts.rude + 1
    reply = reply.count(rude=rude).note("not-for-us", kind)
    if rude > PATIENCE or (rude == PATIENCE and reply.memory.task is Task.NONE):
        outcome = None if reply.memory.done or reply.memory.form.known else Outcome.SPAM
        return close(reply.say("end-calm"), kind, outcome)
    if kind == "child":
        return reply.say("grown-up").listen(State.OPEN)
    return questions.ask(reply.say("stay-calm"), reply.memory.last_question or State.OPEN)


def language(reply: Reply, code: str) -> Reply:
    """One line in their language, and a message."""
    key = f"language-{code}" if code in ("es", "fr", "de") else "language-other"
    reply = reply.note("language", code).remember(task=Task.MESSAGE)
    return message.take_last(reply.say(key), f"language-{code}")
