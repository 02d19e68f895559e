"""The calendar as callers name it: weekdays, months and holidays, by rule and not by table."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

WEEKDAYS = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5,
    "sunday": 6, "mon": 0, "tue": 1, "tues": 1, "weds": 2, "thu": 3, "thur": 3, "thurs": 3,
    "fri": 4,
}  # fmt: skip
MONTHS = {
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7,
    "august": 8, "september": 9, "october": 10, "november": 11, "december": 12, "jan": 1,
    "feb": 2, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sept": 9, "sep": 9, "oct": 10, "nov": 11,
    "dec": 12,
}  # fmt: skip
LAST = -1
"""As in "the last Friday": counted from the end of the month."""


def month_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    """Last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def nth_weekday(year: int, month: int, weekday: int, number: int) -> date | None:
    """The first, second, ... or LAST such weekday of a month; None when there are fewer."""
    first, days = monthrange(year, month)
    dates = range(1 + (weekday - first) % 7, days + 1, 7)
    try:
        return date(year, month, dates[number - 1 if number > 0 else number])
    except IndexError:
        return None


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm, Nature 1876)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    quarter, leap = divmod(century, 4)
    shift = (century + 8) // 25
    moon = (19 * golden + century - quarter - (century - shift + 1) // 3 + 15) % 30
    fours, units = divmod(rest, 4)
    weekday = (32 + 2 * leap + 2 * fours - moon - units) % 7
    drift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * drift + 114, 31)
    return date(year, month, day + 1)


def _fixed(month: int, day: int, year: int) -> date:
    return date(year, month, day)


def _nth(month: int, weekday: int, number: int, year: int) -> date:
    day = nth_weekday(year, month, weekday, number)
    assert day is not None  # only numbers that every month has are in the table
    return day


def _from_easter(days: int, year: int) -> date:
    return easter(year) + timedelta(days=days)


def _victoria_day(year: int) -> date:
    """Monday before 25 May."""
    day = date(year, 5, 24)
    return day - timedelta(days=day.weekday())


Rule = Callable[[int], date]
HOLIDAYS: dict[str, Rule] = {
    "christmas eve": partial(_fixed, 12, 24),
    "christmas day": partial(_fixed, 12, 25),
    "christmas": partial(_fixed, 12, 25),
    "boxing day": partial(_fixed, 12, 26),
    "st stephen's day": partial(_fixed, 12, 26),
    "new year's eve": partial(_fixed, 12, 31),
    "new year's day": partial(_fixed, 1, 1),
    "new year's": partial(_fixed, 1, 1),
    "new year": partial(_fixed, 1, 1),
    "valentine's day": partial(_fixed, 2, 14),
    "valentine's": partial(_fixed, 2, 14),
    "st patrick's day": partial(_fixed, 3, 17),
    "saint patrick's day": partial(_fixed, 3, 17),
    "halloween": partial(_fixed, 10, 31),
    "good friday": partial(_from_easter, -2),
    "easter sunday": partial(_from_easter, 0),
    "easter monday": partial(_from_easter, 1),
    "easter": partial(_from_easter, 0),
    "ash wednesday": partial(_from_easter, -46),
    "whit monday": partial(_from_easter, 50),
}
"""Holidays that fall on the same day wherever we answer."""
_AMERICAN: dict[str, Rule] = {
    "martin luther king day": partial(_nth, 1, 0, 3),
    "mlk day": partial(_nth, 1, 0, 3),
    "presidents day": partial(_nth, 2, 0, 3),
    "presidents' day": partial(_nth, 2, 0, 3),
    "president's day": partial(_nth, 2, 0, 3),
    "memorial day": partial(_nth, 5, 0, LAST),
    "juneteenth": partial(_fixed, 6, 19),
    "independence day": partial(_fixed, 7, 4),
    "labor day": partial(_nth, 9, 0, 1),
    "labour day": partial(_nth, 9, 0, 1),
    "columbus day": partial(_nth, 10, 0, 2),
    "veterans day": partial(_fixed, 11, 11),
    "thanksgiving day": partial(_nth, 11, 3, 4),
    "thanksgiving": partial(_nth, 11, 3, 4),
    "mother's day": partial(_nth, 5, 6, 2),
    "father's day": partial(_nth, 6, 6, 3),
}
BY_COUNTRY: dict[str, dict[str, Rule]] = {
    "US": _AMERICAN,
    "CA": {
        "victoria day": _victoria_day,
        "canada day": partial(_fixed, 7, 1),
        "labour day": partial(_nth, 9, 0, 1),
        "labor day": partial(_nth, 9, 0, 1),
        "thanksgiving day": partial(_nth, 10, 0, 2),
        "thanksgiving": partial(_nth, 10, 0, 2),
        "remembrance day": partial(_fixed, 11, 11),
    },
    "GB": {
        "may day": partial(_nth, 5, 0, 1),
        "the early may bank holiday": partial(_nth, 5, 0, 1),
        "the spring bank holiday": partial(_nth, 5, 0, LAST),
        "the summer bank holiday": partial(_nth, 8, 0, LAST),
        "the august bank holiday": partial(_nth, 8, 0, LAST),
        "guy fawkes": partial(_fixed, 11, 5),
        "bonfire night": partial(_fixed, 11, 5),
    },
    "IE": {
        "st brigid's day": partial(_fixed, 2, 1),
        "the may bank holiday": partial(_nth, 5, 0, 1),
        "the june bank holiday": partial(_nth, 6, 0, 1),
        "the august bank holiday": partial(_nth, 8, 0, 1),
        "the october bank holiday": partial(_nth, 10, 0, LAST),
    },
    "AU": {"australia day": partial(_fixed, 1, 26), "anzac day": partial(_fixed, 4, 25)},
    "NZ": {"waitangi day": partial(_fixed, 2, 6), "anzac day": partial(_fixed, 4, 25)},
}
"""Holidays of one country."""


def holiday_names(country: str) -> dict[str, Rule]:
    """Every holiday that can be named in this country, with its rule."""
    named = HOLIDAYS | BY_COUNTRY.get(country, {})
    return named | {name.replace("'", ""): rule for name, rule in named.items()}


def next_holiday(rule: Rule, today: date) -> date:
    """The holiday from today on."""
    day = rule(today.year)
    return day if day >= today else rule(today.year + 1)
