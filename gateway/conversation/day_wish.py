"""Named days weighed into one wish: or, not, before, after; the last word wins."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from gateway.conversation.dates import (
    DayItem,
    find_days,
    next_day_of_month,
    next_weekday,
    week_start,
    without_overlaps,
)
from gateway.conversation.day_spans import find_spans
from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Context, DayWish, Value


class Role(StrEnum):
    """What a named day is to the caller."""

    WANT = "want"
    NOT = "not"
    BEFORE = "before"
    BY = "by"
    AFTER = "after"
    FROM = "from"
    PAST = "past"
    """told, not wished: "it broke on Monday" """


@dataclass(frozen=True)
class Weighed:
    """A named day and what it is to the caller."""

    item: DayItem
    """what was named"""
    role: Role
    """what for"""


AGREES_WITHIN_DAYS = 45
""" "Friday the 26th" when the next 26th is no Friday: a later one within so many days, else ask."""
_NEGATED = re.compile(
    r"(?:\bnot|\bexcept(?: for)?|\bbut not|\banything but|\bother than|\bapart from|"
    r"\bavoid|\bnever|"
    r"\b(?:can't|cannot|can not|couldn't|won't|don't|didn't)(?: really| actually)?"
    r"(?: do| make| manage| come| want| be there| like| come in| need| have)?(?: it)?|"
    r"\b(?:busy|away|working|not free|not available|unavailable|out of town|booked)|"
    r"\binstead of|\brather than)(?: for| on| this| the| at| any| until| in)*(?: next)? ?$"
)
_NEGATED_AFTER = re.compile(
    r"^ (?:is |are |'s )?(?:really |actually |just )?(?:doesn't|don't|won't|isn't|aren't|"
    r"does not|can't|"
    r"not (?=good|great|ideal|possible|convenient|an option|so good|free|really|going)|"
    r"is not|are not|"
    r"no good|bad|out|impossible|difficult|too (?:soon|late|early))\b(?! a (?:problem|bother))"
)
_BEFORE = re.compile(
    r"\b(?P<before>before|earlier than|sooner than)(?: the| about| around)? ?$"
    r"|\b(?P<by>by|until|till|up to|no later than|not later than|not after|not any later than)"
    r"(?: the| about| around)? ?$"
    r"|\b(?P<from>from|starting|beginning|not before|no earlier than|not until|as of|"
    r"no sooner than|any ?time from|"
    r"not earlier than)(?: the| on)? ?$"
    r"|\b(?P<after>after|later than|past|following)(?: the)? ?$"
)
_SUFFIX = re.compile(
    r"^ (?:(?P<from>or (?:later|after|any ?time after|beyond)|onwards?|on onwards|"
    r"and (?:after|later|beyond))"
    r"|(?P<by>or (?:before|earlier|sooner)|at the latest|latest))\b"
)
_SHIFT = re.compile(
    r"\b(?:(?P<count>\d{1,2}|an?|a couple of) )?(?P<unit>day|days|week|weeks|fortnight) "
    r"(?P<way>from|on|after|before|following)? ?(?:the |this |next )?$"
)
_NO_SUCH = re.compile(r"\bno ?$")
""" "no Mondays" rules Mondays out; "no, Monday" corrects."""
_WEEKDAY_BESIDE = re.compile(r"^ (?P<way>after|before|following) (?:the )?$")
_WEEK_OF = re.compile(
    r"\b(?:the )?(?:week|wk) (?:of|commencing|starting|beginning|"
    r"that starts on)(?: on)?(?: the)? ?$"
)
_BESIDE = re.compile(r"^,?(?: the| that's| that is| which is| so| on| on the| i think)? ?$")
CORRECTION = re.compile(
    r"\b(?:no|nope|sorry|wait|hang on|hold on|actually|i mean|i meant|make (?:that|it)|"
    r"scratch that|forget that|"
    r"correction|or rather|let's say|let's make it|change (?:that|it) to|instead|better)\b"
)
_TOLD = re.compile(
    r"\b(?:since|last|past|lost|broke|fell|fallen|came off|came out|chipped|cracked|"
    r"started|happened|knocked|hurt|"
    r"hurting|was (?:in|there|seen)|been|saw|had|called|rang|phoned)(?: (?!and|so|but|"
    r"can|could|i)[a-z']+){0,4} ?$"
)
_RANGE = re.compile(r"^(?: (?:and|to|through|till|until|thru)) ?(?:the )?$")
_MOVED = re.compile(r"^ (?:to|until|till|on to|over to) ?(?:the )?$")
_SOONEST = re.compile(
    r"\b(?:(?:the )?(?:first|next|earliest|soonest|very first)(?: one|"
    r" thing)? (?:available|possible|free|open|opening|"
    r"appointments?|slots?|spot|you have|you've got|you can|one you|time you|date you|availability)"
    r"|the (?:soonest|earliest)(?! one)|as soon as|soon as (?:possible|you can)|asap|a s a p|"
    r"as early as (?:possible|you can)|(?:right|straight) away|immediately|"
    r"whenever you(?:'re| are| have| can)|"
    r"any ?time soon|sometime soon|quite soon|pretty soon|urgently)\b"
)
_ANY_DAY = re.compile(
    r"\b(?:any day|whichever day|whatever day|(?:doesn't|does not|don't|"
    r"do not) (?:really )?(?:matter|mind)"
    r"(?: (?:when|which day|what day))|any ?time at all|any ?time (?:this|next) week)\b"
)


def _role(item: DayItem, before: str, after: str) -> Role:
    """What the words around a named day make of it."""
    if suffix := _SUFFIX.match(after):
        return Role.FROM if suffix["from"] else Role.BY
    if found := _BEFORE.search(before):
        if found["from"]:
            return Role.FROM
        if found["by"]:
            return Role.BY
        return Role.BEFORE if found["before"] else Role.AFTER
    if re.search(r"\b(?:last|past|since) $", before + " ") or _TOLD.search(before):
        return Role.PAST
    if before == " but " or (item.wish.weekdays and _NO_SUCH.search(before)):
        return Role.NOT
    if _NEGATED.search(before) or _NEGATED_AFTER.match(after):
        return Role.NOT
    return Role.WANT


def _beside(items: list[DayItem], text: str, context: Context) -> list[DayItem]:
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
    later = next_day_of_month(context.now.date(), dated.day, weekday)
    if later and (later - dated).days <= AGREES_WITHIN_DAYS:
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


def _shifted(item: DayItem, before: str, offset: int, context: Context) -> DayItem:
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


def _ranges(items: list[DayItem], text: str) -> list[DayItem]:
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


def _weigh(items: list[DayItem], text: str) -> list[Weighed]:
    weighed: list[Weighed] = []
    reached = 0
    for item in items:
        before = text[reached : item.start]
        role = _role(item, before, text[item.end :])
        linked = re.fullmatch(r" (?:or|and|nor) (?:the |on |a )?", before)
        if linked and weighed and role is Role.WANT and weighed[-1].role is Role.NOT:
            role = Role.NOT
        marker = CORRECTION.search(before) if weighed else None
        if marker and role in (Role.WANT, Role.FROM, Role.AFTER):
            weighed = [w for w in weighed if w.role is Role.NOT]
        weighed.append(Weighed(item, role))
        reached = item.end
    return weighed


def _wish(weighed: list[Weighed]) -> DayWish:
    """One wish from all that was named."""
    days: list[date] = []
    weekdays: list[int] = []
    wish = DayWish()
    for entry in weighed:
        said = entry.item.wish
        day = entry.item.day
        if entry.role is Role.NOT:
            plain = entry.item.plain_weekday
            ruled_out = said.weekdays or (() if plain is None else (plain,))
            if ruled_out:
                wish = replace(wish, not_weekdays=(*wish.not_weekdays, *ruled_out))
            else:
                wish = replace(wish, not_days=(*wish.not_days, *(said.days or said.ambiguous)))
        elif said.impossible:
            wish = replace(wish, impossible=True)
        elif entry.role is Role.WANT:
            days += said.days
            weekdays += said.weekdays
            wish = replace(
                wish,
                earliest=said.earliest or wish.earliest,
                latest=said.latest or wish.latest,
                ambiguous=wish.ambiguous or said.ambiguous,
            )
        elif day is not None:
            wish = _bounded(wish, entry.role, day, said.latest)
    ambiguous = wish.ambiguous if not days else ()
    return replace(
        wish,
        days=tuple(dict.fromkeys(days)),
        weekdays=tuple(dict.fromkeys(weekdays)),
        ambiguous=ambiguous,
    )


def _bounded(wish: DayWish, role: Role, day: date, last: date | None) -> DayWish:
    one = timedelta(days=1)
    if role is Role.BEFORE:
        return replace(wish, latest=day - one)
    if role is Role.BY:
        return replace(wish, latest=last or day)
    if role is Role.AFTER:
        return replace(wish, earliest=(last or day) + one)
    return replace(wish, earliest=day)


def _within_week(items: list[DayItem]) -> list[DayItem]:
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


def _without_loose(items: list[DayItem], text: str) -> list[DayItem]:
    """Without "the day after" where what it is after was named too."""
    kept = []
    for number, item in enumerate(items):
        following = items[number + 1] if number + 1 < len(items) else None
        words = text[item.start : item.end]
        loose = words.endswith(("day after", "day before"))
        if not (loose and following and text[item.end : following.start] in (" ", " the ")):
            kept.append(item)
    return kept


def day_wish(heard: Heard, context: Context) -> tuple[Value[DayWish] | None, list[tuple[int, int]]]:
    """All that the caller said about days as one wish (None: nothing), and where it stands."""
    view = heard.figures
    text = view.text
    items = without_overlaps(find_days(text, context) + find_spans(text, context))
    items = [i for i in items if i.wish != DayWish()]
    items = _beside(_without_loose(items, text), text, context)
    items = _ranges(_within_week(items), text)
    shifted: list[DayItem] = []
    for item in items:
        begin = shifted[-1].end if shifted else 0
        shifted.append(_shifted(item, text[begin : item.start], begin, context))
    weighed = [w for w in _weigh(shifted, text) if w.role is not Role.PAST]
    wish = _wish(weighed)
    soon = _SOONEST.search(heard.plain.text)
    if not soon and wish == DayWish():
        soon = _ANY_DAY.search(heard.plain.text)
    if soon and not wish.days:
        wish = replace(wish, soonest=True)
    taken = [(item.start, item.end) for item in shifted]
    if wish == DayWish():
        return None, taken
    said = [view.words(w.item.start, w.item.end) for w in weighed]
    if soon:
        said.append(heard.plain.words(*soon.span()))
    return Value(wish, ", ".join(said)), taken
