"""Questions: only facts from site.toml, in the office's words; the rest is passed on."""

from __future__ import annotations

import re
from dataclasses import replace

from gateway.appointments.records import Noted, Outcome
from gateway.conversation import actions as a
from gateway.conversation import message, questions
from gateway.conversation.about_us import IDENTITY, OTHERS
from gateway.conversation.ending import achieved, anything_else, settle, take_note
from gateway.conversation.events import Committed, Event
from gateway.conversation.meaning import Meaning, Value
from gateway.conversation.memory import Task
from gateway.conversation.notes import note_of
from gateway.conversation.reply import Reply
from gateway.conversation.sentences import say_noted
from gateway.conversation.states import State

UNKNOWN = "unknown"
_ADVICE = re.compile(
    r"\b(should i|can i take|may i take|is it (?:ok|okay|safe|normal|bad|serious)"
    r"|(?:will|is|does|did) (?:it|this|that|the \w+) (?:\w+ ){0,2}(?:hurt|be painful)"
    r"|do i need to worry|how (?:do|can|could) i (?:stop|treat|ease|get rid of|cure)"
    r"|(?:what|which) (?:antibiotics?|medicines?|painkillers?|pills?|tablets?)"
    r"|what (?:can|should) i (?:take|do) (?:for|against|about))\b"
)
_AND_ON = re.compile(r"(?:okay|ok|oh|right|well|so)?[\s,]*(?:(?:and )?(?:how|what) about|and)\b")
_PRICE = re.compile(r"\b(how much|price|cost|costs|charge|fee)\b")


def answer(reply: Reply, meaning: Meaning) -> Reply:
    """Answer and go back to the question that was open."""
    topic = meaning.asks.value if meaning.asks else _guess(meaning)
    told = tell(reply, topic, meaning)
    if told is None:
        return pass_on(reply, meaning)
    told = achieved(told, Outcome.INFORMED).note("told", topic).count(misses=0)
    told = told.remember(told=topic)
    return go_back(told)


def asks_on(reply: Reply, meaning: Meaning) -> Reply | None:
    """ "And on Friday?" after the hours were told; None where it is no such question."""
    other = (meaning.service, meaning.practitioner, meaning.time, meaning.name, meaning.phone)
    if reply.memory.told != "hours" or meaning.day is None or any(other):
        return None
    if not _AND_ON.match(meaning.said.lower()):
        return None
    return answer(reply, replace(meaning, asks=Value("hours", meaning.day.words)))


def is_question(meaning: Meaning) -> bool:
    """Whether something is asked that was not recognised as a topic."""
    said = meaning.said.lower()
    return meaning.intent is None and bool(_PRICE.search(said) or _ADVICE.search(said))


def _guess(meaning: Meaning) -> str:
    """ "How much is that?" is about the price of what is being booked."""
    return "price" if _PRICE.search(meaning.said.lower()) else UNKNOWN


def go_back(reply: Reply) -> Reply:
    """Back to the question that was open."""
    back = reply.memory.last_question or State.OPEN
    if back in (State.OPEN, State.RESUME, State.OFFER_MESSAGE, State.URGENT):
        return anything_else(reply)
    return questions.ask(reply, back)


def tell(reply: Reply, topic: str, meaning: Meaning) -> Reply | None:
    """Say what may be said; None when nothing may."""
    office = reply.memory.office
    if topic == IDENTITY:
        return reply.say("who-are-you")
    if topic == OTHERS:
        return reply.say("private")
    if topic == "hours":
        return _hours(reply, meaning)
    if topic in ("price", "prices"):
        return _price(reply, meaning)
    if topic == "services":
        return reply.say("services")
    if topic == "practitioners":
        return reply.say("practitioners")
    fact = office.fact(topic)
    return reply.say("fact", fact=fact.answer) if fact else None


def _hours(reply: Reply, meaning: Meaning) -> Reply:
    opening = reply.memory.office.opening
    days = meaning.day.value.days if meaning.day else ()
    if len(days) != 1:
        return reply.say("hours-week")
    spans, special = opening.spans(days[0]), opening.special_day(days[0])
    if spans:
        return reply.say("hours-day", on_day=days[0], hours=spans)
    if special is not None:
        return reply.say("closed-holiday", on_day=days[0], holiday=special.name)
    return reply.say("closed-day", on_day=days[0])


def _price(reply: Reply, meaning: Meaning) -> Reply | None:
    office, verified = reply.memory.office, reply.memory.verified
    named = meaning.service or reply.memory.form.service
    spoken_of = verified.service if verified is not None else None
    if named is not None:
        spoken_of = named.value
    price = office.service(spoken_of).price if spoken_of else None
    if price:
        return reply.say("fact", fact=price)
    fact = office.fact("prices") or office.fact("price")
    return reply.say("fact", fact=fact.answer) if fact else None


def pass_on(reply: Reply, meaning: Meaning) -> Reply:
    """ "I can't answer that": it goes onto the office's list, if they can be reached."""
    advice = bool(_ADVICE.search(meaning.said.lower()))
    reply = reply.say("no-advice" if advice else "no-fact")
    reply = reply.note("not-told", "advice" if advice else "not-in-settings")
    note = note_of(reply, "question", f'Asked: "{meaning.said}"')
    if not note.phone:
        if reply.memory.task is not Task.NONE:
            return go_back(reply)
        return message.offer(reply)
    return reply.await_(why="question-noted").wait(State.NOTING, a.CommitNote(note))


def noted(reply: Reply, event: Event) -> Reply:
    """It is on the list: now it may be said."""
    assert isinstance(event, Committed) and isinstance(event.receipt, Noted)
    key = reply.pending.why
    outcome = Outcome.INFORMED if key == "question-noted" else Outcome.MESSAGE
    reply = achieved(settle(reply), outcome).await_(why="")
    reply = take_note(reply, key, event.receipt)
    reply = reply.spoken(say_noted(reply.setting, key, event.receipt, reply.memory.spoken.last))
    return anything_else(reply) if key == "call-back-noted" else go_back(reply)
