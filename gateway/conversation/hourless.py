"""A clock time without its hour: "quarter to", "half past"."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Context, TimeWish, Value

_HOURLESS = re.compile(
    r"^(?:(?:um|uh|er|oh|well|yes|yeah|at|make it|say|about|maybe|let's say|the|i'd like|"
    r"the one at|then|okay|ok|no|sorry|better) )*(?P<bit>(?:a )?(?:quarter|half|\d{1,2})"
    r"(?: minutes)? (?P<way>to|past|after|before|of|till))(?: (?:please|thanks|is fine|then))*$"
)
_HOUR = re.compile(
    r"^(?:(?:um|uh|er|oh|well|at|it's|to|past) )*(?P<hour>\d{1,2})(?: o'clock)?"
    r"(?: (?:in the (?:morning|afternoon|evening)|am|pm|please|of course|then))*$"
)


def _minute(bit: str, way: str) -> int:
    word = bit.removeprefix("a ").split()[0]
    number = {"quarter": 15, "half": 30}.get(word) or int(word) if word else 0
    return (60 - number) % 60 if way in ("to", "before", "of", "till") else number % 60


def hourless(heard: Heard) -> str:
    """The words of a time that lacks its hour; empty when nothing is lacking."""
    found = _HOURLESS.match(heard.figures.text)
    return found["bit"] if found else ""


def minute_choice(
    heard: Heard, context: Context, time: Value[TimeWish] | None
) -> Value[int] | None:
    """The one offered time with these minutes; None when there is none, or more than one."""
    found = _HOURLESS.match(heard.figures.text) if context.offered and time is None else None
    if found is None:
        return None
    minute = _minute(found["bit"], found["way"])
    fitting = [n for n, start in enumerate(context.offered) if start.minute == minute]
    return Value(fitting[0], heard.said, sure=0.8) if len(fitting) == 1 else None


def with_hour(begun: str, heard: Heard) -> str | None:
    """ "Quarter to" ... "three": the whole; None when no hour alone was said."""
    return f"{begun} {heard.figures.text}" if _HOUR.match(heard.figures.text) else None
