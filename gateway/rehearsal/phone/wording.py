"""What a caller picks out of heard words: questions, keys, weekdays; pure."""

from __future__ import annotations

import re

NAMED_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DIGITS = {
    "zero": "0", "one": "1", "two": "2", "to": "2", "three": "3", "four": "4", "for": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    **{digit: digit for digit in "0123456789"},
}  # fmt: skip
_KEY = r"(?:zero|one|two|to|three|four|for|five|six|seven|eight|nine|\d)"


def plain(heard: str) -> str:
    """Small letters, sentence ends kept as `.` and `?`, everything else a space."""
    text = heard.lower().replace("o'clock", " ").replace("a.m.", "am").replace("p.m.", "pm")
    text = re.sub(r"[!;:]", ".", text)
    text = re.sub(r"[^a-z0-9.?]+", " ", text)
    return re.sub(r"\s+([.?])", r"\1", text).strip()


def last_question(heard: str) -> str:
    """The last sentence that asks; without one the last sentence."""
    sentences: list[str] = [s.strip() for s in re.findall(r"[^.?]+[.?]*", heard) if s.strip()]
    questions = [s for s in sentences if s.endswith("?")]
    return [heard, *sentences, *questions][-1]


def key_for(heard: str, wanted: tuple[str, ...]) -> str | None:
    """The key offered for the first of the wanted things that any key is offered for.

    "For a cleaning, press two", "press one to book, two to leave a message".
    """
    offers = key_offers(heard)
    for thing in wanted:
        for key, purpose in offers:
            if thing in purpose:
                return key
    return None


def key_offers(heard: str) -> list[tuple[str, str]]:
    """(key, what it is for) in the order heard; a recogniser may leave out all full stops."""
    if "press" not in heard:
        parts = re.split(rf"(?:^|\s)(?:or )?({_KEY}) (?=(?:is|to|for|if) )", heard)
        return [(_DIGITS[k], p) for k, p in zip(parts[1::2], parts[2::2], strict=False)]
    found: list[tuple[str, str]] = []
    for sentence in re.split(r"[.?]", heard):
        parts = re.split(rf"\bpress ({_KEY})\b|\bor ({_KEY}) (?=to|for|if)", sentence)
        texts, keys = parts[::3], [a or b for a, b in zip(parts[1::3], parts[2::3], strict=True)]
        before = texts[0].split()
        purpose_first = len(before) > 3 or bool({"to", "for", "if", "yes", "clear"} & {*before})
        purposes = texts[:-1] if purpose_first else texts[1:]
        for key, purpose in zip(keys, purposes, strict=True):
            found += _key_and_more(key, purpose)
    return found


def _key_and_more(key: str, purpose: str) -> list[tuple[str, str]]:
    """ "to book it two to change it" behind "press one" speaks of two keys."""
    parts = re.split(rf"\s({_KEY}) (?=(?:to|for|if) )", purpose)
    more = zip(parts[1::2], parts[2::2], strict=False)
    return [(_DIGITS[key], parts[0]), *((_DIGITS[k], p) for k, p in more)]


def weekdays_in(heard: str) -> set[str]:
    """Weekdays named."""
    return {day for day in NAMED_DAYS if day in heard}
