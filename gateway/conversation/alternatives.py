"""Whether a caller wants something other than what was put forward, and in which direction."""

from __future__ import annotations

import re

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Asked, Context, Value

_WHO = (
    r"(?:dentist|doctor|physician|specialist|hygienist|practitioner|provider|person|surgeon|"
    r"therapist|\w+ologist)"
)
_WHERE = (
    r"(?:place|office|clinic|practice|location|city|town|area|branch|surgery|neighbou?rhood|"
    r"part of (?:town|the city)|side of town)"
)
_WHAT = (
    rf"(?:day|time|date|slot|option|appointment|week|hour|opening|choice|alternative|result|"
    rf"suggestion|recommendation|possibilit(?:y|ie)|match|listing|one|{_WHO}|{_WHERE})"
)
"""What can be exchanged for another."""
_LATER_DAY = re.compile(
    r"\b(?:(?:a|another) later (?:day|date)|later (?:in the (?:week|month|year)|that week|"
    r"next week)|later (?:day|date)s?|(?:further|farther) (?:out|away|on|ahead)|"
    r"(?:a )?(?:week|month|day) later|not so soon|too soon|some ?time after that)\b"
)
_SOONER_DAY = re.compile(
    r"\b(?:sooner(?! not\b)|(?:an?|any) earlier (?:day|date)|earlier (?:in the (?:week|month)|"
    r"that week|this week)|earlier (?:day|date)s?|before (?:that|then)|too far (?:out|away|off)|"
    r"that's (?:too|so) (?:far|long)|can't wait (?:that|so) long|nothing before|more urgent)\b"
)
_EARLIER = re.compile(r"\b(?:earlier|too late|(?:bit|little|much) late)\b(?! than)")
_LATER = re.compile(
    r"\b(?:later|too early|(?:bit|little|much) early)\b(?! than| today)|"
    r"\b(?:any|some)(?:thing|one|body|time)? later\b"
)
_DIRECTIONS = (
    ("later-day", _LATER_DAY), ("sooner-day", _SOONER_DAY), ("earlier", _EARLIER),
    ("later", _LATER),
)  # fmt: skip
_OTHER = re.compile(
    r"\b(?:(?:any|some|find|is there|are there|have|got|show me|see|look for|looking for|like|want|"
    r"need|try|about|for|visit|be|with|to|offer) (?:\w+ ){0,2}?(?:any)?(?:thing|one|body|where|"
    r"time|day) else|(?:any|some|what) ?(?:thing|one|body|where|time|day|other \w+) else|"
    r"(?:something|anything|someone|somebody|anyone|somewhere|some one|any one) (?:else|different|"
    rf"other)|(?:another|different|other|alternative|additional|further) (?:\w+ )?{_WHAT}s?|"
    rf"(?:more|extra) (?:\w+ )?(?!one\b){_WHAT}s?|alternatives?|"
    r"(?:any|some|the|what|which|show me|find me|there|about|for|try|check|see|hear) others?\b|"
    r"(?:what|which) (?:else|other)|who else|where else|elsewhere|what about (?:an)?other|"
    r"none of (?:those|these|them)|neither|try again|(?:keep|continue) (?:looking|searching)|"
    r"(?:search|try|look)(?:ing)? again|any ?(?:thing|one|body|where) (?:other than|but|except|"
    r"besides|apart from) (?:him|her|that|this|them|those|it|dr|doctor|mr|mrs|ms|there)|"
    rf"(?:instead of|rather than|other than) (?:him|her|them|(?:that|this) (?:{_WHO}|{_WHERE}|"
    r"one))|next one|another(?! question))\b"
)
_NOTHING_ELSE = re.compile(
    r"\b(?:is|are|was|isn't|aren't) there (?:really |truly |honestly )?(?:nothing|nobody|no one|"
    r"nowhere|no) (?:else|other)|\b(?:you|they) (?:really |only )?(?:have|'ve|got|have got|find) "
    r"(?:really )?(?:nothing|nobody|no one) else|^(?:nowhere|nobody|no one) else$|"
    r"^is that (?:it|all|everything|the lot) (?:nothing|nobody|no one) else"
)
""" "Is there nothing else?": a wish, while "nothing else" alone is a goodbye."""
_ONLY = re.compile(
    r"\b(?:is|was|are|isn't|aren't|would|do|does)(?: \w+){1,3}? (?:the|your|just the) only\b|"
    rf"\b(?:is|are) there also (?:an?|any|some)\b|\bdo you also have (?:an?|any) (?:\w+ )?{_WHAT}"
)
""" "Is he the only one?", "is there also a hygienist?": another than was put forward."""
_DISLIKED = re.compile(
    r"\b(?:don't|do not|didn't|doesn't|not|never) (?:really |much |particularly )*(?:like|fancy|"
    r"want|care for|trust|keen on|fond of|happy with|crazy about|get on with|"
    r"get along with) (?:him|her|them|those|these|any of \w+|"
    rf"(?:that|this) (?:one|{_WHO}|{_WHERE})|the (?:sound|look) of)\b|"
    rf"^(?:no |sorry |oh |but )*not (?:him|her|(?:that|this) (?:one|{_WHO}|{_WHERE}))\b"
)
_ONE_LIKE = re.compile(
    rf"\b(?:prefer|rather (?:have|see|visit|go to)|sooner (?:have|see)|better (?:have|see))"
    rf"(?: to (?:have|see|visit|go to))? (?:an? |some)(?:\w+ ){{0,3}}?(?:one|body|where|{_WHO}|"
    rf"{_WHERE}|woman|lady|man|female|male|general practitioner)\b|"
    rf"^no\b.*\b(?:need|want|like|looking for|find me|find) (?:an? |some)(?:\w+ ){{0,3}}?"
    rf"(?:{_WHO}|{_WHERE})\b"
)
""" "I'd rather see a woman", "no, I need a specialist"."""
_BYE_LATER = re.compile(
    r"\b(?:(?:see|talk to|call|speak to) (?:you|ya) |(?:that's all|thanks|thank you|"
    r"bye) )later$|(?<!thing )(?<!slot )(?<!time )(?<!one )(?<!any )(?<!appointment )"
    r"(?<!bit )\blater (?:today|in the day)\b"
)
_ELSEWHERE = re.compile(
    r"\b(?:find|see|search|look|try|searching|looking)(?: for| me| what| if)* (?:\w+ ){0,4}?(?:in|"
    r"near|closer to|located in) (?!the\b)\w+|closer to \w+|is there also|the only"
)
""" "Find me one in Fairfield" said of an offer."""
_NO_PLACE = (
    r"(?!(?:the|an?|about|my|your|time|advance|case|general|particular|two|three|four|five|six|"
    r"\d+\w*|january|february|march|april|may|june|july|august|september|october|november|december|"
    r"noon|lunch|midday|spring|summer|autumn|fall|winter)\b)"
)
_TRY_ELSEWHERE = re.compile(
    rf"\btry (?:(?:search|look)(?:ing)? )?(?:in|around|near) {_NO_PLACE}\w+"
)
""" "Try looking in Leeds": where it was looked in vain before."""
_ONE_ELSEWHERE = re.compile(
    r"\b(?:find|see|show|want|prefer|like|try|there|about|have|check|get)(?: me| for| if| also)* "
    r"(?:an? |another )?(?:one|something|someone|somebody|anything|anyone)(?: \w+)?? "
    rf"(?:in|near|around|closer to|nearer to) (?:{_NO_PLACE}\w+|the (?:town|city|village|cent))|"
    r"^(?:please |no |okay |then |can you |could you )*(?:search|search(?:ing)?|look|look for one) "
    r"(?:in|around|near) (?!(?:the|your|my|an?|about|\d+)\b)\w+(?: please)?$"
)
""" "Find me one in Fairfield", said of what was put forward."""
_QUANTITY = r"(?:some|any|a few|a couple|a couple of|two|three|many|one|lots)"
_MORE = re.compile(
    r"\b(?:is|was|are) (?:that|this|those|these) (?:all|everything|it) (?:you|there|we)|"
    r"^(?:and |so |oh )*(?:that's|is that) (?:all|everything)(?: you (?:have|got|have got|"
    r"'ve got))?$|^(?:any|are there|got any|look for|find|have you(?: got)?|"
    rf"do you have)(?: {_QUANTITY})? more(?: of them| available| free)?(?: please)?$|"
    r"\b(?:show|give|tell|read|offer|send|list|find|see|hear|have|want|like|"
    rf"need)(?: me| us| you)? {_QUANTITY} more(?: of (?:them|those|these))?(?: please)?$|"
    r"^(?:show|give) me more(?: please)?$|(?:check|look|search)(?: for| around for)? others?|"
    r"(?:any(?:one|body|thing|where)?|some(?:one|body|thing|where)?|one|a|"
    rf"an)(?: (?:{_WHO}|{_WHERE}))? (?:a bit |a little |a lot |slightly |much |even |"
    r"any )?(?:closer|nearer|better|cheaper|with (?:a )?(?:better|higher|lower) \w+)|"
    r"^(?:(?:no|okay|and|so|please|just|can i have|can i hear|go (?:on )?to|move on to|what's|"
    r"what is|show me|tell me|give me|read me) )*(?:the )?next(?: (?:one|option|choice|time|slot|"
    rf"on (?:the|your) list|{_WHO}))?(?: please)?$|(?:be|with) a different \w+|"
    r"(?:female|male|lady|woman|women) (?:doctor|dentist|practitioner|hygienist|one)|"
    r"\b(?:have|get|see|there) (?:an? |any )(?:woman|lady|female)(?: there)?$"
)
_REFUSED = re.compile(r"^(?:no|nope|nah)\b|\binstead\b")
_OTHER_NOT = re.compile(
    r"\b(?:don't|do not|won't|didn't) (?:need|want|require) (?:any|some)thing else|if the other|"
    r"\bwith anything else|\bnothing else|\bno one else|another (?:question|thing|minute|moment|"
    r"second)\b|(?:more|other) (?:questions?|information|things)|"
    # what else belongs to it, and what else the caller wants to know or say
    r"\belse (?:do|should|must|shall|can|would|will|might|did) (?:i|we|he|she|my \w+) (?:need|"
    r"bring|know|do|have to|say|tell|pay|wear|take|expect)\b|"
    r"(?:what|anything|something|thing) else (?:that )?(?:i|we|you) (?:should|need to|must|have to|"
    r"ought|might)\b|\belse (?:does|is|will) (?:it|that|he|she|the \w+) (?:include|cost|do|cover|"
    r"need|involve)|\belse (?:to (?:bring|know|do|say|pay)|included)|"
    r"(?:ask|tell|say|know|add|mention) (?:you )?(?:about )?(?:something|anything|one thing) else|"
    r"\b(?:other|more|another|different) (?:\w+ )?(?:services?|treatments?|procedures?|details?|"
    r"infos?)\b|\bthe other (?:day|week|night|month|evening)\b"
)


def wants_another(text: str) -> re.Match[str] | None:
    """ "Anything else?", "another day": the words for it, whatever was put forward."""
    if asked := _NOTHING_ELSE.search(text) or _ONLY.search(text) or _TRY_ELSEWHERE.search(text):
        return asked
    found = _OTHER.search(text)
    if found and _OTHER_NOT.search(text[max(0, found.start() - 12) :]):
        return None
    return found


def read_wants_other(
    heard: Heard, context: Context, choice: Value[int] | None, clock_named: bool
) -> Value[str] | None:
    """Whether the caller wants something other than what was offered, and in which direction."""
    if choice is not None:
        return None
    text = _BYE_LATER.sub("", heard.plain.text)
    # "anything else?" we asked: "something else" is an answer, not a wish for other times
    if context.asked is Asked.OPEN and not context.offered:
        return None
    for kind, pattern in () if clock_named else _DIRECTIONS:
        if found := pattern.search(text):
            if re.search(
                r"\b(?:no|or|not|call|see you|talk to you|speak|until|back) $",
                text[: found.start()],
            ):
                continue
            return Value(kind, heard.plain.words(*found.span()), sure=0.85)
    offered = bool(context.offered) or context.asked in (Asked.YES_NO, Asked.CHOICE)
    found = wants_another(text)
    if found is None and (offered or context.asked is None):
        found = _DISLIKED.search(text) or _ONE_LIKE.search(text)
    if found is None and offered:
        found = _ONE_ELSEWHERE.search(text) or _MORE.search(text)
    if found is None and (offered or _REFUSED.search(text)):
        found = _ELSEWHERE.search(text)
    if found:
        return Value("other", heard.plain.words(*found.span()), sure=0.85)
    return None
