"""Spoken clock times and parts of the day: every one that was named and where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time

from gateway.conversation.meaning import Asked, Window
from gateway.conversation.time_words import CLOCK_RULES, PART_MIGHT, PART_RULES

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
    r"i'll take|i can do|i could do|i prefer|prefer|one|will|do|for me|suits?|me|best|to|till|"
    r"until|later|earlier|onwards|either|before|after|from|between|not|any time|anytime)\b ?)*"
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
    """Clock times and parts of the day; `taken` are stretches that say something else."""
    found: list[TimeItem] = []
    if re.search(r"\d|noon|midday|mid day|midnight", text):
        for kind, pattern in CLOCK_RULES:
            for match in pattern.finditer(text):
                item = _item(kind, match)
                if item and not _overlaps(item, taken):
                    found.append(item)
    kept = _longest(found)
    kept = [item for item in kept if not item.bare or _counts(item, text, asked, kept, taken)]
    parts = [
        TimeItem(*match.span(), window=window)
        for pattern, window in (PART_RULES if PART_MIGHT.search(text) else ())
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
        rest = " ".join(re.sub(r"\d[\d:.]*", "", before + after).split())
        return bool(_FILLED.fullmatch(rest + " " if rest else ""))
    return False
