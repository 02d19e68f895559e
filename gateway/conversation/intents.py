"""What the caller wants: rules over plain words, sure ones first."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.intent_words import (
    ANY_PRO,
    BOOK,
    CANCEL,
    CONFIRM,
    GOODBYE,
    GOODBYE_NOT,
    MESSAGE,
    MOVE,
    PERSON,
    PERSON_ALONE,
    PERSON_NOT,
    WHEN,
    WHEN_NOT,
    WISH,
)
from gateway.conversation.meaning import Asked, Context, Intent, Value
from gateway.conversation.scope import FOREIGN, OFFICE
from gateway.conversation.topics import HOURS, PRICE, SERVICES

_ZERO = re.compile(
    r"(?:(?:um+|uh|er|okay|ok|yes|please|press(?:ing|ed)?|i(?: have)? press(?:ed)?|the|key|number|"
    r"say|just) )*zero(?: (?:zero|please|key|thanks|thank you))*"
)
""" "For a person, press zero", said instead of pressed."""
_RULES: tuple[tuple[Intent, re.Pattern[str], re.Pattern[str] | None, float], ...] = (
    (Intent.PERSON, PERSON_ALONE, None, 0.9),
    (Intent.PERSON, PERSON, PERSON_NOT, 0.9),
    (Intent.MESSAGE, MESSAGE, None, 0.9),
    (Intent.MOVE, MOVE, None, 0.95),
    (Intent.CANCEL, CANCEL, re.compile(r"\bcancel(?:l?ation)? (?:policy|fee)"), 0.95),
    (Intent.WHEN, WHEN, WHEN_NOT, 0.9),
    (Intent.CONFIRM, CONFIRM, None, 0.85),
)


def read_intent(
    heard: Heard, context: Context, service: Value[str] | None, practitioner: Value[str] | None
) -> Value[Intent] | None:
    """What the caller wants; None when the words do not say."""
    text = heard.plain.text
    if context.asked is not Asked.PHONE and _ZERO.fullmatch(text):
        return Value(Intent.PERSON, heard.said, sure=0.9)
    foreign = FOREIGN.search(text)
    named = service is not None or (practitioner is not None and practitioner.value != "any")
    for intent, pattern, unless, sure in _RULES:
        found = pattern.search(text)
        if not found or (unless and unless.search(text)):
            continue
        if foreign and not named and not OFFICE.search(text):
            continue
        if intent is Intent.CONFIRM and (context.held or context.asked is Asked.YES_NO):
            continue
        if intent is Intent.PERSON and _books(found.group(), text):
            continue
        return Value(intent, heard.plain.words(*found.span()), sure=sure)
    if service is not None and not foreign and (mine := _about_mine(heard, text, context)):
        return mine
    if context.asked in (None, Asked.OPEN) and (found := _AM_I_BOOKED.search(text)):
        return Value(Intent.WHEN, heard.plain.words(*found.span()), sure=0.85)
    if HOURS.search(text) and not foreign:
        return None  # a question about hours is no wish to come
    if booked := _book(heard, text, bool(foreign), named, service, context):
        return booked
    if (found := GOODBYE.search(text)) and not GOODBYE_NOT.search(text):
        return Value(Intent.GOODBYE, heard.plain.words(*found.span()), sure=0.85)
    return None


_WHEN_MINE = re.compile(
    r"\b(?:when(?:'s| is| was)|(?:what|which) (?:day|date|time)(?:'s| is| was)) (?:my|our) "
    r"(?!(?:first|next available|earliest|soonest|best)\b)"
)
_AM_I_BOOKED = re.compile(
    r"^(?:(?:so|and|hi|hello|um+|uh|just|can you (?:tell me|check)(?: if| whether)?|"
    r"i(?:'d like| want| wanted| need) to (?:know|check)(?: if| whether)?) )*"
    r"(?:am i|are we|i am|i'm) (?:still |already |really |all |definitely )*"
    r"(?:booked|down|in the book)(?= |$)(?! (?:solid|up|out|for (?:a|any)))"
)
""" "Am I booked in?": about an appointment that stands, not a wish for one."""
_CONFIRM_MINE = re.compile(r"\bconfirm(?:ing)? (?:my|our)\b")


def _about_mine(heard: Heard, text: str, context: Context) -> Value[Intent] | None:
    """ "When is my cleaning?", "I want to confirm my cleaning": it is booked already."""
    if found := _WHEN_MINE.search(text):
        return Value(Intent.WHEN, heard.plain.words(*found.span()), sure=0.9)
    if (found := _CONFIRM_MINE.search(text)) and not (
        context.held or context.asked is Asked.YES_NO
    ):
        return Value(Intent.CONFIRM, heard.plain.words(*found.span()), sure=0.85)
    return None


def _books(words: str, text: str) -> bool:
    """Whether "to see / talk to a doctor" is a wish for an appointment."""
    return (
        bool(re.search(r"\b(?:book|schedule|appointment)\b", text))
        and "doctor" in words + text
        and "talk" not in text
        and "speak" not in text
    )


def _book(
    heard: Heard,
    text: str,
    foreign: bool,
    named: bool,
    service: Value[str] | None,
    context: Context,
) -> Value[Intent] | None:
    if PRICE.search(text) or SERVICES.search(text):
        return None
    found = BOOK.search(text)
    if found and (
        not foreign
        or (named and OFFICE.search(text))
        or (re.search(r"\b(?:appointment|appt)\b", text) and not _foreign_goal(text))
    ):
        office = named or OFFICE.search(text) or ANY_PRO.search(text)
        if (
            office
            or context.asked is not None
            or re.search(r"\b(?:come in|fit me in|book me in|be seen|openings?|available)\b", text)
        ):
            return Value(
                Intent.BOOK, heard.plain.words(*found.span()), sure=0.95 if office else 0.7
            )
    if service is None or foreign or context.asked not in (None, Asked.OPEN):
        return None
    # A symptom is a wish by itself; the name of a service needs one, or stands nearly alone.
    if WISH.search(text) or len(text.split()) <= 4 or service.sure <= 0.85:
        return Value(Intent.BOOK, service.words, sure=0.8)
    return None


def _foreign_goal(text: str) -> bool:
    """ "an appointment for an oil change": the appointment is with somebody else."""
    return bool(
        re.search(r"\b(?:appointment|appt)\b.*" + FOREIGN.pattern, text)
        or re.search(FOREIGN.pattern + r".*\bappointment", text)
    )
