"""Spoken telephone numbers -> digits: double, oh, hundred, pauses, corrections of a group."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.conversation.heard import NUMBER_WORDS, Heard, View, word_set
from gateway.conversation.meaning import Asked, Context, Value

FULL_DIGITS = 7
"""Fewer than these are a part of a number; more will come."""
_ZERO = {"oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "zeros": "00"}
_MISHEARD = {
    "to": "2",
    "too": "2",
    "for": "4",
    "fore": "4",
    "ate": "8",
    "won": "1",
    "tree": "3",
    "sex": "6",
    "fife": "5",
    "niner": "9",
}
_REPEAT = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_FILLERS = word_set(
    "actually ah and area by code correction dash er erm followed hmm hyphen i is it's its "
    "make mean my no not number ok okay please point so sorry space that's the then uh um "
    "wait well yeah yes "
)
_MARKER = frozenset({"no", "sorry", "correction", "wait", "actually", "mean"})
_SAME = re.compile(
    r"\b(?:(?:this|the same|same|that|my current|this same) (?:number|phone|"
    r"line)(?: (?:is|works|will|would)[a-z ]*)?$|this (?:number|phone)\b|same number|"
    r"(?:number|one|phone) (?:that )?(?:i'm|i am|im) (?:calling|ringing|phoning|"
    r"on)(?: (?:from|you from|you on|on|with))?|"
    r"(?:number|one) (?:you (?:have|see|got)|on (?:your|the) (?:screen|display|file))|"
    r"caller id|you (?:have|already have) (?:my|the) number|"
    r"(?:the )?number i called (?:from|on)|calling from (?:it|this))\b"
)
_SAME_WHEN_ASKED = re.compile(
    r"\b(?:this one|the same(?: one)?|same one|that one|same as (?:this|before)|"
    r"^this)\b(?! (?:isn't|is not|won't))"
)
_CUE = re.compile(
    r"\b(?:number(?:'s| is)?|phone|mobile|cell|telephone|reach me|call me(?: back)?|"
    r"ring me|contact me|text me)(?: \w+){0,3}? ?$"
)


@dataclass(frozen=True)
class Run:
    """Digits said in a row."""

    first: int
    """number of the first word"""
    last: int
    """number of the last word"""
    digits: str
    """the digits, with a leading + where it was said"""
    sure: bool = True
    """False: only from words that merely sound like digits"""


def _digits_at(words: list[str], place: int, loose: bool) -> tuple[str, int]:
    """Digits of the word at a place and how many words they took; empty when it is no digit."""
    word = words[place]
    following = words[place + 1] if place + 1 < len(words) else ""
    if word in _REPEAT and following:
        digits, used = _digits_at(words, place + 1, loose)
        return (digits[0] * _REPEAT[word] + digits[1:], used + 1) if digits else ("", 1)
    if re.fullmatch(r"\d+", word):
        return word + _zeros(words, place + 1), 1 + bool(_zeros(words, place + 1))
    if word in NUMBER_WORDS:
        value, used = NUMBER_WORDS[word], 1
        if value >= 20 and following in NUMBER_WORDS and 0 < NUMBER_WORDS[following] < 10:
            value, used = value + NUMBER_WORDS[following], 2
        zeros = _zeros(words, place + used)
        return str(value) + zeros, used + bool(zeros)
    if word in _ZERO:
        return _ZERO[word], 1
    if loose and word in _MISHEARD:
        return _MISHEARD[word], 1
    return "", 1


def _zeros(words: list[str], place: int) -> str:
    return {"hundred": "00", "thousand": "000"}.get(words[place] if place < len(words) else "", "")


def _is_digit(words: list[str], place: int) -> bool:
    return place < len(words) and bool(_digits_at(words, place, loose=True)[0])


def find_runs(view: View, loose: bool) -> list[Run]:
    """Every row of digits; fillers and corrections inside are part of it."""
    words = view.text.split()
    runs: list[Run] = []
    place = 0
    while place < len(words):
        digits, _used = _digits_at(words, place, loose)
        if not digits or (words[place] in ("o",) and not _is_digit(words, place + 1)):
            place += 1
            continue
        runs.append(_run_from(words, place, loose))
        place = runs[-1].last + 1
    return runs


def _run_from(words: list[str], first: int, loose: bool) -> Run:
    groups: list[tuple[str, str]] = []  # marker before the group, its digits
    marker, place, last, current = "", first, first, ""
    while place < len(words):
        digits, used = _digits_at(words, place, loose or bool(current))
        if digits:
            current += digits
            last = place + used - 1
            place += used
        elif words[place] in _FILLERS and _digits_follow(words, place):
            if words[place] in _MARKER or words[place] == "not":
                groups.append((marker, current))
                marker, current = ("not" if words[place] == "not" else "no"), ""
            place += 1
        else:
            break
    groups.append((marker, current))
    before = words[first - 1] if first else ""
    plus = "+" if before == "plus" else ""
    return Run(first - bool(plus), last, plus + _corrected(groups))


def _digits_follow(words: list[str], place: int) -> bool:
    """Whether only fillers stand between here and the next digit."""
    for word_place in range(place, min(place + 6, len(words))):
        if _digits_at(words, word_place, loose=False)[0]:
            return True
        if words[word_place] not in _FILLERS:
            return False
    return False


def _corrected(groups: list[tuple[str, str]]) -> str:
    """The digits after "no, four five, not five five"."""
    digits, newest = groups[0][1], ""
    for marker, group in groups[1:]:
        if not group:
            continue
        if marker == "not":
            place = digits.rfind(group)
            if (
                place >= 0
                and newest
                and digits.endswith(newest)
                and place + len(group) <= len(digits)
            ):
                digits = digits.replace(group, newest, 1) if group in digits else digits
            elif place >= 0 and newest:
                digits = digits[:place] + newest + digits[place + len(group) :]
        elif len(group) >= min(FULL_DIGITS, len(digits)) or not digits:
            digits, newest = group, group
        else:
            digits, newest = digits[: -len(group)] + group, group
    return digits


def read_phone(
    heard: Heard, context: Context
) -> tuple[Value[str] | None, bool, tuple[int, int] | None]:
    """The number, whether it is only a part, and where it stands in the figures view."""
    view = heard.plain
    asked = context.asked is Asked.PHONE and not same_number(heard, context)
    best: Run | None = None
    for run in find_runs(view, loose=asked):
        cued = asked or bool(_CUE.search(view.text[: view.starts[run.first]]))
        length = len(run.digits.lstrip("+"))
        if (length >= FULL_DIGITS or (cued and length >= 3) or (asked and length >= 1)) and (
            best is None or length > len(best.digits)
        ):
            best = run
    if best is None:
        return None, False, None
    length = len(best.digits.lstrip("+"))
    if length > 15:
        return None, False, None
    spans = (view.spans[best.first][0], view.spans[best.last][1])
    words = view.said[spans[0] : spans[1]]
    inside = [
        n
        for n, (start, end) in enumerate(heard.figures.spans)
        if start < spans[1] and end > spans[0]
    ]
    taken = (
        heard.figures.starts[inside[0]],
        heard.figures.starts[inside[-1]] + len(heard.figures.text.split()[inside[-1]]),
    )
    return Value(best.digits, words, sure=0.9), length < FULL_DIGITS, taken


def same_number(heard: Heard, context: Context) -> bool:
    """Whether the caller means the number that they call from."""
    text = heard.plain.text
    found = _SAME.search(text)
    if not found and context.asked is Asked.PHONE:
        found = _SAME_WHEN_ASKED.search(text)
    return bool(found) and not re.search(
        r"\bnot (?:on |at )?$", text[: found.start() if found else 0]
    )
