"""Named days that belong together: "Friday the 27th", "a week from Friday", "Monday to Friday"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from gateway.conversation.dates import DayItem
from gateway.conversation.day_readers import next_day_of_month, next_weekday, week_start
from gateway.conversation.meaning import Context, DayWish

AGREES_WITHIN_DAYS = 45
""" "Friday the 26th" when the next 26th is no Friday: a later one within so many days, else ask."""

_SHIFT = re.compile(
    r"\b(?:(?P<count>\d{1,2}|an?|a couple of) )?(?P<unit>day|days|week|weeks|fortnight) "
    r"(?P<way>from|on|after|before|following)? ?(?:the |this |next )?$"
)

_WEEKDAY_BESIDE = re.compile(r"^ (?P<way>after|before|following) (?:the )?$")

_WEEK_OF = re.compile(
    r"\b(?:the )?(?:week|wk) (?:of|commencing|starting|beginning|"
    r"that starts on)(?: on)?(?: the)? ?$"
)

_BESIDE = re.compile(r"^,?(?: the| that's| that is| which is| so| on| on the| i think)? ?$")

_RANGE = re.compile(r"^(?: (?:and|to|through|till|until|thru)) ?(?:the )?$")

_MOVED = re.compile(r"^ (?:to|until|till|on to|over to) ?(?:the )?$")


def beside(items: list[DayItem], text: str, context: Context) -> list[DayItem]:
    """ "Friday the 27th", "tomorrow, Wednesday": two names of one day become one item."""
    merged: list[DayItem] = []
    for item in items:
        last = merged[-1] if merged else None
        one = _one_of_both(last, item, text, context) if last else None
        if one:
            merged[-1] = one
        else:
            merged.append(item)
    return merged


def _one_of_both(first: DayItem, second: DayItem, text: str, context: Context) -> DayItem | None:
    if one := _weekday_beside(first, second, text):
        return one
    if first.day and text[second.start : second.end] == "the day after":
        return None
    beside = _BESIDE.match(text[first.end : second.start])
    return _same_day(first, second, context) if beside else None


def _same_day(first: DayItem, second: DayItem, context: Context) -> DayItem | None:
    """Both names as one item; None when they are two different wishes."""
    if first.plain_weekday is not None and second.plain_weekday is not None:
        return None
    firsts, seconds = (
        first.wish.days or first.wish.ambiguous,
        second.wish.days or second.wish.ambiguous,
    )
    if not firsts or not seconds or len(first.wish.days) > 1 or len(second.wish.days) > 1:
        if second.wish.impossible and firsts:
            return replace(second, start=first.start)
        return None
    agreed = [day for day in firsts if day in seconds] or [day for day in seconds if day in firsts]
    start, end = first.start, second.end
    if agreed:
        return DayItem(start, end, DayWish(days=(agreed[0],)))
    weekday = first.plain_weekday if first.plain_weekday is not None else second.plain_weekday
    dated = (second if first.plain_weekday is not None else first).day
    if weekday is None or dated is None:
        return None
    if dated.weekday() == weekday:
        return DayItem(start, end, DayWish(days=(dated,)))
    today = context.now.date()
    later = next_day_of_month(today, dated.day, weekday)
    no_month_said = dated == next_day_of_month(today, dated.day)
    if later and no_month_said and (later - dated).days <= AGREES_WITHIN_DAYS:
        return DayItem(start, end, DayWish(days=(later,)))
    return DayItem(start, end, DayWish(ambiguous=tuple(sorted({firsts[0], seconds[0]}))))


def _weekday_beside(first: DayItem, second: DayItem, text: str) -> DayItem | None:
    """ "the Monday after Christmas"."""
    found = _WEEKDAY_BESIDE.match(text[first.end : second.start])
    if not found or first.plain_weekday is None or not second.day:
        return None
    if not text[: first.start].endswith("the "):
        return None
    day = next_weekday(second.day, first.plain_weekday)
    if found["way"] == "before":
        day = next_weekday(second.day - timedelta(days=8), first.plain_weekday)
    return DayItem(first.start - 4, second.end, DayWish(days=(day,)))


def shifted(item: DayItem, before: str, offset: int, context: Context) -> DayItem:
    """ "a week from Friday", "two days before Christmas", "the Monday after", "the week of"."""
    day = item.day
    if day is None:
        return item
    if found := _WEEK_OF.search(before):
        monday = week_start(day)
        span = DayWish(earliest=max(monday, context.now.date()), latest=monday + timedelta(days=6))
        return DayItem(offset + found.start(), item.end, span)
    found = _SHIFT.search(before)
    if not found or not (found["way"] or found["unit"] == "week"):
        return item
    if not found["count"] and not re.search(
        r"\bthe (?:day|week) (?:after|before) (?:the )?$", before
    ):
        return item
    count = {"a": 1, "an": 1, "a couple of": 2}.get(found["count"] or "a") or int(found["count"])
    days = count * {"day": 1, "week": 7, "fortnight": 14}[found["unit"].rstrip("s")]
    moved = day + timedelta(days=-days if found["way"] == "before" else days)
    return DayItem(offset + found.start(), item.end, DayWish(days=(moved,)))


def ranges(items: list[DayItem], text: str) -> list[DayItem]:
    """ "between Tuesday and Thursday", "Monday through Wednesday"; of a move only where to."""
    result: list[DayItem] = []
    for item in items:
        last = result[-1] if result else None
        gap = text[last.end : item.start] if last else ""
        first, final = (last.day if last else None), item.day
        if last and first and final and _RANGE.match(gap):
            before = text[: last.start]
            opened = re.search(r"\b(between|from|anywhere from)(?: the)? ?$", before)
            whole = "through" in gap or "thru" in gap or (opened and opened[1] == "between")
            if whole or (opened and not re.search(r"\b(move|change|switch|shift|push)\b", before)):
                last_day = final if final >= first else final + timedelta(days=7)
                span = DayWish(earliest=first, latest=last_day)
                result[-1] = DayItem(opened.start() if opened else last.start, item.end, span)
                continue
            if _MOVED.match(gap):
                result[-1] = item
                continue
        result.append(item)
    return result


def within_week(items: list[DayItem]) -> list[DayItem]:
    """ "next week, maybe Tuesday": the weekday is the one of that week."""
    spans = [i for i in items if i.wish.earliest and i.wish.latest and not i.wish.days]
    plain = [i for i in items if i.plain_weekday is not None]
    if len(spans) != 1 or not plain:
        return items
    first, last = spans[0].wish.earliest, spans[0].wish.latest
    assert first and last
    result: list[DayItem] = []
    for item in items:
        if item is spans[0] and (last - first).days < 7:
            continue
        if item.plain_weekday is not None:
            day = next_weekday(first - timedelta(days=1), item.plain_weekday)
            short = (last - first).days < 7
            wish = DayWish(days=(day,)) if short else DayWish(weekdays=(item.plain_weekday,))
            item = replace(item, wish=wish)
        result.append(item)
    return result


def without_loose(items: list[DayItem], text: str) -> list[DayItem]:
    """Without "the day after" where what it is after was named too."""
    kept = []
    for number, item in enumerate(items):
        following = items[number + 1] if number + 1 < len(items) else None
        words = text[item.start : item.end]
        loose = words.endswith(("day after", "day before"))
        if not (loose and following and text[item.end : following.start] in (" ", " the ")):
            kept.append(item)
    return kept
