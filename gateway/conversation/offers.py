"""Reactions to times that we offered: which one."""

from __future__ import annotations

import re
from datetime import datetime

from gateway.conversation.alternatives import wants_another
from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Asked, Context, DayWish, TimeWish, Value

_PLACES = (
    (
        re.compile(
            r"\b(?:the )?(?:1st|first|former)\b(?: (?:one|1|option|time|choice|slot|appointment|"
            r"of))?"
        ),
        0,
    ),
    (
        re.compile(
            r"\b(?:the )?(?:2nd|second)\b(?: (?:one|1|option|time|choice|slot|appointment))?"
        ),
        1,
    ),
    (
        re.compile(
            r"\b(?:the )?(?:3rd|third)\b(?: (?:one|1|option|time|choice|slot|appointment))?"
        ),
        2,
    ),
    (re.compile(r"\b(?:option|number|choice) (?:1|one)\b"), 0),
    (re.compile(r"\b(?:option|number|choice) (?:2|two)\b"), 1),
    (re.compile(r"\b(?:option|number|choice) (?:3|three)\b"), 2),
)
_ORDINAL_ALONE = re.compile(
    r"(?:(?:yes|yeah|okay|i'll take|let's take|maybe|um|"
    r"uh) )*(?P<place>(?:the )?(?P<number>[1-9])(?:st|nd|rd|th))"
    r"(?: (?:please|thanks|thank you|then|is (?:fine|good)|works))*"
)
_LAST = re.compile(
    r"\b(?:the )?(?:last|latter|final) (?:one|option|time|slot|of (?:those|them|"
    r"the three))|\b(?:the )?latter\b|\bthe (?:very )?last\b"
)
_FROM_LAST = re.compile(
    r"\b(?:the )?(?:(?:second|third|next) (?:to|from)(?: the)? last|(?:second|third) last|"
    r"last but (?:one|two)|(?:one|first) before (?:the )?last|penultimate)\b(?: one| time| slot)?"
)
"""Counted from the end: "the second to last", "the last but one"."""
_MIDDLE = re.compile(r"\b(?:the )?middle (?:one|option|time|slot)|\bthe middle\b")
_EARLIEST = re.compile(
    r"(?<!\ba )(?<!\ban )(?<!\bany )(?<!\bsome )"
    r"\b(?:the )?(?:earlier|earliest|sooner|soonest) (?:one|time|slot|option|of)|"
    r"\bthe (?:earliest|soonest|earlier)\b"
)
_LATEST = re.compile(
    r"(?<!\ba )(?<!\bany )(?<!\bsome )"
    r"\b(?:the )?(?:later|latest) (?:one|time|slot|option|of)|\bthe (?:latest|later)\b(?! in)"
)
_EITHER = re.compile(
    r"\b(?:either|any of (?:them|those|these)|any one|(?:they're |they are )?(?:both|"
    r"all) (?:are )?(?:fine|good|okay|ok|work|great)|whichever|you choose|you pick|"
    r"(?:doesn't|does not|don't|do not) (?:matter|mind|care))\b"
)
_THAT_ONE = re.compile(
    r"\b(?:that one|this one|that time|that slot|i'll take (?:it|that)|i will take (?:it|"
    r"that)|let's (?:take|do) (?:that|it))\b"
)


def read_choice(
    heard: Heard, context: Context, day: Value[DayWish] | None, time: Value[TimeWish] | None
) -> Value[int] | None:
    """Which of the offered times, counted from 0."""
    offered = context.offered
    if not offered or (wants_another(heard.plain.text) and not day and not time):
        return None
    text = heard.plain.text
    if alone := _place_alone(heard, context):
        return alone
    if found := _FROM_LAST.search(text):
        place = len(offered) - (3 if re.search(r"third|two", found.group()) else 2)
        return Value(place, heard.plain.words(*found.span()), sure=0.9) if place >= 0 else None
    if named := _by_day_and_time(offered, day, time):
        return named
    if day or time:
        return None
    for pattern, place in _PLACES:
        found = pattern.search(heard.figures.text) if place < len(offered) else None
        if found and not re.match(r" (?:available|thing)", heard.figures.text[found.end() :]):
            return Value(place, heard.figures.words(*found.span()), sure=0.95)
    order = sorted(range(len(offered)), key=lambda n: offered[n])
    for pattern, place in (
        (_LAST, len(offered) - 1),
        (_MIDDLE, 1 if len(offered) == 3 else -1),
        (_EARLIEST, order[0]),
        (_LATEST, order[-1]),
        (_EITHER, 0),
    ):
        if (found := pattern.search(text)) and place >= 0:
            return Value(place, heard.plain.words(*found.span()), sure=0.9)
    if len(offered) == 1 and (found := _THAT_ONE.search(text)):
        return Value(0, heard.plain.words(*found.span()), sure=0.9)
    return None


def _place_alone(heard: Heard, context: Context) -> Value[int] | None:
    """ "The third", said of three offered times, is no day of the month unless one is offered."""
    found = _ORDINAL_ALONE.fullmatch(heard.figures.text)
    if not found or context.asked is not Asked.CHOICE:
        return None
    number = int(found["number"])
    if number > len(context.offered) or any(o.day == number for o in context.offered):
        return None
    return Value(number - 1, heard.figures.words(*found.span("place")), sure=0.9)


def _by_day_and_time(
    offered: tuple[datetime, ...], day: Value[DayWish] | None, time: Value[TimeWish] | None
) -> Value[int] | None:
    """The one offered time that fits the day and time named."""
    fits = list(range(len(offered)))
    words: list[str] = []
    if day:
        wish = day.value
        days = set(wish.days) | set(wish.ambiguous)
        if wish.not_days or wish.not_weekdays or not (days or wish.weekdays):
            return None
        fits = [
            n for n in fits if offered[n].date() in days or offered[n].weekday() in wish.weekdays
        ]
        words.append(day.words)
    if time:
        times = set(time.value.times) | set(time.value.ambiguous)
        windows = time.value.windows
        if not times and not windows:
            return None
        fits = [
            n
            for n in fits
            if offered[n].time() in times
            or any(w.start <= offered[n].time() < w.end for w in windows if not times)
        ]
        words.append(time.words)
    if words and len(fits) == 1:
        return Value(fits[0], ", ".join(words), sure=0.95)
    return None
