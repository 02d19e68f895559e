"""Templates -> clauses: fixed text, finite pieces and personal data, each by itself."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.conversation.actions import Clause
from gateway.conversation.office import Office
from gateway.conversation.sentences.pieces import place_of, value_name, with_constants
from gateway.conversation.sentences.places import Setting

_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_MARKS = ",.?!:;"


@dataclass(frozen=True)
class Segment:
    """A stretch of a template: fixed text or a placeholder."""

    text: str
    """fixed text, or the name of the placeholder"""
    is_place: bool = False
    """True: a placeholder"""
    mark: str = ""
    """punctuation that follows a placeholder"""
    capital: bool = False
    """the placeholder begins a sentence"""


def segments(template: str) -> tuple[Segment, ...]:
    """The template cut at sentence ends and placeholders; punctuation stays with what it ends."""
    found: list[Segment] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        found += _literal_segments(literal, found)
        if name:
            found.append(Segment(name, is_place=True, capital=name[0].isupper() or not found))
    return tuple(found)


def _literal_segments(literal: str, before: list[Segment]) -> list[Segment]:
    text = literal.strip()
    if text and text[0] in _MARKS and before and before[-1].is_place:
        last = before.pop()
        before.append(Segment(last.text, True, text[0], last.capital))
        text = text[1:].strip()
    return [Segment(part) for part in _SENTENCE_END.split(text) if part]


def render(template: str, setting: Setting, values: Mapping[str, object]) -> tuple[Clause, ...]:
    """The clauses of a sentence."""
    clauses: list[Clause] = []
    for segment in segments(with_constants(template, setting.office)):
        if not segment.is_place:
            clauses.append(Clause(segment.text))
            continue
        value = values.get(value_name(segment.text))
        said = place_of(segment.text).say(setting, value)
        clauses += _decorated(said, segment)
    return tuple(clauses)


def _decorated(said: tuple[Clause, ...], segment: Segment) -> Iterator[Clause]:
    for number, clause in enumerate(said):
        text = clause.text
        if number == 0 and segment.capital:
            text = text[:1].upper() + text[1:]
        if number == len(said) - 1:
            text = marked(text, segment.mark)
        yield Clause(text, clause.keep)


def marked(text: str, mark: str) -> str:
    """Text with the punctuation that follows it, unless it ends with its own."""
    return text if not mark or text.endswith(tuple(_MARKS)) else text + mark


def finite_clauses(template: str, office: Office) -> Iterator[str]:
    """Every clause without personal data that the template can be made of in this office."""
    for segment in segments(with_constants(template, office)):
        if not segment.is_place:
            yield segment.text
            continue
        finite = place_of(segment.text).finite
        for text in finite(office) if finite is not None else ():
            first = text[:1].upper() + text[1:] if segment.capital else text
            for said in dict.fromkeys((text, first)):
                yield said
                yield marked(said, segment.mark)
