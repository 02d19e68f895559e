"""The placeholders of sentences: how each value is spoken, and all that a finite one can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.conversation import spoken
from gateway.conversation.actions import Clause
from gateway.conversation.office import Office
from gateway.conversation.sentences.calendar_pieces import (
    all_spans,
    finite_appointments,
    finite_days,
    finite_offers,
    finite_on_days,
    moments,
    say_appointments,
    say_day,
    say_hours,
    say_offers,
    say_on_day,
    say_time,
)
from gateway.conversation.sentences.places import Place, Setting, a_or_an, kept, service_name

DIGITS = "0123456789"
KEYS = "1234567890"


# --- what the office has --------------------------------------------------------------


def _practitioner(setting: Setting, value: object, joint: str = "") -> tuple[Clause, ...]:
    return kept(joint + setting.office.practitioner(str(value)).name)


def _facts(office: Office) -> list[str]:
    prices = [service.price for service in office.settings.services if service.price]
    return [fact.answer for fact in office.settings.facts] + prices


def _key(setting: Setting, value: object) -> tuple[Clause, ...]:
    return kept(spoken.say_digits(str(value)))


def _services(office: Office) -> str:
    return spoken.say_list([a_or_an(s.name) for s in office.settings.services], "or")


def _practitioners(office: Office) -> str:
    return spoken.say_list([p.name for p in office.settings.practitioners])


# --- personal data --------------------------------------------------------------------


def _name(setting: Setting, value: object) -> tuple[Clause, ...]:
    return () if setting.recorded else (Clause(str(value), keep=False),)


def _spelled(setting: Setting, value: object) -> tuple[Clause, ...]:
    """Single letters are nobody's: without a voice they are spoken one by one from disk."""
    said = spoken.spell_name(str(value))
    if not setting.recorded:
        return (Clause(said, keep=False),)
    return kept(*(letter for letter in said.replace(".", ",").split(", ") if letter))


def national(number: str, country: str) -> str:
    """A number as people of the country say it: without its own country's code."""
    if country in spoken.AMERICAN and number.startswith("+1") and len(number) == 12:
        return number[2:]
    return number


def _phone(setting: Setting, value: object) -> tuple[Clause, ...]:
    number = national(str(value), setting.office.country)
    if setting.recorded:
        return _digits(number)
    return (Clause(spoken.say_number(number), keep=False),)


def _slow_phone(setting: Setting, value: object) -> tuple[Clause, ...]:
    number = national(str(value), setting.office.country)
    if setting.recorded:
        return _digits(number)
    groups = spoken.say_number(number).split(", ")
    return tuple(Clause(group, keep=False) for group in groups)


def _digits(number: str) -> tuple[Clause, ...]:
    return kept(
        *("plus" if c == "+" else spoken.say_digits(c) for c in number if c in "+" + DIGITS)
    )


def _finite_phone(office: Office) -> list[str]:
    return ["plus", *(spoken.say_digits(digit) for digit in DIGITS)]


def _finite_letters(office: Office) -> list[str]:
    return [*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "apostrophe", "hyphen"]


# --- the table ------------------------------------------------------------------------


def _on_call(office: Office) -> str:
    return office.on_call.name if office.on_call else "the office"


CONSTANTS: Mapping[str, Callable[[Office], str]] = {
    "week": lambda office: spoken.say_week(office.opening, office.country),
    "services": _services,
    "practitioners": _practitioners,
    "office": lambda office: office.settings.office.name,
    "confirms_by": lambda office: office.settings.office.confirms_by,
    "on_call": _on_call,
    "emergency": lambda office: spoken.say_digits(office.settings.office.emergency),
    "hash": lambda office: "pound" if office.country in spoken.AMERICAN else "hash",
}
"""Placeholders that are the same in every call of an office: part of the fixed text."""

PLACES: Mapping[str, Place] = {
    "day": Place(say_day, finite_days),
    "on_day": Place(say_on_day, finite_on_days),
    "at_time": Place(say_time, lambda office: moments(office, "at ")),
    "offers": Place(say_offers, finite_offers),
    "appointments": Place(say_appointments, finite_appointments),
    "hours": Place(
        say_hours, lambda o: [spoken.say_hours(spans, o.country) for spans in sorted(all_spans(o))]
    ),
    "holiday": Place(
        lambda setting, value: kept(str(value)),
        lambda office: [entry.name for entry in office.opening.special],
    ),
    "a_service": Place(
        lambda setting, value: kept(service_name(setting.office, str(value))),
        lambda office: [service_name(office, s.key) for s in office.settings.services],
    ),
    "practitioner": Place(_practitioner, lambda o: [p.name for p in o.settings.practitioners]),
    "with_practitioner": Place(
        lambda setting, value: _practitioner(setting, value, "with "),
        lambda office: [f"with {p.name}" for p in office.settings.practitioners],
    ),
    "fact": Place(lambda setting, value: kept(str(value)), _facts),
    "digit": Place(_key, lambda office: [spoken.say_digits(digit) for digit in KEYS]),
    "name": Place(_name),
    "spelled": Place(_spelled, _finite_letters),
    "phone": Place(_phone, _finite_phone),
    "slow_phone": Place(_slow_phone, _finite_phone),
}
"""Placeholder -> how it is spoken; a digit at its end only tells two of a kind apart."""


def with_constants(template: str, office: Office) -> str:
    """The template with everything filled in that is the same in every call."""
    for name, text in CONSTANTS.items():
        if f"{{{name}}}" in template:
            template = template.replace(f"{{{name}}}", text(office))
    return template


def place_of(placeholder: str) -> Place:
    """The kind of a placeholder such as "day2" or "On_day"; KeyError when there is none."""
    return PLACES[value_name(placeholder).rstrip(DIGITS)]


def value_name(placeholder: str) -> str:
    """The name under which its value is given: "On_day" -> "on_day"."""
    return placeholder[0].lower() + placeholder[1:]
