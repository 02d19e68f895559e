"""Named times weighed into one wish; the opening hours decide between the halves of the day."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from gateway.contract.opening_hours import Span
from gateway.conversation.day_wish import CORRECTION
from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Context, DayWish, TimeWish, Value, Window
from gateway.conversation.times import TimeItem, find_times

NOT_EARLY, NOT_LATE = time(10), time(16)
"""What "not too early" and "not too late" leave, roughly."""
_NOT_TOO = re.compile(r"\bnot (?:too|so|very) (?P<way>early|late)\b")
_OFF_WORK = re.compile(
    r"\b(?:finish|get off|get out|am off|am done|out of)(?: of)?(?: my)?(?: work| school|"
    r" class)? at $"
)
_SAME_TIME = re.compile(r"\b(?:same|usual) (?:time|slot|hour)\b")
_SAME_DAY = re.compile(r"\b(?:same|usual) (?:time|slot|hour|day|weekday)\b")
_WEEKS_ON = re.compile(
    r"\b(?:(?P<one>(?:the )?(?:next|following) week|the week after(?! next)|"
    r"a week (?:later|after|on)|in a week)|"
    r"(?P<two>(?:the )?week after next|in a fortnight|a fortnight later|"
    r"(?:in )?2 weeks(?: later| time)?)|(?P<more>in \d weeks|\d weeks later))\b"
)
FAR_MINUTES = 24 * 60
"""Distance to an office that is closed all day."""
_NOT = re.compile(
    r"(?:\bnot|\bexcept|\bnever|\banything but|\bavoid|\b(?:can't|cannot|couldn't|don't|"
    r"won't)(?: really)?"
    r"(?: do| make| come| want| like| manage)?|\binstead of|\brather than|\bbusy)"
    r"(?: at| in the| in| on| for| any| the| around)*(?: \w+day)? ?$"
)
_NOT_AFTER = re.compile(
    r"^ (?:is |are |'s )?(?:really )?(?:doesn't|don't|won't|isn't|is not|aren't|are not|"
    r"no good|bad|out|impossible|"
    r"does not|can't|(?:a bit |much |far )?too (?:early|late|soon)|not (?:good|great|"
    r"possible|ideal))\b"
)
_BEFORE = re.compile(
    r"\b(?:before|earlier than|by|until|till|(?<!check )up to|no later than|not later than|"
    r"not after|not past|"
    r"at the latest by|sooner than)(?: about| around| like| the)? ?$"
)
_AFTER = re.compile(
    r"\b(?:after|from|not before|no earlier than|later than|not earlier than|past|"
    r"starting|"
    r"not until|since|beginning)(?: about| around| like| at)? ?$"
)
_TURNED = re.compile(
    r"\b(?:not (?:before|until|earlier than)|no earlier than)(?: about| around)? ?$"
)
_LATER = re.compile(
    r"^ (?:or (?:later|after|any ?time after)|onwards?|and (?:later|after|onwards?)|"
    r"at the earliest)\b"
)
_EARLIER = re.compile(r"^ (?:or (?:earlier|before|sooner)|at the latest|latest)\b")
_ABOUT = re.compile(
    r"\b(?:around|about|approximately|roughly|near|close to|closer to|like|ish|"
    r"some ?time around)(?: the)? $"
)
_OR_SO = re.compile(r"^ (?:or so|or thereabouts|ish|give or take|-ish|approximately)\b")
_TO = re.compile(r"^ (?:and|to|until|till|til|-|through) (?:about |around )?$")
_OPENED = re.compile(
    r"\b(?:between|from|anywhere from|any ?time from|any ?time between)(?: about| around)? $"
)
_ONLY_LINK = re.compile(r"^(?: in the| on the| at| of the| that)? ?$")


@dataclass(frozen=True)
class _Half:
    """Which half of the day a time lies in."""

    times: tuple[time, ...]
    """one reading, or both when it must be asked"""
    said: bool
    """True: the caller said it"""


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _spans(context: Context, day: DayWish | None) -> list[Span]:
    """Opening spans of the days that are meant, or of the week."""
    opening = context.vocabulary.opening
    days: list[date] = list(day.days or day.ambiguous) if day else []
    if not days and day and day.weekdays:
        return [span for number in day.weekdays for span in opening.week[number]]
    if not days and context.offered_day and (day is None or day == DayWish()):
        days = [context.offered_day]
    spans = [span for one in days for span in opening.spans(one)]
    return spans or [span for week in opening.week for span in week]


def _distance(moment: time, spans: list[Span]) -> int:
    """Minutes between a moment and the nearest opening span; 0 = open."""
    best = FAR_MINUTES
    at = _minutes(moment)
    for span in spans:
        end = _minutes(span.end) or FAR_MINUTES
        if span.holds(moment):
            return 0
        best = min(best, abs(_minutes(span.start) - at), abs(at - end) + 1)
    return best


def _decide(item: TimeItem, windows: list[Window], spans: list[Span], offered: set[time]) -> _Half:
    """The readings that are left after what was said, offered and the opening hours."""
    options = item.readings
    if len(options) == 1:
        return _Half(options, said=True)
    inside = [o for o in options if any(w.start <= o <= w.end for w in windows)]
    if len(inside) == 1:
        return _Half((inside[0],), said=True)
    if inside_offer := [o for o in options if o in offered]:
        return _Half((inside_offer[0],), said=False)
    distances = [_distance(option, spans) for option in options]
    if distances[0] == 0 and distances[1] == 0:
        return _Half(options, said=False)
    return _Half((options[distances.index(min(distances))],), said=False)


def _open_to(first: time, minutes: int = 1) -> time:
    moment = datetime.combine(date.min, first) + timedelta(minutes=minutes)
    return moment.time()


class _Weigher:
    """Walks over the items and gathers the wish."""

    def __init__(
        self, text: str, items: list[TimeItem], spans: list[Span], context: Context
    ) -> None:
        self.text = text
        self.items = items
        self.spans = spans
        self.offered = {start.time() for start in context.offered}
        self.windows = [
            item.window for item in items if item.window and item.window.end < time(23, 59)
        ]
        self.wish = TimeWish()
        self.used: list[TimeItem] = []

    def half(self, item: TimeItem) -> _Half:
        """The clock time that an item means."""
        near = [w for w in self.windows if w.start != time(0)]
        half = _decide(item, near, self.spans, self.offered)
        if half.said:
            self.wish = replace(self.wish, half_day_said=True)
        return half

    def weigh(self) -> TimeWish:
        """All items, one after the other."""
        place = 0
        while place < len(self.items):
            place += self._step(place)
        return self._settled()

    def _step(self, place: int) -> int:
        item = self.items[place]
        reached = self.items[place - 1].end if place else 0
        before, after = self.text[reached : item.start], self.text[item.end :]
        if self.used and CORRECTION.search(before) and not _NOT.search(before):
            self.wish, self.used = TimeWish(not_windows=self.wish.not_windows), []
        self.used.append(item)
        following = self.items[place + 1] if place + 1 < len(self.items) else None
        if item.window:
            self._part(item, item.window, before, after)
            return 1
        if following and not following.window:
            gap = self.text[item.end : following.start]
            if _TO.match(gap) and (_OPENED.search(before) or "and" not in gap):
                self._stretch(item, following)
                return 2
        self._clock(item, before, after)
        return 1

    def _part(self, item: TimeItem, window: Window, before: str, after: str) -> None:
        if _NOT.search(before) or before.endswith("no ") or _NOT_AFTER.match(after):
            self.wish = replace(self.wish, not_windows=(*self.wish.not_windows, window))
        else:
            self.wish = replace(self.wish, windows=(*self.wish.windows, window))

    def _stretch(self, first: TimeItem, last: TimeItem) -> None:
        self.used.append(last)
        end = self.half(last).times
        start = self.half(replace(first, half=first.half or "")).times
        pairs = [(s, e) for s in start for e in end if s < e]
        if not pairs:  # "eleven to two": the end is in the afternoon
            pairs = [(s, e) for s in first.readings for e in last.readings if s < e]
        if pairs:
            window = Window(*min(pairs, key=lambda p: _minutes(p[1]) - _minutes(p[0])))
            self.wish = replace(self.wish, windows=(*self.wish.windows, window))

    def _clock(self, item: TimeItem, before: str, after: str) -> None:
        half = self.half(item)
        moment = half.times[0]
        wish = self.wish
        if item.ish or _ABOUT.search(before) or _OR_SO.match(after):
            wish = replace(wish, approximate=True)
        if _LATER.match(after) or _TURNED.search(before):
            wish = replace(wish, not_before=moment)
        elif _EARLIER.match(after) or _BEFORE.search(before):
            wish = replace(wish, not_after=half.times[-1])
        elif _AFTER.search(before) or _OFF_WORK.search(before):
            wish = replace(wish, not_before=moment)
        elif _NOT.search(before) or _NOT_AFTER.match(after):
            wish = replace(wish, not_windows=(*wish.not_windows, Window(moment, _open_to(moment))))
        elif len(half.times) > 1:
            wish = replace(wish, ambiguous=wish.ambiguous or half.times)
        else:
            wish = replace(wish, times=(*wish.times, moment))
        self.wish = wish

    def _settled(self) -> TimeWish:
        """Without the windows that only said which half of the day a clock time lies in."""
        wish = self.wish
        moments = [*wish.times, *wish.ambiguous]
        if moments:
            kept = tuple(w for w in wish.windows if not any(w.start <= m <= w.end for m in moments))
            only_parts = all(w in self.windows for w in wish.windows)
            wish = replace(
                wish, windows=kept if not only_parts or len(wish.windows) == len(kept) else ()
            )
        return replace(
            wish,
            times=tuple(dict.fromkeys(wish.times)),
            windows=tuple(dict.fromkeys(wish.windows)),
            ambiguous=wish.ambiguous if not wish.times else (),
        )


def _vague_limit(heard: Heard) -> Value[TimeWish] | None:
    """ "Not too early", "not too late"."""
    found = _NOT_TOO.search(heard.plain.text)
    if found is None:
        return None
    early = found["way"] == "early"
    wish = TimeWish(not_before=NOT_EARLY, approximate=True)
    if not early:
        wish = TimeWish(not_after=NOT_LATE, approximate=True)
    return Value(wish, heard.plain.words(*found.span()), sure=0.7)


def spoken_of(context: Context) -> datetime | None:
    """The moment that "the same time" points to; None when there is none, or more than one."""
    if context.stands:
        return context.stands
    one_time = len({start.time() for start in context.offered}) == 1
    return context.offered[0] if one_time else None


def same_time_of_nothing(heard: Heard, context: Context) -> bool:
    """Whether "the same time" was said and must be asked for."""
    return bool(_SAME_TIME.search(heard.figures.text)) and spoken_of(context) is None


def weeks_on(heard: Heard, context: Context) -> Value[DayWish] | None:
    """ "The same time next week": that weekday, so many weeks after what was spoken of."""
    text, reference = heard.figures.text, spoken_of(context)
    same, found = _SAME_DAY.search(text), _WEEKS_ON.search(text)
    if reference is None or same is None or found is None:
        return None
    weeks = 1 if found["one"] else 2
    if found["more"]:
        weeks = int(re.sub(r"\D", "", found["more"]))
    wish = DayWish(days=(reference.date() + timedelta(weeks=weeks),))
    return Value(wish, heard.figures.words(*found.span()))


def time_wish(
    heard: Heard, context: Context, day: DayWish | None, taken: list[tuple[int, int]]
) -> Value[TimeWish] | None:
    """All that the caller said about times, as one wish; None when nothing was said."""
    view = heard.figures
    items = find_times(view.text, context.asked, taken)
    reference = spoken_of(context)
    if (same := _SAME_TIME.search(view.text)) and reference and not items:
        wish = TimeWish(times=(reference.time(),), half_day_said=True)
        return Value(wish, view.words(*same.span()))
    if not items:
        return _vague_limit(heard)
    weigher = _Weigher(view.text, items, _spans(context, day), context)
    wish = weigher.weigh()
    if wish == TimeWish():
        return None
    return Value(wish, ", ".join(view.words(item.start, item.end) for item in weigher.used))
