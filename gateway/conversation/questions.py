"""Every question, in the form that fits: whole, smaller, or for the keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from gateway.conversation import actions as a
from gateway.conversation import wishes
from gateway.conversation.meaning import Source
from gateway.conversation.memory import Conversation, Task
from gateway.conversation.notes import clip_about, note_of
from gateway.conversation.reply import Reply
from gateway.conversation.states import State

NAME_PATIENCE_MS = 700
"""Names and numbers are said with pauses; a turn must not end in one."""
SPELLING_PATIENCE_MS = 1200
"""Likewise, longer: letter by letter."""


class Form(StrEnum):
    """How a question is put."""

    WHOLE = "whole"
    SMALL = "small"
    KEYS = "keys"


def form_of(memory: Conversation) -> Form:
    """Smaller after two turns that were not understood, for the keys after three."""
    if memory.keypad or memory.counts.misses >= 3:
        return Form.KEYS
    return Form.SMALL if memory.counts.misses == 2 else Form.WHOLE


def ask(reply: Reply, state: State, form: Form | None = None) -> Reply:
    """Put the question of a state; not "anything else?" while something else was said already."""
    if state is State.OPEN and reply.pending.later:
        return reply.remember(state=state, last_question=state)
    how = form or form_of(reply.memory)
    if how is Form.KEYS and state in _INSTEAD_OF_KEYS:
        return _INSTEAD_OF_KEYS[state](reply)
    said = _QUESTIONS[state](reply, how)
    patience = {State.NAME: NAME_PATIENCE_MS, State.PHONE: NAME_PATIENCE_MS}.get(state, 0)
    if state is State.NAME and reply.counts.name_tries:
        patience = SPELLING_PATIENCE_MS
    return said.listen(state, patience_ms=patience, keys=how is Form.KEYS)


def _plain(whole: str, small: str, keys: str) -> Callable[[Reply, Form], Reply]:
    """A question whose three forms are one sentence each."""
    named = {Form.WHOLE: whole, Form.SMALL: small, Form.KEYS: keys}
    return lambda reply, form: reply.say(named[form])


def _open(reply: Reply, form: Form) -> Reply:
    again = bool(reply.memory.done)
    if form is Form.KEYS:
        return reply.say("keys-anything-else" if again else "keys-open")
    if form is Form.SMALL:
        return reply.say("ask-open-small")
    return reply.say("anything-else" if again else "ask-open")


def _resume(reply: Reply, form: Form) -> Reply:
    whole = "resume" if reply.memory.resumes is Task.NONE else "resume-change"
    named = {Form.WHOLE: whole, Form.SMALL: "resume-small", Form.KEYS: "keys-yes-no"}
    return reply.say(named[form])


def _service(reply: Reply, form: Form) -> Reply:
    if form is not Form.KEYS:
        return reply.say("ask-service" if form is Form.WHOLE else "ask-service-small")
    services = reply.memory.office.settings.services[:8]
    for number, service in enumerate(services, 1):
        reply = reply.say("keys-service", a_service=service.key, digit=number)
    return reply


def _day(reply: Reply, form: Form) -> Reply:
    if form is Form.SMALL:
        return reply.say("ask-day-small")
    if reply.memory.form.same_time:
        return reply.say("ask-same-time")
    return reply.say("ask-new-day" if reply.memory.task is Task.MOVE else "ask-day")


def _which_day(reply: Reply, form: Form) -> Reply:
    wish = reply.memory.form.day
    first, second = wish.value.ambiguous[:2] if wish else (reply.now.date(),) * 2
    key = "keys-which-day" if form is Form.KEYS else "ask-which-day"
    return reply.say(key, day1=first, day2=second)


def _choice(reply: Reply, form: Form) -> Reply:
    offers = reply.memory.offers
    if form is Form.KEYS:
        for number, slot in enumerate(offers, 1):
            reply = reply.say("keys-offer", offers=(slot.start,), digit=number)
        return reply.say("keys-other-times")
    key = "offer-one" if len(offers) == 1 else "offer"
    if form is Form.SMALL:
        return reply.say(f"{key}-small")
    return reply.say(key, offers=tuple(slot.start for slot in offers))


def _name(reply: Reply, form: Form) -> Reply:
    if reply.counts.name_tries:
        return reply.say("ask-spelling")
    if reply.memory.form.client and form is Form.WHOLE:
        return reply.say("ask-client-name")
    return reply.say("ask-name" if form is Form.WHOLE else "ask-name-small")


def _name_check(reply: Reply, form: Form) -> Reply:
    name = reply.memory.form.name
    said = name.value if name else ""
    if form is Form.KEYS:
        return reply.say("keys-yes-no")
    if form is Form.SMALL:
        return reply.say("ask-name-check-small")
    if reply.counts.name_tries or reply.memory.form.name_checked:
        return reply.say("ask-name-spelled", spelled=said)
    return reply.say("ask-name-check", name=said)


def _phone(reply: Reply, form: Form) -> Reply:
    if form is Form.KEYS or reply.counts.phone_tries >= 2:
        offered = reply.memory.call.caller and not reply.counts.phone_tries
        return reply.say("keys-this-number" if offered else "type-phone")
    return reply.say("ask-phone" if form is Form.WHOLE else "ask-phone-small")


def _phone_check(reply: Reply, form: Form) -> Reply:
    phone = reply.memory.form.phone
    said = phone.value if phone else ""
    if form is Form.KEYS:
        return reply.say("phone-digits", phone=said).say("keys-phone-check")
    if form is Form.SMALL:
        return reply.say("ask-phone-check-small")
    if phone and phone.source is Source.CALLER_ID:
        return reply.say("ask-this-number", phone=said)
    if reply.counts.phone_tries:
        return reply.say("ask-phone-slow", slow_phone=said)
    return reply.say("ask-phone-check", phone=said)


def _commit_booking(reply: Reply, form: Form) -> Reply:
    if form is Form.SMALL:
        return reply.say("ask-book-small")
    reply = read_back(reply)
    if form is Form.KEYS:
        return reply.say("keys-book")
    return reply.say("ask-request" if reply.memory.books_tentatively else "ask-book")


def read_back(reply: Reply) -> Reply:
    """What is about to be booked, always with weekday and date."""
    form = reply.memory.form
    assert form.slot is not None and form.service is not None
    values: dict[str, object] = {
        "a_service": form.service.value,
        "with_practitioner": form.slot.practitioner,
        "on_day": form.slot.start.date(),
        "at_time": form.slot.start.time(),
    }
    if form.name is None or not reply.memory.able.voice:
        return reply.say("read-back-no-name", **values)
    return reply.say("read-back", name=form.name.value, **values)


def _commit_move(reply: Reply, form: Form) -> Reply:
    slot = reply.memory.form.slot
    assert slot is not None
    if form is Form.SMALL:
        return reply.say("ask-move-small")
    reply = reply.say(
        "read-back-move",
        day=slot.start.date(),
        at_time=slot.start.time(),
        with_practitioner=slot.practitioner,
    )
    if form is Form.KEYS:
        return reply.say("keys-move")
    return reply.say("ask-request" if reply.memory.tentative else "ask-move")


def _commit_cancel(reply: Reply, form: Form) -> Reply:
    if form is not Form.WHOLE:
        return reply.say("keys-cancel" if form is Form.KEYS else "ask-cancel-small")
    target = reply.memory.target
    assert target is not None
    notice = reply.memory.office.settings.booking.cancel_notice_hours
    late = (target.start - reply.now).total_seconds() < notice * 3600
    return reply.say("ask-cancel-late" if late else "ask-cancel")


def _identify(reply: Reply, form: Form) -> Reply:
    who = reply.memory.identity
    if form is Form.SMALL:
        return reply.say("ask-identify-small")
    if who.name is None and who.day is None:
        return reply.say("ask-identify")
    if who.name is None:
        return reply.say("ask-identify-name")
    return reply.say("ask-identify-day" if who.day is None else "ask-identify-phone")


def _which_appointment(reply: Reply, form: Form) -> Reply:
    found = reply.memory.found
    if form is Form.KEYS:
        for number, one in enumerate(found, 1):
            reply = reply.say("keys-appointment", appointments=(one,), digit=number)
        return reply
    if form is Form.SMALL:
        return reply.say("ask-which-small")
    return reply.say("several-appointments", appointments=found)


_QUESTIONS: Mapping[State, Callable[[Reply, Form], Reply]] = {
    State.OPEN: _open,
    State.SERVICE: _service,
    State.DAY: _day,
    State.WHICH_DAY: _which_day,
    State.WHICH_TIME: _plain("ask-which-time", "ask-which-time", "keys-which-time"),
    State.CHOICE: _choice,
    State.NAME: _name,
    State.NAME_CHECK: _name_check,
    State.PHONE: _phone,
    State.PHONE_CHECK: _phone_check,
    State.COMMIT_BOOKING: _commit_booking,
    State.CHANGE_WHAT: _plain("ask-change", "ask-change-small", "keys-change"),
    State.IDENTIFY: _identify,
    State.WHICH_APPOINTMENT: _which_appointment,
    State.COMMIT_MOVE: _commit_move,
    State.COMMIT_CANCEL: _commit_cancel,
    State.OFFER_MESSAGE: _plain("ask-message", "ask-message-small", "keys-message"),
    State.RESUME: _resume,
    State.URGENT: _plain("danger", "danger", "danger"),
}


def _offer_soonest(reply: Reply) -> Reply:
    """Days cannot be typed: offer the first free times by number."""
    if reply.memory.form.service is None:
        return ask(reply, State.SERVICE)
    return wishes.look(reply)


def _record_name(reply: Reply) -> Reply:
    """Names cannot be typed: a recording is kept for the office."""
    return (
        reply.say("say-name-recorded")
        .await_(why="name")
        .wait(
            State.RECORDING_NAME,
            a.RecordMessage(
                "name-clip", note_of(reply, "name-clip", clip_about(reply, "name")), go_on=True
            ),
        )
    )


def _message_instead(reply: Reply) -> Reply:
    """An appointment cannot be found by keys alone: the office will."""
    return reply.say("leave-message").wait(
        State.RECORDING, a.RecordMessage("request", note_of(reply, "request"), go_on=True)
    )


_INSTEAD_OF_KEYS: Mapping[State, Callable[[Reply], Reply]] = {
    State.DAY: _offer_soonest,
    State.NAME: _record_name,
    State.IDENTIFY: _message_instead,
}
"""Questions that keys cannot answer."""
