"""Questions about the office: the topic of a fact, hours, prices, services."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Asked, Context, Intent, Value
from gateway.conversation.office_words import find_named
from gateway.conversation.scope import FOREIGN, OFFICE

_ASK_SHAPE = re.compile(
    r"\b(?:what|where|when|who|which|how|do|does|did|is|are|can|could|would|will|should|"
    r"tell me|i'd like to know|i want to know|wondering|may i|have you|give me|you got|"
    r"get|know|need)\b"
)

_YOU = (
    r"(?:you|your|you're|you guys|the (?:office|practice|clinic|surgery|dentist|doctor|"
    r"dentists|salon|shop|place)|they|there|their|them|he|she|it|its|his|her)"
)

HOURS = re.compile(
    rf"\b(?:(?:opening|office|business|working|your|surgery|their) (?:hours|times)|"
    rf"hours of (?:operation|business)|what (?:are )?(?:your|the|their) hours|"
    rf"(?:what time|when|until when|how late|how early|till when|what days|"
    rf"which days)(?: do| does| are| is| will|'re| can)? {_YOU} (?:\w+ )?(?:open|close|"
    rf"shut|closed|opened|start|finish|be open|be back)|"
    rf"(?:are|is|will) {_YOU} (?:be )?(?:\w+ )?(?:open|closed|shut)\b|(?:do|"
    rf"does) {_YOU} (?:open|close)\b|(?:open|closed) (?:on|over|for|during|at|tomorrow|"
    rf"today|this|next) ?\w*)"
)

PRICE = re.compile(
    rf"\b(?:how much (?:is|are|does|do|would|will|for|'s) (?:an? |the |it|that|you|your|"
    rf"this)?(?: ?\w+){{0,3}}|what (?:does|do|would|will|is|are) (?:\w+ ){{0,5}}(?:cost|"
    rf"costs|charge|price|fee|prices|fees|rates?)|(?:price|cost|fee|rate|charge)s? (?:of|"
    rf"for|list)|how much (?:do|does|would|will) {_YOU} charge|how expensive|"
    rf"your (?:prices|rates|fees))"
)

SERVICES = re.compile(
    rf"\b(?:what (?:services|treatments|procedures|kind of \w+|sort of \w+) (?:do|does|"
    rf"are|can) {_YOU}|what (?:do|does|can) you (?:offer|provide|treat|do there)|(?:do|"
    rf"does|can|are|is) {_YOU} (?:also )?(?:do|offer|provide|perform|treat|specialise|"
    rf"specialize|offering|doing)\b)"
)

_PRACTITIONERS = re.compile(
    r"\b(?:(?:who|which|what|how many)(?: are| is)?(?: the| your| all the)? (?:doctors|"
    r"dentists|practitioners|hygienists|vets|stylists|staff|team)(?: \w+){0,4}|"
    r"who (?:works|practises|practices|is working|do you have) (?:there|with you|on)|"
    r"who (?:is|are) (?:the|your) (?:doctor|dentist)s?)\b"
)

_FACT = re.compile(
    rf"\b(?:{_YOU}|the|this|that|a|any|any of (?:your|"
    rf"their)) (?:\w+ ){{0,2}}?(?:(?:phone|contact|telephone|fax)(?: number)?s?|number|"
    rf"website|web site|e ?mail(?: address)?|rating|ratings|reviews?|"
    r"address|location|directions|wheelchair\w*|ramp|lift|elevator|toilets?|"
    r"wait(?:ing)? (?:list|time)|deposit|discount|payment plan|qualifications?)\b|"
    r"\bwhere(?:'s| is| are) (?:the office|the practice|it|they|he|she|that office|"
    r"you)(?: located| based)?\b(?! from)|\bhow much (?:is|was|will) (?:that|it)\b(?: be|"
    r" cost)?|\bnew patients?\b"
)
"""What callers ask about an office, whether it has a fact for it or not."""

_SHORT = 5
"""Words up to which a question needs no "you": "what's the address?"."""
_POLITE = re.compile(
    r"\b(?:can|could|would|will|do) you (?:please |kindly )?"
    r"(?:tell|find|give|show|pull|let|get|help|look|know|check|share|send|switch)\b"
)
_ABOUT_YOU = re.compile(
    r"\b(?:you|your|yours|you're|they|their|they're|there|here|he|she|his|her|park|covered)\b"
)
_DIRECT = re.compile(
    r"\b(?:do|does|can|are|will) (?:you|they|i|we) (?:take|accept|cover|pay|park|use|"
    r"have (?:parking|a car park))\b"
)
_OWN_THING = re.compile(r"\b(?:my|mine|new|i have|i've got)(?: \w+){0,2} ?$")


def read_question(heard: Heard) -> Value[Intent] | None:
    """A question about the office that no topic answers: still a question, to be passed on."""
    text = heard.plain.text
    found = _FACT.search(text)
    if found and (_ASK_SHAPE.search(text) or len(text.split()) <= _SHORT):
        return Value(Intent.ASK, heard.plain.words(*found.span()), sure=0.7)
    return None


def read_topic(heard: Heard, context: Context, service: Value[str] | None) -> Value[str] | None:
    """The topic of a question: hours, price, services, practitioners or one of the facts."""
    text = heard.plain.text
    foreign = FOREIGN.search(text)
    if (found := HOURS.search(text)) and not foreign:
        return Value("hours", heard.plain.words(*found.span()), sure=0.9)
    office = _of_office(text)
    found = PRICE.search(text)
    if found and (service or (not foreign and context.asked and office)):
        return Value("price", heard.plain.words(*found.span()), sure=0.9)
    if fact := _fact(heard, context, office and (not foreign or bool(_DIRECT.search(text)))):
        return fact
    if (found := _PRACTITIONERS.search(text)) and not foreign:
        return Value("practitioners", heard.plain.words(*found.span()), sure=0.85)
    if (found := SERVICES.search(text)) and not foreign:
        return Value("services", heard.plain.words(*found.span()), sure=0.8)
    return None


def _of_office(text: str) -> bool:
    """Whether a question is about the office: "can you tell me" is not yet about "you"."""
    return bool(OFFICE.search(text) or _ABOUT_YOU.search(_POLITE.sub("", text)))


def _fact(heard: Heard, context: Context, office: bool) -> Value[str] | None:
    """The fact of the office that is asked for."""
    text = heard.plain.text
    short = len(text.split()) <= _SHORT
    if not (_ASK_SHAPE.search(text) or (short and context.asked is Asked.OPEN)):
        return None
    fact = find_named(text, context.vocabulary.facts)
    if (
        fact is None
        or (_OWN_THING.search(text[: fact[1][0]]) and not _DIRECT.search(text))
        or not (office or short)
    ):
        return None
    return Value(fact[0], heard.plain.words(*fact[1]), sure=0.85 * fact[2] + 0.1)
