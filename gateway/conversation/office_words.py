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
