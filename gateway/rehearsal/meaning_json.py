"""Meaning <-> JSON for evaluation: the shape that docs/understanding.md describes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from gateway.conversation.day_wish import day_wish
from gateway.conversation.heard import hear
from gateway.conversation.meaning import (
    Answer,
    Asked,
    Context,
    Intent,
    Meaning,
    Value,
    Vocabulary,
    Window,
)
from gateway.conversation.time_wish import time_wish

EVENING = time(19)
"""When a line says only the day: callers ring after hours."""
_ORDER = (
    Asked.NAME,
    Asked.PHONE,
    Asked.CHOICE,
    Asked.TIME,
    Asked.DAY,
    Asked.PRACTITIONER,
    Asked.SERVICE,
    Asked.YES_NO,
    Asked.OPEN,
)
"""When several things were asked at once, words are read as the answer to the first of these."""
_ACTS = ("book", "move", "cancel")
"""What a question can commit."""

Json = dict[str, Any]


def context_from(line: Mapping[str, Any], vocabulary: Vocabulary) -> Context:
    """The situation of one line; ValueError says what is wrong with it."""
    now = _moment(line.get("today"))
    held = line.get("held", False)
    asked = line.get("asked") or []
    known = {Asked(str(entry)) for entry in ([asked] if isinstance(asked, str) else asked)}
    bare = Context(now=now, vocabulary=vocabulary)
    offered = [_offer(str(entry), bare) for entry in line.get("offered") or []]
    times = tuple(entry for entry in offered if entry is not None)
    return Context(
        now=now,
        vocabulary=vocabulary,
        asked=next((entry for entry in _ORDER if entry in known), None),
        offered=times,
        offered_day=times[0].date() if times else None,
        held=bool(held),
        act=Intent(held) if isinstance(held, str) and held in _ACTS else None,
    )


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise ValueError('"today" must be a date or date-time, like "2026-11-24"')
    moment = datetime.fromisoformat(text)
    day_only = len(text) <= len("2026-11-24")
    return datetime.combine(moment.date(), EVENING) if day_only else moment.replace(tzinfo=None)


def _offer(text: str, context: Context) -> datetime | None:
    """An offered time: ISO, or in words."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        heard = hear(text)
        day, taken = day_wish(heard, context)
        spoken = time_wish(heard, context, day.value if day else None, taken)
        times = (spoken.value.times or spoken.value.ambiguous) if spoken else ()
        days = (day.value.days or day.value.ambiguous) if day else (context.now.date(),)
        return datetime.combine(days[0], times[0]) if times and days else None


def _plain(value: Value[Any] | None) -> Json | None:
    if value is None:
        return None
    return {
        "value": str(value.value) if not isinstance(value.value, bool | int) else value.value,
        "words": value.words,
        "source": value.source.value,
        "sure": round(value.sure, 2),
    }


def _dates(meaning: Meaning) -> Json:
    if meaning.day is None:
        return {"dates": []}
    wish, words = meaning.day.value, meaning.day.words

    def entries(days: tuple[date, ...], **more: bool) -> list[Json]:
        return [{"value": day.isoformat(), "words": words, **more} for day in days]

    result: Json = {"dates": entries(wish.days) or entries(wish.ambiguous, ambiguous=True)}
    if wish.not_days:
        result["not_dates"] = entries(wish.not_days)
    if wish.earliest or wish.latest:
        limits = [str(day) if day else "" for day in (wish.earliest, wish.latest)]
        result["date_range"] = {"value": "/".join(limits), "words": words}
    for key, numbers in (("weekdays", wish.weekdays), ("not_weekdays", wish.not_weekdays)):
        if numbers:
            result[key] = {"value": list(numbers), "words": words}
    for key in ("soonest", "impossible"):
        if getattr(wish, key):
            result[f"{key}_date"] = {"value": True, "words": words}
    return result


def _window(window: Window) -> str:
    return f"{window.start:%H:%M}-{window.end:%H:%M}"


def _times(meaning: Meaning) -> Json:
    if meaning.time is None:
        return {"times": []}
    wish, words = meaning.time.value, meaning.time.words
    values: list[Json] = [{"value": f"{t:%H:%M}", "words": words} for t in wish.times]
    if not values:
        values = [
            {"value": f"{t:%H:%M}", "words": words, "ambiguous": True} for t in wish.ambiguous
        ]
    values += [{"value": _window(w), "words": words} for w in wish.windows]
    for limit, moment in (("not_before", wish.not_before), ("not_after", wish.not_after)):
        if moment:
            values.append({"value": f"{moment:%H:%M}", "words": words, "limit": limit})
    result: Json = {"times": values}
    if wish.not_windows:
        result["not_times"] = [{"value": _window(w), "words": words} for w in wish.not_windows]
    return result


def _answer(meaning: Meaning) -> Json:
    answer = _plain(meaning.answer) or {
        "value": "none",
        "words": "",
        "source": "words",
        "sure": 1.0,
    }
    if meaning.answer and meaning.answer.value is Answer.VAGUE:
        answer |= {"value": "none", "vague": True}
    return answer


def as_json(meaning: Meaning, by: str, milliseconds: float) -> Json:
    """One line of output."""
    return {
        "intent": _plain(meaning.intent),
        "answer": _answer(meaning),
        **_dates(meaning),
        **_times(meaning),
        "name": _plain(meaning.name),
        "phone": _plain(meaning.phone),
        "service": _plain(meaning.service),
        "practitioner": _plain(meaning.practitioner),
        "danger": _plain(meaning.danger),
        "wants_person": _plain(meaning.wants_person) or {"value": False, "words": ""},
        "in_scope": meaning.in_scope,
        "asks": _plain(meaning.asks),
        "choice": _plain(meaning.choice),
        "wants_other": _plain(meaning.wants_other),
        "not_for_us": _plain(meaning.not_for_us),
        "same_number": meaning.same_number,
        "phone_partial": meaning.phone_partial,
        "spelled": meaning.spelled,
        "correction": meaning.correction,
        "repeat": meaning.repeat,
        "by": by,
        "ms": round(milliseconds, 3),
    }
