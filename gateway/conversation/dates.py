"""Spoken days -> dates: every single day that was named, before they are weighed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from gateway.conversation.calendar_words import MONTHS, WEEKDAYS, holiday_names
from gateway.conversation.day_readers import (
    read_ahead,
    read_any_weekday,
    read_holiday,
    read_in_month,
    read_nth_weekday,
    read_numeric,
    read_of_month,
    read_other_weekday,
    read_relative,
    read_weekday,
    read_weekday_week,
)
from gateway.conversation.meaning import Asked, Context, DayWish

WEEKDAY = r"(?:" + "|".join(sorted(WEEKDAYS, key=len, reverse=True)) + r")"

MONTH = r"(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")"

ORDINAL = r"\d{1,2}(?:st|nd|rd|th)"

_YEAR = r"(?: (?P<year>20\d\d|20 \d\d)\b)?"

_COUNT = r"(?P<count>\d{1,2}|a couple of|a couple|a few|an?|couple of)"

_UNIT = r"(?P<unit>days?|weeks?|fortnight|months?)'?"

_WEEK = r"(?:of )?(?:next week|the following week|this week|(?:the )?week after next)"

_NOT_A_DATE = (
    r"(?! (?:1\b|ones?\b|(?:to |from )?(?:the )?last\b|available|thing|appointments?|time|of all|"
    r"slot|visit|opening|"
    r"free|possible|name|"
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


@lru_cache(maxsize=16)
def _holiday_pattern(country: str) -> re.Pattern[str]:
    names = sorted(holiday_names(country), key=len, reverse=True)
    return re.compile(r"\b(?P<holiday>" + "|".join(map(re.escape, names)) + r")(?!\w)")


Reader = Callable[[re.Match[str], Context], DayWish]

_PLACED: tuple[tuple[str, Reader], ...] = (
    (
        rf"\b(?P<day>{WEEKDAY}|today|tomorrow) (?P<far>week|fortnight)\b(?! (?:of|after))",
        read_weekday_week,
    ),
    (
        rf"\b(?P<early>{_WEEK} (?:on )?)?(?P<how>(?:this coming|this|next|coming|following) )?"
        rf"(?P<day>{WEEKDAY})(?:'s)?\b(?P<week> (?:after next\b|(?:on |in )?{_WEEK}))?",
        read_weekday,
    ),
    (rf"\b(?:the|that) other (?P<day>{WEEKDAY})\b", read_other_weekday),
    (rf"\b(?:any|every|on a|a) (?P<day>{WEEKDAY})\b(?! (?:week|the|in))", read_any_weekday),
    (rf"\b(?:on )?(?P<day>{WEEKDAY})s\b", read_any_weekday),
    (
        rf"\b(?P<month>{MONTH}) (?:the )?(?P<num>{ORDINAL}|\d{{1,2}}(?! (?:am|pm|"
        rf"o'clock)))\b{_YEAR}",
        read_in_month,
    ),
    (
        rf"\b(?:the )?(?P<num>{ORDINAL}) of the (?P<nth_month>(?:1[0-2]|[1-9])(?:st|nd|rd|th))\b",
        read_in_month,
    ),
    (
        rf"\b(?:the )?(?P<num>{ORDINAL}|\d{{1,2}}(?= of|(?! may| march))) (?:day )?(?:of )?"
        rf"(?P<month>{MONTH})\b(?! (?:the )?(?!20)\d)(?! (?:work|be|do|suit|not|also)\b){_YEAR}",
        read_in_month,
    ),
    (
        rf"\b(?:the )?(?P<num>{ORDINAL}|\d{{1,2}}) (?:of )?"
        r"(?P<named_month>(?:this|next|the|the following) month)\b",
        read_in_month,
    ),
    (
        rf"\b(?P<named_month>(?:this|next|"
        rf"the following) month) (?:on )?the (?P<num>{ORDINAL}|\d{{1,2}})\b",
        read_in_month,
    ),
    (
        rf"(?<!my )(?<!your )(?<!\ba )(?<!our )(?<!at )(?<!her )(?<!his )\b(?:the )?"
        rf"(?P<num>{ORDINAL})\b{_NOT_A_DATE}",
        read_of_month,
    ),
    (r"(?P<iso>\b\d{4}-\d\d-\d\d\b)|(?P<slashed>\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b)", read_numeric),
    (
        r"\b(?:the )?day after tomorrow\b|\b(?:later )?today\b|\btonight\b|\btomorrow\b"
        r"|\bthis (?:morning|afternoon|evening)\b|\b(?:that|(?:the )?same) day\b"
        r"|\bthe (?:next|following) day\b"
        r"|\b(?:a|the|1) day (?:later|earlier|after|before)\b(?! (?:the|that|tomorrow|\w+day|\d))",
        read_relative,
    ),
    (
        rf"\b(?P<pre>in|within|in the next|within the next) (?:about )?{_COUNT} ?{_UNIT}"
        r"(?: time| from (?:now|today))?(?! ago)\b",
        read_ahead,
    ),
    (rf"\b(?P<pre>){_COUNT} {_UNIT} (?:from (?:now|today)|today|out|hence)\b", read_ahead),
    (
        rf"\bthe (?P<nth>[1-5](?:st|nd|rd|th)|last) (?P<day>{WEEKDAY}) (?:of|in) "
        rf"(?:(?P<month>{MONTH})\b|(?P<named>(?:this|next|the) month))",
        read_nth_weekday,
    ),
)

_RULES = tuple((re.compile(pattern), reader) for pattern, reader in _PLACED)

_BARE = re.compile(
    r"(?:(?:um|uh|the|on|on the|maybe|say|make it|let's say|how about|what about|yes|okay) )*"
    r"(?P<num>[1-9]|[12]\d|3[01])(?: (?:please|would be (?:good|great|fine)|works|"
    r"is fine|then|thanks))*"
)
"""A number alone, where a day was asked for."""
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
                if reader is read_weekday and not (match["how"] or match["week"] or match["early"]):
                    plain = WEEKDAYS[match["day"]]
                found.append(DayItem(match.start(), match.end(), reader(match, context), plain))
    if context.asked is Asked.DAY and (bare := _BARE.fullmatch(text)):
        found.append(DayItem(*bare.span("num"), read_of_month(bare, context)))
    for match in _holiday_pattern(context.vocabulary.country).finditer(text):
        found.append(DayItem(match.start(), match.end(), read_holiday(match, context)))
    return without_overlaps(found)


def without_overlaps(found: list[DayItem]) -> list[DayItem]:
    """The longest of the readings that share words, in the order said."""
    kept: list[DayItem] = []
    for item in sorted(found, key=lambda item: (item.start - item.end, item.start)):
        if all(item.end <= other.start or other.end <= item.start for other in kept):
            kept.append(item)
    return sorted(kept, key=lambda item: item.start)
