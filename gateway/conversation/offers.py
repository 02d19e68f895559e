"""Reactions to times that we offered: which one, or something else."""

from __future__ import annotations

import re
from datetime import datetime

from gateway.conversation.heard import Heard
from gateway.conversation.meaning import Asked, Context, DayWish, TimeWish, Value

_PLACES = (
    (
        re.compile(
            r"\b(?:the )?(?:1st|first|former)\b(?: (?:one|1|option|time|choice|slot|appointment|"
            r"of))?"
        ),
        0,
    ),
    (
        re.compile(
            r"\b(?:the )?(?:2nd|second)\b(?: (?:one|1|option|time|choice|slot|appointment))?"
        ),
        1,
    ),
    (
        re.compile(
            r"\b(?:the )?(?:3rd|third)\b(?: (?:one|1|option|time|choice|slot|appointment))?"
        ),
        2,
    ),
    (re.compile(r"\b(?:option|number|choice) (?:1|one)\b"), 0),
    (re.compile(r"\b(?:option|number|choice) (?:2|two)\b"), 1),
    (re.compile(r"\b(?:option|number|choice) (?:3|three)\b"), 2),
)
_ORDINAL_ALONE = re.compile(
    r"(?:(?:yes|yeah|okay|i'll take|let's take|maybe|um|"
    r"uh) )*(?P<place>(?:the )?(?P<number>[1-9])(?:st|nd|rd|th))"
    r"(?: (?:please|thanks|thank you|then|is (?:fine|good)|works))*"
)
_LAST = re.compile(
    r"\b(?:the )?(?:last|latter|final) (?:one|option|time|slot|of (?:those|them|"
    r"the three))|\b(?:the )?latter\b|\bthe (?:very )?last\b"
)
_FROM_LAST = re.compile(
    r"\b(?:the )?(?:(?:second|third|next) (?:to|from)(?: the)? last|(?:second|third) last|"
    r"last but (?:one|two)|(?:one|first) before (?:the )?last|penultimate)\b(?: one| time| slot)?"
)
"""Counted from the end: "the second to last", "the last but one"."""
_MIDDLE = re.compile(r"\b(?:the )?middle (?:one|option|time|slot)|\bthe middle\b")
_EARLIEST = re.compile(
    r"\b(?:the )?(?:earlier|earliest|sooner|soonest) (?:one|time|slot|option|of)|"
    r"\bthe (?:earliest|soonest|earlier)\b"
)
_LATEST = re.compile(
    r"\b(?:the )?(?:later|latest) (?:one|time|slot|option|of)|\bthe (?:latest|later)\b(?! in)"
)
_EITHER = re.compile(
    r"\b(?:either|any of (?:them|those|these)|any one|(?:they're |they are )?(?:both|"
    r"all) (?:are )?(?:fine|good|okay|ok|work|great)|whichever|you choose|you pick|"
    r"(?:doesn't|does not|don't|do not) (?:matter|mind|care))\b"
)
_THAT_ONE = re.compile(
    r"\b(?:that one|this one|that time|that slot|i'll take (?:it|that)|i will take (?:it|"
    r"that)|let's (?:take|do) (?:that|it))\b"
)
_LATER_DAY = re.compile(
    r"\b(?:(?:a|another) later (?:day|date)|later (?:in the (?:week|month|year)|that week|"
    r"next week)|later (?:day|date)s?|(?:further|farther) (?:out|away|on|ahead)|"
    r"(?:a )?(?:week|month|day) later|not so soon|too soon|some ?time after that)\b"
)
_SOONER_DAY = re.compile(
    r"\b(?:sooner|(?:an?|any) earlier (?:day|date)|earlier (?:in the (?:week|month)|that week|"
    r"this week)|earlier (?:day|date)s?|before (?:that|then)|too far (?:out|away|off)|"
    r"that's (?:too|so) (?:far|long)|can't wait (?:that|so) long|nothing before|more urgent)\b"
)
_EARLIER = re.compile(r"\b(?:earlier|too late|(?:bit|little|much) late)\b(?! than)")
_LATER = re.compile(r"\b(?:later|too early|(?:bit|little|much) early)\b(?! than| today)")
_OTHER = re.compile(
    r"\b(?:(?:any|some|find|is there|are there|have|got|show me|see|look for|looking for|like|want|"
    r"need|try|about|for|visit|be|with|to|offer) (?:\w+ ){0,2}?(?:any)?(?:thing|one|body|where|"
    r"time|day) else|(?:any|some|what) ?(?:thing|one|body|where|time|day|other \w+) else|"
    r"(?:something|anything|someone|somebody|anyone|somewhere|some one|any one) (?:else|different|"
    r"other)|another (?:day|time|one|date|slot|option|appointment|week|dentist|doctor|place|choice|"
    r"provider|clinic|possibilit\w+|result|office|practitioner|person)s?|"
    r"(?:any|some|the|what|show me|find me|there) others?\b|(?:a |any )?different (?:day|time|one|"
    r"date|slot|dentist|doctor|option|place|provider|week|office|clinic|person|appointment)s?|"
    r"(?:more|other|further|additional|alternative|different) (?:options?|times?|choices?|results?|"
    r"dentists?|doctors?|alternatives?|slots?|days?|suggestions?)|alternatives?|"
    r"(?:what|which) (?:else|other)|who else|where else|what about (?:an)?other|"
    r"none of (?:those|these|them)|neither|try again|(?:keep|continue) (?:looking|searching)|"
    r"look(?:ing)? elsewhere|(?:search|try|look)(?:ing)? again|anything other than|next one|"
    r"another(?! question))\b"
)
_BYE_LATER = re.compile(
    r"\b(?:(?:see|talk to|call|speak to) (?:you|ya) |(?:that's all|thanks|thank you|"
    r"bye) )later$|\blater (?:today|in the day)\b"
)
_ELSEWHERE = re.compile(
    r"\b(?:find|see|search|look|try|searching|looking)(?: for| me| what| if)* (?:\w+ ){0,4}?(?:in|"
    r"near|closer to|located in) (?!the\b)\w+|closer to \w+|is there also|the only"
)
""" "Find me one in Fairfield" said of an offer."""
_ONE_ELSEWHERE = re.compile(
    r"\b(?:find|see|show|want|prefer|like|try|there|about|have|check|"
    r"get)(?: me| for| if| also)* (?:an? |another )?(?:one|something|someone|somebody|anything|"
    r"anyone)(?: \w+)?? (?:in|near|around|closer to|nearer to) (?!(?:the|an?|about|my|your|time|"
    r"advance|case|general|particular|two|three|four|five|six|\d+\w*|january|february|march|april|"
    r"may|june|july|august|september|october|november|december|noon|lunch|midday)\b)\w+|"
    r"^(?:please |no |okay |then |can you |could you )*(?:try|search|search(?:ing)?|look|"
    r"try searching|try looking|look for one) (?:in|around|near) (?!(?:the|your|my|an?|about|"
    r"\d+)\b)\w+(?: please)?$|\b(?:is|are) (?:there|that|this|he|she|it|they|those|"
    r"these) (?:also (?:an?|any)|(?:the|your) only)\b"
)
""" "Find me one in Fairfield", "is that the only one": another than was put forward."""
_MORE = re.compile(
    r"\b(?:is|was|are) (?:that|this|those|these) all (?:you|there|we)|"
    r"^(?:that's|is that) all you (?:have|got)|^(?:any|are there|got any|show me|tell me|look for|"
    r"find|have you got) more(?: of them)?(?: please)?$|(?:check|look|"
    r"search)(?: for| around for)? others?|(?:any(?:one|body|thing)?|some(?:one|body|thing)?|one|a|"
    r"an)(?: (?:doctor|dentist|place))? (?:closer|nearer|better|cheaper|"
    r"with (?:a )?(?:better|higher) \w+)|^(?:the )?next(?: please)?$|(?:be|with) a different \w+|"
    r"(?:female|male|lady|woman|women) (?:doctor|dentist|practitioner|hygienist|one)"
)
_REFUSED = re.compile(r"^(?:no|nope|nah)\b|\binstead\b")
_OTHER_NOT = re.compile(
    r"\b(?:don't|do not|won't|didn't) (?:need|want|require) (?:any|some)thing else|if the other|"
    r"\bwith anything else|\bnothing else|\bno one else|another (?:question|thing|minute|moment|"
    r"second)\b|(?:more|other) (?:questions?|information|things)"
)


def read_choice(
    heard: Heard, context: Context, day: Value[DayWish] | None, time: Value[TimeWish] | None
) -> Value[int] | None:
    """Which of the offered times, counted from 0."""
    offered = context.offered
    if not offered or (_other(heard.plain.text) and not day and not time):
        return None
    text = heard.plain.text
    if alone := _place_alone(heard, context):
        return alone
    if found := _FROM_LAST.search(text):
        place = len(offered) - (3 if re.search(r"third|two", found.group()) else 2)
        return Value(place, heard.plain.words(*found.span()), sure=0.9) if place >= 0 else None
    if named := _by_day_and_time(offered, day, time):
        return named
    if day or time:
        return None
    for pattern, place in _PLACES:
        found = pattern.search(heard.figures.text) if place < len(offered) else None
        if found and not re.match(r" (?:available|thing)", heard.figures.text[found.end() :]):
            return Value(place, heard.figures.words(*found.span()), sure=0.95)
    order = sorted(range(len(offered)), key=lambda n: offered[n])
    for pattern, place in (
        (_LAST, len(offered) - 1),
        (_MIDDLE, 1 if len(offered) == 3 else -1),
        (_EARLIEST, order[0]),
        (_LATEST, order[-1]),
        (_EITHER, 0),
    ):
        if (found := pattern.search(text)) and place >= 0:
            return Value(place, heard.plain.words(*found.span()), sure=0.9)
    if len(offered) == 1 and (found := _THAT_ONE.search(text)):
        return Value(0, heard.plain.words(*found.span()), sure=0.9)
    return None


def _place_alone(heard: Heard, context: Context) -> Value[int] | None:
    """ "The third", said of three offered times, is no day of the month unless one is offered."""
    found = _ORDINAL_ALONE.fullmatch(heard.figures.text)
    if not found or context.asked is not Asked.CHOICE:
        return None
    number = int(found["number"])
    if number > len(context.offered) or any(o.day == number for o in context.offered):
        return None
    return Value(number - 1, heard.figures.words(*found.span("place")), sure=0.9)


def _by_day_and_time(
    offered: tuple[datetime, ...], day: Value[DayWish] | None, time: Value[TimeWish] | None
) -> Value[int] | None:
    """The one offered time that fits the day and time named."""
    fits = list(range(len(offered)))
    words: list[str] = []
    if day:
        wish = day.value
        days = set(wish.days) | set(wish.ambiguous)
        if wish.not_days or wish.not_weekdays or not (days or wish.weekdays):
            return None
        fits = [
            n for n in fits if offered[n].date() in days or offered[n].weekday() in wish.weekdays
        ]
        words.append(day.words)
    if time:
        times = set(time.value.times) | set(time.value.ambiguous)
        windows = time.value.windows
        if not times and not windows:
            return None
        fits = [
            n
            for n in fits
            if offered[n].time() in times
            or any(w.start <= offered[n].time() < w.end for w in windows if not times)
        ]
        words.append(time.words)
    if words and len(fits) == 1:
        return Value(fits[0], ", ".join(words), sure=0.95)
    return None


def _other(text: str) -> re.Match[str] | None:
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
    for kind, pattern in (
        ()
        if clock_named
        else (
            ("later-day", _LATER_DAY),
            ("sooner-day", _SOONER_DAY),
            ("earlier", _EARLIER),
            ("later", _LATER),
        )
    ):
        if found := pattern.search(text):
            if re.search(
                r"\b(?:no|or|not|call|see you|talk to you|speak|until|back) $",
                text[: found.start()],
            ):
                continue
            return Value(kind, heard.plain.words(*found.span()), sure=0.85)
    offered = bool(context.offered) or context.asked in (Asked.YES_NO, Asked.CHOICE)
    found = _other(text)
    if found is None and offered:
        found = _ONE_ELSEWHERE.search(text) or _MORE.search(text)
    if found is None and (offered or _REFUSED.search(text)):
        found = _ELSEWHERE.search(text)
    if found:
        return Value("other", heard.plain.words(*found.span()), sure=0.85)
    return None
