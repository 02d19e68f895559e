"""Whom the caller wants to see: one of ours, anybody, or somebody whom nobody knows here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import fuzz

from gateway.conversation.heard import Heard, word_set
from gateway.conversation.meaning import Asked, Context, Named, Value
from gateway.conversation.name_words import ENDS, NOT_NAMES, TITLES

_ANY = re.compile(
    r"\b(?:any(?: of (?:them|the) ?\w*)?(?: (?:doctor|dentist|one|practitioner|person|"
    r"hygienist|vet|stylist))|anyone|anybody|"
    r"either(?: (?:one|doctor|dentist|of them|is fine))?|whoever|whichever|(?:doesn't|"
    r"does not|don't|do not) (?:really )?(?:matter|mind|care)|"
    r"no preference|not fussy|not bothered|no particular|nobody in particular|"
    r"no one in particular|you choose|you pick|surprise me|"
    r"first available (?:doctor|dentist|person))\b"
)
_ANY_ASKED = re.compile(
    r"^(?:no|any|either|both|nope|no thanks|no thank you|not really|anyone|all fine)\b"
)
NEAR = 80
"""Similarity in percent from which a surname is one of ours, written or heard badly."""
NEAR_BY_SOUND = 60
"""Likewise where its consonants sound the same: "vaber" for Weber."""
_SOUNDS = str.maketrans("bpfvwdtckgqjszxlmnr", "PPFFFTTKKKKKSSSLNNR", "aeiouyhäöüß'")
"""Consonants that a line confuses -> one sign; vowels and h are passed over."""
FEWEST_SOUNDS = 3
"""Consonants that must sound the same: fewer say too little."""
_NOT_WITH = re.compile(
    r"\b(?:not|except|other than|anyone but|anybody but|anything but|instead of|rather than|"
    r"without|don't (?:want|like)|do not want|never)(?: to)?(?: see| have| with| by| for)*"
    r"(?: the)? $"
)
_TITLE = r"(?:doctor|dr|mr|mrs|ms|miss|mister|nurse|prof|professor)"
_TITLED, _UNTITLED = re.compile(rf"\b{_TITLE} "), re.compile(r"\b(?:with|to see) ")
"""Where neither stands, nobody is asked for by name."""
_ASKED_FOR = re.compile(
    r"(?:(?<!spoke )(?<!talked )(?<!spoken )(?<!was )(?<!been )(?<!speak )(?<!talk )(?<!work )"
    r"(?<!works )(?<!am )(?<!i'm )(?<!checked )\bwith|"
    r"(?<!used to )(?<!stopped )(?<!also )\bsee|(?<!been )(?<!was )(?<!were )(?<!stopped )\bseeing|"
    r"\b(?:visit|meet|want|prefer|need|get|choose|take|book|try|rather have|i'd like|would like|"
    r"let me have|have got|got|have|is there|there's|looking for|switch(?:ed)? to|"
    r"changed? (?:it )?to)|"
    r"^(?:(?:so|and|um+|uh|hi|hello|yes|no|please|okay|ok) )*(?:is|does|has|can|could|will|when is|"
    r"when does|when can))"
    rf" (?:a |an |the |your )?{_TITLE} (?P<name>[^\W\d_]+(?: [^\W\d_]+)?)(?!')(?= |$)"
)
"""Somebody by name whom the caller wants to see; "Doctor Jones sent me" is about another office."""
_ALONE = re.compile(
    r"(?:(?:um+|uh|oh|no|yes|okay|ok|well|actually|sorry|rather|maybe|then|i said|it's|that's|"
    r"what about|how about|and|not|just) )*"
    rf"{_TITLE} (?P<name>[^\W\d_]+(?: [^\W\d_]+)?)"
    r"(?: (?:please|then|instead|if possible|if (?:he|she|they)(?:'s| is|'re| are) (?:free|in|"
    r"there|available)|thanks|thank you))*"
)
_FIRST_NAME = re.compile(
    r"(?:\b(?:appointment|appt|booking|check ?up|cleaning|filling|visit|slot|anything|in|time|book|"
    r"booked|it|one|that) with|(?<!used )\bto see) (?P<name>[^\W\d_]+(?: [^\W\d_]+)?)(?!')(?= |$)"
)
"""Without a title only a capital letter makes a name of a word."""
_ELSEWHERE = re.compile(
    r"^ (?:sent|refers?|referred|told|said|says|recommend\w*|suggest\w*|gave|prescrib\w*|"
    r"advis\w*|wants? me|asked me|calling|speaking|here\b|office|at (?:the|another|a different)|"
    r"over at|from|(?:used to|is|was) (?:my|our|his|her))"
)
"""After the name: it is somebody of another office."""
_NO_NAME = (
    NOT_NAMES
    | ENDS
    | TITLES
    | word_set(
        "during near nearby between whenever urgently quickly immediately soonest anywhere instead "
        "regardless appointments visits today's tomorrow's specialising specializing then or ok as "
        "availability recommended who's whose because while till within without via regarding of "
        "love darling dear medical eye skin heart foot feet bone he's she's they're lady guy man "
        "woman himself herself directly personally weekly monthly online asap insurance cover "
        "coverage health care plan cross shield medicaid medicare delta"
    )
)
"""What follows "doctor" in these words is no name."""
_GOES_ON = ENDS | word_set("tomorrow next asap if when or instead then after before")
"""After these a name without a title is over."""


def _surnames(entry: Named) -> set[str]:
    names = {entry.name, *entry.asked_as}
    return {re.findall(r"[^\W_]+", name.lower())[-1] for name in names}


@lru_cache(maxsize=2048)
def _sound(word: str) -> str:
    """The consonants of a word as a line lets them through, doubled ones once."""
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[^A-Z]", "", word.translate(_SOUNDS)))


def sounds_like(heard: str, name: str) -> bool:
    """Whether a word may be this surname, heard or written badly."""
    if _is_near(heard, name):
        return True
    sound = _sound(name)
    alike = len(sound) >= FEWEST_SOUNDS and sound == _sound(heard)
    return alike and fuzz.ratio(heard, name) >= NEAR_BY_SOUND


def _is_near(heard: str, name: str) -> bool:
    return fuzz.ratio(heard, name) >= NEAR


def _near(words: list[str], practitioners: tuple[Named, ...]) -> str | None:
    """Key of the practitioner who is meant by one or two badly heard words."""
    for word in ["".join(words), *words]:
        for entry in practitioners:
            if len(word) > 3 and any(sounds_like(word, name) for name in _surnames(entry)):
                return entry.key
    return None


def find_practitioner(heard: Heard, context: Context) -> Value[str] | None:
    """Whom the caller wants to see, or "any"."""
    text = heard.plain.text
    practitioners = context.vocabulary.practitioners
    for entry in practitioners:
        for surname in _surnames(entry):
            if match := re.search(
                rf"\b(?:(?:dr|doctor|mr|mrs|ms|miss) )?{re.escape(surname)}(?:'s)?\b", text
            ):
                found = Value(entry.key, heard.plain.words(*match.span()), sure=0.95)
                return (
                    _other_than(found, practitioners)
                    if _NOT_WITH.search(text[: match.start()])
                    else found
                )
    for titled in re.finditer(r"\b(?P<title>doctor|dr|with|see) (?=(?P<name>\w{4,}))", text):
        alike = sounds_like if titled["title"] in ("doctor", "dr") else _is_near
        for entry in practitioners:
            if alike(titled["name"], re.findall(r"[^\W_]+", entry.name.lower())[-1]):
                return Value(entry.key, heard.plain.words(*titled.span("name")), sure=0.75)
    for match, words in _named(heard, cased=False):
        if key := _near(words, practitioners):
            return Value(key, heard.plain.words(*match.span("name")), sure=0.7)
    asked = context.asked is Asked.PRACTITIONER
    if (match := _ANY.search(text)) and (
        asked
        or re.search(r"doctor|dentist|practitioner|hygienist|who|anyone|anybody|vet", match.group())
    ):
        return Value("any", heard.plain.words(*match.span()), sure=0.85)
    if asked and (match := _ANY_ASKED.search(text)):
        return Value("any", heard.plain.words(*match.span()), sure=0.8)
    return None


def _other_than(ruled_out: Value[str], practitioners: tuple[Named, ...]) -> Value[str] | None:
    """ "Not with Doctor Weber": the other one, where there is just one other."""
    others = [entry.key for entry in practitioners if entry.key != ruled_out.value]
    return Value(others[0], ruled_out.words, sure=0.8) if len(others) == 1 else None


def find_unknown(heard: Heard, context: Context) -> Value[str] | None:
    """Somebody whom the caller wants to see by a name that nobody here has."""
    if context.asked is Asked.NAME:
        return None
    known = (*context.vocabulary.practitioners, *context.vocabulary.people)
    for match, words in _named(heard, cased=_writes_capitals(heard.said)):
        if _near(words, known) is None and not set(words) & _all_names(known):
            start = match.start("name")
            name = heard.plain.words(start, start + len(" ".join(words)))
            return Value(name, heard.plain.words(*match.span()), sure=0.85)
    return None


def _all_names(known: tuple[Named, ...]) -> set[str]:
    """Every word by which somebody here is called."""
    return {
        word
        for entry in known
        for name in (entry.name, *entry.asked_as)
        for word in re.findall(r"[^\W_]+", name.lower())
        if len(word) > 3
    }


def _named(heard: Heard, *, cased: bool) -> Iterator[tuple[re.Match[str], list[str]]]:
    """Every name by which somebody is asked for, with its words; `cased`: a capital tells one."""
    text = heard.plain.text
    if not (_TITLED.search(text) or (cased and _UNTITLED.search(text))):
        return
    alone = _ALONE.fullmatch(text)
    for match in [alone] if alone else _ASKED_FOR.finditer(text):
        words = _name_in(heard, match, cased)
        if words and not _ELSEWHERE.match(_after(text, match, words)):
            yield match, words
    if cased:
        for match in _FIRST_NAME.finditer(text):
            words = _name_in(heard, match, cased)
            rest = _after(text, match, words)
            if words and (not rest or rest.split()[0] in _GOES_ON):
                yield match, words


def _after(text: str, match: re.Match[str], words: list[str]) -> str:
    return text[match.start("name") + len(" ".join(words)) :]


def _name_in(heard: Heard, match: re.Match[str], cased: bool) -> list[str]:
    """The words of the name that begins here: one or two, none where it is no name."""
    first = heard.plain.number_at(match.start("name"))
    words = []
    for number, word in enumerate(match["name"].split(), first):
        capital = heard.said[heard.plain.spans[number][0]].isupper()
        broken = number > first and number in heard.plain.breaks
        if broken or word in _NO_NAME or len(word) < 2 or (cased and not capital):
            break
        words.append(word)
    return words


def _writes_capitals(said: str) -> bool:
    """Whether the recogniser writes names with a capital: one stands inside a sentence."""
    inside = re.findall(r"(?<=[a-z,] )[A-Z]\w*", said)
    return any(word not in ("I",) and not word.startswith("I'") for word in inside)
