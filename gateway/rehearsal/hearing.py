"""What a caller makes of what is spoken: which question is open. They hear only words."""

from __future__ import annotations

import re

PATTERNS: tuple[tuple[str, str], ...] = (
    ("commit", r"shall i book|shall i put (?:you|that) down|to book it, (?:please )?(?:say|press)"
               r"|press one to book it"),
    ("move", r"shall i do that|shall i move it|to move it, |press one to move"),
    ("cancel", r"shall i (?:still )?cancel|me to cancel|to cancel it, |press one to cancel"),
    ("clear-yes", r"a clear yes, please"),
    ("this-number", r"best (?:number|one) for you|the number you're calling from"),
    ("name-check", r"is your name [^?]+\?|: is that right\?|if the name is right"
                   r"|is that right: yes or no"),
    ("phone-check", r"i have (?:plus |zero|one|two|three|four|five|six|seven|eight|nine)[^?]*\?"
                    r"|so that's (?:plus |zero|one|two|three|four|five|six|seven|eight|nine)[^?]*\?"
                    r"|every digit right|slowly, then|if the number is right|is the number right"
                    r"|if that's right, press|one if it's right"),
    ("spelled-check", r"(?:i have|so that's) (?:[a-z], )+[a-z]"),
    ("spell", r"spell (?:your name|it) for me|please spell"),
    ("name", r"name shall i put|your name, please\?|first and (?:your )?last name"
             r"|name is it under|and the name, please"),
    ("identify", r"your name, please, and the day|need your name and the day"
                 r"|just your name and the day|the name first"),
    ("identify-day", r"which day is the appointment|and the day of the appointment"),
    ("phone", r"what number can we|telephone number, please|digit by digit|number once more"
              r"|number it was booked|which number was it|type (?:the|your) number"),
    ("service", r"what is it for|come in for|which is it\?|which of these is it"),
    ("new-day", r"like to come instead|suit you better"),
    ("day", r"when would you like to come\?|which day would suit you\?|just the day, please"
            r"|which day of the week"),
    ("which-day", r"do you mean|sorry, which one:"),
    ("which-time", r"in the morning, or|is that morning, or"),
    ("choice", r"would that suit you|is that all right|which suits you|which would you like"
               r"|read them again|which one: the first|or name another day|or another day\?"),
    ("which", r"which one\?$|which of these: |which day is it\?"),
    ("change", r"what shall i change|what should be different|say the day, the time"
               r"|for example: another day"),
    ("resume", r"shall we go on"),
    ("offer-message", r"leave a message\?|take a message\?|a message: yes or no"),
    ("more", r"is there anything else|anything else i can do|what else can i do"),
    ("open", r"how can i help|what can i do for you\?|you can say|for example: book"
             r"|i'm listening|you can also say"),
    ("keys-menu", r"to book an appointment, press one|press one to book, two"),
    ("keys-list", r"for [^.]+, press (?:one|two|three|four|five|six|seven|eight|nine)"),
    ("keys-more", r"for anything else, press one"),
    ("danger", r"hang up now and dial|please dial"),
)  # fmt: skip
"""Kind of question and how it sounds; the one that is heard last counts."""
_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in PATTERNS)
_OPTION = re.compile(r"for ([^.]+?), press (\w+)", re.IGNORECASE)
_DIGITS = {"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
           "seven": "7", "eight": "8", "nine": "9"}  # fmt: skip


def question_in(spoken: str) -> str:
    """The question that is open after these words; "" = none was heard."""
    latest, found = -1, ""
    for kind, pattern in _COMPILED:
        for match in pattern.finditer(spoken):
            if match.end() > latest:
                latest, found = match.end(), kind
    return found


def options_in(spoken: str) -> dict[str, str]:
    """ "For a cleaning, press two." -> {"a cleaning": "2"}."""
    return {what.lower(): _DIGITS.get(key.lower(), "") for what, key in _OPTION.findall(spoken)}
