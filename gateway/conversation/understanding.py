"""Words -> meaning: rules and grammar first, the context of the question, then the model."""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.conversation.about_us import IDENTITY, OTHERS, asks_of_a_booking, read_about_us
from gateway.conversation.alternatives import read_wants_other
from gateway.conversation.answers import read_answer
from gateway.conversation.clients import booked_name, client_name, read_client
from gateway.conversation.danger import find_danger
from gateway.conversation.day_wish import day_wish
from gateway.conversation.heard import Heard, hear
from gateway.conversation.hourless import hourless, minute_choice
from gateway.conversation.intents import read_intent
from gateway.conversation.meaning import (
    Answer,
    Asked,
    Context,
    DayWish,
    Intent,
    Meaning,
    TimeWish,
    Value,
)
from gateway.conversation.model_questions import combine, question_for_model
from gateway.conversation.names import read_name
from gateway.conversation.numbers import read_phone, same_number
from gateway.conversation.offers import read_choice
from gateway.conversation.office_words import find_service
from gateway.conversation.practitioner_words import find_practitioner, find_unknown
from gateway.conversation.scope import FOREIGN, OFFICE
from gateway.conversation.strangers import find_stranger
from gateway.conversation.time_wish import same_time_of_nothing, time_wish, weeks_on
from gateway.conversation.topics import read_question, read_topic

_REPEAT = re.compile(
    r"\b(?:pardon(?: me)?|say (?:that|it|this) again|repeat (?:that|it|this|what|"
    r"yourself|the)|come again|(?:didn't|did not|couldn't|could not|can't) (?:quite |"
    r"really )?(?:hear|catch|get|understand) (?:that|you|it|what)|"
    r"what did you (?:just )?say|what was that|one more time|can you repeat|"
    r"could you repeat|please repeat|again please|you broke up|speak up|"
    r"you're breaking up)\b|^(?:sorry|what|huh|excuse me|eh|sorry what|come again)$"
)
_WAIT = re.compile(
    r"\b(?:(?:one|just a|a|wait a|hang on a|hold on a|give me a|1) (?:moment|minute|"
    r"second|sec|mo)|hang on|hold on|bear with me|hold the line|let me (?:check|see|look|"
    r"think|get|find|grab|just)|wait)\b"
)
_THANKS = re.compile(
    r"\b(?:thank you|thanks|thank u|cheers|much appreciated|appreciate (?:it|that|your)|"
    r"thankful|ta)\b"
)
_CORRECTS = re.compile(
    r"\b(?:no sorry|no wait|sorry no|no i (?:mean|meant|said)|i (?:mean|meant)|i said|"
    r"scratch that|no not|not that|actually|make (?:that|it)|correction|"
    r"that's (?:not right|wrong)|"
    r"change (?:it|that|the)|instead|no it's|no it is|wrong|rather)\b|^(?:no|sorry)\b(?= .*\w)"
)
_HAVE_YOU = re.compile(
    r"\b(?:do|did|have|is|are) (?:you|they|there)(?: \w+)?(?: have| got| see| find| show)?\b"
)
_MOVED_FROM = re.compile(
    r"\b(?:move|moved|moving|change|switch|shift|push|reschedule|swap)\b.*?"
    r"\bfrom (?P<old>(?!.* from ).*?\w) to (?:the |next |this )?(?:\w+day|\d|tomorrow|"
    r"half|quarter|noon)"
)
_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|yes|oh|um|well|good (?:morning|afternoon|evening)|there|"
    r"(?:is )?any(?:body|one) there|are you (?:still )?there|can you hear me|you there|"
    r"how are you(?: doing)?(?: today)?|hello there) ?)+$"
)
__all__ = ["combine", "question_for_model", "understand"]


def understand(said: str, context: Context) -> Meaning:
    """What one turn of the caller means, by rules alone (under 5 ms)."""
    heard = hear(said)
    if not heard.plain.text:
        return Meaning(said)
    danger = find_danger(heard, context.vocabulary)
    stranger = find_stranger(heard, context)
    phone, partial, phone_place = read_phone(heard, context)
    day, time = _when(heard, context, phone_place)
    choice = read_choice(heard, context, day, time) or minute_choice(heard, context, time)
    if choice and day and day.words == choice.words and day.value.days:
        day = day if day.value.days[0] in {o.date() for o in context.offered} else None
    service = find_service(heard, context)
    name, spelled = read_name(heard, context)
    if name and day and context.asked is Asked.NAME and day.words.lower() == name.words.lower():
        day = None  # "Mr. Friday"
    own, client = None, read_client(heard)
    if other := client_name(heard):
        own, name = (name if name and name.value != other.value else None), other
    elif client and name and not spelled and context.asked is not Asked.NAME:
        own, name = name, None
    practitioner = find_practitioner(heard, context)
    intent = read_intent(heard, context, service, practitioner)
    if _asks_of_a_booking(heard, intent):
        intent = Value(Intent.WHEN, heard.said, sure=0.8)
    asks = read_topic(heard, context, service) if not _task(intent) else None
    asks = _about_us(heard, intent) or asks
    if stranger and (not _task(intent) or stranger.value != "wrong-number"):
        intent = Value(Intent.NOT_FOR_US, stranger.words, sure=stranger.sure)
    elif asks and (not _task(intent) or asks.value in (IDENTITY, OTHERS)):
        intent = Value(Intent.ASK, asks.words, sure=asks.sure)
    elif intent is None:
        intent = read_question(heard) or _books(service, day, time, context)
    changes = bool(day or time or practitioner)
    answer = read_answer(heard, context, changes, picked=choice is not None)
    if _only_agrees(intent, answer, context):
        intent = None
    corrects = bool(_CORRECTS.search(heard.plain.text)) and bool(
        day or time or name or phone or choice
    )
    return Meaning(
        said,
        intent=intent,
        asks=asks if intent and intent.value is Intent.ASK else None,
        answer=answer,
        day=day,
        time=time,
        no_hour=hourless(heard) if time is None and choice is None else "",
        same_time=time is None and same_time_of_nothing(heard, context),
        choice=choice,
        wants_other=read_wants_other(heard, context, choice, bool(time and time.value.times)),
        name=name,
        own_name=own,
        client=client,
        spelled=spelled,
        phone=phone,
        phone_partial=partial,
        same_number=same_number(heard, context),
        service=service,
        practitioner=practitioner,
        unknown_practitioner=find_unknown(heard, context),
        danger=danger,
        wants_person=_person(intent),
        not_for_us=stranger if intent and intent.value is Intent.NOT_FOR_US else None,
        correction=corrects,
        repeat=bool(_REPEAT.search(heard.plain.text)),
        wait=bool(_WAIT.search(heard.plain.text)),
        greeting=answer is None and bool(_GREETING.match(heard.plain.text)),
        thanks=bool(_THANKS.search(heard.plain.text)),
        in_scope=_in_scope(heard, intent, answer, context),
    )


def _asks_of_a_booking(heard: Heard, intent: Value[Intent] | None) -> bool:
    """ "Do you have an appointment for Mary Fletcher?" is no wish for one."""
    if intent is not None and intent.value not in (Intent.BOOK, Intent.GOODBYE):
        return False
    if asks_of_a_booking(heard) is not None:
        return True
    return bool(_HAVE_YOU.search(heard.plain.text)) and booked_name(heard) is not None


def _about_us(heard: Heard, intent: Value[Intent] | None) -> Value[str] | None:
    """A person or a machine, who else comes: unless a task says more."""
    topic = read_about_us(heard)
    if topic is None or (intent is not None and intent.value is Intent.PERSON):
        return None
    if topic.value == OTHERS and intent and intent.value not in (Intent.BOOK, Intent.WHEN):
        return None
    return topic


def _task(intent: Value[Intent] | None) -> bool:
    return intent is not None and intent.value not in (Intent.GOODBYE, Intent.ASK)


def _only_agrees(
    intent: Value[Intent] | None, answer: Value[Answer] | None, context: Context
) -> bool:
    """ "Yes, that's it" to a read-back agrees with it and is no goodbye."""
    closed = context.held or context.asked is Asked.YES_NO
    if not closed or intent is None or intent.value is not Intent.GOODBYE:
        return False
    points_back = intent.words.lower().startswith(("that", "it"))
    return points_back and answer is not None and answer.value is Answer.YES


def _person(intent: Value[Intent] | None) -> Value[bool] | None:
    if intent and intent.value is Intent.PERSON:
        return Value(True, intent.words, sure=intent.sure)
    return None


def _books(
    service: Value[str] | None,
    day: Value[DayWish] | None,
    time: Value[TimeWish] | None,
    context: Context,
) -> Value[Intent] | None:
    """ "A cleaning on Tuesday": who names a service and a day wants to book it."""
    if service and (day or time) and context.asked in (None, Asked.OPEN):
        return Value(Intent.BOOK, service.words, sure=0.7)
    return None


def _when(
    heard: Heard, context: Context, phone_place: tuple[int, int] | None
) -> tuple[Value[DayWish] | None, Value[TimeWish] | None]:
    """Days and times, outside of telephone numbers and of what a move leaves behind."""
    heard = _without_old_place(heard)
    day, taken = day_wish(heard, context)
    if phone_place:
        taken = [*taken, phone_place]
    time = time_wish(heard, context, day.value if day else None, taken)
    day = weeks_on(heard, context) or day
    if hourless(heard):
        time = None
    if context.asked is Asked.PHONE and phone_place and time and not day:
        time = None
    return day, time


def _without_old_place(heard: Heard) -> Heard:
    """ "Move it from Tuesday at ten to Thursday": only Thursday is wished."""
    found = _MOVED_FROM.search(heard.figures.text)
    if found is None:
        return heard
    start, end = found.span("old")
    text = heard.figures.text
    hidden = text[:start] + "_" * (end - start) + text[end:]
    return replace(heard, figures=replace(heard.figures, text=hidden))


def _in_scope(
    heard: Heard, intent: Value[Intent] | None, answer: Value[Answer] | None, context: Context
) -> bool:
    """False for what no office's receptionist deals with."""
    if intent is not None:
        return intent.value is not Intent.NOT_FOR_US
    if answer is not None and context.asked is Asked.YES_NO:
        return True
    text = heard.plain.text
    return not FOREIGN.search(text) or bool(OFFICE.search(text))
