"""What was heard, in two views: plain words, and the same with number words made figures."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from gateway.conversation.misheard_days import Token, with_weekdays


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for tables that are easier to read as text."""
    return frozenset(text.split())


_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9,
}  # fmt: skip
_TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_ORDINAL_UNITS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9,
}  # fmt: skip
_ORDINALS = _ORDINAL_UNITS | {
    "tenth": 10, "eleventh": 11, "twelfth": 12, "twelth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
NUMBER_WORDS = _UNITS | _TEENS | _TENS
_TOKEN = re.compile(
    r"""
    \d{4}-\d{2}-\d{2} | \d{1,2}/\d{1,2}(?:/\d{2,4})? | \d{1,2}[:.]\d{2}(?![\d])
    | \d+(?:st|nd|rd|th)\b | \d+
    | [ap]\.\s?m\b\.? | \b[ap]\sm\b
    | o\s?['"]?\s?clock\b
    | [^\W\d_]+(?:'[^\W\d_]+)*
    """,
    re.VERBOSE,
)
_WITHOUT_APOSTROPHE = {
    word.replace("'", ""): word
    for word in word_set(
        "don't doesn't didn't can't won't isn't aren't wasn't weren't wouldn't couldn't shouldn't "
        "hasn't haven't hadn't that's what's there's where's who's i'm i've you're you've they're "
        "they've we've it'll that'll they'll let's"
    )
}
"""As some recognisers and all hurried typists write; "its", "ill" and "well" are words too."""
_ENDS = re.compile(r"[.?!;,:–—-]")
_NAMED_SECOND = re.compile(
    r"(?:the|january|february|march|april|may|june|july|august|september|october|november|december|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)$"
)


@dataclass(frozen=True)
class View:
    """Lower-case words joined by single spaces, each traceable to what was said."""

    text: str
    """the words"""
    starts: tuple[int, ...]
    """offset in `text` at which each word begins"""
    spans: tuple[tuple[int, int], ...]
    """where each word stands in what was said"""
    said: str
    """what was said"""
    breaks: frozenset[int]
    """numbers of the words before which there was a comma, stop or the like"""

    def words(self, start: int, end: int) -> str:
        """The caller's own words for a stretch of `text`."""
        if start >= end or not self.starts:
            return ""
        first = max(0, bisect_right(self.starts, start) - 1)
        last = max(first, bisect_right(self.starts, end - 1) - 1)
        return self.said[self.spans[first][0] : self.spans[last][1]]

    def number_at(self, offset: int) -> int:
        """Number of the word that holds this offset of `text`."""
        return max(0, bisect_right(self.starts, offset) - 1)


@dataclass(frozen=True)
class Heard:
    """One turn of the caller, made readable for the grammar."""

    said: str
    """as recognised"""
    plain: View
    """words only"""
    figures: View
    """number words as figures: "the twenty second at two thirty" -> "the 22nd at 2 30" """


_POINTERS = word_set(
    "the this that which another other each any earlier later earliest latest first second third "
    "fourth last next either same middle former latter better only new different no every"
)
_QUALITY = re.compile(r"(?:day|morning|afternoon|evening|early|late)s?$|^\d")
"""After "the" and one of these, "one" is no number."""


def _tokens(said: str) -> list[Token]:
    lower = said.lower().replace("’", "'").replace("‘", "'")
    if len(lower) != len(said):  # a letter whose small form is longer: keep offsets honest
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in said).replace("’", "'")
    tokens: list[Token] = []
    reached = 0
    for match in _TOKEN.finditer(lower):
        word = match.group()
        gap = lower[reached : match.start()]
        cut = bool(_ENDS.search(gap)) and not (gap == "-" and tokens)
        if (
            word[0] in "ap"
            and word[-1] in "m."
            and len(word.strip(".")) <= 4
            and not word.isalpha()
        ):
            word = word[0] + "m"
        elif word[0] == "o" and "clock" in word:
            word = "o'clock"
        elif word.endswith("ish") and word[:-3] in NUMBER_WORDS:
            tokens.append((word[:-3], match.start(), match.end() - 3, cut and bool(tokens)))
            tokens.append(("ish", match.end() - 3, match.end(), False))
            reached = match.end()
            continue
        word = _WITHOUT_APOSTROPHE.get(word, word)
        tokens.append((word, match.start(), match.end(), cut and bool(tokens)))
        reached = match.end()
    return with_weekdays(tokens)


def _view(tokens: list[Token], said: str) -> View:
    starts: list[int] = []
    offset = 0
    for token in tokens:
        starts.append(offset)
        offset += len(token[0]) + 1
    return View(
        text=" ".join(token[0] for token in tokens),
        starts=tuple(starts),
        spans=tuple((token[1], token[2]) for token in tokens),
        said=said,
        breaks=frozenset(number for number, token in enumerate(tokens) if token[3]),
    )


def _suffix(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


class _Merger:
    """Walks over the tokens and makes figures of number words."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def word(self, ahead: int = 0, joined: bool = True) -> str:
        """The word some places ahead, unless a comma or stop lies between."""
        place = self.at + ahead
        if place >= len(self.tokens):
            return ""
        if joined and any(self.tokens[i][3] for i in range(self.at + 1, place + 1)):
            return ""
        return self.tokens[place][0]

    def below_hundred(self, ahead: int) -> tuple[int, int, bool] | None:
        """Value, words used, ordinal: of the number below 100 that begins some places ahead."""
        word = self.word(ahead)
        if word in _TENS:
            following = self.word(ahead + 1)
            if _UNITS.get(following, 0) > 0:
                return _TENS[word] + _UNITS[following], 2, False
            if following in _ORDINAL_UNITS and (following != "second" or word in ("twenty",)):
                return _TENS[word] + _ORDINAL_UNITS[following], 2, True
            return _TENS[word], 1, False
        if word in NUMBER_WORDS:
            return NUMBER_WORDS[word], 1, False
        if word.isdecimal() and len(word) <= 2:
            return int(word), 1, False
        if word in _ORDINALS and (word != "second" or self._second_counts(ahead)):
            return _ORDINALS[word], 1, True
        return None

    def _second_counts(self, ahead: int) -> bool:
        """Whether "second" is an ordinal here, not a moment."""
        before = self.tokens[self.at + ahead - 1][0] if self.at + ahead else ""
        return bool(_NAMED_SECOND.search(before)) or self.word(ahead + 1) == "of"

    def _with_zero(self) -> tuple[str, int] | None:
        """ "oh nine hundred", "ten oh five"."""
        small = self.below_hundred(1)
        if small is None or small[2] or small[0] > 9:
            return None
        if self.word(1 + small[1]) == "hundred":
            return f"0{small[0]}00", 2 + small[1]
        before = self.tokens[self.at - 1][0] if self.at else ""
        if before.isdecimal() or before in NUMBER_WORDS:
            return f"0{small[0]}", 1 + small[1]
        return None

    def _pronoun(self) -> bool:
        """Whether "one" stands for a thing: "the second one", "the Thursday one"."""
        before = [token[0] for token in self.tokens[max(0, self.at - 2) : self.at]]
        following = self.word(1)
        if not before or following in NUMBER_WORDS or following in ("o'clock", "pm", "am", "oh"):
            return False
        pointed = len(before) == 2 and before[0] in ("the", "that", "this")
        return before[-1] in _POINTERS or (pointed and bool(_QUALITY.search(before[-1])))

    def number(self) -> tuple[str, int] | None:
        """The figure for the number that begins here and how many words it used."""
        word = self.word()
        if word == "one" and self._pronoun():
            return None
        if word in ("oh", "o") and (with_zero := self._with_zero()):
            return with_zero
        head = self.below_hundred(0)
        if word == "a" and self.word(1) in ("hundred", "thousand"):
            head = (1, 1, False)
        if head is None:
            return None
        value, used, ordinal = head
        if not ordinal and self.word(used) in ("hundred", "thousand"):
            return self._large(value, used)
        if ordinal:
            return _suffix(value), used
        return (word if word.isdecimal() else str(value)), used

    def _large(self, value: int, used: int) -> tuple[str, int]:
        total = value
        for unit, factor in (("thousand", 1000), ("hundred", 100)):
            if self.word(used) != unit:
                continue
            total, used = total * factor, used + 1
            skip = 1 if self.word(used) == "and" else 0
            rest = self.below_hundred(used + skip)
            # "eight hundred five five five" is a telephone number, not 805.
            if rest and not rest[2] and (skip or rest[1] > 1 or rest[0] > 9 or factor == 1000):
                after = self.word(used + skip + rest[1])
                if factor == 1000 and after == "hundred":
                    total, used = total + rest[0] * 100, used + skip + rest[1] + 1
                else:
                    total, used = total + rest[0], used + skip + rest[1]
                break
        return str(total), used


def _merge(tokens: list[Token]) -> list[Token]:
    merger = _Merger(tokens)
    merged: list[Token] = []
    while merger.at < len(tokens):
        word, start, end, cut = tokens[merger.at]
        found = merger.number()
        if found is None:
            merged.append((word, start, end, cut))
            merger.at += 1
            continue
        figure, used = found
        merged.append((figure, start, tokens[merger.at + used - 1][2], cut))
        merger.at += used
    return merged


def hear(said: str) -> Heard:
    """Both views of what was said."""
    tokens = _tokens(said)
    return Heard(said, _view(tokens, said), _view(_merge(tokens), said))
