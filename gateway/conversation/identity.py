"""Who asks about an appointment: nothing is said of it before the facts agree."""

from __future__ import annotations

from dataclasses import replace

from gateway.appointments.names import phone_key, same_name, same_phone
from gateway.appointments.records import Appointment
from gateway.conversation.booking_form import ANYBODY, day_agrees
from gateway.conversation.meaning import Meaning
from gateway.conversation.memory import Conversation, Identity


def learn(identity: Identity, meaning: Meaning) -> Identity:
    """The facts with those of one turn; the last word wins."""
    who = meaning.practitioner.value if meaning.practitioner else None
    return Identity(
        name=meaning.name.value if meaning.name else identity.name,
        phone=_number(meaning) or identity.phone,
        day=meaning.day.value if meaning.day else identity.day,
        service=meaning.service.value if meaning.service else identity.service,
        practitioner=who if who not in (None, ANYBODY) else identity.practitioner,
    )


def _number(meaning: Meaning) -> str | None:
    return meaning.phone.value if meaning.phone and not meaning.phone_partial else None


def _same_number(memory: Conversation, said: str | None, written: str) -> bool:
    country = memory.office.country
    return same_phone(phone_key(said, country), phone_key(written, country))


def other_phone(memory: Conversation) -> str | None:
    """The number said, unless it is the one that calls."""
    said, caller = memory.identity.phone, memory.call.caller
    same = said is not None and caller is not None and _same_number(memory, said, caller)
    return None if same else said


def agrees(memory: Conversation, one: Appointment) -> bool:
    """Whether the facts said are those of this appointment, and enough of them.

    The number that calls plus one fact; without it name, number and day. A wrong fact spoils it.
    """
    who = memory.identity
    if not nothing_wrong(who, one):
        return False
    if other_phone(memory) is None:
        return _same_number(memory, memory.call.caller, one.phone) and who.facts >= 1
    by_number = _same_number(memory, who.phone, one.phone)
    return by_number and who.name is not None and who.day is not None


def nothing_wrong(who: Identity, one: Appointment) -> bool:
    """Whether none of the facts speaks against this appointment."""
    return (
        (who.name is None or same_name(who.name, one.name))
        and (who.day is None or day_agrees(who.day, one.start.date()))
        and (who.service is None or who.service == one.service)
        and (who.practitioner is None or who.practitioner == one.practitioner)
    )


def enough_said(memory: Conversation, *, all_three: bool = False) -> bool:
    """Whether so much was said that "not found" can be said."""
    who = memory.identity
    if memory.call.caller and other_phone(memory) is None and not all_three:
        return who.facts >= 1
    return None not in (who.name, who.phone, who.day)


def forget_facts(identity: Identity) -> Identity:
    """Facts that fitted nothing are asked for again; the number stays."""
    return replace(Identity(), phone=identity.phone)
