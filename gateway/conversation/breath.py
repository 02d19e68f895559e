"""Two things in one breath: the first is dealt with now, the second when that is done."""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.conversation.asking import is_question
from gateway.conversation.meaning import Answer, Asked, Context, Intent, Meaning
from gateway.conversation.understanding import understand

_JOINT = re.compile(
    r"[\s,;.!?]+(?:(?:and|plus|then|also|oh|after that|by the way)\b[\s,]*)+|[.;!?,]\s+",
    re.IGNORECASE,
)
_AFTER_ANSWER = re.compile(r"^(?:yes|yeah|yep|no|nope|sure)\b[\s,]+(?=\w)", re.IGNORECASE)
""" "No what are your hours": an answer needs no joint."""
_REQUEST = re.compile(
    r"(?:(?:i|we)(?:'d| would|'ll| will)?(?: also| just)? (?:like|want|need|have to|book)\b|"
    r"(?:can|could|would|will|may|please|book|make|schedule|get|cancel|move|reschedule|change|"
    r"find|tell|leave|take|what|what's|where|where's|when|when's|how|which|do|does|is|are)\b)",
    re.IGNORECASE,
)
"""How a wish of its own begins; "and a polish" and "and Wednesday" belong to the wish before."""
_VERBS = (
    (Intent.CANCEL, re.compile(r"\bcancel\b", re.IGNORECASE)),
    (Intent.MOVE, re.compile(r"\b(?:move|reschedule|change|push)\b", re.IGNORECASE)),
    (Intent.BOOK, re.compile(r"\b(?:book|schedule|make)\b", re.IGNORECASE)),
)
"""What is meant by a wish that leaves out what was named just before: "and book Friday"."""
_AGAIN = re.compile(r"\b(?:also|another|as well|too|second)\b", re.IGNORECASE)
_POINTS_BACK = re.compile(r"\b(?:it|that|this|them)\b", re.IGNORECASE)
_TASKS = frozenset({
    Intent.BOOK, Intent.MOVE, Intent.CANCEL, Intent.WHEN, Intent.CONFIRM, Intent.MESSAGE,
})  # fmt: skip
MOST_WORDS = 40
"""A longer turn is a story, not two wishes."""


def first_and_rest(said: str, context: Context) -> tuple[str, str]:
    """What is dealt with now, and what is taken up later ("" where one thing was said)."""
    if len(said.split()) > MOST_WORDS:
        return said, ""
    joints = list(_JOINT.finditer(said))
    if _answers(context) and (answered := _AFTER_ANSWER.match(said)):
        joints.insert(0, answered)
    for joint in joints:
        left, right = said[: joint.start()].strip(), said[joint.end() :].strip()
        left = left or joint.group().strip(" ,")
        if left and _REQUEST.match(right) and _are_two(left, joint.group(), right, context):
            return left, right
    return said, ""


def _answers(context: Context) -> bool:
    return context.held or context.asked is Asked.YES_NO


def _are_two(left: str, joint: str, right: str, context: Context) -> bool:
    after = understand(right, replace(context, asked=Asked.OPEN, offered=(), held=False))
    later = _kind(after)
    if later is None or after.danger or after.wants_person or after.not_for_us:
        return False
    before = understand(left, context)
    if _answers(context):
        clear = before.answer is not None and before.answer.value is not Answer.VAGUE
        new = _asks(after) or (later in _TASKS and _of_its_own(later, joint + right, after))
        return clear and new
    first = _kind(before) if context.asked is Asked.OPEN else None
    if first is None or first is Intent.ASK or (later is Intent.ASK and not _asks(after)):
        return False
    if first is later:
        return first is Intent.BOOK and _of_its_own(later, joint + right, after)
    return {first, later} != {Intent.CANCEL, Intent.MOVE}


def _asks(meaning: Meaning) -> bool:
    """Whether it is a question whose topic is known."""
    return meaning.asks is not None or is_question(meaning)


def _of_its_own(later: Intent, words: str, after: Meaning) -> bool:
    """Whether it is another appointment, not the one that is spoken of."""
    if _POINTS_BACK.search(words):
        return False
    return later is not Intent.BOOK or after.client is not None or bool(_AGAIN.search(words))


def _kind(meaning: Meaning) -> Intent | None:
    """The task or question that words stand for."""
    if is_question(meaning):
        return Intent.ASK
    if meaning.intent is not None:
        kind = meaning.intent.value
        return kind if kind in _TASKS or kind is Intent.ASK else None
    return next((kind for kind, verb in _VERBS if verb.search(meaning.said)), None)
