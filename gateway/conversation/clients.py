"""Whom an appointment is for, where that is not the caller: "for my son Tim Brown"."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Value
from gateway.conversation.names import name_at

RELATION = (
    r"(?:(?:other|little|older|younger|eldest|youngest|oldest|elderly|step|grand)[ -]?)?"
    r"(?:son|daughter|wife|husband|partner|mother|father|mom|mum|mommy|mummy|dad|daddy|parents?|kid|child|boy|"
    r"girl|baby|brother|sister|boyfriend|girlfriend|fiancee?|friend|neighbou?r|grand(?:son|"
    r"daughter|"
    r"mother|father|ma|pa)|gran|nan|aunt|uncle|niece|nephew|cousin|boss|colleague|roommate|"
    r"flatmate|companion|relative|(?:mother|father|son|daughter|brother|sister) in law)"
)
_FOR = re.compile(
    rf"\b(?:for|on behalf of|bring(?:ing)?|book|get|fit|squeeze|put|see) (?:in )?(?:my|our) "
    rf"(?P<who>{RELATION})\b(?! (?:said|told|says|recommended|works))|"
    rf"\b(?:my|our) (?P<needs>{RELATION}) (?:needs?|wants?|has|would like|is due|is having|is in|"
    rf"broke|lost|knocked|chipped|cracked|fell|hurt|cut|will be coming|should be seen)\b"
)
_NAMED = re.compile(
    rf"\b(?:for|on behalf of) (?:my|our) {RELATION} |"
    rf"\b(?:my|our) {RELATION}(?:'s name is| is called| named| called) |"
    r"\b(?:his|her|their)(?: full)? name(?:'s| is) |\b(?:he|she|they)(?:'s| is| are) called "
)
_APPOINTMENT_FOR = re.compile(
    r"\b(?:appointments?|bookings?|slot|anything)(?: booked| down| made| scheduled| in the book)? "
    r"(?:for|under(?: the name(?: of)?)?|in the name of) "
)


def read_client(heard: Heard) -> Value[str] | None:
    """Who the appointment is for, as the caller calls them ("son"); None = the caller."""
    found = _FOR.search(heard.plain.text)
    if found is None:
        return None
    return Value(found["who"] or found["needs"], heard.plain.words(*found.span()), sure=0.85)


def client_name(heard: Heard) -> Value[str] | None:
    """The name said of somebody else: after "my son", "his name is", "an appointment for"."""
    for found in _NAMED.finditer(heard.plain.text + " "):
        if name := name_at(heard, found.end()):
            return name
    return booked_name(heard)


def booked_name(heard: Heard) -> Value[str] | None:
    """ "An appointment for Mary Fletcher": first and last name; a single word may be anything."""
    for found in _APPOINTMENT_FOR.finditer(heard.plain.text):
        name = name_at(heard, found.end())
        if name is not None and " " in name.value:
            return name
    return None
