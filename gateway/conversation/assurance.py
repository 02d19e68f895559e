""" "Did that go through?": what is committed is said again, by its receipt; what is not, is not."""

from __future__ import annotations

import re

from gateway.appointments.records import Booked, Cancelled, Confirmed, Moved, Noted, Receipt
from gateway.conversation import questions
from gateway.conversation.actions import Say
from gateway.conversation.ending import anything_else
from gateway.conversation.memory import Task
from gateway.conversation.reply import Reply
from gateway.conversation.said import Said
from gateway.conversation.sentences import (
    Setting,
    say_booked,
    say_cancelled,
    say_confirmed,
    say_moved,
    say_noted,
)
from gateway.conversation.states import State

_LEAD = (
    r"(?:(?:so|and|but|um+|hm+|uh|er|okay|ok|right|well|oh|sorry|wait|hang on|great|thanks|"
    r"thank you|then|hello|just|just to (?:check|confirm|be (?:sure|clear))|to be (?:sure|clear)|"
    r"(?:can|could) you (?:please )?(?:tell me|check|confirm)(?: if| that| whether)?|"
    r"i(?:'d| would)? (?:just )?(?:want(?:ed)?|like|need) to (?:check|know|make sure|be sure)"
    r"(?: if| that| whether)?) )*"
)
_TAIL = (
    r"(?: (?:now|then|yet|already|in|for (?:me|us|him|her|sure|real|definite)|properly|correctly|"
    r"okay|ok|all right|alright|please|or not|right|correct|or what|definitely|"
    r"(?:for|on) (?:tomorrow|today|(?:this |next )?\w+day)(?: (?:morning|afternoon|evening))?))*"
)
_DONE = (
    r"(?:booked|done|confirmed|made|in (?:the|your) (?:book|system|calendar|diary)|set|settled|"
    r"saved|moved|changed|cancell?ed|sorted|through|down|definite)"
)
_IT = r"(?:it|that|this|everything|all that|(?:the|my|that) (?:appointment|booking|visit|one|slot))"
_SURELY = r"(?: (?:been|all|now|really|actually|definitely|already|then|still))*"
_ASKED = (
    rf"(?:is|was|has|are) {_IT}{_SURELY} {_DONE}",
    rf"(?:am i|are we){_SURELY} (?:booked|in|down|confirmed|set|scheduled|all set)",
    rf"did {_IT}{_SURELY} (?:go through|go in|work|happen|get (?:booked|made|through|saved))",
    rf"did you{_SURELY} (?:book|get|move|cancel|save|do|make|change|put down) (?:{_IT}|me)",
    rf"have you{_SURELY} (?:booked|got|moved|cancell?ed|saved|done|made|changed|put) (?:{_IT}|me)"
    r"(?: down)?",
)
_SHALL_BE = (
    rf"(?:it's|that's|it is|that is|i'm|i am|we're){_SURELY} (?:booked|confirmed|moved|cancell?ed)",
    r"(?:when|what (?:time|day|date))(?: exactly)?(?:'s| is| was) (?:it|that|my appointment)"
    r"(?: again)?",
    r"when am i (?:booked|coming|due)(?: in)?(?: again)?",
    r"what (?:time|day) did (?:you|we|i) (?:say|book)(?: again)?",
)
_IS_IT_DONE = re.compile(rf"{_LEAD}(?:{'|'.join(_ASKED)}){_TAIL}")
_SAY_IT_AGAIN = re.compile(rf"{_LEAD}(?:{'|'.join((*_ASKED, *_SHALL_BE))}){_TAIL}")
"""After a booking also "so it's booked" and "when was that again?" ask for it once more."""
_WHEN = re.compile(r"\b(?:when|what)\b")
_ARRIVED = re.compile(r"\b(?:go (?:through|in)|get|got|saved?|work)\b")
"""Of a message nothing else is asked in these words."""
_BUSY = frozenset({Task.BOOK, Task.MOVE, Task.CANCEL})


def assure(reply: Reply, turn: Said, state: State) -> Reply | None:
    """The truth about what was done in this call; None where that was not asked."""
    plain = turn.plain
    if reply.memory.task in _BUSY and _IS_IT_DONE.fullmatch(plain):
        return _not_yet(reply, state)
    if reply.memory.claim is None or not _SAY_IT_AGAIN.fullmatch(plain):
        return None
    key, receipt = reply.memory.claim
    if reply.memory.task is not Task.NONE or not _fits(plain, receipt):
        return None
    reply = reply.note("said-again", key)
    return anything_else(reply.spoken(_claim(reply.setting, key, receipt)))


def _fits(asked: str, receipt: Receipt) -> bool:
    """Whether it is this receipt that is asked for."""
    if isinstance(receipt, Noted):
        return bool(_ARRIVED.search(asked))
    return not (isinstance(receipt, Cancelled) and _WHEN.search(asked))


def _not_yet(reply: Reply, state: State) -> Reply:
    """Nothing is written before the yes to the read-back; what was done before stays true."""
    reply = reply.note("not-yet", reply.memory.task.value).count(misses=0)
    if reply.memory.claim is None or reply.memory.task is not Task.BOOK:
        return questions.ask(reply.say("not-yet"), state)
    key, receipt = reply.memory.claim
    said = _claim(reply.setting, key, receipt)
    return questions.ask(reply.spoken(said).say("this-not-yet"), state)


def _claim(setting: Setting, key: str, receipt: Receipt) -> Say:
    """The sentence that its receipt allows."""
    match receipt:
        case Booked():
            return say_booked(setting, receipt)
        case Moved():
            return say_moved(setting, receipt)
        case Cancelled():
            return say_cancelled(setting, receipt)
        case Confirmed():
            return say_confirmed(setting, receipt)
        case _:
            assert isinstance(receipt, Noted)
            return say_noted(setting, key, receipt)
