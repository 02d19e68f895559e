"""A situation to read words in: Tuesday evening, the sample office."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from functools import cache
from pathlib import Path

from gateway.contract.settings_file import load_settings
from gateway.conversation.heard import hear
from gateway.conversation.meaning import (
    Asked,
    Context,
    DayWish,
    Intent,
    Meaning,
    TimeWish,
    Vocabulary,
)
from gateway.conversation.understanding import understand
from gateway.conversation.vocabulary import vocabulary_of

SITE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"
TUESDAY_EVENING = datetime(2026, 11, 24, 19, 10)
OFFERED = (
    datetime(2026, 11, 25, 10, 0),
    datetime(2026, 11, 25, 14, 30),
    datetime(2026, 11, 26, 9, 0),
)


@cache
def vocabulary(country: str = "US") -> Vocabulary:
    return replace(vocabulary_of(load_settings(SITE)), country=country)


def situation(
    now: datetime = TUESDAY_EVENING,
    asked: Asked | None = None,
    offered: tuple[datetime, ...] = (),
    offered_day: date | None = None,
    held: bool = False,
    country: str = "US",
    act: Intent | None = None,
) -> Context:
    held = held or act is not None
    return Context(now, vocabulary(country), asked, offered, offered_day, held, act=act)


def meaning(said: str, context: Context | None = None) -> Meaning:
    return understand(said, context or situation())


def day(said: str, context: Context | None = None) -> DayWish:
    found = meaning(said, context).day
    assert found is not None, f"no day in {said!r}"
    return found.value


def clock(said: str, context: Context | None = None) -> TimeWish:
    found = meaning(said, context).time
    assert found is not None, f"no time in {said!r}"
    return found.value


def at(text: str) -> time:
    return time.fromisoformat(text)


def on(text: str) -> date:
    return date.fromisoformat(text)


def figures(said: str) -> str:
    return hear(said).figures.text
