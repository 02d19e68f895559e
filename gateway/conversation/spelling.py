"""Names spelled aloud: letters, their names as a recogniser writes them, NATO, "B as in boy"."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.conversation.heard import word_set

_NATO = word_set(
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar "
    "papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
)
NATO = {word: word[0] for word in _NATO} | {"alfa": "a", "juliett": "j", "whisky": "w"}
_SOUNDS = {
    "a": "ay eh", "b": "bee be", "c": "cee see sea", "d": "dee", "e": "ee", "f": "eff ef",
    "g": "gee jee", "h": "aitch haitch", "i": "eye", "j": "jay", "k": "kay okay", "l": "el ell",
    "m": "em", "n": "en", "o": "oh owe", "p": "pee pea", "q": "queue cue", "r": "are ar",
    "s": "ess es", "t": "tee tea", "u": "you yew", "v": "vee", "x": "ex", "y": "why wye",
    "z": "zee zed",
}  # fmt: skip
"""Names of letters as a recogniser writes them."""
_LETTER_OF = {sound: letter for letter, sounds in _SOUNDS.items() for sound in sounds.split()}
_SIGNS = {"apostrophe": "'", "hyphen": "-", "dash": "-"}
_GLUE = frozenset({"then", "and", "um", "uh", "er", "capital", "letter"})
_BETWEEN = (("as", "in"), ("for",), ("like", "in"), ("like",), ("is", "for"), ("as",), ("from",))


@dataclass(frozen=True)
class Spelled:
    """Letters said one by one."""

    first: int
    """number of the first word"""
    last: int
    """number of the last word"""
    letters: str
    """lower-case letters, apostrophes, hyphens"""


def _letter(words: list[str], place: int) -> tuple[str, int, bool]:
    """The letter at a place, words used, and whether it is sure to be one."""
    word = words[place]
    following = words[place + 1] if place + 1 < len(words) else ""
    if word == "double" and following:
        if following in ("u", "you", "yew"):
            return "w", 2, True
        letter, used, _ = _letter(words, place + 1)
        return letter * 2, used + 1, True
    if len(word) == 1 and "a" <= word <= "z":
        letter, used = word, 1
    elif word in _LETTER_OF:
        letter, used = _LETTER_OF[word], 1
    elif word in NATO:
        return NATO[word], 1, True
    elif word in _SIGNS:
        return _SIGNS[word], 1, False
    else:
        return "", 1, False
    for between in _BETWEEN:
        after = place + used + len(between)
        if tuple(words[place + used : after]) == between and after < len(words):
            example = words[after]
            if example.startswith(letter) and len(example) > 1:
                return letter, used + len(between) + 1, True
    return letter, used, len(word) == 1 and word not in ("a", "i")


def find_spelled(words: list[str]) -> list[Spelled]:
    """Every stretch of letters; sounds like "are" and "you" count only among sure letters."""
    found: list[Spelled] = []
    place = 0
    while place < len(words):
        letters, sure, first, last = "", 0, place, place
        at = place
        while at < len(words):
            letter, used, is_sure = _letter(words, at)
            if letter:
                letters, sure, last, at = letters + letter, sure + is_sure, at + used - 1, at + used
            elif (
                letters and words[at] in _GLUE and at + 1 < len(words) and _letter(words, at + 1)[0]
            ):
                at += 1
            else:
                break
        pure = letters.replace("'", "").replace("-", "")
        if (
            len(pure) >= 2
            and (sure >= 2 or (sure >= 1 and len(pure) >= 3))
            and sure * 2 >= len(pure)
        ) or (len(pure) >= 4 and sure >= 1):
            found.append(Spelled(first, last, letters))
        place = max(at, place + 1)
    return found
