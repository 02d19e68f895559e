"""What a named day is to the caller: wished, ruled out, a limit, or only told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from gateway.conversation.dates import DayItem


class Role(StrEnum):
    """What a named day is to the caller."""

    WANT = "want"
    NOT = "not"
    BEFORE = "before"
    BY = "by"
    AFTER = "after"
    FROM = "from"
    PAST = "past"
    """told, not wished: "it broke on Monday" """


@dataclass(frozen=True)
class Weighed:
    """A named day and what it is to the caller."""

    item: DayItem
    """what was named"""
    role: Role
    """what for"""


_NEGATED = re.compile(
    r"(?:\bnot|\bexcept(?: for)?|\bbut not|\banything but|\bother than|\bapart from|"
    r"\bavoid|\bnever|"
    r"\b(?:can't|cannot|can not|couldn't|won't|don't|didn't)(?: really| actually)?"
    r"(?: do| make| manage| come| want| be there| like| come in| need| have)?(?: it)?|"
    r"\b(?:busy|away|working|not free|not available|unavailable|out of town|booked)|"
    r"\binstead of|\brather than)(?: for| on| this| the| at| any| until| in)*(?: next)? ?$"
)

_NEGATED_AFTER = re.compile(
    r"^ (?:is |are |'s )?(?:really |actually |just )?(?:doesn't|don't|won't|isn't|aren't|"
    r"does not|can't|"
    r"not (?=good|great|ideal|possible|convenient|an option|so good|free|really|going)|"
    r"is not|are not|"
    r"no good|bad|out|impossible|difficult|too (?:soon|late|early))\b(?! a (?:problem|bother))"
)

_BEFORE = re.compile(
    r"\b(?P<before>before|earlier than|sooner than)(?: the| about| around)? ?$"
    r"|\b(?P<by>by|until|till|(?<!check )up to|no later than|not later than|not after|"
    r"not any later than)"
    r"(?: the| about| around)? ?$"
    r"|\b(?P<from>from|starting|beginning|not before|no earlier than|not until|as of|"
    r"no sooner than|any ?time from|"
    r"not earlier than)(?: the| on)? ?$"
    r"|\b(?P<after>after|later than|past|following)(?: the)? ?$"
)

_SUFFIX = re.compile(
    r"^ (?:(?P<from>or (?:later|after|any ?time after|beyond)|onwards?|on onwards|"
    r"and (?:after|later|beyond))"
    r"|(?P<by>or (?:before|earlier|sooner)|at the latest|latest))\b"
)

_NO_SUCH = re.compile(r"\bno ?$")
""" "no Mondays" rules Mondays out; "no, Monday" corrects."""

_ANY_BUT = re.compile(
    r"\b(?:any|every|all) ?(?:other )?(?:days?|time)? but(?: not)?(?: on| the| a)? ?$"
)
_TOLD = re.compile(
    r"\b(?:since|last|past|lost|broke|fell|fallen|came off|came out|chipped|cracked|"
    r"started|happened|knocked|hurt|"
    r"hurting|was (?:in|there|seen)|been|saw|had|called|rang|phoned)(?: (?!and|so|but|"
    r"can|could|i)[a-z']+){0,4} ?$"
)


def role_of(item: DayItem, before: str, after: str) -> Role:
    """What the words around a named day make of it."""
    if suffix := _SUFFIX.match(after):
        return Role.FROM if suffix["from"] else Role.BY
    if found := _BEFORE.search(before):
        if found["from"]:
            return Role.FROM
        if found["by"]:
            return Role.BY
        return Role.BEFORE if found["before"] else Role.AFTER
    if re.search(r"\b(?:last|past|since) $", before + " ") or _TOLD.search(before):
        return Role.PAST
    if (
        before == " but "
        or _ANY_BUT.search(before)
        or (item.wish.weekdays and _NO_SUCH.search(before))
    ):
        return Role.NOT
    if _NEGATED.search(before) or _NEGATED_AFTER.match(after):
        return Role.NOT
    return Role.WANT
