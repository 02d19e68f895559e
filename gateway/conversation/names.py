"""Callers' names: "it's Anna Brown", "Brown, Anna", a bare name as an answer, a spelled one."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from gateway.conversation.heard import Heard, hear
from gateway.conversation.meaning import Asked, Context, Value
from gateway.conversation.name_words import ALSO_NAMES, ENDS, NOT_NAMES, PARTICLES, TITLES
from gateway.conversation.spelling import NATO, find_spelled

_STRONG = re.compile(
    r"\b(?:my (?:full |own )?name(?:'s| is| would be)|the name(?:'s| is)|name's|name is|"
    r"i am called|i'm called|they call me|call me|"
    r"(?:book|put) it under(?: the name(?: of)?)?|under the name(?: of)?|it's under|"
    r"it would be under|(?:the )?appointment is for|"
    r"(?:it's |it is )?in the name of|name of|you're speaking (?:to|with)|"
    r"you are speaking (?:to|with)) (?:is )?"
)
_WEAK = re.compile(r"\b(?:it's|it is|this is|i'm|i am|that's|that is|yeah it's|for|hi|hello|hey) ")
MOST_PARTS = 4
"""Of a name."""
_BOOKED_FOR = re.compile(r"\b(?:appointment|booking|it's|it is) $")
_SPEAKING = re.compile(r" (?:speaking|here|calling)\b(?! (?:to|about|for|because|you))")
_SURNAME_FIRST = re.compile(
    r"\b(?:surname|last name|family name|second name)(?:'s|"
    r" is)? (?P<last>[\w'-]+(?: [\w'-]+)?)[ ,]+(?:and )?(?:my )?(?:the )?"
    r"(?:first name|given name|christian name|forename)(?:'s| is)? (?P<first>[\w'-]+)"
)
_FIRST_SURNAME = re.compile(
    r"\b(?:first name|given name|christian name|forename)(?:'s|"
    r" is)? (?P<first>[\w'-]+)[ ,]+(?:and )?(?:my )?(?:the )?"
    r"(?:surname|last name|family name|second name)(?:'s| is)? (?P<last>[\w'-]+(?: [\w'-]+)?)"
)
_ONE_PART = re.compile(
    r"\b(?:surname|last name|family name|first name|given name)(?:'s| is)? (?P<name>[\w'-]+)"
)
_LEAD = re.compile(
    r"^(?:(?:yes|yeah|yep|sure|okay|ok|um|uh|er|erm|well|oh|ah|hi|hello|hey|so|right|"
    r"of course|certainly|no problem|no sorry|sorry|no|it's|it is|"
    r"this is|that's|that is|i'm|i am|my name's|my name is|the name's|the name is|name's|"
    r"name is|that would be|it would be|you can call me|"
    r"just|actually|my|please|mr|mrs|ms|miss|mister) )+"
)


_IRISH = re.compile(
    r"o'?(?=(?:brien|connor|conner|connell|neill?|hara|reill?y|donnell|donovan|donoghue|donohue|"
    r"sullivan|keefe|keeffe|leary|malley|grady|shea|dwyer|flynn|flaherty|rourke|toole|halloran|"
    r"hagan|hanlon|kelly|loughlin|meara|riordan|dowd|doherty|driscoll|gorman|farrell|callaghan|"
    r"carroll|mahony|mahoney|regan|rahilly|boyle|byrne|casey|dea|fallon|hare|higgins|mara|rafferty)$)"
)
""" "O B R I E N" has no apostrophe to hear."""


def case_name(words: str) -> str:
    """Capitals as names have them, where the recogniser wrote none."""
    words = re.sub(r"\s+", " ", words.replace("’", "'").strip(" .,;!?"))
    words = re.sub(r"\b[oO]h? (?=[bBcCdDgGhHkKlLmMnNrRsStT][\w]{3,})", "O'", words)
    words = re.sub(r"\b([mM])([aA]?)c (?=[a-zA-Z]{3,})", r"\1\2c", words)
    parts = words.split(" ")
    return " ".join(_case_part(part, number) for number, part in enumerate(parts))


def _case_part(part: str, number: int) -> str:
    if any(c.isupper() for c in part) and not (part.isupper() and len(part) > 1):
        return part
    lower = part.lower()
    if number and lower in PARTICLES and lower not in ("mac", "mc", "o", "st"):
        return lower
    lower = _IRISH.sub("o'", lower)
    pieces = [piece[:1].upper() + piece[1:] for piece in re.split(r"([-'])", lower)]
    cased = "".join(pieces)
    if re.match(r"Mc[a-z]{3,}", cased):
        cased = "Mc" + cased[2].upper() + cased[3:]
    return re.sub(r"'S$", "'s", cased)


_DIGITS = re.compile(
    r"\+?\d.*|oh|zero|one|two|three|four|five|six|seven|eight|nine|double|triple|plus|number"
)
SHORTEST_NUMBER = 6
"""Digits of a telephone number, said after a name."""
_CORRECTED = re.compile(
    r"\b(?:no(?: no)?(?:,? (?:sorry|wait|i mean(?:t)?|it's|actually))?|sorry,? no|i mean(?:t)?|"
    r"(?:or )?rather|make that|correction)\b[, ]*"
)
""" "Tom, no, sorry, Tim Reed": the last one counts."""
_TITLED = re.compile(r"^(?:\S+ ){0,3}?(?:mr|mrs|ms|miss|mister) (?P<name>[^\W\d_]+)$")


def _ends(word: str) -> bool:
    """Whether a name is over before this word: "Tom Reed 212 555 0188"."""
    return not word or word in ENDS or bool(_DIGITS.fullmatch(word))


def _number(words: list[str]) -> bool:
    """Whether nothing but a telephone number follows."""
    digits = sum(len(word) if word.isdecimal() else 1 for word in words)
    return digits >= SHORTEST_NUMBER and all(map(_DIGITS.fullmatch, words))


def _is_name(word: str) -> bool:
    return bool(re.fullmatch(r"[^\W\d_]+(?:'[^\W\d_]+)*", word)) and word not in NOT_NAMES


def _belongs(word: str) -> bool:
    """Whether a word can be a part of a name."""
    return _is_name(word) or word in PARTICLES or word in TITLES


def _take(words: list[str], first: int, breaks: frozenset[int], strong: bool) -> int:
    """Number of the word after the name that begins at `first`."""
    last = first
    while last < len(words) and last - first < 5:
        word = words[last]
        if last > first and last in breaks and word not in ("jr", "junior", "senior"):
            break
        if word in ENDS and not (
            strong and last == first and word not in ("not", "i", "the", "a", "on")
        ):
            break
        if (
            not _is_name(word)
            and word not in PARTICLES
            and word not in TITLES
            and not (
                strong and last > first and word in ("day", "long", "may", "early", "good", "young")
            )
        ):
            break
        last += 1
    while last > first and words[last - 1] in TITLES:
        last -= 1
    return last


def _cased(said: str) -> bool:
    """Whether the recogniser writes capitals inside a sentence."""
    return any(
        word[0].isupper()
        for word in re.findall(r"(?<=[a-z,] )[A-Za-z]\w*", said)
        if word not in ("I",) and not word.startswith("I'")
    )


def _value(heard: Heard, first: int, after: int, sure: float) -> Value[str] | None:
    words = heard.plain.text.split()
    while first < after and words[first] in TITLES:
        first += 1
    if first >= after:
        return None
    start, end = heard.plain.spans[first][0], heard.plain.spans[after - 1][1]
    said = heard.said[start:end]
    name = max(re.split(r"[.!?]\s+(?=\w{2})", said), key=len)  # "Anna. Anna Brown."
    return Value(case_name(said if said.split(".")[0].lower() in TITLES else name), said, sure=sure)


def _introduced(heard: Heard, context: Context) -> Value[str] | None:
    """ "My name is ...", "this is ... speaking", "it's Anna Brown"."""
    text, words = heard.plain.text, heard.plain.text.split()
    for found in _STRONG.finditer(text):
        first = heard.plain.number_at(found.end())
        after = _take(words, first, heard.plain.breaks, True)
        if found.end() < len(text) and after > first:
            return _value(heard, first, after, 0.95)
    if parts := _in_parts(heard):
        return parts
    for found in _WEAK.finditer(text):
        if value := _presented(heard, found, words, context):
            return value
    if speaking := _SPEAKING.search(text):
        return _before(heard, heard.plain.number_at(speaking.start() + 1))
    return None


def name_at(heard: Heard, offset: int) -> Value[str] | None:
    """The name that begins at this place of the plain words, where one does."""
    if offset >= len(heard.plain.text):
        return None
    words = heard.plain.text.split()
    first = heard.plain.number_at(offset)
    after = _take(words, first, heard.plain.breaks, False)
    if not 0 < after - first <= MOST_PARTS:
        return None
    follows = words[after] if after < len(words) else ""
    ended = after in heard.plain.breaks or _ends(follows)
    capital = heard.said[heard.plain.spans[first][0]].isupper()
    if not ended or (_cased(heard.said) and not capital):
        return None
    if after - first == 1 and not capital:
        return None  # one small word may be anything
    return _value(heard, first, after, 0.8)


def _before(heard: Heard, last: int) -> Value[str] | None:
    """ "Anna Brown here": the name right before."""
    words = heard.plain.text.split()
    first = last
    while first > 0 and last - first < MOST_PARTS and _belongs(words[first - 1]):
        first -= 1
        if first in heard.plain.breaks:
            break
    return _value(heard, first, last, 0.8) if first < last else None


def _in_parts(heard: Heard) -> Value[str] | None:
    """ "Surname Brown, first name Anna", "last name Brown"."""
    text = heard.plain.text
    for pattern in (_SURNAME_FIRST, _FIRST_SURNAME):
        if found := pattern.search(text):
            parts = [heard.plain.words(*found.span(part)) for part in ("first", "last")]
            return Value(case_name(" ".join(parts)), heard.plain.words(*found.span()), sure=0.95)
    found = _ONE_PART.search(text)
    if found and _is_name(found["name"]):
        words = heard.plain.words(*found.span("name"))
        return Value(case_name(words), words, sure=0.8)
    return None


def _presented(
    heard: Heard, found: re.Match[str], words: list[str], context: Context
) -> Value[str] | None:
    """A name after "it's", "this is", "I'm", "hi": these begin many other sentences too."""
    lead = found.group().strip()
    if lead == "for" and not _BOOKED_FOR.search(heard.plain.text[: found.start()]):
        return None
    first = heard.plain.number_at(found.end())
    after = _take(words, first, heard.plain.breaks, False)
    if not 0 < after - first <= MOST_PARTS:
        return None
    cased = _cased(heard.said)
    capital = heard.said[heard.plain.spans[first][0]].isupper()
    follows = words[after] if after < len(words) else ""
    speaking = follows in ("here", "speaking", "calling")
    ended = after in heard.plain.breaks or _ends(follows)
    if not ended or (cased and not capital):
        return None
    if lead in ("hi", "hello", "hey", "for") and not speaking:
        return None
    if after - first >= 2 or speaking or follows == "from" or context.asked is Asked.NAME:
        return _value(heard, first, after, 0.85)
    if cased and capital and lead in ("this is", "it's", "i'm"):
        return _value(heard, first, after, 0.7)
    return None


def _corrected(heard: Heard, context: Context) -> Value[str] | None:
    """The name after the last correction, where one stands before it too."""
    found = list(_CORRECTED.finditer(heard.plain.text))
    if not found or not found[-1].start() or found[-1].end() >= len(heard.plain.text):
        return None
    first, after = (heard.plain.number_at(place) for place in found[-1].span())
    before = hear(heard.said[: heard.plain.spans[first][0]])
    if _plain(before, context) is None:
        return None
    return _plain(hear(heard.said[heard.plain.spans[after][0] :]), context)


def _plain(heard: Heard, context: Context) -> Value[str] | None:
    return _introduced(heard, context) or (_bare(heard) if context.asked is Asked.NAME else None)


def _titled(heard: Heard) -> Value[str] | None:
    """ "Mr. Friday": what follows the title is a name, whatever else it may mean."""
    found = _TITLED.search(heard.plain.text)
    if found is None:
        return None
    words = heard.plain.words(*found.span("name"))
    return Value(case_name(words), words, sure=0.8)


def _bare(heard: Heard) -> Value[str] | None:
    """Only a name, as the answer to our question."""
    if titled := _titled(heard):
        return titled
    text = heard.plain.text
    lead = _LEAD.match(text + " ")
    first = heard.plain.number_at(lead.end()) if lead and lead.end() < len(text) else 0
    words = text.split()
    if lead and lead.end() >= len(text):
        return None
    comma = first + 1 in heard.plain.breaks or (
        first + 2 in heard.plain.breaks and words[first] in PARTICLES
    )
    tail = [w for w in words[first:] if w != "comma"]
    ended = len(tail) <= 3 and (comma or "comma" in words)
    if ended and len(tail) == 2 and all(map(_is_name, tail)):
        start, end = heard.plain.spans[first][0], heard.plain.spans[-1][1]
        return Value(case_name(f"{tail[1]} {tail[0]}"), heard.said[start:end], sure=0.85)
    after = _take(words, first, frozenset(), True)
    follows = words[after] if after < len(words) else ""
    ended = not follows or follows in ENDS or after in heard.plain.breaks or _number(words[after:])
    if after > first and ended and all(map(_belongs, words[first:after])):
        return _value(heard, first, after, 0.8)
    capitals = [heard.said[start].isupper() for start, _ in heard.plain.spans[first:]]
    known = [_belongs(word) or word in ALSO_NAMES for word in words[first:]]
    if 2 <= len(known) <= MOST_PARTS and all(known) and all(capitals):
        return _value(heard, first, len(words), 0.7)
    return None


def _with_spelling(value: Value[str] | None, letters: list[str]) -> Value[str]:
    """The spelled letters put in the place of the part of the name that they spell."""
    spelled = [case_name(word) for word in letters]
    if value is None:
        return Value(" ".join(spelled), "", sure=0.9)
    parts = value.value.split()
    for word in spelled:
        closeness = [SequenceMatcher(None, part.lower(), word.lower()).ratio() for part in parts]
        best = max(range(len(parts)), key=lambda n: closeness[n])
        if closeness[best] >= 0.5:
            parts[best] = word
        elif len(parts) == 1:
            parts.append(word)
        else:
            parts[-1] = word
    return Value(" ".join(parts), value.words, sure=0.95)


def read_name(heard: Heard, context: Context) -> tuple[Value[str] | None, bool]:
    """The caller's name and whether it was spelled."""
    words = heard.plain.text.split()
    runs = find_spelled(words)
    asked = context.asked is Asked.NAME
    if (
        runs
        and not asked
        and not re.search(r"\b(?:name|spell\w*|spelt|that's|as in)\b", heard.plain.text)
    ) and not any(w in NATO for w in words):
        runs = []
    if not runs:
        return (_corrected(heard, context) if asked else None) or _plain(heard, context), False
    first = runs[0].first
    head = heard.said[: heard.plain.spans[first][0]] if first else ""
    head = re.sub(
        r"(?i)[,. ]*(?:that's|that is|which is|it's|spelled|spelt|spelling|is spelled)?[,: ]*$",
        "",
        head,
    )

    before = hear(head)
    value = (_introduced(before, context) or (_bare(before) if asked else None)) if head else None
    last = runs[-1].last
    spoken = heard.said[heard.plain.spans[first][0] : heard.plain.spans[last][1]]
    result = _with_spelling(value, [run.letters for run in runs])
    joined = f"{value.words}, {spoken}" if value else spoken
    return Value(result.value, joined, sure=result.sure), True
