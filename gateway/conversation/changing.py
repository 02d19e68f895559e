"""Moving, cancelling, confirming, "when am I booked?": found, verified, read back, committed."""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.appointments.names import same_name
from gateway.appointments.records import (
    Appointment,
    Cancelled,
    Confirmed,
    Moved,
    Outcome,
    Status,
)
from gateway.conversation import actions as a
from gateway.conversation import booking, identity, message, questions
from gateway.conversation.booking_form import BookingForm, absorb
from gateway.conversation.commit_words import only_ordered
from gateway.conversation.details import unclear
from gateway.conversation.ending import achieved, anything_else, settle, take_receipt
from gateway.conversation.events import AppointmentsFound, Committed, Event
from gateway.conversation.meaning import Intent, Meaning, Value
from gateway.conversation.memory import Identity, Task
from gateway.conversation.reply import Reply
from gateway.conversation.said import Said
from gateway.conversation.sentences import say_cancelled, say_confirmed, say_moved
from gateway.conversation.states import State

MAX_GUESSES = 3
"""After so many facts that fit nothing the office looks itself: somebody may be guessing."""
NUMBER_AFTER = 2
"""After so many the number it was booked with is asked for, and all three facts must agree."""


def begin(reply: Reply, task: Task, meaning: Meaning) -> Reply:
    """The caller asks about an appointment that stands; the words may say already which."""
    form, call = reply.memory.form, reply.memory.call
    known = Identity(name=form.name.value if form.name else None)
    if form.phone and form.phone_checked and form.phone.value != call.caller:
        known = Identity(name=known.name, phone=form.phone.value)
    if not meaning.name:
        known = Identity(phone=known.phone)
    wish = where_wished(meaning) if task is Task.MOVE else None
    said = _facts_of(meaning if wish is None else replace(meaning, day=None, time=None), task)
    reply = reply.remember(move_to=wish)
    verified = reply.memory.verified
    if verified is not None and _IT.search(meaning.said.lower()) and meaning.name is None:
        return found(reply.remember(task=task, offers=(), refused=(), direction=None), verified)
    reply = reply.remember(task=task, target=None, found=(), offers=(), refused=(), direction=None)
    reply = reply.remember(identity=identity.learn(known, said)).form(slot=None)
    return look_up(reply)


_IT = re.compile(
    r"\b(?:move|push|shift|postpone|reschedule|switch|change|cancel|confirm) (?:it|that|this)\b"
)
"""What was spoken of a moment ago, by a word that points back."""
_TO = re.compile(r"\b(?:to|until|till|onto|into|for)(?: the| next| this| on| about| around)* $")


def where_wished(meaning: Meaning) -> Meaning | None:
    """ "Move it to Thursday at two": that is where to, not which one."""
    said = meaning.said.lower()
    for value in (meaning.day, meaning.time):
        words = value.words.lower().split(",")[0] if value else ""
        if words and _TO.search(said[: max(0, said.rfind(words))]):
            return Meaning(meaning.said, day=meaning.day, time=meaning.time)
    return None


def _facts_of(meaning: Meaning, task: Task) -> Meaning:
    """What identifies it: "move my Tuesday cleaning to Friday" names two days, the first is it."""
    day = meaning.day
    if task is Task.MOVE and day is not None and len(day.value.days) != 1:
        return Meaning(meaning.said, name=meaning.name, phone=meaning.phone,
                       phone_partial=meaning.phone_partial, service=meaning.service,
                       practitioner=meaning.practitioner)  # fmt: skip
    return meaning


def look_up(reply: Reply) -> Reply:
    """Look in the book once enough is known; otherwise ask."""
    if not identity.enough_said(reply.memory, all_three=reply.counts.guesses >= NUMBER_AFTER):
        return questions.ask(reply, State.IDENTIFY)
    who, caller = reply.memory.identity, reply.memory.call.caller
    return reply.wait(State.LOOKING_UP, a.FindAppointments(phone=who.phone or caller))


def on_identify(reply: Reply, said: Said) -> Reply | None:
    """More facts."""
    if not said.brings_values:
        return None
    meaning = said.meaning
    if meaning.same_number and reply.memory.call.caller is None:
        return questions.ask(reply, State.IDENTIFY)
    known = identity.learn(reply.memory.identity, meaning)
    if reply.counts.guesses >= NUMBER_AFTER and known.phone is None and _all_but_number(reply):
        return _wrong_guess(reply.remember(identity=known))  # other facts instead of the number
    return look_up(reply.remember(identity=known).count(misses=0))


def appointments_found(reply: Reply, event: Event) -> Reply:
    """Compare the facts with what stands in the book."""
    assert isinstance(event, AppointmentsFound)
    fitting = tuple(one for one in event.appointments if identity.agrees(reply.memory, one))
    if not fitting:
        return _wrong_guess(reply)
    reply = reply.note("verified", "facts-agree", task=reply.memory.task.value)
    first = fitting[0]
    same_person = tuple(one for one in fitting if same_name(one.name, first.name))
    if len(same_person) == 1:
        return found(reply, first)
    return questions.ask(reply.remember(found=same_person[:4]), State.WHICH_APPOINTMENT)


def _wrong_guess(reply: Reply) -> Reply:
    """Never says which fact was wrong, nor whether the number is known."""
    guesses = reply.counts.guesses + 1
    reply = reply.count(guesses=guesses).note("verification-failed", "facts-do-not-fit")
    if guesses >= MAX_GUESSES:
        reply = reply.note("flagged", "repeated-wrong-guesses", guesses=guesses)
        return message.take(reply.say("not-found-message"), "verification-failed")
    who = reply.memory.identity
    reply = reply.remember(identity=identity.forget_facts(who))
    if guesses >= NUMBER_AFTER and who.phone is None:
        reply = reply.remember(identity=who)  # perhaps booked with another number: all three now
    return questions.ask(reply.say("not-found"), State.IDENTIFY)


def _all_but_number(reply: Reply) -> bool:
    who = reply.memory.identity
    return who.name is not None and who.day is not None


def on_which(reply: Reply, said: Said) -> Reply | None:
    """Which of several."""
    fitting = _chosen(reply.memory.found, said.meaning)
    if len(fitting) == 1:
        return found(reply, fitting[0])
    if _ALL.search(said.meaning.said.lower()) and not said.brings_values:
        return _one_by_one(reply)
    return None


_ALL = re.compile(r"\b(?:both|all|each|every ?(?:one|thing)|the lot)\b")


def _one_by_one(reply: Reply) -> Reply:
    """ "Both": they have been told; changes are made one after the other, each with its own yes."""
    first, *others = reply.memory.found
    if reply.memory.task in (Task.WHEN, Task.CONFIRM):
        return anything_else(achieved(reply.remember(found=()), Outcome.INFORMED))
    return found(reply.remember(also=tuple(others)).count(misses=0), first)


def _next_one(reply: Reply, task: Task) -> Reply:
    """The next of several appointments; otherwise: anything else?"""
    if not reply.memory.also:
        return anything_else(reply)
    one, *others = reply.memory.also
    reply = reply.remember(task=task, also=tuple(others), offers=(), refused=(), direction=None)
    return found(reply.count(misses=0), one)


def _chosen(options: tuple[Appointment, ...], meaning: Meaning) -> tuple[Appointment, ...]:
    if meaning.choice is not None:
        return options[meaning.choice.value : meaning.choice.value + 1]
    only = Meaning(meaning.said, day=meaning.day, service=meaning.service,
                   practitioner=meaning.practitioner)  # fmt: skip
    facts = identity.learn(Identity(), only)
    if not facts.facts and meaning.time is None:
        return ()
    return tuple(
        one
        for one in options
        if identity.nothing_wrong(facts, one)
        and (meaning.time is None or one.start.time() in meaning.time.value.times)
    )


def found(reply: Reply, one: Appointment) -> Reply:
    """Verified: now it may be spoken of."""
    reply = reply.remember(target=one, found=(), discussed=one.start, verified=one)
    task = reply.memory.task
    if task is Task.CONFIRM:
        return reply.wait(State.CONFIRMING, a.CommitConfirm(one.uid))
    request = one.status is Status.TENTATIVE
    reply = reply.say(
        "your-request" if request else "your-appointment",
        a_service=one.service,
        with_practitioner=one.practitioner,
        on_day=one.start.date(),
        at_time=one.start.time(),
    )
    if task is Task.CANCEL:
        return questions.ask(reply, State.COMMIT_CANCEL)
    if task is Task.MOVE:
        return _where_to(reply, one)
    return anything_else(achieved(reply, Outcome.INFORMED))


def _where_to(reply: Reply, one: Appointment) -> Reply:
    """The same service with the same practitioner, at another time."""
    form = BookingForm(
        service=Value(one.service, ""),
        practitioner=Value(one.practitioner, ""),
        name=Value(one.name, ""),
        name_checked=True,
        phone=Value(one.phone, ""),
        phone_checked=True,
    )
    if reply.memory.move_to is not None:
        form = absorb(form, reply.memory.move_to)
    return booking.carry_on(reply.remember(form=form, refused=(), move_to=None))


# --- commits --------------------------------------------------------------------------


def on_commit_move(reply: Reply, said: Said) -> Reply | None:
    """The answer to "shall I move it?"."""
    slot, target = reply.memory.form.slot, reply.memory.target
    assert target is not None
    if slot is None:
        return booking.carry_on(reply.count(misses=0))
    if said.clear_yes and not said.brings_wish:
        reply = reply.note("commit", "caller-said-yes", start=slot.start.isoformat())
        action = a.CommitMove(target.uid, target.revision, slot, reply.memory.tentative)
        return reply.wait(State.MOVING, action)
    if said.no and not said.brings_wish:
        return questions.ask(reply.form(slot=None, day=None, time=None), State.DAY)
    return unclear(reply, said)


def on_commit_cancel(reply: Reply, said: Said) -> Reply | None:
    """The answer to "shall I cancel it?"."""
    target = reply.memory.target
    assert target is not None
    if said.clear_yes and only_ordered(said.plain, Intent.CANCEL) and not reply.counts.misses:
        return message.unsure(reply.note("not-counted", "order-without-yes"), reply.memory.state)
    if said.clear_yes:
        reply = reply.note("commit", "caller-said-yes", cancel=target.start.isoformat())
        return reply.wait(State.CANCELLING, a.CommitCancel(target.uid, target.revision))
    return keep(reply) if said.no else unclear(reply, said)


def keep(reply: Reply) -> Reply:
    """Nothing is changed after all: what was found stays, what was not found was never told."""
    task = reply.memory.task
    reply = reply.form(slot=None, day=None, time=None)
    if reply.memory.target is None:
        return anything_else(reply.note("dropped", "caller-asked").say("dropped"))
    return _next_one(achieved(reply.say("kept"), Outcome.INFORMED), task)


def moved(reply: Reply, event: Event) -> Reply:
    """The row is there: now it may be said."""
    assert isinstance(event, Committed) and isinstance(event.receipt, Moved)
    reply = take_receipt(settle(reply), event.receipt).form(slot=None, day=None, time=None)
    return _next_one(reply.spoken(say_moved(reply.setting, event.receipt)), Task.MOVE)


def cancelled(reply: Reply, event: Event) -> Reply:
    """The row is there: now it may be said."""
    assert isinstance(event, Committed) and isinstance(event.receipt, Cancelled)
    reply = take_receipt(settle(reply), event.receipt)
    return _next_one(reply.spoken(say_cancelled(reply.setting, event.receipt)), Task.CANCEL)


def confirmed(reply: Reply, event: Event) -> Reply:
    """The row is there: now it may be said."""
    assert isinstance(event, Committed) and isinstance(event.receipt, Confirmed)
    reply = take_receipt(settle(reply), event.receipt)
    return anything_else(reply.spoken(say_confirmed(reply.setting, event.receipt)))
