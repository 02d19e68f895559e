"""Questions about ourselves (person or machine?) and about other people's appointments."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Value

IDENTITY = "who-are-you"
"""Topic: the truth, and the way to a person."""
OTHERS = "others"
"""Topic: who comes here is nobody else's business."""
_MACHINE = (
    r"(?:robots?|bots?|machine|computer|recording|a ?i|artificial|automated|automatic|program|"
    r"answering machine|voicemail|virtual)"
)
_ANY = rf"(?:{_MACHINE}|human|person|(?:real|actual|live|living) (?:person|human|woman|man)|real)"
_WHO_ARE_YOU = re.compile(
    rf"\b(?:are|r) (?:you|this) (?:even |really |actually |just |like )*(?:an? )?{_ANY}\b|"
    rf"\b(?:am|are) (?:i|we) (?:talking|speaking|chatting) (?:to|with) (?:an? )?{_ANY}\b|"
    rf"\b(?:is|isn't) (?:this|that|it) (?:just |really |actually )?(?:an? )?{_ANY}\b"
    rf"(?! (?:call|message|calling))|"
    rf"\byou(?:'re| are|'re not| aren't| are not| must be| sound like| can't be)"
    rf"(?: just| not| only| even| like)*(?: an?)? {_ANY}\b|"
    r"\bwho(?:'s| is) (?:this|that|there|speaking|calling)\b(?: please| speaking)?$|"
    r"\bwho (?:am|are) (?:i|we) (?:speaking|talking) (?:to|with)|\bwho(?:m)? do i (?:speak|talk)|"
    r"\b(?:who|what) are you$"
)
_SOMEBODY = (
    r"(?:my (?:wife|husband|son|daughter|mother|father|mom|mum|dad|partner|boyfriend|girlfriend|"
    r"boss|neighbou?r|friend|brother|sister|ex)|he|she|anyone|anybody|someone|somebody)"
)
_THEIR_BOOKING = re.compile(
    rf"\b(?:did|does|has|have|is|was) {_SOMEBODY} (?:\w+ )?(?:book|booked|made|make|got|have|"
    rf"coming|come|scheduled|due|down)\b|"
    rf"\b(?:what time|when|which day|what day)(?: is|'s| was) {_SOMEBODY}(?:'s)? (?:appointment|"
    rf"booking|booked|coming|due)|"
    r"\b(?:what time|when|which day|what day)(?: is|'s| was)(?: \w+){1,3}'s (?:appointment|booking)"
)
_WHO_COMES = re.compile(
    r"\bwho(?:'s| is| has| have| else)?(?: \w+){0,2} (?:booked|coming in|scheduled|got the|has the|"
    r"the \w+(?: o'clock)? (?:slot|appointment))|\b(?:list|names?|numbers?|all) (?:of )?(?:all )?"
    r"(?:the |your |other )*(?:patients|clients|customers)\b|"
    r"\b(?:is|was) (?:\w+ ){1,3}(?:a )?(?:patient|client|customer)(?: of yours| there| here| with "
    r"you)|\b(?:tell|give|read) me (?:\w+ ){0,3}(?:patients?|clients?)(?:'s|s')? (?:names?|"
    r"numbers?|appointments?)"
)
_COMING = re.compile(r"^(?:is|isn't|was) (?:\w+ ){1,3}(?:coming in|booked in|booked|scheduled)\b")
_OWN = re.compile(r"^(?:is|isn't|was) (?:it|that|this|there|my|the|an?|anything|everything)\b")


def read_about_us(heard: Heard) -> Value[str] | None:
    """The topic, where the question is who we are or who else comes here."""
    text = heard.plain.text
    if found := _WHO_ARE_YOU.search(text):
        return Value(IDENTITY, heard.plain.words(*found.span()), sure=0.9)
    found = _WHO_COMES.search(text)
    if found is None and not _OWN.search(text):
        found = _COMING.search(text)
    if found:
        return Value(OTHERS, heard.plain.words(*found.span()), sure=0.85)
    return None


def asks_of_a_booking(heard: Heard) -> Value[bool] | None:
    """ "Did my wife book?": about an appointment that stands; nothing is said without its facts."""
    found = _THEIR_BOOKING.search(heard.plain.text)
    return Value(True, heard.plain.words(*found.span())) if found else None
