"""Words of clock times and parts of the day, as patterns over the figures of a turn."""

from __future__ import annotations

import re
from datetime import time

from gateway.conversation.meaning import Window

HALF = (
    r"(?: ?(?P<half>am|pm|in the (?:early |late )?(?:morning|afternoon|evening)|"
    r"in the night|at night|tonight|hours))"
)

_AHEAD = r"(?:(?P<part>morning|afternoon|evening|night)(?: at| around| about)? )?"

_HOUR = r"(?P<hour>[01]?\d|2[0-4])"

_CLOCK = r"(?: (?P<oclock>o'clock))"

_ISH = r"(?P<ish> ?-?ish)"

_NOUN = (
    r"(?! (?:people|persons?|kids?|children|years?|months?|days?|weeks?|fortnight|"
    r"minutes?|mins?|hours?\b(?! on)|"
    r"percent|dollars?|pounds?|euros?|bucks|times?|teeth|tooth|fillings?|crowns?|"
    r"of (?:us|them|my|our|the)|"
    r"grams?|miles?|degrees?|guests?|nights?|more|other|different|questions?|things?|"
    r"street|road|avenue|"
    r"lane|drive|appointments?|slots?|or more|adults?|patients?|options?|dogs?|cats?|"
    r"months old|stars?|"
    r"january|february|march|april|june|july|august|september|october|november|december)\b)"
)

CLOCK_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("named", rf"\b{_AHEAD}(?:12 )?(?P<named>noon|midday|mid day|midnight)(?:ish| ish)?\b"),
        (
            "past",
            rf"\b{_AHEAD}(?:a )?(?P<minutes>half|quarter|[1-9]|1\d|"
            rf"2\d)(?: minutes?)? (?P<way>past|after|to|till|til|of|before)"
            rf" (?P<hour2>noon|midnight|midday|[01]?\d|"
            rf"2[0-4])(?![\d:.]){_CLOCK}?{_ISH}?{HALF}?{_NOUN}(?! \d\d\b)",
        ),
        ("half", rf"\b{_AHEAD}half {_HOUR}(?![\d:.]){_CLOCK}?{_ISH}?{HALF}?{_NOUN}"),
        ("colon", rf"\b{_AHEAD}{_HOUR}[:.](?P<minute>[0-5]\d)(?!\d){_CLOCK}?{_ISH}?{HALF}?"),
        (
            "pair",
            rf"\b{_AHEAD}{_HOUR} (?P<minute>0[1-9]|"
            rf"[1-5]\d)(?![\d:.]){_CLOCK}?{_ISH}?{HALF}?{_NOUN}(?! \d)",
        ),
        (
            "military",
            r"\b(?P<military>(?:[01]\d|2[0-3])[0-5]\d)(?: (?:hours|hundred|hrs))?\b|"
            r"\b(?P<short>[1-9][0-5]\d)\b" + HALF.replace("half", "half3") + "?",
        ),
        (
            "hour",
            rf"\b{_AHEAD}{_HOUR}(?![\d:./]){_CLOCK}?{_ISH}?{HALF}?(?!(?:st|nd|rd|th)\b){_NOUN}",
        ),
    )
)

_PARTS: tuple[tuple[str, str, str], ...] = (
    (r"first thing(?: in the morning)?|1st thing(?: in the morning)?", "06:00", "10:00"),
    (r"(?:in the )?early(?: in the)? mornings?|early in the day|early on\b", "06:00", "10:00"),
    (r"(?:in the )?late(?:r)?(?: in the)? mornings?", "10:00", "12:00"),
    (r"mid[ -]?mornings?|middle of the morning", "09:00", "11:30"),
    (r"(?:in the )?early(?: in the)? afternoons?", "12:00", "15:00"),
    (r"(?:in the )?late(?:r)?(?: in the)? afternoons?|late in the day", "15:00", "18:00"),
    (r"mid[ -]?afternoons?|middle of the afternoon", "13:30", "16:00"),
    (r"(?:in the )?early(?: in the)? evenings?", "17:00", "19:00"),
    (
        r"(?:towards )?(?:the )?(?:very )?end of (?:the |my |your )?(?:working )?day|"
        r"last thing|close of business|"
        r"(?:the )?last (?:appointment|slot)(?: of the day)?",
        "15:30",
        "20:00",
    ),
    (
        r"(?:around |over |during |at )?(?:my |the )?lunch ?(?:time|break|hour)s?|(?:around|"
        r"over|at|during) lunch",
        "12:00",
        "14:00",
    ),
    (r"before lunch", "06:00", "12:00"),
    (r"after lunch", "13:00", "18:00"),
    (
        r"after (?:the )?school(?: pick ?up)?|(?:when|once) (?:the )?(?:kids|children|"
        r"school) (?:is|are|get)s? out(?: of school)?",
        "15:30",
        "20:00",
    ),
    (
        r"after (?:my |the )?(?:work|office hours|5 o'clock news)|(?:when|once) i(?:'m|"
        r" am)? (?:finish|get off|done|off|finished)(?: with)? work",
        "17:00",
        "21:00",
    ),
    (
        r"before (?:i start |i go to |going to )?(?:my |the )?(?:work|school|the school run)",
        "06:00",
        "09:00",
    ),
    (r"(?:in the |of the |this |during the )?mornings?", "06:00", "12:00"),
    (r"(?:in the |of the |this |during the )?afternoons?|p m only", "12:00", "18:00"),
    (r"(?:in the |of the |this |during the )?evenings?", "17:00", "21:00"),
    (r"tonight|at night|nights", "18:00", "23:59"),
    (
        r"(?:at )?any ?time(?: of (?:the )?day)?(?! (?:soon|after|before|from|between|in|on|"
        r"this|next|to))|all day|whenever",
        "00:00",
        "23:59",
    ),
)

PART_RULES = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), Window(time.fromisoformat(start), time.fromisoformat(end)))
    for pattern, start, end in _PARTS
)

PART_MIGHT = re.compile(
    r"morning|afternoon|evening|night|lunch|school|work|day|thing|time|whenever|early|"
    r"late|business|last"
)
