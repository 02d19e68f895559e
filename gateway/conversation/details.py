"""Name and number: asked, read back, and given up to a recording when nothing else helps."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.conversation import actions as a
from gateway.conversation import booking, message, questions
from gateway.conversation.booking_form import with_phone
from gateway.conversation.ending import last_words
from gateway.conversation.events import Event, MessageRecorded
from gateway.conversation.meaning import Source, Value
from gateway.conversation.memory import Task
from gateway.conversation.notes import clip_about, note_of
from gateway.conversation.reply import Reply
from gateway.conversation.said import Said
from gateway.conversation.sentences import say_noted
from gateway.conversation.states import State

NATIONAL_DIGITS = {"US": 10, "CA": 10}
"""Countries whose numbers all have the same length: complete without a hash."""
CLIP_AFTER = 2
"""Corrections of a name after which a recording is kept instead."""
KEYPAD_AFTER = 2
"""Corrections of a number after which it is typed."""
PHONE_CLIP_AFTER = 4
"""Corrections of a number after which a recording is kept instead."""


LETTERS = re.compile(
    r"\bwith(?:out)? (?:an?|one|two|the|no) (?:[a-z]\b(?!')|[a-z]'?s\b)|\bdouble [a-z]\b"
)
""" "Anne with an e": how a name is written, said of the one that was heard."""


def go_on(reply: Reply) -> Reply:
    """Back to what the number or name was needed for."""
    task = reply.memory.task
    if task is Task.MESSAGE:
        why = reply.pending.why
        return message.take(reply, "caller-asked" if why in ("", "name", "phone") else why)
    if task is Task.CALL_BACK:
        return call_back(reply)
    return booking.carry_on(reply)


def call_back(reply: Reply) -> Reply:
    """Put a call back onto the office's list."""
    note = note_of(reply, "call-back", "Asked to speak to a person; call back.")
    return reply.await_(why="call-back-noted").wait(State.NOTING, a.CommitNote(note))


# --- the name -------------------------------------------------------------------------


def on_name(reply: Reply, said: Said) -> Reply | None:
    """The answer to "what name?"."""
    if said.meaning.name is None:
        return None
    return name_given(reply, said)


def name_given(reply: Reply, said: Said) -> Reply:
    """Take the name; a spelled or unsure one is read back by itself."""
    name = said.meaning.name
    assert name is not None
    reply = reply.count(misses=0)
    sure = min(name.sure, max(said.sure, 0.3))
    value = in_words(name.value, reply.memory.name_before) if said.meaning.spelled else name.value
    named = Value(value, name.words, name.source, sure)
    reply = reply.form(name=named, name_checked=False, name_clip=False)
    if said.meaning.spelled or reply.counts.name_tries or sure < booking.NAME_SURE:
        reply = reply.form(name_checked=said.meaning.spelled)
        return questions.ask(reply, State.NAME_CHECK)
    if reply.memory.state is State.NAME:
        reply = reply.say("thanks-name", name=name.value)
    return go_on(reply)


def on_name_check(reply: Reply, said: Said) -> Reply | None:
    """The answer to "is that right?" after a name."""
    if LETTERS.search(said.meaning.said.lower()) and not said.meaning.spelled:
        return name_wrong(reply)
    if said.meaning.name is not None and not said.yes:
        return name_given(reply.count(name_tries=reply.counts.name_tries + 1), said)
    if said.yes:
        return go_on(reply.form(name_checked=True).count(misses=0, name_tries=0))
    if said.no:
        return name_wrong(reply)
    return unclear(reply, said)


def name_wrong(reply: Reply) -> Reply:
    """Not that name: spell it, and after that keep a recording."""
    tries, known = reply.counts.name_tries + 1, reply.memory.form.name
    reply = reply.count(name_tries=tries, misses=0)
    if known is not None:
        reply = reply.remember(name_before=known.value)
    if tries > CLIP_AFTER:
        return record_name(reply)
    return questions.ask(reply.form(name=None, name_checked=False), State.NAME)


def in_words(spelled: str, before: str) -> str:
    """ "Annebrown", spelled after "Ann Brown" was refused, is "Anne Brown"."""
    words = before.split()
    if " " in spelled or len(words) < 2:
        return spelled
    low, first, last = spelled.lower(), words[0].lower(), words[-1].lower()
    if low.endswith(last) and len(low) > len(last):
        cut = len(low) - len(last)
    elif low.startswith(first) and len(low) > len(first):
        cut = len(first)
    else:
        return spelled
    return f"{low[:cut].capitalize()} {low[cut:].capitalize()}"


def record_name(reply: Reply) -> Reply:
    """Keep the name as a recording for the office."""
    action = a.RecordMessage(
        "name-clip", note_of(reply, "name-clip", clip_about(reply, "name")), go_on=True
    )
    return reply.say("say-name-recorded").await_(why="name").wait(State.RECORDING_NAME, action)


# --- the number -----------------------------------------------------------------------


def on_phone(reply: Reply, said: Said) -> Reply | None:
    """The answer to "what number?"."""
    meaning = said.meaning
    if reply.memory.call.caller and (meaning.same_number or said.yes):
        return this_number(reply)
    if meaning.phone is None:
        refused = said.no or meaning.same_number or _NO_NUMBER.search(meaning.said.lower())
        return without_number(reply) if refused else None
    return number_given(reply, meaning.phone, partial=meaning.phone_partial)


_NO_NUMBER = re.compile(
    r"\b(?:don't have|do not have|haven't got|have no|without|not giving|won't give|no)"
    r"(?: \w+){0,2} (?:phone|number|mobile|cell|landline)\b"
)


def without_number(reply: Reply) -> Reply:
    """They will not tell a number: a message needs none; a booking does, and is told why."""
    if reply.memory.task is Task.BOOK and not reply.counts.misses:
        return questions.ask(reply.count(misses=1).say("number-needed"), State.PHONE)
    return message.take(reply.count(misses=max(1, reply.counts.misses)), "no-number")


def this_number(reply: Reply) -> Reply:
    """ "The one I'm calling from"; a withheld number has to be told."""
    caller = reply.memory.call.caller
    if not caller:
        return questions.ask(reply.form(phone=None), State.PHONE)
    form = with_phone(reply.memory.form, Value(caller, "", Source.CALLER_ID))
    reply = reply.remember(form=form).count(misses=0)
    if form.phone_checked:
        return go_on(reply)
    return questions.ask(reply, State.PHONE_CHECK)


def number_given(reply: Reply, phone: Value[str], *, partial: bool = False) -> Reply:
    """Take the number, or the part of it that was said so far; a whole one is read back."""
    begun = reply.pending.keys
    if begun:
        phone = Value(begun + phone.value, phone.words, phone.source, phone.sure)
        partial = partial and len(phone.value) < 10
    if partial:
        reply = reply.say("more-digits").listen(State.PHONE, patience_ms=questions.NAME_PATIENCE_MS)
        return reply.await_(keys=phone.value)
    form = with_phone(reply.memory.form, phone)
    reply = reply.remember(form=form).count(misses=0).await_(keys="")
    return questions.ask(reply.form(phone_checked=False), State.PHONE_CHECK)


def on_phone_check(reply: Reply, said: Said) -> Reply | None:
    """The answer to "is that right?" after a number."""
    if reply.memory.form.name is not None and LETTERS.search(said.meaning.said.lower()):
        return name_wrong(reply)
    phone = said.meaning.phone
    known = reply.memory.form.phone
    another = phone is not None and (known is None or phone.value != known.value)
    if phone is not None and another and not said.meaning.phone_partial and not said.yes:
        return number_given(reply.count(phone_tries=reply.counts.phone_tries + 1), phone)
    if said.yes or (said.meaning.same_number and reply.memory.call.caller and not said.no):
        if said.meaning.same_number and not said.yes:
            return this_number(reply)
        return go_on(reply.form(phone_checked=True).count(misses=0))
    if said.no:
        return number_wrong(reply)
    return unclear(reply, said)


def number_wrong(reply: Reply) -> Reply:
    """Not that number: again, then by keys, then a recording."""
    tries = reply.counts.phone_tries + 1
    reply = reply.form(phone=None, phone_checked=False).count(phone_tries=tries, misses=0)
    if tries >= PHONE_CLIP_AFTER:
        return record_phone(reply)
    form = questions.Form.KEYS if tries >= KEYPAD_AFTER else None
    return questions.ask(reply, State.PHONE, form)


def record_phone(reply: Reply) -> Reply:
    """Keep the number as a recording; without any other number this cannot be a booking."""
    if not reply.memory.call.caller:
        return message.take_last(reply.say("cannot-understand"), "number-not-understood")
    action = a.RecordMessage(
        "name-clip", note_of(reply, "name-clip", clip_about(reply, "number")), go_on=True
    )
    return reply.say("say-phone-recorded").await_(why="phone").wait(State.RECORDING_NAME, action)


# --- both -----------------------------------------------------------------------------


def unclear(reply: Reply, said: Said) -> Reply | None:
    """ "Mm" is not a yes: ask for a clear one, or key 1 or 2."""
    if not said.half_yes:
        return None
    return message.unsure(reply.note("not-counted", "unclear-yes"), reply.memory.state)


def name_recorded(reply: Reply, event: Event) -> Reply:
    """The clip is kept for the office; go on without the written name or number."""
    assert isinstance(event, MessageRecorded)
    which = reply.pending.why
    if message.alarmed(reply):
        return last_words(reply)
    if not event.name:
        empty = reply.counts.empty_messages + 1
        reply = reply.count(empty_messages=empty)
        if empty >= message.MAX_EMPTY:
            return message.take_last(reply.say("cannot-understand"), "name-not-understood")
        again: Callable[[Reply], Reply] = record_phone if which == "phone" else record_name
        return again(reply.say("no-message"))
    if event.receipt is not None:
        reply = reply.spoken(say_noted(reply.setting, "clip-kept", event.receipt))
    reply = reply.count(misses=0)
    if which == "phone":
        return go_on(reply.form(phone_clip=True))
    return go_on(reply.form(name=None, name_clip=True, name_checked=True))
