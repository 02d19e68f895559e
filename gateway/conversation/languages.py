"""Other languages, told by their small words."""

from __future__ import annotations

import re

from gateway.conversation.heard import word_set

FEWEST_WORDS = 2
"""One word alone says too little."""
ENOUGH = 0.5
"""Share of known words, helped by telling ones, from which a language is believed."""
TELLING = 0.1
"""What each telling word adds."""
AHEAD_OF_ENGLISH = 0.25
"""By so much the other language must be ahead."""


_KNOWN = {
    "es": word_set(
        "el la los las un una y que de en por para con no es está estoy hola buenos buenas días "
        "tardes quiero quisiera necesito cita habla hablar español puedo puede usted mi me gracias "
        "hablo espanol ingles ingles inglés manana cita hacer necesita solo "
        "favor señor señora cómo cuándo dónde mañana tengo dolor muela dientes hacer pedir soy "
        "llamo ustedes lunes martes pero muy bien si sí"
    ),
    "fr": word_set(
        "le la les un une et que de des du en pour avec est je suis bonjour bonsoir voudrais veux "
        "besoin rendez vous parlez français parler puis pouvez mon ma mes merci il plaît comment "
        "quand où demain j'ai mal aux dents prendre c'est oui non pas ne allô d'un avoir "
        "lundi mardi anglais francais comprends"
    ),
    "de": word_set(
        "der die das ein eine einen und dass zu in für mit ist ich bin guten tag morgen "
        "abend möchte "
        "will brauche termin sprechen deutsch sie kann können mein meine danke bitte wie wann wo "
        "spreche englisch kein keine verstehe habe zahnschmerzen machen hallo ja nein nicht einem "
        "von auf wir haben uns gern gerne "
        "vereinbaren montag dienstag"
    ),
}
_TELLING = {
    "es": word_set(
        "hola quiero necesito gracias cita español espanol inglés ingles hablo habla usted buenos "
        "buenas quisiera señor está "
        "tengo habla"
    ),
    "fr": word_set(
        "bonjour je voudrais rendez merci français francais anglais vous suis bonsoir parlez s'il "
        "allô j'ai"
    ),
    "de": word_set(
        "ich möchte termin guten bitte danke sprechen spreche deutsch englisch kein zahnschmerzen "
        "brauche nicht einen"
    ),
}
_ENGLISH = word_set(
    "the a an and i to is it you my for on at in of can do me have would like need want what when "
    "how yes no with this that your are be please appointment i'd i'm it's not will was "
    "we am there "
    "thanks thank morning hi hello don't call"
)


_SAYS_SO = (
    (
        "es",
        r"(?:no s[eé]|h?abl[oa])(?: \w+){0,2}? (?:ingl[eé]se?|english)|"
        r"no (?:hablo|entiendo|comprendo)|"
        r"(?:solo|sólo|solamente) (?:hablo )?espa[nñ]ol|h?abla[ns]?(?: usted| ustedes)? espa[nñ]ol|"
        r"hable espa[nñ]ol",
    ),
    (
        "fr",
        r"(?:parle|comprends?) pas(?: \w+){0,2}? (?:l')?anglais|"
        r"parle[zs]?(?: vous| tu)? (?:fran[cç]ais|français)|vous parlez fran[cç]ais",
    ),
    (
        "de",
        r"(?:spreche|verstehe|kann)(?: \w+){0,2}? (?:kein|nicht|nur wenig)(?: \w+)? ?englisch|"
        r"(?:sprechen|sprichst) (?:sie|du|hier jemand|jemand) deutsch|kein englisch",
    ),
    (
        "other",
        r"^(?:(?:sorry|hello|hi|please|excuse me|no|i'm sorry) )*"
        r"(?:i (?:don't|do not|no|can't|cannot) (?:speak|understand)(?: any)? english|"
        r"no (?:speak )?english)(?: (?:sorry|please|thank you))*$",
    ),
)
_NAMES_ONE = re.compile(r"ingl|engl|espa|fran|angla|deutsch|no (?:hablo|entiendo|compren)")
"""Quickly told apart: without any of these nobody says that they have no English."""
_SAID_SO = tuple((code, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")) for code, pattern in _SAYS_SO)


def speaks_no_english(text: str) -> tuple[str, tuple[int, int]] | None:
    """Language and place of "no hablo inglés" and the like: sure, whatever was asked."""
    if not _NAMES_ONE.search(text):
        return None
    for code, pattern in _SAID_SO:
        if found := pattern.search(text):
            return code, found.span()
    return None


def other_language(words: list[str]) -> tuple[str, float] | None:
    """Code and sureness of the language when it is Spanish, French or German; else None."""
    if len(words) < FEWEST_WORDS:
        return None
    english = sum(word in _ENGLISH for word in words) / len(words)
    best, code = 0.0, ""
    for candidate, known in _KNOWN.items():
        telling = sum(word in _TELLING[candidate] for word in words)
        share = sum(word in known for word in words) / len(words) + TELLING * telling
        if telling and share > best:
            best, code = share, candidate
    if code and best >= ENOUGH and english < best - AHEAD_OF_ENGLISH:
        return code, min(0.95, best)
    return None
