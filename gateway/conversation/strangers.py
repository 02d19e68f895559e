"""Calls that are not for the office: wrong number, sales, robocalls, bots, pranks, other languages."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Asked, Context, Value

_KINDS: tuple[tuple[str, str], ...] = (
    ("robocall", r"\bpress (?:\d|one|two|nine|star|pound|the) (?:now |to |for |if |key)|this is (?:an? )?(?:important|urgent|final|automated) (?:message|notice|call|notification)|"
                 r"final notice|(?:car|vehicle|auto)(?:'s)?(?: \w+)? warranty|extended warranty|social security (?:number|administration) (?:has|is)|your account (?:has been|will be) (?:suspended|charged|compromised|closed)|"
                 r"(?:you have|you've) (?:been selected|won)|congratulations you|to be removed from|to opt out|do not hang up|\birs\b|arrest warrant|student loan forgiveness|"
                 r"lower your (?:interest|electricity|energy)|all calls are recorded|this message (?:is for|was intended)|your (?:amazon|apple|microsoft|netflix) account"),
    ("sales", r"\b(?:we(?:'re| are)? (?:offer|offering|provide|specialise|specialize|help (?:businesses|companies|practices|dentists|offices))|i(?:'m| am) calling (?:from|on behalf of) (?:\w+ ){1,4}(?:marketing|solutions|energy|media|supplies|capital|funding|telecom|seo|agency|insurance services|payments|merchant services)|"
              r"(?:special|exclusive|limited|great) (?:offer|deal|promotion)s? (?:for|on|that)|google (?:listing|business|ranking|my business)|search engine|seo|business (?:loan|funding|owner|line of credit)|merchant services|"
              r"(?:speak|talk) (?:to|with) (?:the )?(?:business owner|owner|decision maker|person (?:in charge of|who handles|responsible for))|solar panels|are you (?:the|happy with) (?:your )?(?:current )?(?:owner|supplier|provider|homeowner)|"
              r"free (?:quote|trial|consultation for your business|demo)|interested in (?:saving|increasing|growing|improving) (?:your|money)|(?:save|grow|boost|increase) (?:your|money on) (?:business|bills?|sales|revenue|energy)|can i interest you|sell(?:ing)? you)\b"),
    ("bot", r"\bi(?:'m| am) (?:an? )?(?:ai|a i|virtual|automated|digital|artificial)(?: intelligence)?(?: voice)? (?:assistant|agent|caller|receptionist|bot|system)|this is (?:an? )?(?:ai|virtual|automated|digital)(?: voice)? (?:assistant|agent|system)|"
            r"calling on behalf of my user|as an ai|as a language model|google assistant (?:calling|to make)|your call is important to us|please stay on the line|all (?:of )?our agents are"),
    ("wrong-number", r"\bwrong (?:number|place|person|office)|(?:dialled|dialed|called|got|have|rang) the wrong|is this (?:the )?(?:pizza|pizzeria|taxi|bank|domino|papa john|police station|school|library|hotel|restaurant|airport|post office|pharmacy)|i(?:'d like| want|'ll have) to order (?:a |some )?(?:pizza|food|takeaway)|"
                     r"who(?:'s| is) this\b(?: please)?$|misdial"),
    ("child", r"\b(?:(?:is|where(?:'s| is)) (?:my )?(?:mommy|mummy|daddy|grandma|nana)|my (?:mommy|mummy|daddy) (?:is|isn't|said|says|went|has)|i(?:'m| am) (?:four|five|six|seven|4|5|6|7|3|three)(?: years old| and a half|$)|i want my (?:mommy|mummy|daddy|mom|mum))\b"),
    ("prank", r"\b(?:is your (?:refrigerator|fridge) running|prince albert in a can|seymour butts|hugh jass|mike hunt|i\.? ?p\.? freely|amanda hugg\w*|just kidding it's a prank|it's a prank|prank call|bart simpson)\b"),
    ("insult", r"\b(?:fuck(?: you| off|ing (?:idiot|moron|stupid|machine|robot|bot))?|f\*+|screw you|piss off|bugger off|asshole|arsehole|bitch|bastard|(?:you(?:'re| are)?|stupid|dumb|damn|bloody|useless|fucking) (?:a |an |such a |so |really |just a |fucking |bloody )*(?:idiot|moron|stupid|dumb|useless|piece of (?:shit|crap|junk|garbage)|robot|machine|bot|pathetic|retard\w*)|"
               r"shut up|go to hell|suck my|wanker|dickhead|cunt|twat)\b"),
)  # fmt: skip
_RULES = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
_LANGUAGES: dict[str, frozenset[str]] = {
    "es": frozenset(
        ["el", "la", "los", "las", "un", "una", "y", "que", "de", "en", "por", "para", "con", "no", "es", "está", "estoy", "hola", "buenos", "buenas", "días", "tardes", "quiero", "quisiera", "necesito", "una", "cita", "habla", "hablar", "español", "puedo", "puede", "usted", "mi", "me", "gracias", "favor", "señor", "señora", "cómo", "cuándo", "dónde", "mañana", "tengo", "dolor", "muela", "dientes", "hacer", "pedir", "soy", "llamo", "ustedes", "lunes", "martes"]
    ),
    "fr": frozenset(
        ["le", "la", "les", "un", "une", "et", "que", "de", "des", "du", "en", "pour", "avec", "est", "je", "suis", "bonjour", "bonsoir", "voudrais", "veux", "besoin", "rendez", "vous", "parlez", "français", "parler", "puis", "pouvez", "mon", "ma", "mes", "merci", "il", "vous", "plaît", "comment", "quand", "où", "demain", "j'ai", "mal", "aux", "dents", "prendre", "c'est", "oui", "non", "pas", "ne", "allô", "d'un", "avoir", "lundi", "mardi"]
    ),
    "de": frozenset(
        ["der", "die", "das", "ein", "eine", "einen", "und", "dass", "zu", "in", "für", "mit", "ist", "ich", "bin", "guten", "tag", "morgen", "abend", "möchte", "will", "brauche", "termin", "sprechen", "deutsch", "sie", "kann", "können", "mein", "meine", "danke", "bitte", "wie", "wann", "wo", "habe", "zahnschmerzen", "machen", "hallo", "ja", "nein", "nicht", "einem", "von", "auf", "wir", "haben", "uns", "gern", "gerne", "vereinbaren", "montag", "dienstag"]
    ),
}
_ENGLISH = frozenset(
    ["the", "a", "an", "and", "i", "to", "is", "it", "you", "my", "for", "on", "at", "in", "of", "can", "do", "me", "have", "would", "like", "need", "want", "what", "when", "how", "yes", "no", "with", "this", "that", "your", "are", "be", "please", "appointment", "i'd", "i'm", "it's", "not", "will", "was", "we", "am", "there", "thanks", "thank", "morning", "hi", "hello", "don't", "call"]
)
_STRONG = {
    "es": frozenset(["hola", "quiero", "necesito", "gracias", "cita", "español", "usted", "buenos", "buenas", "quisiera", "señor", "está", "tengo", "habla"]),
    "fr": frozenset(["bonjour", "je", "voudrais", "rendez", "merci", "français", "vous", "suis", "bonsoir", "parlez", "s'il", "allô", "j'ai"]),
    "de": frozenset(["ich", "möchte", "termin", "guten", "bitte", "danke", "sprechen", "deutsch", "zahnschmerzen", "brauche", "nicht", "einen"]),
}  # fmt: skip
_ASKS_LANGUAGE = re.compile(
    r"\b(?:speak|talk in|in|hablas?|parlez|sprechen) (?P<name>spanish|french|german|español|français|deutsch)\b(?! class| lesson| restaurant)"
)
_NAMES = {
    "spanish": "es", "español": "es", "french": "fr", "français": "fr", "german": "de", "deutsch": "de",
}  # fmt: skip


def _language(text: str) -> tuple[str, float] | None:
    words = text.split()
    if len(words) < 2:
        return None
    english = sum(word in _ENGLISH for word in words) / len(words)
    best, code = 0.0, ""
    for candidate, known in _LANGUAGES.items():
        share = sum(word in known for word in words) / len(words)
        strong = sum(word in _STRONG[candidate] for word in words)
        if strong and share + 0.1 * strong > best:
            best, code = share + 0.1 * strong, candidate
    if code and best >= 0.5 and english < best - 0.25:
        return code, min(0.95, best)
    return None


def find_stranger(heard: Heard, context: Context) -> Value[str] | None:
    """Why the call is not for the office; None when it may well be."""
    text = heard.plain.text
    for kind, pattern in _RULES:
        found = pattern.search(text)
        if found is None:
            continue
        if kind == "child" and context.asked in (Asked.DAY, Asked.TIME, Asked.PHONE, Asked.CHOICE):
            continue
        return Value(kind, heard.plain.words(*found.span()), sure=0.9)
    if asks := _ASKS_LANGUAGE.search(text):
        return Value(f"language:{_NAMES[asks['name']]}", heard.plain.words(*asks.span()), sure=0.8)
    if context.asked not in (Asked.NAME,) and (language := _language(text)):
        return Value(f"language:{language[0]}", heard.said, sure=language[1])
    return None
