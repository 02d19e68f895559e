"""Two services or two people in one wish: the first is dealt with now, the others are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from gateway.conversation.clients import RELATION
from gateway.conversation.heard import Heard, hear
from gateway.conversation.meaning import Asked, Context, Intent, Meaning
from gateway.conversation.office_words import Mention, mentions
from gateway.conversation.understanding import understand

_FILL = (
    r"(?: (?:also|then|maybe|perhaps|possibly|i|we|i'd|i'll|want|would|like|need|have|get|book|to|"
    r"a|an|the|my|our|some|another|one))*"
)
_AND = r"(?:and|plus|as well as|along with|together with|followed by)"
_JOINED = re.compile(
    rf"(?P<own>(?: (?:for|on|at|with|this|next|in|tomorrow|today)(?: \S+){{0,5}}?)?)"
    rf"(?: appointment| visit)? {_AND}{_FILL} "
)
"""Between two services that are both wanted; what stands before the "and" belongs to the first."""
_STRICTLY_JOINED = re.compile(rf" {_AND}(?: (?:also|then|a|an|the|my|our))* ")
_LISTED = re.compile(r" (?:a |an |the |my )?")
_QUESTION = re.compile(r"(?:so |and |well )*(?:what|which|how|why|who|is|are|do|does|did)\b")
_PAST = re.compile(r"\b(?:had|was|were|came|been|got|did|after|since|last|already)\b")
"""What was done before is not wanted now."""
_ADDED = re.compile(rf"(?:^|(?<=\w) )(?:oh |um+ )*(?:{_AND}|also|can i also|could i also){_FILL} $")
_TOO = re.compile(
    r" (?:(?:appointment|visit|please|then|thanks) )*(?:too|as well|also|at the same time)"
    r"(?: (?:please|then|thanks))*"
)
_NOTHING_MORE = re.compile(r"(?: (?:appointment|visit|please|then|thanks|thank you))*")
_INSTEAD = re.compile(
    r"\b(?:actually|instead|not|rather|change|changed|mean|meant|sorry|make|wrong)\b|^no\b"
)

_ONLY = re.compile(r"(?:no |okay |oh |well |sorry |actually )*(?:just|only) ")
FEW_WORDS = 7
"""More words say more than that the second thing is not wanted."""

_LEAD = r"(?:for|on behalf of|bring(?:ing)?|book|get|fit|squeeze|put|see)(?: in)? "
_NEED = r"(?= (?:both |all )?(?:need|want|would like|have to|are due|are overdue))"
_ONE_OF = {
    "kids": "kid", "children": "child", "sons": "son", "daughters": "daughter", "boys": "boy",
    "girls": "girl", "twins": "child", "parents": "parent", "grandchildren": "child",
    "grandkids": "kid",
}  # fmt: skip
_OTHERS = {"three": 2, "four": 3}
"""So many besides the first."""
_OUR = r"(?:my|our)"
_WHO = (
    rf"(?:(?:both|all|(?:all )?(?:two|three|four))(?: of)? )?{_OUR} (?:two |three |four |both )?"
    rf"(?P<many>{'|'.join(_ONE_OF)})(?!')",
    rf"(?:both )?{_OUR} (?P<one>{RELATION}) and (?:{_OUR} )?(?P<two>{RELATION})(?!')",
    rf"(?:both )?(?:me|myself) and {_OUR} (?P<with>{RELATION})(?!')",
    rf"(?:both )?{_OUR} (?P<and>{RELATION}) and (?:me|myself|i)(?!')",
    r"(?P<us>both of us|(?:the )?two of us|us both|us two|all of us)",
    r"(?P<family>(?:the|my|our) (?:whole |entire )?family)(?!')",
)
_PEOPLE = tuple(
    re.compile(rf"(?:\b{_LEAD}(?P<who>{who})|\b(?P<whom>{who.replace('?P<', '?P<s_')}){_NEED})\b")
    for who in _WHO
)


_TOGETHER = _PEOPLE[2:]
"""Whom the caller is one of: the booking that was read back is the caller's own."""
_AGREED = re.compile(r"(?:yes|yeah|yep|yup|sure|please do|go ahead|correct)(?: please)?(?= )")
_FOR_TOO = re.compile(
    rf"(?: (?:and|also|one|another|the|same|book|it|a|make))* for (?P<who>{_OUR} {RELATION})"
    r"(?: (?:too|as well|also|please|then))*"
)
_NAMES_ONLY = re.compile(rf"(?: (?:{_AND}|a|an|the|also|too|as well|please))*")
_MORE = re.compile(r"\b(?:and|also|too|as well|another|same)\b")


@dataclass(frozen=True)
class Double:
    """A wish taken apart."""

    now: str
    """what is dealt with now; empty = the open question goes on"""
    later: str
    """what is taken up when that is done"""
    services: tuple[str, str] | None = None
    """keys of the service that is booked first and of the next one, to be told"""


def _begins(heard: Heard, offset: int) -> int:
    return heard.plain.spans[heard.plain.number_at(offset)][0]


def _ends(heard: Heard, offset: int) -> int:
    return heard.plain.spans[heard.plain.number_at(offset - 1)][1]


def _wanted(meaning: Meaning, context: Context) -> Intent | None:
    """The task that both belong to; None where they had better stay together."""
    if meaning.danger or meaning.wants_person or meaning.not_for_us:
        return None
    intent = meaning.intent.value if meaning.intent else None
    if intent in (Intent.BOOK, Intent.CANCEL, Intent.MOVE):
        return intent
    if intent is Intent.ASK:
        return intent if meaning.asks is not None and meaning.asks.value == "price" else None
    named = context.asked in (Asked.OPEN, Asked.SERVICE, Asked.DAY) and meaning.in_scope
    asks = _QUESTION.match(meaning.said.lower())
    return Intent.BOOK if intent is None and named and not asks else None


def two_services(said: str, context: Context) -> Double | None:
    """ "A cleaning and a check-up on Tuesday"."""
    heard = hear(said)
    text = heard.plain.text
    meant, _ = mentions(text, context.vocabulary.services)
    if len(meant) < 2 or len({key for key, *_ in meant}) != len(meant) or _PAST.search(text):
        return None
    if context.held or context.asked not in (None, Asked.OPEN, Asked.SERVICE, Asked.DAY):
        return None
    meaning = understand(said, context)
    task = _wanted(meaning, context)
    if task is None:
        return None
    gaps = [text[one[2] : two[1]] for one, two in pairwise(meant)]
    if task is not Intent.BOOK:
        return _cut(heard, meant) if all(map(_STRICTLY_JOINED.fullmatch, gaps)) else None
    joined = _JOINED.fullmatch(gaps[-1])
    if joined is None or not all(_LISTED.fullmatch(g) or _JOINED.fullmatch(g) for g in gaps[:-1]):
        return None
    return _booked_apart(heard, meant, meaning, own=bool(_own(gaps[0])))


def _own(gap: str) -> str:
    joined = _JOINED.fullmatch(gap)
    return joined["own"] if joined else ""


def _cut(heard: Heard, meant: list[Mention]) -> Double:
    """ "Cancel my cleaning and my check-up": the same said of each."""
    said, (first, second) = heard.said, meant[:2]
    now = said[: _ends(heard, first[2])] + said[_ends(heard, meant[-1][2]) :]
    later = said[: _begins(heard, first[1])] + said[_begins(heard, second[1]) :]
    return Double(now, later)


def _booked_apart(heard: Heard, meant: list[Mention], meaning: Meaning, *, own: bool) -> Double:
    said, (first, second), last = heard.said, meant[:2], meant[-1]
    keys = (first[0], second[0])
    if own:  # "a cleaning on Tuesday and a check-up on Friday"
        text = heard.plain.text
        joint = list(re.finditer(rf" {_AND} ", text[: second[1]]))[-1]
        later = "also book a " + said[_begins(heard, second[1]) :]
        return Double(said[: _ends(heard, joint.start())], later, keys)
    now = said[: _ends(heard, first[2])] + said[_ends(heard, last[2]) :]
    others = [f"a {heard.plain.words(start, end)}" for _, start, end in meant[1:]]
    return Double(now, _again(" and ".join(others), meaning, heard), keys)


def _again(what: str, meaning: Meaning, heard: Heard) -> str:
    """The other one on the same day, with the same practitioner, for the same people."""
    words = ["also book", what]
    who = meaning.practitioner
    if who is not None and who.value != "any":
        words.append(f"with {who.words}")
    people = _find_people(heard.plain.text)
    if people is not None:
        words.append(f"for {people['who'] or people['whom']}")
    elif meaning.client is not None and meaning.client.words.lower().startswith("for "):
        words.append(meaning.client.words)
    if meaning.day is not None and meaning.day.words:
        words.append(meaning.day.words)
    return " ".join(words)


def _find_people(text: str) -> re.Match[str] | None:
    return next((found for one in _PEOPLE if (found := one.search(text))), None)


def two_people(said: str, context: Context) -> Double | None:
    """ "A check-up for both my kids"."""
    heard = hear(said)
    found = _find_people(heard.plain.text)
    if found is None or context.held or context.asked in (Asked.NAME, Asked.PHONE, Asked.YES_NO):
        return None
    part = "who" if found["who"] else "whom"
    first, other = _first_and_other(found, "" if part == "who" else "s_")
    start, end = found.span(part)
    now = said[: _begins(heard, start)] + first + said[_ends(heard, end) :]
    meaning = understand(now, context)
    named = meaning.service is not None or context.asked in (Asked.SERVICE, Asked.DAY)
    if _wanted(meaning, context) is not Intent.BOOK or not (meaning.intent or named):
        return None
    meant, _ = mentions(hear(now).plain.text, context.vocabulary.services)
    what = f"a {hear(now).plain.words(*meant[0][1:])}" if meant else "an appointment"
    alone = replace(meaning, client=None)
    others = 1
    if counted := re.search(r"\b(?:three|four)\b", found[part]):
        others = _OTHERS[counted.group()]
    return Double(now, ". ".join([f"{_again(what, alone, hear(''))} for {other}"] * others))


def _first_and_other(found: re.Match[str], sign: str) -> tuple[str, str]:
    """Who comes first, and the other one, as the caller would say it."""
    known = {name.removeprefix("s_"): who for name, who in found.groupdict().items() if who}
    if many := known.get("many"):
        return f"my {_ONE_OF[many]}", f"my other {_ONE_OF[many]}"
    if one := known.get("one"):
        return f"my {one}", f"my {known['two']}"
    if other := known.get("with") or known.get("and"):
        return "me", f"my {other}"
    return "me", "my companion" if "us" in known else "my relative"


def given_up(said: str, context: Context, later: str, booked: str) -> bool:
    """ "Forget the check-up", "just the cleaning": what was kept for later is not wanted."""
    text, services = hear(said).plain.text, context.vocabulary.services
    if len(text.split()) > FEW_WORDS:
        return False
    kept = {key for key, *_ in mentions(hear(later).plain.text, services)[0]}
    meant, ruled_out = mentions(text, services)
    only = bool(_ONLY.match(text)) and [key for key, *_ in meant] == [booked]
    return bool(kept) and (only or (not meant and {key for key, *_ in ruled_out} == kept))


def added_service(said: str, context: Context, booked: str) -> Double | None:
    """ "And a check-up too", said while a cleaning is being booked."""
    heard = hear(said)
    text = heard.plain.text
    meant, ruled_out = mentions(text, context.vocabulary.services)
    if len(meant) != 1 or ruled_out or meant[0][0] == booked or _INSTEAD.search(text):
        return None
    key, start, end = meant[0]
    before = _ADDED.search(text[:start])
    too = _TOO.fullmatch(text[end:])
    if before is None and too is None:
        return None
    if too is None and not _NOTHING_MORE.fullmatch(text[end:]):
        return None
    if before is None:
        before = re.search(rf"(?:^|(?<=\w) ){_FILL}$", text[:start].rstrip())
    cut = before.start() if before else 0
    now = said[: _ends(heard, cut)] if cut else ""
    later = f"also book a {heard.plain.words(start, end)}"
    return Double(now, later, (booked, key))


def added_at_yes(said: str, context: Context, booked: str) -> Double | None:
    """ "Yes, and for my husband too", to the read-back of a booking: the yes, and one more."""
    heard = hear(said)
    text = heard.plain.text
    agreed = _AGREED.match(text)
    if context.act is not Intent.BOOK or agreed is None or _INSTEAD.search(text):
        return None
    rest, what, later = text[agreed.end() :], booked.replace("-", " "), ""
    named, _ = mentions(text, context.vocabulary.services)
    meant = [one for one in named if one[0] != booked]
    between = text
    for _, start, end in reversed(named):
        between = between[:start] + "a" + between[end:]
    if meant and _NAMES_ONLY.fullmatch(between[agreed.end() :]):
        others = [f"a {heard.plain.words(start, end)}" for _, start, end in meant]
        later = "also book " + " and ".join(others)
    elif (found := _FOR_TOO.fullmatch(rest)) and _MORE.search(rest):
        later = f"also book a {what} for {found['who']}"
    elif people := next((who for one in _TOGETHER if (who := one.search(rest))), None):
        _, other = _first_and_other(people, "")
        later = f"also book a {what} for {other}"
    return Double(said[: _ends(heard, agreed.end())], later) if later else None
