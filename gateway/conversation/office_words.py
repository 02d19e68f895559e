"""The office's own words in what was said: which service, which fact."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from gateway.conversation.heard import Heard, word_set
from gateway.conversation.meaning import Context, Named, Value
from gateway.conversation.symptoms import SYMPTOMS

_SMALL = word_set("a an the my is at to for of on in i me you your do with and it's our his her it")
Found = tuple[str, tuple[int, int], float]
"""Key, place in the plain words, sureness."""
LONG_ENOUGH = 6
"""Letters that a phrase needs to be recognised when it is misheard."""
CLOSE = 86
"""Similarity in percent from which a word counts as the office's word misheard."""


@lru_cache(maxsize=64)
def _phrases(named: tuple[Named, ...]) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Key, phrase and pattern of every way to name something, longest first."""
    found = []
    for entry in named:
        for phrase in (entry.key.replace("-", " "), entry.name, *entry.asked_as):
            words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", phrase.lower())
            if words:
                pattern = r"\b" + r"[ ]?".join(re.escape(w) for w in words) + r"(?:s|es)?\b"
                found.append((entry.key, " ".join(words), re.compile(pattern)))
    return tuple(sorted(found, key=lambda entry: -len(entry[1])))


def find_named(text: str, named: tuple[Named, ...]) -> Found | None:
    """Key, place and sureness of what was named: word for word, in other order, or misheard."""
    exact = [
        (key, match.span(), 1.0)
        for key, _, pattern in _phrases(named)
        if (match := pattern.search(text))
    ]
    if exact:
        return exact[0]
    return _loose(text, named) or _misheard(text, named)


_NOT_THIS = re.compile(
    r"(?:(?<!why )\b(?:not|never|isn't|wasn't|instead of|rather than|skip|"
    r"(?<!don't )(?<!not )forget)"
    r"(?: (?:for|a|an|the|that|this|another|about|to|have|book))*|"
    r"\b(?:don't|do not|didn't|doesn't) (?:really )?(?:want|need|like|mean|say)"
    r"(?: (?:for|a|an|that|another|to|have|book))*) $"
)
_WRONG = re.compile(r"^ (?:(?:is not|isn't|was not|wasn't) (?:what|right|it\b|correct)|is wrong)")
_CORRECTED = re.compile(
    r"\b(?:no|sorry|actually|i mean|i meant|make (?:that|it)|scratch that|or rather|instead|wait|"
    r"better|correction)\b"
)
"""Between two services: the second one is meant, not the first."""
_RULES_OUT = re.compile(
    r"n't\b|\b(?:not|never|instead|rather|skip|forget|wrong|no|sorry|actually|mean|meant|make|"
    r"scratch|wait|better|correction)\b"
)
"""Without one of these nothing is ruled out."""
Mention = tuple[str, int, int]
"""Key of what was named, and its place in the plain words."""


def mentions(text: str, named: tuple[Named, ...]) -> tuple[list[Mention], list[Mention]]:
    """What was named word for word and is meant, in the order said; and what was ruled out."""
    found: list[Mention] = []
    for key, _, pattern in _phrases(named):
        for match in pattern.finditer(text):
            start, end = match.span()
            if all(end <= other[1] or other[2] <= start for other in found):
                found.append((key, start, end))
    meant: list[Mention] = []
    ruled_out: list[Mention] = []
    for key, start, end in sorted(found, key=lambda one: one[1]):
        if _NOT_THIS.search(text[:start]) or _WRONG.match(text[end:]):
            ruled_out.append((key, start, end))
            continue
        if meant and _CORRECTED.search(text[meant[-1][2] : start]):
            ruled_out += meant
            meant = []
        meant.append((key, start, end))
    return meant, ruled_out


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=64)
def _stemmed(named: tuple[Named, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Key and weighty stems of every phrase of two words or more."""
    found = []
    for key, phrase, _ in _phrases(named):
        stems = tuple(_stem(word) for word in phrase.split() if word not in _SMALL)
        if len(stems) >= 2:
            found.append((key, stems))
    return tuple(found)


def _loose(text: str, named: tuple[Named, ...]) -> Found | None:
    """All the weighty words of a phrase, in any order."""
    stems = {_stem(word): word for word in text.split()}
    for key, weighty in _stemmed(named):
        if all(stem in stems for stem in weighty):
            places = [text.find(stems[stem]) for stem in weighty]
            ends = [text.find(stems[stem]) + len(stems[stem]) for stem in weighty]
            return key, (min(places), max(ends)), 0.85
    return None


@lru_cache(maxsize=64)
def _by_letter(named: tuple[Named, ...]) -> dict[str, tuple[tuple[str, str], ...]]:
    """First letter -> keys and phrases without spaces, long enough to be recognised misheard."""
    table: dict[str, list[tuple[str, str]]] = {}
    for key, phrase, _ in _phrases(named):
        if len(phrase) >= LONG_ENOUGH:
            table.setdefault(phrase[0], []).append((key, phrase.replace(" ", "")))
    return {letter: tuple(entries) for letter, entries in table.items()}


def _misheard(text: str, named: tuple[Named, ...]) -> Found | None:
    """One to three words that sound nearly like a phrase."""
    words = [(m.group(), m.start(), m.end()) for m in re.finditer(r"\S+", text)]
    table = _by_letter(named)
    best: Found = ("", (0, 0), 0.0)
    for first, (word, start, _) in enumerate(words):
        entries = table.get(word[0])
        if not entries:
            continue
        heard = ""
        for piece, _, end in words[first : first + 3]:
            heard += piece
            for key, phrase in entries:
                if abs(len(heard) - len(phrase)) <= 2:
                    score = fuzz.ratio(heard, phrase)
                    if score >= CLOSE and score > best[2]:
                        best = (key, (start, end), score)
    return (best[0], best[1], best[2] / 100 * 0.9) if best[0] else None


def find_service(heard: Heard, context: Context) -> Value[str] | None:
    """Which service is meant, by its name or by what it is for."""
    text = heard.plain.text
    services = context.vocabulary.services
    meant, ruled_out = mentions(text, services) if _RULES_OUT.search(text) else ([], [])
    if ruled_out and meant:
        named, start, end = meant[0]
        return Value(named, heard.plain.words(start, end))
    for _, start, end in ruled_out:  # "not a check-up" never means one
        text = text[:start] + "_" * (end - start) + text[end:]
    found = find_named(text, services)
    if found and found[2] >= 0.95:
        return Value(found[0], heard.plain.words(*found[1]), sure=found[2])
    for pattern, wanted in SYMPTOMS:
        match = pattern.search(text)
        if match and (key := _offering(wanted, services)):
            return Value(key, heard.plain.words(*match.span()), sure=0.8)
    if found:
        return Value(found[0], heard.plain.words(*found[1]), sure=found[2])
    return None


def _offering(wanted: Sequence[str], services: tuple[Named, ...]) -> str | None:
    """The first service that goes by one of these words."""
    for word in wanted:
        for service in services:
            own = " ".join((service.key, service.name)).lower().replace("-", "").replace(" ", "")
            if word.replace(" ", "") in own:
                return service.key
    return None
