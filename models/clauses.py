"""Splits a text into clauses to be spoken one after the other; pure."""

from __future__ import annotations

import re

SENTENCE_PAUSE_MS = 250
"""Silence after a sentence."""
CLAUSE_PAUSE_MS = 120
"""Silence after a comma or colon."""
FIRST_CLAUSE_LETTERS = 4
"""A first clause may be this short: it is heard early while the rest is computed."""
CLAUSE_LETTERS = 60
"""Later clauses are joined up to this length: longer stretches sound better."""

_SENTENCE_END = re.compile(r"(?<=[.!?…。？！])\s+")
_CLAUSE_END = re.compile(r"(?<=[,;:—])\s+")
_ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|St|No|Prof)\.$")


def split_clauses(text: str) -> list[tuple[str, int]]:
    """Clauses in order, each with the pause after it in milliseconds; the last has none."""
    clauses: list[tuple[str, int]] = []
    for sentence in _sentences(" ".join(text.split())):
        parts = _CLAUSE_END.split(sentence)
        current = ""
        for part in parts:
            enough = FIRST_CLAUSE_LETTERS if not clauses else CLAUSE_LETTERS
            if current and len(current) >= enough:
                clauses.append((current, CLAUSE_PAUSE_MS))
                current = part
            else:
                current = f"{current} {part}".strip()
        clauses.append((current, SENTENCE_PAUSE_MS))
    if clauses:
        clauses[-1] = (clauses[-1][0], 0)
    return clauses


def _sentences(text: str) -> list[str]:
    sentences: list[str] = []
    for part in _SENTENCE_END.split(text):
        if sentences and _ABBREVIATION.search(sentences[-1]):
            sentences[-1] = f"{sentences[-1]} {part}"
        elif part:
            sentences.append(part)
    return sentences
