"""What a named day means by itself: one reader for each way to name one."""

from __future__ import annotations

import re
from datetime import date, timedelta

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


def read_weekday(match: re.Match[str], context: Context) -> DayWish:
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


def read_other_weekday(match: re.Match[str], context: Context) -> DayWish:
    """ "The other tuesday": not the one under discussion, but the next before or after it."""
    today, weekday = context.now.date(), WEEKDAYS[match["day"]]
    spoken_of = context.offered_day
    if spoken_of is None or spoken_of.weekday() != weekday:
        return _one(next_weekday(today, weekday))
    week = timedelta(days=7)
    before, after = spoken_of - week, spoken_of + week
    if before <= today:
        return _one(after)
    if before == next_weekday(today, weekday):
        return _one(before)
    return DayWish(ambiguous=(before, after))


def read_weekday_week(match: re.Match[str], context: Context) -> DayWish:
    """ "monday week", "friday fortnight": counted from the nearest one."""
    days = 14 if match["far"] == "fortnight" else 7
    today = context.now.date()
    near = {"today": today, "tomorrow": today + timedelta(days=1)}.get(match["day"])
    start = near or next_weekday(today, WEEKDAYS[match["day"]])
    return _one(start + timedelta(days=days))


def read_any_weekday(match: re.Match[str], context: Context) -> DayWish:
    return DayWish(weekdays=(WEEKDAYS[match["day"]],))


def read_in_month(match: re.Match[str], context: Context) -> DayWish:
    """ "march 7th", "the 7th of march 2027", "7 march"."""
    today = context.now.date()
    groups = match.groupdict()
    number = int(re.sub(r"\D", "", groups["num"]))
    year = int(groups["year"].replace(" ", "")) if groups.get("year") else None
    if groups.get("named_month"):
        first = month_later(today.replace(day=1), 1 if "next" in groups["named_month"] else 0)
        return _date_or_impossible(first.year, first.month, number)
    nth = groups.get("nth_month")  # "the fifth of the first"
    month = int(nth[:-2]) if nth else MONTHS[groups["month"]]
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


def read_of_month(match: re.Match[str], context: Context) -> DayWish:
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


def read_numeric(match: re.Match[str], context: Context) -> DayWish:
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


def read_relative(match: re.Match[str], context: Context) -> DayWish:
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


def read_ahead(match: re.Match[str], context: Context) -> DayWish:
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


def read_nth_weekday(match: re.Match[str], context: Context) -> DayWish:
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


def read_holiday(match: re.Match[str], context: Context) -> DayWish:
    rules = holiday_names(context.vocabulary.country)
    return _one(next_holiday(rules[match["holiday"]], context.now.date()))
