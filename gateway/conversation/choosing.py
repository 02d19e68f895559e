"""Answers to the questions that have no file of their own: service, day, one of several times."""

from __future__ import annotations

import re

from gateway.conversation import (
    asking,
    booking,
    changing,
    details,
    message,
    offering,
    questions,
    wishes,
)
from gateway.conversation.booking_form import ANYBODY, absorb
from gateway.conversation.ending import goodbye
from gateway.conversation.meaning import DayWish, Meaning, TimeWish, Value
from gateway.conversation.memory import Task
from gateway.conversation.reply import Reply
from gateway.conversation.said import Said
from gateway.conversation.states import State


def on_open(reply: Reply, turn: Said) -> Reply | None:
    meaning = turn.meaning
    wishes_all_the_same = meaning.time is not None or meaning.service is not None
    if (turn.no and not wishes_all_the_same) or (
        meaning.thanks and not turn.brings_values and not turn.answer
    ):
        return goodbye(reply) if reply.memory.done or turn.no else None
    if on := asking.asks_on(reply, meaning):
        return on
    if _ANOTHER.search(meaning.said.lower()) and reply.memory.verified is not None:
        same = Value(reply.memory.verified.service, "")
        return booking.begin_with(reply.form(service=meaning.service or same), meaning)
    if _is_a_wish(turn):
        return booking.begin_with(reply, meaning)
    if turn.yes and reply.memory.done:
        return questions.ask(reply.say("of-course"), State.OPEN, questions.Form.SMALL)
    if not meaning.in_scope:
        return _out_of_scope(reply)
    if meaning.name is not None:
        reply = reply.remember(form=absorb(reply.memory.form, meaning))
        return questions.ask(reply.say("thanks-name", name=meaning.name.value), State.OPEN)
    return None


_ANOTHER = re.compile(
    r"\b(?:another|a second|one more|the same|one)(?: one| thing| again)? for (?:my|our|him|her)\b"
)
""" "Another one for my wife", after a booking: of the same kind."""
FEW_WORDS = 3
"""So many words besides a day or time, and it was said to book; "what's the weather tomorrow" has
more."""


def _is_a_wish(turn: Said) -> bool:
    """Whether an appointment is meant, though nobody said so."""
    meaning = turn.meaning
    if not meaning.in_scope or not turn.brings_wish:
        return False
    if meaning.service or (meaning.practitioner and meaning.practitioner.value != ANYBODY):
        return True
    wishes_said = [value.words for value in (meaning.day, meaning.time) if value is not None]
    used = sum(len(words.split()) for words in wishes_said)
    return len(meaning.said.split()) - used <= FEW_WORDS


def _out_of_scope(reply: Reply) -> Reply:
    misses = reply.counts.misses_in_all + 1
    reply = reply.count(misses_in_all=misses).note("out-of-scope", "nothing-we-do")
    if misses >= message.MISSES:
        return message.give_up(reply)
    return reply.say("out-of-scope").listen(State.OPEN)


def on_service(reply: Reply, turn: Said) -> Reply | None:
    if turn.meaning.service is None:
        return None
    return booking.carry_on(reply.count(misses=0))


def on_day(reply: Reply, turn: Said) -> Reply | None:
    meaning = turn.meaning
    if meaning.day is None and meaning.time is None:
        if meaning.practitioner is not None and reply.memory.form.wished_anything:
            return booking.carry_on(reply.count(misses=0))
        return None
    return booking.carry_on(reply.count(misses=0).remember(direction=None))


def on_which_day(reply: Reply, turn: Said) -> Reply | None:
    wish, meaning = reply.memory.form.day, turn.meaning
    if meaning.day is not None and not meaning.day.value.ambiguous:
        return booking.carry_on(reply.count(misses=0))
    options = wish.value.ambiguous if wish else ()
    words = meaning.said.lower().split()
    late = {"second", "later", "following", "latter", "week"} & set(words)
    early = {"first", "earlier", "this", "former", "sooner"} & set(words)
    if len(options) > 1 and bool(late) != bool(early):
        day = options[1] if late else options[0]
        return booking.carry_on(
            reply.form(day=Value(DayWish(days=(day,)), meaning.said)).count(misses=0)
        )
    return None


def on_which_time(reply: Reply, turn: Said) -> Reply | None:
    wish, meaning = reply.memory.form.time, turn.meaning
    if meaning.time is None:
        return None
    if meaning.time.value.times and not meaning.time.value.ambiguous:
        return booking.carry_on(reply.count(misses=0))
    windows = meaning.time.value.windows
    options = wish.value.ambiguous if wish else ()
    fitting = [t for t in options if any(w.start <= t < w.end for w in windows)]
    if len(fitting) == 1:
        chosen = Value(TimeWish(times=(fitting[0],), half_day_said=True), meaning.said)
        return booking.carry_on(reply.form(time=chosen).count(misses=0))
    return None


def on_choice(reply: Reply, turn: Said) -> Reply | None:
    meaning, offers = turn.meaning, reply.memory.offers
    picked = meaning.choice.value if meaning.choice else -1
    if 0 <= picked < len(offers) and (turn.brings_wish or not turn.no):
        return wishes.hold(reply.count(misses=0), offers[picked])
    if turn.brings_wish or meaning.wants_other:
        return None
    if turn.yes and len(offers) == 1:
        return wishes.hold(reply.count(misses=0), offers[0])
    if turn.no:
        reply = offering.refuse(reply).form(day=None, time=None).count(misses=0)
        return questions.ask(reply, State.DAY)
    if turn.half_yes or turn.yes:
        return message.unsure(reply, State.CHOICE)
    return None


def on_offer_message(reply: Reply, turn: Said) -> Reply | None:
    if turn.yes or turn.half_yes:
        return message.take(reply, "caller-asked")
    if turn.no:
        return goodbye(reply, "no-message-wanted")
    return booking.begin_with(reply, turn.meaning) if turn.brings_wish else None


def on_resume(reply: Reply, turn: Said) -> Reply | None:
    """The answer to "shall we go on with your booking?"; another wish begins afresh."""
    if turn.brings_wish and (turn.no or turn.meaning.service or not reply.memory.form.known):
        return booking.begin_with(_afresh(reply), turn.meaning)
    if turn.brings_wish:  # "yes, but Thursday": the same, at another time
        form = reply.form(slot=None, day=None, time=None)
        return booking.begin_with(form.remember(task=Task.BOOK), turn.meaning)
    if turn.yes and reply.memory.resumes is not Task.NONE:
        return changing.begin(reply.count(misses=0), reply.memory.resumes, Meaning(""))
    if turn.yes:
        return booking.begin(reply.remember(task=Task.BOOK).count(misses=0))
    if turn.no:
        return questions.ask(_afresh(reply), State.OPEN)
    return details.unclear(reply, turn)


def _afresh(reply: Reply) -> Reply:
    """Without the wish of the call before; name and number stay."""
    fresh = {"service": None, "practitioner": None, "day": None, "time": None, "slot": None}
    return reply.form(**fresh).remember(task=Task.NONE, resumes=Task.NONE).count(misses=0)
