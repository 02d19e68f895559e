"""Calls that are not for the office: wrong number, sales, robots, pranks, other languages."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.languages import other_language, speaks_no_english
from gateway.conversation.meaning import Asked, Context, Value

_KINDS: tuple[tuple[str, str], ...] = (
    (
        "robocall",
        r"\bpress (?:\d|one|two|nine|star|pound|the) (?:now |to |for |if |key)|"
        r"this is (?:an? )?(?:important|urgent|final|automated) (?:message|notice|call|"
        r"notification)|"
        r"final notice|(?:car|vehicle|auto)(?:'s)?(?: \w+)? warranty|extended warranty|"
        r"social security (?:number|administration) (?:has|is)|your account (?:has been|"
        r"will be) (?:suspended|charged|compromised|closed)|"
        r"(?:you have|you've) (?:been selected|won)|congratulations you|to be removed from|"
        r"to opt out|do not hang up|\birs\b|arrest warrant|student loan forgiveness|"
        r"your computer (?:has|is)|(?:has|have) (?:a |been )?(?:virus|hacked)|"
        r"lower your (?:interest|electricity|energy)|all calls are recorded|"
        r"this message (?:is for|was intended)|your (?:amazon|apple|microsoft|"
        r"netflix) account",
    ),
    (
        "sales",
        r"\b(?:we(?:'re| are)? (?:offer|offering|provide|specialise|specialize|"
        r"help (?:businesses|companies|practices|dentists|offices))|i(?:'m|"
        r" am) calling (?:from|on behalf of) (?:\w+ ){1,4}(?:marketing|solutions|energy|"
        r"media|supplies|capital|funding|telecom|seo|agency|insurance services|payments|"
        r"merchant services)|"
        r"(?:special|exclusive|limited|great) (?:offer|deal|promotion)s? (?:for|on|that)|"
        r"google (?:listing|business|ranking|my business)|search engine|seo|business (?:loan|"
        r"funding|owner|line of credit)|merchant services|"
        r"(?:speak|talk) (?:to|with) (?:the )?(?:business owner|owner|decision maker|"
        r"person (?:in charge of|who handles|responsible for))|solar panels|are you (?:the|"
        r"happy with) (?:your )?(?:current )?(?:owner|supplier|provider|homeowner)|"
        r"free (?:quote|trial|consultation for your business|demo)|interested in (?:saving|"
        r"increasing|growing|improving) (?:your|money)|(?:save|grow|boost|increase) (?:your|"
        r"money on) (?:business|bills?|sales|revenue|energy)|can i interest you|"
        r"sell(?:ing)? you|(?:this is|calling from|on behalf of) (?:your |the )?(?:\w+ )?"
        r"(?:electricity|energy|internet|broadband|gas|phone|utility) (?:provider|supplier|"
        r"company))"
        r"\b",
    ),
    (
        "bot",
        r"\bi(?:'m| am) (?:an? )?(?:ai|a i|virtual|automated|digital|"
        r"artificial)(?: intelligence)?(?: voice)? (?:assistant|agent|caller|receptionist|"
        r"bot|system)|this is (?:an? )?(?:ai|virtual|automated|"
        r"digital)(?: voice)? (?:assistant|agent|system)|"
        r"calling on behalf of my user|as an ai|as a language model|"
        r"google assistant (?:calling|to make)|your call is important to us|"
        r"please stay on the line|all (?:of )?our agents are",
    ),
    (
        "wrong-number",
        r"\bwrong (?:number|place|person|office)|(?:dialled|dialed|called|got|have|"
        r"rang) the wrong|is this (?:the )?(?:pizza|pizzeria|taxi|bank|domino|papa john|"
        r"police station|school|library|hotel|restaurant|airport|post office|pharmacy)|"
        r"i(?:'d like| want|'ll have) to order (?:a |some )?(?:pizza|food|takeaway)|"
        r"misdial",
    ),
    (
        "child",
        r"\b(?:(?:is|where(?:'s| is)) (?:my )?(?:mommy|mummy|daddy|grandma|nana)|my (?:mommy|"
        r"mummy|daddy) (?:is|isn't|said|says|went|has)|i(?:'m| am) (?:four|five|six|seven|4|"
        r"5|6|7|3|three)(?: years old| and a half|$)|i want my (?:mommy|mummy|daddy|mom|"
        r"mum))\b",
    ),
    (
        "prank",
        r"\b(?:is your (?:refrigerator|fridge) running|prince albert in a can|seymour butts|"
        r"hugh jass|mike hunt|i\.? ?p\.? freely|amanda hugg\w*|just kidding it's a prank|"
        r"it's a prank|prank call|bart simpson)\b",
    ),
    (
        "insult",
        r"\b(?:fuck(?: you| off|ing (?:idiot|moron|stupid|machine|robot|bot))?|f\*+|"
        r"screw you|piss off|bugger off|asshole|arsehole|bitch|bastard|(?:you(?:'re| are)?|"
        r"stupid|dumb|damn|bloody|useless|fucking) (?:a |an |such a |so |really |just a |"
        r"fucking |bloody )*(?:idiot|moron|stupid|dumb|useless|piece of (?:shit|crap|junk|"
        r"garbage)|pathetic|retard\w*)|(?:stupid|dumb|damn|bloody|useless|fucking|crappy|shitty) "
        r"(?:\w+ )?(?:robot|machine|bot|computer|thing)|"
        r"shut up|go to hell|suck my|wanker|dickhead|cunt|twat)\b",
    ),
)
_RULES = tuple((kind, re.compile(pattern)) for kind, pattern in _KINDS)
_ASKS_LANGUAGE = re.compile(
    r"\b(?:speak|talk in|in|hablas?|parlez|sprechen) (?P<name>spanish|french|german|"
    r"español|français|deutsch)\b(?! class| lesson| restaurant)"
)
_NAMES = {
    "spanish": "es",
    "español": "es",
    "french": "fr",
    "français": "fr",
    "german": "de",
    "deutsch": "de",
}


def find_stranger(heard: Heard, context: Context) -> Value[str] | None:
    """Why the call is not for the office; None when it may well be."""
    text = heard.plain.text
    if no_english := speaks_no_english(text):
        code, place = no_english
        return Value(f"language:{code}", heard.plain.words(*place), sure=1.0)
    for kind, pattern in _RULES:
        found = pattern.search(text)
        if found is None:
            continue
        if kind == "child" and context.asked in (Asked.DAY, Asked.TIME, Asked.PHONE, Asked.CHOICE):
            continue
        return Value(kind, heard.plain.words(*found.span()), sure=0.9)
    if asks := _ASKS_LANGUAGE.search(text):
        return Value(f"language:{_NAMES[asks['name']]}", heard.plain.words(*asks.span()), sure=0.8)
    if context.asked not in (Asked.NAME,) and (language := other_language(text.split())):
        return Value(f"language:{language[0]}", heard.said, sure=language[1])
    return None
