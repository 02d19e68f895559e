"""Named days weighed into one wish: or, not, before, after; the last word wins."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from gateway.conversation.dates import DayItem, find_days, without_overlaps
from gateway.conversation.day_joins import beside, ranges, shifted, within_week, without_loose
from gateway.conversation.day_roles import Role, Weighed, role_of
from gateway.conversation.day_spans import find_spans
from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Asked, Context, DayWish, Value

CORRECTION = re.compile(
    r"\b(?:no|nope|sorry|wait|hang on|hold on|actually|i mean|i meant|make (?:that|it)|"
    r"scratch that|forget that|"
    r"correction|or rather|let's say|let's make it|change (?:that|it) to|instead|better)\b"
)

_SOONEST = re.compile(
    r"\b(?:(?:the )?(?:first|next|earliest|soonest|very first)(?: one|"
    r" thing)? (?:available|possible|free|open|opening|"
    r"appointments?|slots?|spot|you have|you've got|you can|one you|time you|date you|availability)"
    r"|the (?:soonest|earliest)(?! one)|as soon as|soon as (?:possible|you can)|asap|a s a p|"
    r"as early as (?:possible|you can)|(?:right|straight) away|immediately|"
    r"whenever you(?:'re| are| have| can)|"
    r"any ?time soon|sometime soon|quite soon|pretty soon|urgently)\b"
)

_NO_MATTER = re.compile(
    r"\b(?:doesn't|does not|don't|do not) (?:really )?(?:matter|mind|care)\b|"
    r"\b(?:whenever|any of them|all fine|i'm flexible|no preference)\b"
)
_ANY_DAY = re.compile(
    r"\b(?:any day|whichever day|whatever day|(?:doesn't|does not|don't|"
    r"do not) (?:really )?(?:matter|mind)"
    r"(?: (?:when|which day|what day))|any ?time at all|any ?time (?:this|next) week)\b"
)


def _weigh(items: list[DayItem], text: str) -> list[Weighed]:
    weighed: list[Weighed] = []
    reached = 0
    for item in items:
        before = text[reached : item.start]
        role = role_of(item, before, text[item.end :])
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


def day_wish(heard: Heard, context: Context) -> tuple[Value[DayWish] | None, list[tuple[int, int]]]:
    """All that the caller said about days as one wish (None: nothing), and where it stands."""
    view = heard.figures
    text = view.text
    items = without_overlaps(find_days(text, context) + find_spans(text, context))
    items = [i for i in items if i.wish != DayWish()]
    items = beside(without_loose(items, text), text, context)
    items = ranges(within_week(items), text)
    placed: list[DayItem] = []
    for item in items:
        if placed and placed[-1].day and text[item.start : item.end] == "the day after":
            next_day = (placed[-1].day or context.now.date()) + timedelta(days=1)
            item = replace(item, wish=DayWish(days=(next_day,)))
        begin = placed[-1].end if placed else 0
        placed.append(shifted(item, text[begin : item.start], begin, context))
    weighed = [w for w in _weigh(placed, text) if w.role is not Role.PAST]
    wish = _wish(weighed)
    soon = _SOONEST.search(heard.plain.text)
    if not soon and wish == DayWish():
        soon = _ANY_DAY.search(heard.plain.text)
        if not soon and context.asked is Asked.DAY:
            soon = _NO_MATTER.search(heard.plain.text)
    if soon and not wish.days:
        wish = replace(wish, soonest=True)
    taken = [(item.start, item.end) for item in placed]
    if wish == DayWish():
        return None, taken
    said = [view.words(w.item.start, w.item.end) for w in weighed]
    if soon:
        said.append(heard.plain.words(*soon.span()))
    return Value(wish, ", ".join(said)), taken
