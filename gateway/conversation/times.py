"""Spoken clock times and parts of the day: every one that was named and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from gateway.conversation.meaning import Asked, Window

_HALF = (
    r"(?: ?(?P<half>am|pm|in the (?:early |late )?(?:morning|afternoon|evening)|"
    r"in the night|at night|tonight|hours))"
)
_AHEAD = r"(?:(?P<part>morning|afternoon|evening|night)(?: at| around| about)? )?"
_HOUR = r"(?P<hour>[01]?\d|2[0-4])"
_CLOCK = r"(?: (?P<oclock>o'clock))"
_ISH = r"(?P<ish> ?-?ish)"
_NOUN = (
    r"(?! (?:people|persons?|kids?|children|years?|months?|days?|weeks?|fortnight|"
    r"minutes?|mins?|hours?\b(?! on)|"
    r"percent|dollars?|pounds?|euros?|bucks|times?|teeth|tooth|fillings?|crowns?|"
    r"of (?:us|them|my|our|the)|"
    r"grams?|miles?|degrees?|guests?|nights?|more|other|different|questions?|things?|"
    r"street|road|avenue|"
    r"lane|drive|appointments?|slots?|or more|adults?|patients?|options?|dogs?|cats?|"
    r"months old|stars?|"
    r"january|february|march|april|june|july|august|september|october|november|december)\b)"
)
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("named", rf"\b{_AHEAD}(?:12 )?(?P<named>noon|midday|mid day|midnight)(?:ish| ish)?\b"),
        (
            "past",
            rf"\b{_AHEAD}(?:a )?(?P<minutes>half|quarter|[1-9]|1\d|"
            rf"2\d)(?: minutes?)? (?P<way>past|after|to|till|til|of|before)"
            rf" (?P<hour2>noon|midnight|midday|[01]?\d|"
            rf"2[0-4])(?![\d:.]){_CLOCK}?{_ISH}?{_HALF}?{_NOUN}(?! \d\d\b)",
        ),
        ("half", rf"\b{_AHEAD}half {_HOUR}(?![\d:.]){_CLOCK}?{_ISH}?{_HALF}?{_NOUN}"),
        ("colon", rf"\b{_AHEAD}{_HOUR}[:.](?P<minute>[0-5]\d)(?!\d){_CLOCK}?{_ISH}?{_HALF}?"),
        (
            "pair",
            rf"\b{_AHEAD}{_HOUR} (?P<minute>0[1-9]|"
            rf"[1-5]\d)(?![\d:.]){_CLOCK}?{_ISH}?{_HALF}?{_NOUN}(?! \d)",
        ),
        (
            "military",
            r"\b(?P<military>(?:[01]\d|2[0-3])[0-5]\d)(?: (?:hours|hundred|hrs))?\b|"
            r"\b(?P<short>[1-9][0-5]\d)\b" + _HALF.replace("half", "half3") + "?",
        ),
        (
            "hour",
            rf"\b{_AHEAD}{_HOUR}(?![\d:./]){_CLOCK}?{_ISH}?{_HALF}?(?!(?:st|nd|rd|th)\b){_NOUN}",
        ),
    )
)
_PARTS: tuple[tuple[str, str, str], ...] = (
    (r"first thing(?: in the morning)?|1st thing(?: in the morning)?", "06:00", "10:00"),
    (r"(?:in the )?early(?: in the)? mornings?|early in the day|early on\b", "06:00", "10:00"),
    (r"(?:in the )?late(?:r)?(?: in the)? mornings?", "10:00", "12:00"),
    (r"mid[ -]?mornings?|middle of the morning", "09:00", "11:30"),
    (r"(?:in the )?early(?: in the)? afternoons?", "12:00", "15:00"),
    (r"(?:in the )?late(?:r)?(?: in the)? afternoons?|late in the day", "15:00", "18:00"),
    (r"mid[ -]?afternoons?|middle of the afternoon", "13:30", "16:00"),
    (r"(?:in the )?early(?: in the)? evenings?", "17:00", "19:00"),
    (
        r"(?:towards )?(?:the )?(?:very )?end of (?:the |my |your )?(?:working )?day|"
        r"last thing|close of business|"
        r"(?:the )?last (?:appointment|slot)(?: of the day)?",
        "15:30",
        "20:00",
    ),
    (
        r"(?:around |over |during |at )?(?:my |the )?lunch ?(?:time|break|hour)s?|(?:around|"
        r"over|at|during) lunch",
        "12:00",
        "14:00",
    ),
    (r"before lunch", "06:00", "12:00"),
    (r"after lunch", "13:00", "18:00"),
    (
        r"after (?:the )?school(?: pick ?up)?|(?:when|once) (?:the )?(?:kids|children|"
        r"school) (?:is|are|get)s? out(?: of school)?",
        "15:30",
        "20:00",
    ),
    (
        r"after (?:my |the )?(?:work|office hours|5 o'clock news)|(?:when|once) i(?:'m|"
        r" am)? (?:finish|get off|done|off|finished)(?: with)? work",
        "17:00",
        "21:00",
    ),
    (
        r"before (?:i start |i go to |going to )?(?:my |the )?(?:work|school|the school run)",
        "06:00",
        "09:00",
    ),
    (r"(?:in the |of the |this |during the )?mornings?", "06:00", "12:00"),
    (r"(?:in the |of the |this |during the )?afternoons?|p m only", "12:00", "18:00"),
    (r"(?:in the |of the |this |during the )?evenings?", "17:00", "21:00"),
    (r"tonight|at night|nights", "18:00", "23:59"),
    (
        r"(?:at )?any ?time(?: of (?:the )?day)?(?! (?:soon|after|before|from|between|in|on|"
        r"this|next|to))|all day|whenever",
        "00:00",
        "23:59",
    ),
)
_PART_RULES = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), Window(time.fromisoformat(start), time.fromisoformat(end)))
    for pattern, start, end in _PARTS
)
_PART_MIGHT = re.compile(
    r"morning|afternoon|evening|night|lunch|school|work|day|thing|time|whenever|early|"
    r"late|business|last"
)
_CUE = re.compile(
    r"(?:\b(?:at|around|about|by|before|after|from|until|till|between|past|approximately|"
    r"roughly|like|than|"
    r"near|closer to|maybe|say|make it|earliest|latest|@|not|how's|how about|what about|"
    r"or|then|today|tomorrow|tonight|\w+day|morning|afternoon|evening|1st thing|"
    r"of the)(?: the| exactly| just)?) $"
)
_CORRECTED = re.compile(r"\b(?:no|wait|sorry|actually|i mean|rather|no not that) $")
_FOR = re.compile(r"\bfor(?: about| around)? $")
_AFTER_FOR = re.compile(
    r"^(?: please| if| on| in the| today| tomorrow| \w+day| this| next| would| works| is|"
    r" instead| or| and \d|$)"
)
_GREETING = re.compile(r"\b(?:good|lovely|nice|very good) $")
_FILLED = re.compile(
    r"(?:\b(?:yes|yeah|no|um|uh|er|well|ok|okay|please|maybe|perhaps|say|let's say|"
    r"i'd say|i'd like|i would like|"
    r"the|a|at|around|about|could we do|can we do|can i do|let's do|make it|how about|what about|"
    r"is|would|be|good|fine|great|ok|works|work|then|ish|or|and|so|thanks|thank you|it|that's|'s|"
    r"i'll take|i can do|i could do|i prefer|prefer|one|will|do|for me|suits?|me|best)\b ?)*"
)


@dataclass(frozen=True)
class TimeItem:
    """One clock time or part of the day that was named."""

    start: int
    """offset in the figures view"""
    end: int
    """offset after it"""
    hour: int = 0
    """0..23 as said"""
    minute: int = 0
    """0..59"""
    half: str = ""
    """ "am", "pm", "morning", "afternoon", "evening", "night", "24h"; "" = not said"""
    window: Window | None = None
    """a part of the day instead of a clock time"""
    bare: bool = False
    """only a number: counts when the words around or the question say so"""
    ish: bool = False
    """ "tenish" """

    @property
    def readings(self) -> tuple[time, ...]:
        """The clock times that it can mean."""
        return readings(self.hour, self.minute, self.half)


def readings(hour: int, minute: int, half: str) -> tuple[time, ...]:
    """Both halves of the day, or the one that was said."""
    if hour > 12 or half == "24h":
        return (time(hour % 24, minute),)
    if half == "am":
        return (time(hour % 12, minute),)
    if half == "morning":
        return (time(hour, minute),)
    if half in ("pm", "afternoon", "evening"):
        return (time(hour % 12 + 12, minute),)
    if half == "night":
        return (time(hour % 12 + (12 if hour % 12 > 5 else 0), minute),)
    return (time(hour % 12, minute), time(hour % 12 + 12, minute))


def _half(match: re.Match[str]) -> str:
    groups = match.groupdict()
    said = groups.get("half") or groups.get("half3") or groups.get("part") or ""
    if said.strip() == "hours":
        return "24h"
    for word in ("morning", "afternoon", "evening", "night", "am", "pm"):
        if word in said:
            return word
    return ""


def _item(kind: str, match: re.Match[str]) -> TimeItem | None:
    groups = match.groupdict()
    half = _half(match)
    ish = bool(groups.get("ish")) or match.group().endswith("ish")
    if kind == "named":
        midnight = match["named"] == "midnight"
        return TimeItem(*match.span(), 0 if midnight else 12, 0, "24h", ish=ish)
    if kind == "military":
        return _military(match, half)
    if kind == "past":
        return _past(match, half, ish)
    hour = int(match["hour"])
    minute = 30 if kind == "half" else int(groups.get("minute") or 0)
    if hour == 0 and kind == "hour":
        return None
    bare = kind == "hour" and not (half or ish or groups.get("oclock"))
    if hour > 12 and not half:
        half = "24h"
    if hour == 24:
        hour = 0
    return TimeItem(*match.span(), hour, minute, half, bare=bare, ish=ish)


def _military(match: re.Match[str], half: str) -> TimeItem | None:
    digits = match["military"] or match["short"]
    hour, minute = int(digits[:-2]), int(digits[-2:])
    said_so = " h" in match.group() or digits.startswith("0") or hour > 12
    return TimeItem(
        *match.span(),
        hour,
        minute,
        "24h" if said_so else half,
        bare=" h" not in match.group() and not half and not digits.startswith("0"),
    )


def _past(match: re.Match[str], half: str, ish: bool) -> TimeItem | None:
    named = {"half": 30, "quarter": 15}
    minutes = named.get(match["minutes"]) or int(match["minutes"])
    way = match["way"]
    if way in ("of", "before") and minutes not in (5, 10, 15, 20, 25):
        return None
    if (
        way in ("to", "till", "til")
        and minutes not in (5, 10, 15, 20, 25)
        and "minute" not in match.group()
    ):
        return None  # "two to four" is a stretch
    if way in ("past", "after", "before") and minutes < 5 and "minute" not in match.group():
        return None
    hour2 = match["hour2"]
    if not hour2.isdecimal():
        half = "24h"
    hour = int(hour2) if hour2.isdecimal() else (0 if hour2 == "midnight" else 12)
    if way in ("past", "after"):
        return TimeItem(*match.span(), hour, minutes, half, ish=ish)
    earlier = (hour - 1) % 24 if half == "24h" or hour > 12 else (hour - 2) % 12 + 1
    if hour > 12 and earlier == 12:
        half = "24h"
    return TimeItem(*match.span(), earlier, 60 - minutes, half, ish=ish)


def find_times(text: str, asked: Asked | None, taken: list[tuple[int, int]]) -> list[TimeItem]:
    """Clock times and parts of the day; `taken` are stretches that are days or telephone numbers."""
    found: list[TimeItem] = []
    if re.search(r"\d|noon|midday|mid day|midnight", text):
        for kind, pattern in _RULES:
            for match in pattern.finditer(text):
                item = _item(kind, match)
                if item and not _overlaps(item, taken):
                    found.append(item)
    kept = _longest(found)
    kept = [item for item in kept if not item.bare or _counts(item, text, asked, kept, taken)]
    parts = [
        TimeItem(*match.span(), window=window)
        for pattern, window in (_PART_RULES if _PART_MIGHT.search(text) else ())
        for match in pattern.finditer(text)
        if not _GREETING.search(text[: match.start()])
    ]
    return _longest(kept, parts)


def _overlaps(item: TimeItem, taken: list[tuple[int, int]]) -> bool:
    return any(item.start < end and start < item.end for start, end in taken)


def _longest(*groups: list[TimeItem]) -> list[TimeItem]:
    """The longest of the items that share words; earlier groups go first."""
    kept: list[TimeItem] = []
    for group in groups:
        for item in sorted(group, key=lambda item: (item.start - item.end, item.start)):
            if not _overlaps(item, [(other.start, other.end) for other in kept]):
                kept.append(item)
    return sorted(kept, key=lambda item: item.start)


def _counts(
    item: TimeItem,
    text: str,
    asked: Asked | None,
    found: list[TimeItem],
    taken: list[tuple[int, int]],
) -> bool:
    """Whether a bare number is a time here."""
    before, after = text[: item.start], text[item.end :]
    if item.hour > 12 and item.minute == 0 and asked not in (Asked.TIME, Asked.CHOICE):
        return bool(re.search(r"\bat $", before)) and item.hour <= 20
    if any(end == item.start - 1 for _, end in taken):
        return True  # right behind a day: "wednesday nine"
    if _CUE.search(before):
        return True
    if _FOR.search(before) and _AFTER_FOR.match(after):
        return True
    if re.match(r" (?:or|to|till|until|and|-) (?:[01]?\d|half|quarter)\b", after) and (
        re.search(
            r"(?:or|to|and) (?:[\d:]+|half \d+)(?: ?(?:am|pm|o'clock|ish| in the))",
            text[item.start :],
        )
    ):
        return True
    if _CORRECTED.search(before) and any(other.start < item.start for other in found):
        return True
    linked = re.search(r"(\d\S*|am|pm|o'clock|noon) (?:or|and|to|till|until|-) $", before)
    if linked and any(other.start < item.start for other in found):
        return True
    if asked in (Asked.TIME, Asked.CHOICE):
        rest = re.sub(r"\d[\d:.]*", "", before + after).strip()
        return bool(_FILLED.fullmatch(rest + " " if rest else ""))
    return False
