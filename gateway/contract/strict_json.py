"""Reads JSON from strangers: refuses what is too large, too deep, doubled or not finite; pure."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from gateway.errors import MessageRefused

MAX_BYTES = 1024 * 1024
"""A year of busy times of one practitioner takes a tenth of this."""
MAX_DEPTH = 16
"""Our documents are five levels deep; unknown fields may be deeper."""
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def read(payload: bytes, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The object in a payload; MessageRefused begins with a code and says what is wrong."""
    if len(payload) > max_bytes:
        raise MessageRefused(f"too-large: {len(payload)} bytes, {max_bytes} are allowed")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MessageRefused(f"not-utf-8: byte {error.start} is invalid") from error
    _refuse_depth(payload)
    try:
        # A control character gets into a string only by an escape, but for the one called DEL.
        plain = "\\" not in text and "\x7f" not in text
        document = (_PLAIN if plain else _ESCAPED).decode(text)
    except MessageRefused:
        raise
    except (ValueError, RecursionError) as error:
        raise MessageRefused(f"not-json: {type(error).__name__}") from error
    if not isinstance(document, dict):
        raise MessageRefused("schema: the payload is no object")
    return document


def _refuse_depth(payload: bytes) -> None:
    if payload.count(b"{") + payload.count(b"[") <= MAX_DEPTH:
        return  # most messages: too few brackets to be deep
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", payload)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise MessageRefused(f"too-deep: more than {MAX_DEPTH} levels")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise MessageRefused("duplicate-key: a key occurs twice in one object")
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = _unique(pairs)
    for key, value in pairs:
        for text in (key, value, *(value if isinstance(value, list) else ())):
            if isinstance(text, str) and _CONTROL.search(text):
                raise MessageRefused("bad-text: a string holds control characters")
    return document


def _constant(name: str) -> float:
    raise MessageRefused(f"not-finite: {name} is no JSON")


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise MessageRefused("not-finite: a number is too large")
    return value


_PLAIN = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_float=_number)
_ESCAPED = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_float=_number
)
