"""Spoken days -> dates: every single day that was named, before they are weighed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from gateway.conversation.calendar_words import (
    LAST,
    MONTHS,
    WEEKDAYS,
    holiday_names,
    month_end,
    month_later,
    next_holiday,
    nth_weekday,
)
from gateway.conversation.meaning import Context, DayWish

WEEKDAY = r"(?:" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + r")"
MONTH = r"(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")"
ORDINAL = r"\d{1,2}(?:st|nd|rd|th)"
_YEAR = r"(?: (?P<year>20\d\d|20 \d\d)\b)?"
_COUNT = r"(?P<count>\d{1,2}|a couple of|a couple|a few|an?|couple of)"
_UNIT = r"(?P<unit>days?|weeks?|fortnight|months?)'?"
_WEEK = r"(?:of )?(?:next week|the following week|this week|(?:the )?week after next)"
_NOT_A_DATE = (
    r"(?! (?:1\b|available|thing|appointments?|time|of all|slot|visit|opening|free|possible|name|"
    r"option|choice|tooth|molar|class|floor|patient|week|day|opinion|street|avenue|grade|person|"
    r"year|child|kid|party|number|half|quarter|baby|half))"
)
"""After "the first", "the second", ...: then it is no day of a month."""


@dataclass(frozen=True)
class DayItem:
    """One day or stretch of days that was named."""

    start: int
    """offset in the figures view"""
    end: int
    """offset after it"""
    wish: DayWish
    """what it says by itself"""
    plain_weekday: int | None = None
    """0..6 when nothing but the weekday was said"""
    sure: float = 1.0
    """0..1"""

    @property
    def day(self) -> date | None:
        """The first day that it can mean."""
        known = self.wish.days or self.wish.ambiguous
        return known[0] if known else self.wish.earliest


def next_weekday(today: date, weekday: int) -> date:
    """The next such weekday after today."""
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def week_start(day: date) -> date:
    """Monday of that week."""
    return day - timedelta(days=day.weekday())


def _count(words: str) -> int:
    if words.isdecimal():
        return int(words)
    return {"a few": 3}.get(words, 1 if words in ("a", "an") else 2)


def _one(day: date) -> DayWish:
    return DayWish(days=(day,))


def _span(first: date, last: date) -> DayWish:
    return DayWish(earliest=first, latest=last)


def _weekday(match: re.Match[str], context: Context) -> DayWish:
    """ "friday", "this friday", "next friday", "friday next week"."""
    today = context.now.date()
    weekday = WEEKDAYS[match["day"]]
    how = (match["how"] or "").strip()
    week = (match["week"] or match["early"] or "").strip()
    nearest = next_weekday(today, weekday)
    if "after next" in week or "after next" in how:
        return _one(week_start(today) + timedelta(days=14 + weekday))
    if "next week" in week or "following week" in week:
        return _one(week_start(today) + timedelta(days=7 + weekday))
    if "this week" in week:
        day = week_start(today) + timedelta(days=weekday)
        return _one(day if day >= today else day + timedelta(days=7))
    same = weekday == today.weekday()
    if how in ("next", "following") and not same:
        if nearest - week_start(today) < timedelta(days=7):
            return DayWish(ambiguous=(nearest, nearest + timedelta(days=7)))
        return _one(nearest)
    if same and how != "next" and _still_today(context, how):
        return DayWish(ambiguous=(today, nearest))
    return _one(nearest)


def _still_today(context: Context, how: str) -> bool:
    """Whether a weekday's name may mean today: the office has yet to close, or "this" was said."""
    if "coming" in how:
        return False
    if how.startswith("this"):
        return True
    spans = context.vocabulary.opening.spans(context.now.date())
    return any(context.now.time() < span.end for span in spans)


def _weekday_week(match: re.Match[str], context: Context) -> DayWish:
    """ "monday week", "friday fortnight": counted from the nearest one."""
    days = 14 if match["far"] == "fortnight" else 7
    today = context.now.date()
    near = {"today": today, "tomorrow": today + timedelta(days=1)}.get(match["day"])
    start = near or next_weekday(today, WEEKDAYS[match["day"]])
    return _one(start + timedelta(days=days))


def _any_weekday(match: re.Match[str], context: Context) -> DayWish:
    return DayWish(weekdays=(WEEKDAYS[match["day"]],))


def _in_month(match: re.Match[str], context: Context) -> DayWish:
    """ "march 7th", "the 7th of march 2027", "7 march"."""
    today = context.now.date()
    groups = match.groupdict()
    number = int(re.sub(r"\D", "", groups["num"]))
    year = int(groups["year"].replace(" ", "")) if groups.get("year") else None
    if groups.get("named_month"):
        first = month_later(today.replace(day=1), 1 if "next" in groups["named_month"] else 0)
        return _date_or_impossible(first.year, first.month, number)
    month = MONTHS[groups["month"]]
    if year:
        return _date_or_impossible(year, month, number)
    wish = _date_or_impossible(today.year, month, number)
    if wish.impossible or wish.days[0] < today:
        wish = _date_or_impossible(today.year + 1, month, number)
    return wish


def _date_or_impossible(year: int, month: int, number: int) -> DayWish:
    try:
        return _one(date(year, month, number))
    except ValueError:
        return DayWish(impossible=True)


def _of_month(match: re.Match[str], context: Context) -> DayWish:
    """ "the 15th": the next one from today on."""
    number = int(re.sub(r"\D", "", match["num"]))
    day = next_day_of_month(context.now.date(), number)
    return _one(day) if day else DayWish(impossible=True)


def next_day_of_month(today: date, number: int, weekday: int | None = None) -> date | None:
    """The next day with that number in its month (and that weekday), within a year."""
    for months in range(12):
        first = month_later(today.replace(day=1), months)
        if not 0 < number <= month_end(first).day:
            continue
        day = first.replace(day=number)
        if day >= today and weekday in (None, day.weekday()):
            return day
    return None


def _numeric(match: re.Match[str], context: Context) -> DayWish:
    """ "2026-12-01", "12/1" (US) or "1/12"."""
    today = context.now.date()
    if match["iso"]:
        year, month, number = map(int, match["iso"].split("-"))
        return _date_or_impossible(year, month, number)
    parts = [int(part) for part in match["slashed"].split("/")]
    month, number = parts[:2] if context.vocabulary.country in ("US", "PH") else parts[1::-1]
    if month > 12 >= number:
        month, number = number, month
    if len(parts) > 2:
        return _date_or_impossible(parts[2] + (2000 if parts[2] < 100 else 0), month, number)
    wish = _date_or_impossible(today.year, month, number)
    if wish.days and wish.days[0] < today:
        wish = _date_or_impossible(today.year + 1, month, number)
    return wish


def _relative(match: re.Match[str], context: Context) -> DayWish:
    """ "today", "tomorrow", "the day after tomorrow", relative to the day under discussion."""
    today = context.now.date()
    words = match.group()
    if "tomorrow" in words:
        return _one(today + timedelta(days=2 if "after" in words else 1))
    if words in ("today", "tonight") or words.startswith(("later", "this")):
        return _one(today)
    base = context.offered_day or today
    if words in ("that day", "the same day", "same day"):
        return _one(base) if context.offered_day else DayWish()
    return _one(base + timedelta(days=-1 if "before" in words else 1))


def _ahead(match: re.Match[str], context: Context) -> DayWish:
    """ "in three days", "in a fortnight", "two weeks from now", "within a week"."""
    today = context.now.date()
    unit = match["unit"].rstrip("'s")
    number = _count(match["count"])
    if unit == "month":
        day = month_later(today, number)
    else:
        days = {"day": 1, "week": 7, "fortnight": 14}[unit] * number
        day = today + timedelta(days=days)
    if (match["pre"] or "").startswith(("within", "in the next")):
        return _span(today, day)
    return _one(day)


def _nth_weekday(match: re.Match[str], context: Context) -> DayWish:
    """ "the first monday in may", "the last friday of the month"."""
    today = context.now.date()
    number = LAST if match["nth"] == "last" else int(re.sub(r"\D", "", match["nth"]))
    weekday = WEEKDAYS[match["day"]]
    if match["month"]:
        month = MONTHS[match["month"]]
        for year in (today.year, today.year + 1):
            day = nth_weekday(year, month, weekday, number)
            if day is None or day >= today:
                break
    else:
        first = month_later(today.replace(day=1), 1 if "next" in match["named"] else 0)
        day = nth_weekday(first.year, first.month, weekday, number)
    return _one(day) if day else DayWish(impossible=True)


def _holiday(match: re.Match[str], context: Context) -> DayWish:
    rules = holiday_names(context.vocabulary.country)
    return _one(next_holiday(rules[match["holiday"]], context.now.date()))


@lru_cache(maxsize=16)
def _holiday_pattern(country: str) -> re.Pattern[str]:
    names = sorted(holiday_names(country), key=len, reverse=True)
    return re.compile(r"\b(?P<holiday>" + "|".join(map(re.escape, names)) + r")(?!\w)")


Reader = Callable[[re.Match[str], Context], DayWish]
_PLACED: tuple[tuple[str, Reader], ...] = (
    (
        rf"\b(?P<day>{WEEKDAY}|today|tomorrow) (?P<far>week|fortnight)\b(?! (?:of|after))",
        _weekday_week,
    ),
    (
        rf"\b(?P<early>{_WEEK} (?:on )?)?(?P<how>(?:this coming|this|next|coming|following) )?"
        rf"(?P<day>{WEEKDAY})(?:'s)?\b(?P<week> (?:after next\b|(?:on |in )?{_WEEK}))?",
        _weekday,
    ),
    (rf"\b(?:any|every|on a|a) (?P<day>{WEEKDAY})\b(?! (?:week|the|in))", _any_weekday),
    (rf"\b(?:on )?(?P<day>{WEEKDAY})s\b", _any_weekday),
    (
        rf"\b(?P<month>{MONTH}) (?:the )?(?P<num>{ORDINAL}|\d{{1,2}}(?! (?:am|pm|"
        rf"o'clock)))\b{_YEAR}",
        _in_month,
    ),
    (
        rf"\b(?:the )?(?P<num>{ORDINAL}|\d{{1,2}}(?= of|(?! may| march))) (?:day )?(?:of )?"
        rf"(?P<month>{MONTH})\b(?! (?:the )?(?!20)\d)(?! (?:work|be|do|suit|not|also)\b){_YEAR}",
        _in_month,
    ),
    (
        rf"\b(?:the )?(?P<num>{ORDINAL}|\d{{1,2}}) (?:of )?"
        r"(?P<named_month>(?:this|next|the|the following) month)\b",
        _in_month,
    ),
    (
        rf"\b(?P<named_month>(?:this|next|"
        rf"the following) month) (?:on )?the (?P<num>{ORDINAL}|\d{{1,2}})\b",
        _in_month,
    ),
    (
        rf"(?<!my )(?<!your )(?<!\ba )(?<!our )(?<!at )(?<!her )(?<!his )\b(?:the )?"
        rf"(?P<num>{ORDINAL})\b{_NOT_A_DATE}",
        _of_month,
    ),
    (r"(?P<iso>\b\d{4}-\d\d-\d\d\b)|(?P<slashed>\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b)", _numeric),
    (
        r"\b(?:the )?day after tomorrow\b|\b(?:later )?today\b|\btonight\b|\btomorrow\b"
        r"|\bthis (?:morning|afternoon|evening)\b|\b(?:that|(?:the )?same) day\b"
        r"|\bthe (?:next|following) day\b"
        r"|\b(?:a|the|1) day (?:later|earlier|after|before)\b(?! (?:the|that|tomorrow|\w+day|\d))",
        _relative,
    ),
    (
        rf"\b(?P<pre>in|within|in the next|within the next) (?:about )?{_COUNT} ?{_UNIT}"
        r"(?: time| from (?:now|today))?(?! ago)\b",
        _ahead,
    ),
    (rf"\b(?P<pre>){_COUNT} {_UNIT} (?:from (?:now|today)|today|out|hence)\b", _ahead),
    (
        rf"\bthe (?P<nth>[1-5](?:st|nd|rd|th)|last) (?P<day>{WEEKDAY}) (?:of|in) "
        rf"(?:(?P<month>{MONTH})\b|(?P<named>(?:this|next|the) month))",
        _nth_weekday,
    ),
)
_RULES = tuple((re.compile(pattern), reader) for pattern, reader in _PLACED)
_MIGHT = re.compile(
    rf"\d(?:st|nd|rd|th)\b|day|morrow|week|tonight|fortnight|month|{MONTH}|\d[-/]|mon\b|"
    rf"tues?\b|thu|fri\b|"
    r"this (?:morn|after|even)"
)


def find_days(text: str, context: Context) -> list[DayItem]:
    """Every single day named in the figures view, longest reading first, none overlapping."""
    found: list[DayItem] = []
    if _MIGHT.search(text):
        for pattern, reader in _RULES:
            for match in pattern.finditer(text):
                plain = None
                if reader is _weekday and not (match["how"] or match["week"] or match["early"]):
                    plain = WEEKDAYS[match["day"]]
                found.append(DayItem(match.start(), match.end(), reader(match, context), plain))
    for match in _holiday_pattern(context.vocabulary.country).finditer(text):
        found.append(DayItem(match.start(), match.end(), _holiday(match, context)))
    return without_overlaps(found)


def without_overlaps(found: list[DayItem]) -> list[DayItem]:
    """The longest of the readings that share words, in the order said."""
    kept: list[DayItem] = []
    for item in sorted(found, key=lambda item: (item.start - item.end, item.start)):
        if all(item.end <= other.start or other.end <= item.start for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: item.start)
