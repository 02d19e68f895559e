"""The last question before a booking, and what to change when the answer is no."""

from __future__ import annotations

import re

from gateway.conversation import booking, questions
from gateway.conversation.details import LETTERS, name_wrong, number_given, number_wrong, unclear
from gateway.conversation.ending import anything_else, goodbye
from gateway.conversation.meaning import Intent
from gateway.conversation.memory import Task
from gateway.conversation.reply import Reply
from gateway.conversation.said import Said
from gateway.conversation.states import State

_NAME = re.compile(r"\b(name|spell(ed|ing|t)?)\b")
_NUMBER = re.compile(r"\b(number|phone|telephone|digits?|mobile|cell|landline)\b")
_TIME = re.compile(r"\b(time|hour|day|date|earlier|later|when)\b")
_SERVICE = re.compile(r"\b(service|treatment|reason|what for)\b")
_FORGET = re.compile(
    r"\b(forget|never ?mind|leave it|nothing|don't (book|bother|want)|cancel (it|that)|stop)\b"
)


_GIVEN_UP = re.compile(
    r"(?:(?:no+|nah|oh|ah|well|hm+|um+|so|then|okay|ok|right|sorry|please|just|actually|"
    r"you know what|on second thoughts?|i think|i'd say|let's|lets|let me) )*(?:forget (?:it|"
    r"about it|that|the whole thing)|never ?mind|leave it|let's leave it|"
    r"(?:i've |i have |i )?changed my mind|don't bother|stop(?: it| this)?|drop it|"
    r"scrap (?:it|that)|cancel(?: it| that| this)?|i (?:don't|do not) want (?:it|this|that|"
    r"to (?:book|come)|an appointment|the appointment)(?: any ?more| after all)?|"
    r"i(?:'ll| will) (?:leave it|pass|think about it|call (?:back|again)(?: later)?|"
    r"ring (?:back|again)(?: later)?))(?: (?:then|please|thanks|thank you|now|for now|after all|"
    r"sorry|never ?mind|forget it))*"
)
"""The whole turn says that what was begun is not wanted any more."""
_CANCELLED_INSTEAD = re.compile(
    r"(?:(?:no+|wait|hang on|hold on|nah|oh|ah|well|hm+|um+|uh|okay|ok|right|so|then|sorry|"
    r"please|just|simply|actually|"
    r"maybe|and|but|can|could|would|will|you|we|i|i'd|i'll|i've|think|prefer|want|need|like|have|"
    r"to|let's|lets|let me|rather|better|you know what|do you know what|on second thoughts?|"
    r"in that case|changed my mind|forget (?:it|about it|that)|never ?mind|leave (?:it|that)) )*"
    r"(?:cancel(?: (?:it|that|this|that one|this one|everything|(?:the|my) (?:appointment|booking|"
    r"visit|whole thing|thing|lot)|the whole (?:appointment|booking)))?|"
    r"call (?:it|that|the whole thing) off|"
    r"(?:have|get|want) (?:it|that|this|the (?:appointment|whole thing)) cancell?ed)"
    r"(?: (?:altogether|completely|entirely|instead|then|please|for me|now|thanks|thank you|"
    r"after all))*"
)
"""The whole turn says that what was to be moved shall be cancelled."""
_STAYS = re.compile(
    r"(?:(?:no+|nah|oh|ah|well|hm+|okay|ok|right|so|then|sorry|please|just|actually|i think|i'll|"
    r"i will|i'd rather|we'll|let's|lets|you know what|on second thoughts?|never ?mind|forget it|"
    r"better|changed my mind|i've) )*(?:keep|leave) (?:it|that|this|things|everything|"
    r"(?:the|my) (?:appointment|old one|old time|time|one)(?: i have)?)"
    r"(?: (?:(?:just )?(?:as|where|how|like|the way) (?:it|that|they) (?:is|was|are|were|stands?)|"
    r"then|please|now|for now|after all|there|alone|thanks|thank you))*"
)
"""The whole turn says that what was to be moved stays where it is."""
_ASIDE = frozenset({
    State.OPEN, State.COMMIT_CANCEL, State.CHANGE_WHAT, State.OFFER_MESSAGE, State.RESUME,
})  # fmt: skip
"""Questions to which such words are an answer like others."""
_FAREWELL = re.compile(r"\b(?:(?:good ?)?bye|got to go|gotta go|have to go|hang up|good night)\b")


def given_up(turn: Said, task: Task, state: State) -> bool:
    """Whether the caller drops what they had begun, whatever was asked."""
    if state in _ASIDE or task is not Task.BOOK or turn.brings_values:
        return False
    return bool(_GIVEN_UP.fullmatch(turn.plain))


def cancels_instead(turn: Said, task: Task) -> bool:
    """ "You know what, just cancel it", while an appointment is being moved: that same one."""
    if task is not Task.MOVE or turn.brings_values:
        return False
    return bool(_CANCELLED_INSTEAD.fullmatch(turn.plain))


def stays(turn: Said, task: Task) -> bool:
    """ "Never mind, leave it as it is", while an appointment is being moved."""
    if task is not Task.MOVE or turn.brings_values:
        return False
    return bool(_STAYS.fullmatch(turn.plain) or _GIVEN_UP.fullmatch(turn.plain))


def on_commit(reply: Reply, said: Said) -> Reply | None:
    """The answer to "shall I book it?"; only a clear yes books."""
    if said.meaning.name is not None and not said.yes:
        return _other_name(reply, said)
    if said.brings_wish and reply.memory.form.slot is None:
        return booking.carry_on(reply)
    if said.clear_yes:
        return booking.commit(reply)
    changed = _named_change(reply, said)
    if changed is not None:
        return changed
    if said.no:
        return questions.ask(reply.count(misses=0), State.CHANGE_WHAT)
    if not reply.memory.form.phone_checked and not reply.memory.form.phone_clip:
        return booking.carry_on(reply)
    return unclear(reply, said)


def _other_name(reply: Reply, said: Said) -> Reply:
    """ "No, it's Anne": spelled out now, so that it is right the second time."""
    tries = reply.counts.name_tries + 1
    reply = reply.count(name_tries=tries, misses=0).form(name=said.meaning.name)
    return questions.ask(reply.form(name_checked=said.meaning.spelled), State.NAME_CHECK)


def on_change(reply: Reply, said: Said) -> Reply | None:
    """What shall be different."""
    if said.meaning.phone is not None and said.meaning.phone_partial:
        return number_given(reply, said.meaning.phone, partial=True)
    if said.brings_values:
        return booking.carry_on(reply.count(misses=0))
    changed = _named_change(reply, said)
    if changed is not None:
        return changed
    if said.no:
        return drop(reply)
    if said.yes:
        return questions.ask(reply.count(misses=0), State.COMMIT_BOOKING)
    return None


def _named_change(reply: Reply, said: Said) -> Reply | None:
    """ "The name is wrong", "another day", "forget it"."""
    words = said.meaning.said.lower()
    intent = said.meaning.intent.value if said.meaning.intent else None
    if intent is Intent.GOODBYE and _FAREWELL.search(words) and not said.brings_values:
        return goodbye(reply)
    if _FORGET.search(words) or intent in (Intent.GOODBYE, Intent.CANCEL):
        return drop(reply)
    if said.brings_values:
        return None
    if _NAME.search(words) or LETTERS.search(words):
        return name_wrong(reply)
    if _NUMBER.search(words):
        return number_wrong(reply)
    if _SERVICE.search(words):
        return questions.ask(reply.form(service=None, slot=None), State.SERVICE)
    if _TIME.search(words) and not said.meaning.wants_other:
        return other_time(reply)
    return None


def other_time(reply: Reply) -> Reply:
    """Give the time up and ask for another."""
    slot = reply.memory.form.slot
    refused = (*reply.memory.refused, slot) if slot else reply.memory.refused
    reply = reply.remember(refused=refused, offers=(), direction=None)
    return questions.ask(reply.form(slot=None, day=None, time=None), State.DAY)


def drop(reply: Reply) -> Reply:
    """The caller does not want it after all; nothing was written."""
    reply = reply.form(slot=None, day=None, time=None, service=None, practitioner=None)
    return anything_else(reply.note("dropped", "caller-asked").say("dropped"))
