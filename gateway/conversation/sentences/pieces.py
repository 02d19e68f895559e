"""The placeholders of sentences: how each value is spoken, and all that a finite one can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gateway.appointments.records import Appointment
from gateway.contract.opening_hours import Span
from gateway.conversation import spoken
from gateway.conversation.actions import Clause
from gateway.conversation.office import Office

NEAR = ("today,", "tomorrow,")
DIGITS = "0123456789"
KEYS = "1234567890"


@dataclass(frozen=True)
class Setting:
    """In which situation a sentence is spoken."""

    office: Office
    """whose sentence it is"""
    today: date
    """local date"""
    recorded: bool = False
    """True: there is no voice; only what can lie on disk may be spoken"""


@dataclass(frozen=True)
class Place:
    """A kind of placeholder."""

    say: Callable[[Setting, object], tuple[Clause, ...]]
    """clauses for a value"""
    finite: Callable[[Office], Iterable[str]] | None = None
    """every clause that it can be made of; None = personal data, never kept"""


def _kept(*texts: str) -> tuple[Clause, ...]:
    return tuple(Clause(text) for text in texts)


def a_or_an(noun: str) -> str:
    """ "a check-up", "an examination"."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


# --- days and times -------------------------------------------------------------------


def _day(setting: Setting, value: object, joint: str = "") -> tuple[Clause, ...]:
    assert isinstance(value, date)
    near = {setting.today: "today,", setting.today + timedelta(days=1): "tomorrow,"}.get(value)
    weekday = f"{joint}{spoken.say_weekday(value)}"
    if near:
        return _kept(near, spoken.say_weekday(value), spoken.say_date(value))
    return _kept(weekday, spoken.say_date(value))


def _on_day(setting: Setting, value: object) -> tuple[Clause, ...]:
    return _day(setting, value, "on ")


def _time(setting: Setting, value: object, joint: str = "at ") -> tuple[Clause, ...]:
    assert isinstance(value, time)
    return _kept(joint + spoken.say_time(value, setting.office.country))


def _offers(setting: Setting, value: object) -> tuple[Clause, ...]:
    """Starts in the order offered; times of one day share its name; "or" before the last."""
    assert isinstance(value, Sequence)
    starts = [start for start in value if isinstance(start, datetime)]
    clauses: list[Clause] = []
    day: date | None = None
    for number, start in enumerate(starts):
        joint = "or " if number and number == len(starts) - 1 else ""
        if start.date() == day:
            clauses += _time(setting, start.time(), joint)
        else:
            day = start.date()
            head = _day(setting, day, joint)
            near = head[0].text in NEAR
            clauses += [Clause("or"), *head] if joint and near else head
            clauses += _time(setting, start.time())
        if number < len(starts) - 1:
            clauses[-1] = Clause(clauses[-1].text + ",")
    return tuple(clauses)


def _appointments(setting: Setting, value: object) -> tuple[Clause, ...]:
    """ "a cleaning on Tuesday the first of December at ten, and ..."."""
    assert isinstance(value, Sequence)
    clauses: list[Clause] = []
    for number, entry in enumerate(value):
        assert isinstance(entry, Appointment)
        joint = "and " if number and number == len(value) - 1 else ""
        clauses.append(Clause(joint + _service_name(setting.office, entry.service)))
        clauses += _on_day(setting, entry.start.date())
        clauses += _time(setting, entry.start.time())
    return tuple(clauses)


def _hours(setting: Setting, value: object) -> tuple[Clause, ...]:
    assert isinstance(value, tuple)
    return _kept(spoken.say_hours(value, setting.office.country))


def _weekdays(joint: str) -> list[str]:
    return [joint + name for name in spoken.WEEKDAY_NAMES]


def _dates() -> list[str]:
    return [spoken.say_date(date(2024, 1, 1) + timedelta(days=n)) for n in range(366)]


def _moments(office: Office, joint: str) -> list[str]:
    step = office.settings.booking.step_minutes
    spans = [span for day in office.opening.week for span in day]
    spans += [span for entry in office.opening.special for span in entry.spans]
    minutes = range(0, 24 * 60, step)
    times = [time(minute // 60, minute % 60) for minute in minutes]
    return [
        joint + spoken.say_time(moment, office.country)
        for moment in times
        if any(span.holds(moment) for span in spans)
    ]


def _finite_day(office: Office) -> list[str]:
    return ["today,", "tomorrow,", *_weekdays(""), *_dates()]


def _finite_on_day(office: Office) -> list[str]:
    return [*_finite_day(office), *_weekdays("on ")]


def _finite_offers(office: Office) -> list[str]:
    times = [*_moments(office, "at "), *_moments(office, "")]
    more = [f"{said}," for said in times]
    days = [*_finite_day(office), "or", *_weekdays("or ")]
    return [*days, *times, *more, *_moments(office, "or ")]


def _finite_appointments(office: Office) -> list[str]:
    names = [_service_name(office, service.key) for service in office.settings.services]
    return [
        *names,
        *(f"and {name}" for name in names),
        *_finite_on_day(office),
        *_moments(office, "at "),
    ]


def _all_spans(office: Office) -> set[tuple[Span, ...]]:
    days = [*office.opening.week, *(entry.spans for entry in office.opening.special)]
    return {spans for spans in days if spans}


# --- what the office has --------------------------------------------------------------


def _service_name(office: Office, key: str) -> str:
    return a_or_an(office.service(key).name)


def _practitioner(setting: Setting, value: object, joint: str = "") -> tuple[Clause, ...]:
    return _kept(joint + setting.office.practitioner(str(value)).name)


def _facts(office: Office) -> list[str]:
    prices = [service.price for service in office.settings.services if service.price]
    return [fact.answer for fact in office.settings.facts] + prices


def _key(setting: Setting, value: object) -> tuple[Clause, ...]:
    return _kept(spoken.say_digits(str(value)))


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
    return _kept(*(letter for letter in said.replace(".", ",").split(", ") if letter))


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
    return _kept(
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
    "day": Place(_day, _finite_day),
    "on_day": Place(_on_day, _finite_on_day),
    "at_time": Place(_time, lambda office: _moments(office, "at ")),
    "offers": Place(_offers, _finite_offers),
    "appointments": Place(_appointments, _finite_appointments),
    "hours": Place(
        _hours, lambda o: [spoken.say_hours(spans, o.country) for spans in sorted(_all_spans(o))]
    ),
    "holiday": Place(
        lambda setting, value: _kept(str(value)),
        lambda office: [entry.name for entry in office.opening.special],
    ),
    "a_service": Place(
        lambda setting, value: _kept(_service_name(setting.office, str(value))),
        lambda office: [_service_name(office, s.key) for s in office.settings.services],
    ),
    "practitioner": Place(_practitioner, lambda o: [p.name for p in o.settings.practitioners]),
    "with_practitioner": Place(
        lambda setting, value: _practitioner(setting, value, "with "),
        lambda office: [f"with {p.name}" for p in office.settings.practitioners],
    ),
    "fact": Place(lambda setting, value: _kept(str(value)), _facts),
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
