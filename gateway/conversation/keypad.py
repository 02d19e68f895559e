"""The keys: one is yes and two is no, offers by number, numbers typed, zero for a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.conversation import (
    booking,
    changing,
    commit,
    details,
    message,
    offering,
    person,
    questions,
    repair,
    turns,
    wishes,
)
from gateway.conversation.ending import goodbye
from gateway.conversation.events import Event, KeyPressed
from gateway.conversation.meaning import Answer, DayWish, Meaning, Source, TimeWish, Value
from gateway.conversation.reply import Reply
from gateway.conversation.said import Said
from gateway.conversation.states import State

MAX_DIGITS = 15
"""Longest telephone number (E.164)."""
NOON = 12
AREA_CODE = 3
"""After so many keys that meant nothing a zero is one more digit of a number, and no person."""
BURST_S = 2.0
"""Keys pressed this soon after one that meant nothing belong to it (seconds): a number typed
where a name is asked."""


def key(reply: Reply, event: Event) -> Reply:
    """A key was pressed while it was the caller's turn."""
    assert isinstance(event, KeyPressed)
    burst = _in_a_burst(reply)
    another = not reply.pending.keys and not burst
    reply = reply.count(silences=0, turns=reply.counts.turns + another)
    state = reply.memory.last_question or State.OPEN
    if state is State.URGENT:
        return reply.listen(State.URGENT)
    if state is State.PHONE or (state is State.PHONE_CHECK and reply.pending.keys):
        typed = _typed(reply, event.digit)
        if typed is not None:
            return typed
    if event.digit == "0" and not (burst and reply.pending.strays >= AREA_CODE):
        return person.asked(reply)
    if event.digit in "#*" and state is not State.OPEN:
        return reply.listen_on()  # the end of a number that was complete before
    rule = _KEYS.get(state)
    done = rule(reply, event.digit) if rule and not burst else None
    if done is not None:
        return done
    strays = reply.pending.strays + 1 if burst else 1
    reply = reply.await_(stray=reply.now, strays=strays)
    return reply.listen_on() if burst else repair.missed(reply)


def _in_a_burst(reply: Reply) -> bool:
    """Whether keys that mean nothing here are being typed one after the other: one mistake."""
    stray = reply.pending.stray
    return stray is not None and (reply.now - stray).total_seconds() < BURST_S


# --- numbers --------------------------------------------------------------------------


def _typed(reply: Reply, digit: str) -> Reply | None:
    """A digit of a number that is being typed; None when the key means something else."""
    keys, country = reply.pending.keys, reply.memory.office.country
    if digit == "#":
        if keys in ("", "0"):
            return person.asked(reply) if keys else None
        return _number(reply, keys)
    if digit == "*":
        return reply.await_(keys="").listen_on()
    if not keys and digit == "0" and country in details.NATIONAL_DIGITS:
        return None  # no number there begins with it: a person
    if not keys and digit == "1" and _offers_this_number(reply):
        return details.this_number(reply)
    keys += digit
    national = details.NATIONAL_DIGITS.get(country, MAX_DIGITS)
    if len(keys) >= MAX_DIGITS or (len(keys) == national and keys[0] != "1"):
        return _number(reply, keys)
    return reply.await_(keys=keys).listen_on()


def _offers_this_number(reply: Reply) -> bool:
    """Whether "press one for the number you're calling from" was said."""
    said = dict(reply.memory.spoken.keys)
    asked = "keys-this-number" in said and not reply.counts.phone_tries
    return bool(reply.memory.call.caller) and asked


def _number(reply: Reply, digits: str) -> Reply:
    reply = reply.await_(keys="")
    if len(digits) < 5:
        return questions.ask(reply.say("phone-too-short"), State.PHONE, questions.Form.KEYS)
    if reply.memory.office.country in details.NATIONAL_DIGITS:
        bare = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
        digits = f"+1{bare}" if len(bare) == 10 else digits
    return details.number_given(reply, Value(digits, "", Source.KEYPAD))


# --- closed questions and lists -------------------------------------------------------


def _open(reply: Reply, digit: str) -> Reply | None:
    if digit == "1" and _just_said(reply, "keys-anything-else"):
        return reply.say("keys-open").listen(State.OPEN, keys=True)
    if digit == "1":
        return booking.begin(reply)
    if digit == "2":
        return message.begin(reply, Meaning(""))
    return goodbye(reply) if reply.memory.done else None


def _just_said(reply: Reply, key: str) -> bool:
    return reply.memory.spoken.last_key == key


def _service(reply: Reply, digit: str) -> Reply | None:
    services = reply.memory.office.settings.services[:8]
    if not digit.isdecimal() or not 1 <= int(digit) <= len(services):
        return None
    chosen = Value(services[int(digit) - 1].key, "", Source.KEYPAD)
    return booking.carry_on(reply.form(service=chosen).count(misses=0))


def _choice(reply: Reply, digit: str) -> Reply | None:
    offers = reply.memory.offers
    if digit == "9":
        return wishes.look(offering.refuse(reply).count(misses=0))
    if digit.isdecimal() and 1 <= int(digit) <= len(offers):
        return wishes.hold(reply.count(misses=0), offers[int(digit) - 1])
    return None


def _which_appointment(reply: Reply, digit: str) -> Reply | None:
    found = reply.memory.found
    if digit.isdecimal() and 1 <= int(digit) <= len(found):
        return changing.found(reply.count(misses=0), found[int(digit) - 1])
    return None


def _which_day(reply: Reply, digit: str) -> Reply | None:
    wish = reply.memory.form.day
    options = wish.value.ambiguous if wish else ()
    if digit.isdecimal() and 1 <= int(digit) <= len(options):
        day = Value(DayWish(days=(options[int(digit) - 1],)), "", Source.KEYPAD)
        return booking.carry_on(reply.form(day=day).count(misses=0))
    return None


def _which_time(reply: Reply, digit: str) -> Reply | None:
    wish = reply.memory.form.time
    options = wish.value.ambiguous if wish else ()
    half = [t for t in options if (t.hour >= NOON) == (digit == "2")]
    if digit in "12" and half:
        chosen = Value(TimeWish(times=(half[0],), half_day_said=True), "", Source.KEYPAD)
        return booking.carry_on(reply.form(time=chosen).count(misses=0))
    return None


def _change(reply: Reply, digit: str) -> Reply | None:
    if digit == "1":
        return commit.other_time(reply)
    if digit == "2":
        return details.number_wrong(reply)
    return commit.drop(reply) if digit == "3" else None


def _closed(reply: Reply, digit: str) -> Reply | None:
    """One is yes, two is no: the same rules as for spoken answers."""
    if digit not in "12":
        return None
    answer = Answer.YES if digit == "1" else Answer.NO
    return turns.HANDLERS[reply.memory.last_question or State.OPEN](reply, Said.pressed(answer))


_KEYS: Mapping[State, Callable[[Reply, str], Reply | None]] = {
    State.OPEN: _open,
    State.SERVICE: _service,
    State.CHOICE: _choice,
    State.WHICH_APPOINTMENT: _which_appointment,
    State.WHICH_DAY: _which_day,
    State.WHICH_TIME: _which_time,
    State.CHANGE_WHAT: _change,
    State.NAME_CHECK: _closed,
    State.PHONE_CHECK: _closed,
    State.COMMIT_BOOKING: _closed,
    State.COMMIT_MOVE: _closed,
    State.COMMIT_CANCEL: _closed,
    State.OFFER_MESSAGE: _closed,
    State.RESUME: _closed,
}
