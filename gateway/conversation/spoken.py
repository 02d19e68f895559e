"""How we say days, times, numbers and names: our own forms, so that nothing is read as digits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

from gateway.contract.opening_hours import OpeningHours, Span

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ODD_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
AMERICAN = frozenset({"US", "CA"})
"""Countries that say "ten thirty" rather than "half past ten"."""
FAR_DAYS = 300
"""From here on a day is said with its year."""


def say_cardinal(number: int) -> str:
    """12 -> "twelve", 45 -> "forty-five", 120 -> "one hundred and twenty"; up to 999,999."""
    if number < 20:
        return _UNITS[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        return _TENS[tens] + (f"-{_UNITS[unit]}" if unit else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_UNITS[hundreds]} hundred" + (f" and {say_cardinal(rest)}" if rest else "")
    thousands, rest = divmod(number, 1000)
    joint = " and " if 0 < rest < 100 else " "
    tail = joint + say_cardinal(rest) if rest else ""
    return f"{say_cardinal(thousands)} thousand{tail}"


def say_ordinal(number: int) -> str:
    """1 -> "first", 25 -> "twenty-fifth"; for days of a month and places in a row (below 100)."""
    head, hyphen, last = say_cardinal(number).rpartition("-")
    if last.endswith("y"):
        return last[:-1] + "ieth"
    return head + hyphen + _ODD_ORDINALS.get(last, last + "th")


def say_year(year: int) -> str:
    """2026 -> "twenty twenty-six"."""
    if 2000 <= year < 2010:
        return say_cardinal(year)
    century, rest = divmod(year, 100)
    if rest == 0:
        return f"{say_cardinal(century)} hundred"
    return f"{say_cardinal(century)} {'oh ' if rest < 10 else ''}{say_cardinal(rest)}"


def say_weekday(day: date) -> str:
    """The name of the weekday."""
    return WEEKDAY_NAMES[day.weekday()]


def say_date(day: date) -> str:
    """ "the first of December", without weekday: a piece of `say_day`."""
    return f"the {say_ordinal(day.day)} of {MONTH_NAMES[day.month - 1]}"


def say_day(day: date, today: date) -> str:
    """Always weekday and date: "tomorrow, Wednesday the twenty-fifth of November"."""
    near = {today: "today, ", today + timedelta(days=1): "tomorrow, "}.get(day, "")
    year = f" {say_year(day.year)}" if abs((day - today).days) > FAR_DAYS else ""
    return f"{near}{say_weekday(day)} {say_date(day)}{year}"


def _half_day(moment: time) -> str:
    if moment.hour < 12:
        return " in the morning"
    return " in the afternoon" if moment.hour < 18 else " in the evening"


def say_time(moment: time, country: str = "US", half_day: bool = False) -> str:
    """ "ten thirty" (US, CA) or "half past ten"; with `half_day` also which half of the day."""
    hour, minute = moment.hour, moment.minute
    if minute == 0 and hour in (0, 12):
        return "noon" if hour else "midnight"
    tail = _half_day(moment) if half_day else ""
    this, following = say_cardinal(hour % 12 or 12), say_cardinal((hour + 1) % 12 or 12)
    if minute == 0:
        return f"{this} o'clock{tail}"
    if country in AMERICAN or minute % 5:
        return f"{this} {'oh ' if minute < 10 else ''}{say_cardinal(minute)}{tail}"
    if minute == 30:
        return f"half past {this}{tail}"
    part = "quarter" if minute in (15, 45) else say_cardinal(min(minute, 60 - minute))
    return f"{part} past {this}{tail}" if minute < 30 else f"{part} to {following}{tail}"


def say_list(items: Sequence[str], word: str = "and") -> str:
    """ "a", "a or b", "a, b or c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def _groups(digits: str) -> list[str]:
    """Digits as people say them: the last four together, the rest in threes from the front."""
    if len(digits) <= 4:
        return [digits]
    head, tail = digits[:-4], digits[-4:]
    first = len(head) % 3 if len(head) % 3 != 1 or len(head) == 1 else len(head) % 3 + 3
    cuts = [head[:first]] if first else []
    cuts += [head[i : i + 3] for i in range(first, len(head), 3)]
    return [*cuts, tail]


def say_digits(digits: str) -> str:
    """Digit by digit: "five five five"."""
    return " ".join(_UNITS[int(digit)] for digit in digits)


def say_number(number: str) -> str:
    """A telephone number in digit groups: "five five five, one two three four"."""
    digits = "".join(c for c in number if c.isdecimal())
    plus = "plus " if number.startswith("+") else ""
    if plus and len(digits) == 11 and digits[0] == "1":
        return f"plus one, {say_number(digits[1:])}"
    return plus + ", ".join(say_digits(group) for group in _groups(digits) if group)


def spell_name(name: str) -> str:
    """Letter by letter: "O, apostrophe, B, R, I, E, N"; parts of the name apart."""
    signs = {"'": "apostrophe", "-": "hyphen"}
    parts = name.replace("’", "'").upper().split()
    return ". ".join(
        ", ".join(signs.get(c, c) for c in part if c.isalpha() or c in signs) for part in parts
    )


def say_hours(spans: Sequence[Span], country: str = "US") -> str:
    """ "from half past eight to noon and from one o'clock to five o'clock"; empty = "closed"."""
    if not spans:
        return "closed"
    return say_list(
        [f"from {say_time(span.start, country)} to {say_time(span.end, country)}" for span in spans]
    )


def say_week(opening: OpeningHours, country: str = "US") -> str:
    """The week's hours, days with the same hours together: "Monday to Friday from ..."."""
    runs: list[tuple[int, int, tuple[Span, ...]]] = []
    for number, spans in enumerate(opening.week):
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], number, spans)
        else:
            runs.append((number, number, spans))
    said = []
    for first, last, spans in runs:
        joint = " and " if last == first + 1 else " to "
        days = WEEKDAY_NAMES[first] + (joint + WEEKDAY_NAMES[last] if last > first else "")
        said.append(f"{days} {say_hours(spans, country)}")
    return "; ".join(said)
