"""Whether two names or two telephone numbers are likely the same; pure."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from rapidfuzz import fuzz

ALIKE = 82
"""Least likeness (0..100) of the letters of two names."""
SOUNDS_ALIKE = 60
"""Least likeness when they sound the same as well."""
LOCAL_DIGITS = 7
"""Least number of common last digits of two numbers of which one lacks its area code."""

_SOUNDS = {
    **dict.fromkeys("bfpv", "1"), **dict.fromkeys("cgjkqsxz", "2"), **dict.fromkeys("dt", "3"),
    "l": "4", **dict.fromkeys("mn", "5"), "r": "6",
}  # fmt: skip


def phone_key(text: str | None, country: str) -> str:
    """A number in E.164 where it can be read so, otherwise its digits; "" for none at all.

    `country` (ISO 3166) is the region of national numbers.
    """
    if not text:
        return ""
    user = text.removeprefix("sip:").removeprefix("tel:").partition("@")[0]
    try:
        number = phonenumbers.parse(user, country)
    except phonenumbers.NumberParseException:
        return re.sub(r"\D", "", user)
    if not phonenumbers.is_possible_number(number):
        return re.sub(r"\D", "", user)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def same_phone(some: str, other: str) -> bool:
    """Whether two keys of phone_key() are one number, one perhaps without its area code."""
    if not some or not other:
        return False
    a, b = some.lstrip("+"), other.lstrip("+")
    short, long = sorted((a, b), key=len)
    return a == b or (len(short) >= LOCAL_DIGITS and long.endswith(short.lstrip("0")))


def same_name(said: str, written: str) -> bool:
    """Whether a name as recognised may be a name as written: every word of the shorter one agrees
    with one of the longer, in letters or in sound."""
    some, other = _words(said), _words(written)
    if not some or not other:
        return False
    short, long = sorted((some, other), key=len)
    rest = list(long)
    for word in short:
        match = next((w for w in rest if _alike(word, w)), None)
        if match is None:
            return fuzz.ratio("".join(some), "".join(other)) >= ALIKE
        rest.remove(match)
    return True


def sound(word: str) -> str:
    """Soundex (US National Archives) of a word of plain letters, without its length limit."""
    code, last = "", _SOUNDS.get(word[0], "")
    for letter in word[1:]:
        digit = _SOUNDS.get(letter, "")
        if digit and digit != last:
            code += digit
        if letter not in "hw":
            last = digit
    return word[0] + code


def _alike(some: str, other: str) -> bool:
    likeness = fuzz.ratio(some, other)
    return likeness >= ALIKE or (likeness >= SOUNDS_ALIKE and _heard(some) == _heard(other))


def _heard(word: str) -> str:
    """Sound with the first letter by class as well: Catherine begins like Kathryn."""
    return _SOUNDS.get(word[0], "0") + sound(word)[1:]


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return re.findall(r"[a-z]+", re.sub(r"['’.-]", "", letters))
