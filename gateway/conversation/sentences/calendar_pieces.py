"""Days, times, offers and opening hours as placeholders of sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from gateway.appointments.records import Appointment
from gateway.contract.opening_hours import Span
from gateway.conversation import spoken
from gateway.conversation.actions import Clause
from gateway.conversation.office import Office
from gateway.conversation.sentences.places import Setting, kept, service_name

NEAR = ("today,", "tomorrow,")


def say_day(setting: Setting, value: object, joint: str = "") -> tuple[Clause, ...]:
    assert isinstance(value, date)
    near = {setting.today: "today,", setting.today + timedelta(days=1): "tomorrow,"}.get(value)
    weekday = f"{joint}{spoken.say_weekday(value)}"
    if near:
        return kept(near, spoken.say_weekday(value), spoken.say_date(value))
    return kept(weekday, spoken.say_date(value))


def say_on_day(setting: Setting, value: object) -> tuple[Clause, ...]:
    return say_day(setting, value, "on ")


def say_time(setting: Setting, value: object, joint: str = "at ") -> tuple[Clause, ...]:
    assert isinstance(value, time)
    return kept(joint + spoken.say_time(value, setting.office.country))


def say_offers(setting: Setting, value: object) -> tuple[Clause, ...]:
    """Starts in the order offered; times of one day share its name; "or" before the last."""
    assert isinstance(value, Sequence)
    starts = [start for start in value if isinstance(start, datetime)]
    clauses: list[Clause] = []
    day: date | None = None
    for number, start in enumerate(starts):
        joint = "or " if number and number == len(starts) - 1 else ""
        if start.date() == day:
            clauses += say_time(setting, start.time(), joint)
        else:
            day = start.date()
            head = say_day(setting, day, joint)
            near = head[0].text in NEAR
            clauses += [Clause("or"), *head] if joint and near else head
            clauses += say_time(setting, start.time())
        if number < len(starts) - 1:
            clauses[-1] = Clause(clauses[-1].text + ",")
    return tuple(clauses)


def say_appointments(setting: Setting, value: object) -> tuple[Clause, ...]:
    """ "a cleaning on Tuesday the first of December at ten, and ..."."""
    assert isinstance(value, Sequence)
    clauses: list[Clause] = []
    for number, entry in enumerate(value):
        assert isinstance(entry, Appointment)
        joint = "and " if number and number == len(value) - 1 else ""
        clauses.append(Clause(joint + service_name(setting.office, entry.service)))
        clauses += say_on_day(setting, entry.start.date())
        clauses += say_time(setting, entry.start.time())
    return tuple(clauses)


def say_hours(setting: Setting, value: object) -> tuple[Clause, ...]:
    assert isinstance(value, tuple)
    return kept(spoken.say_hours(value, setting.office.country))


def _weekdays(joint: str) -> list[str]:
    return [joint + name for name in spoken.WEEKDAY_NAMES]


def _dates() -> list[str]:
    return [spoken.say_date(date(2024, 1, 1) + timedelta(days=n)) for n in range(366)]


def moments(office: Office, joint: str) -> list[str]:
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


def finite_days(office: Office) -> list[str]:
    return ["today,", "tomorrow,", *_weekdays(""), *_dates()]


def finite_on_days(office: Office) -> list[str]:
    return [*finite_days(office), *_weekdays("on ")]


def finite_offers(office: Office) -> list[str]:
    times = [*moments(office, "at "), *moments(office, "")]
    more = [f"{said}," for said in times]
    days = [*finite_days(office), "or", *_weekdays("or ")]
    return [*days, *times, *more, *moments(office, "or ")]


def finite_appointments(office: Office) -> list[str]:
    names = [service_name(office, service.key) for service in office.settings.services]
    return [
        *names,
        *(f"and {name}" for name in names),
        *finite_on_days(office),
        *moments(office, "at "),
    ]


def all_spans(office: Office) -> set[tuple[Span, ...]]:
    days = [*office.opening.week, *(entry.spans for entry in office.opening.special)]
    return {spans for spans in days if spans}
