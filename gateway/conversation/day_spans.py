"""Spoken stretches of days -> first and last day: weeks, weekends, months and their parts."""

from __future__ import annotations

import re
from datetime import date, timedelta

from gateway.conversation.calendar_words import MONTHS, month_end, month_later
from gateway.conversation.dates import MONTH, DayItem
from gateway.conversation.day_readers import week_start
from gateway.conversation.meaning import Context, DayWish

_PART = (
    r"(?P<part>early(?: in)?|late(?: in)?|later(?: in)?|mid|(?:the )?middle of|(?:the |"
    r"towards the )?end of|"
    r"(?:the )?beginning of|(?:the )?start of)"
)
_WEEK = re.compile(
    rf"\b(?:{_PART} )?(?:(?:(?P<which>this|next|the following|the|that|the same|all) )?week"
    r"(?P<after> after next| after)?)\b(?!end)"
)
_WEEKEND = re.compile(
    r"\b(?:(?:at|on|over|during) )?(?P<which>this coming|this|next|the coming|the|"
    r"the following) weekend\b"
)
_MONTH = re.compile(
    rf"\b(?:{_PART} )?(?:(?P<which>this|next|the following|the|that) month)\b"
    rf"|\b(?:(?:{_PART.replace('part', 'part2')}|sometime in|some time in|anytime in|"
    rf"any time in|in|"
    rf"during|next|this) )(?P<month>{MONTH})\b"
)
_YEAR = re.compile(r"\b(?P<next>next year|in the new year|(?:in|during) january)\b")
_GENERIC = re.compile(
    r"\b(?P<work>(?:on )?weekdays?|(?:on )?week days?|during the week|(?:on )?business days?)\b"
    r"|\b(?P<rest>(?:on |at )?weekends)\b|\b(?P<any>(?:on )?a weekend)\b"
)
_MIGHT = re.compile(rf"week|month|year|business|{MONTH}")


def _part_of_week(part: str, monday: date) -> tuple[date, date]:
    if part.startswith("later"):
        return monday + timedelta(days=2), monday + timedelta(days=6)
    if "end" in part or part.startswith("late"):
        return monday + timedelta(days=3), monday + timedelta(days=5)
    if "mid" in part:
        return monday + timedelta(days=1), monday + timedelta(days=3)
    return monday, monday + timedelta(days=1)


def _week(match: re.Match[str], context: Context) -> DayWish:
    today = context.now.date()
    which, after = match["which"], match["after"] or ""
    base = week_start(today)
    if which in ("that", "the same") or (which == "the following" and context.offered_day):
        base = week_start(context.offered_day or today)
    if which in ("next", "the following"):
        base += timedelta(days=7)
    if after:
        base = (
            week_start(context.offered_day or today) + timedelta(days=7)
            if which in (None, "the")
            else base
        )
        base += timedelta(days=7) if (which == "next" or "next" in after) else timedelta(0)
    first, last = base, base + timedelta(days=6)
    if match["part"]:
        first, last = _part_of_week(match["part"], base)
    return DayWish(earliest=max(first, today), latest=max(last, today))


def _weekend(match: re.Match[str], context: Context) -> DayWish:
    today = context.now.date()
    saturday = week_start(today) + timedelta(days=5)
    if match["which"] in ("next", "the following"):
        saturday += timedelta(days=7)
    days = (saturday, saturday + timedelta(days=1))
    return DayWish(days=tuple(day for day in days if day >= today))


def _part_of_month(part: str, first: date) -> tuple[date, date]:
    last = month_end(first)
    if part.startswith("later"):
        return first.replace(day=11), last
    if "end" in part or part.startswith("late"):
        return first.replace(day=21), last
    if "mid" in part:
        return first.replace(day=11), first.replace(day=20)
    return first, first.replace(day=10)


def _month(match: re.Match[str], context: Context) -> DayWish:
    today = context.now.date()
    this = today.replace(day=1)
    if match["month"]:
        number = MONTHS[match["month"]]
        first = date(today.year + (number < today.month), number, 1)
    else:
        first = month_later(this, 1 if match["which"] in ("next", "the following") else 0)
    last = month_end(first)
    if part := match["part"] or match["part2"]:
        first, last = _part_of_month(part, first)
        if part.endswith("end of"):
            first = last - timedelta(days=6)
    return DayWish(earliest=max(first, today), latest=max(last, today))


def _year(match: re.Match[str], context: Context) -> DayWish:
    year = context.now.year + 1
    if "january" in match["next"]:
        return DayWish(earliest=date(year, 1, 1), latest=date(year, 1, 31))
    return DayWish(earliest=date(year, 1, 1), latest=date(year, 12, 31))


def _generic(match: re.Match[str], context: Context) -> DayWish:
    return DayWish(weekdays=(0, 1, 2, 3, 4) if match["work"] else (5, 6))


_RULES = (
    (_WEEK, _week),
    (_WEEKEND, _weekend),
    (_MONTH, _month),
    (_YEAR, _year),
    (_GENERIC, _generic),
)


def find_spans(text: str, context: Context) -> list[DayItem]:
    """Every stretch of days named in the figures view."""
    if not _MIGHT.search(text):
        return []
    return [
        DayItem(match.start(), match.end(), reader(match, context))
        for pattern, reader in _RULES
        for match in pattern.finditer(text)
        if match.group() not in ("week", "the week", "the month", "week after")
    ]
