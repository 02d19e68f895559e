"""A caller who knows what they want and answers what they hear; pure: words in, an act out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gateway.rehearsal.phone.acts import (
    Act,
    Cue,
    Facts,
    HangUp,
    LeaveMessage,
    Press,
    Say,
    Wait,
)
from gateway.rehearsal.phone.wording import key_for, last_question, plain, weekdays_in

LIMIT_SAME = 3
"""The same answer more often than this means that the two talk past each other."""


@dataclass
class Script:
    """Reacts to each turn of the box; keeps what was said already."""

    facts: Facts
    """what the caller knows"""
    cues: tuple[Cue, ...] = ()
    """what they do of their own mind; everything else is what any caller would answer"""
    confirmed: bool = False
    """has heard that the appointment is booked"""
    noted: bool = False
    """has heard that a message or request is on the list"""
    given: list[Act] = field(default_factory=list)
    """all acts so far"""
    _used: list[Cue] = field(default_factory=list)
    _fallback: Iterator[str] | None = None

    @property
    def impatient(self) -> bool:
        """Whether there is still something that this caller would say over the box's words."""
        return any(cue.over for cue in self.cues if cue not in self._used)

    def interrupts(self, heard: str) -> bool:
        """Whether these first words of a turn are enough for this caller."""
        cue = self._cue(plain(heard))
        return cue is not None and cue.over

    def react(self, heard: str) -> Act:
        """What the caller does about what was heard."""
        act = self._choose(plain(heard))
        if not isinstance(act, Wait | Press) and self.given.count(act) >= LIMIT_SAME:
            act = HangUp("we talk past each other")
        self.given.append(act)
        return act

    def _cue(self, heard: str) -> Cue | None:
        fresh = (cue for cue in self.cues if cue not in self._used)
        return next((cue for cue in fresh if re.search(cue.heard, heard)), None)

    def _choose(self, heard: str) -> Act:
        self._take_in(heard)
        if cue := self._cue(heard):
            self._used.append(cue)
            return cue.act
        for pattern, answer in _TO_ALL:
            if re.search(pattern, heard) and (act := answer(self, heard)):
                return act
        for text in dict.fromkeys((last_question(heard), heard)):
            for pattern, answer in _TO_QUESTION:
                if re.search(pattern, text) and (act := answer(self, heard)):
                    return act
        return self._next_in_order() if "?" in heard else Wait()

    def beep(self, heard: str) -> Act:
        """What the caller does at the tone, understood or not what it is for."""
        act = self.react(heard)
        return act if isinstance(act, LeaveMessage) else LeaveMessage(self.facts.message)

    def silence(self) -> Act:
        """What the caller does when nothing more comes."""
        act = self._next_in_order()
        self.given.append(act)
        return act

    def _take_in(self, heard: str) -> None:
        if re.search(r"\b(s|is|are|re|have) (now )?(booked|moved?|cancelled)\b", heard):
            self.confirmed = True
        if re.search(
            r"put you down|on the (office s )?list|message has been saved|has your mess", heard
        ):
            self.noted = True

    def _next_in_order(self) -> Act:
        """Nothing was recognised: tell the next fact, as a caller does who hears badly."""
        if self._fallback is None:
            facts = self.facts
            self._fallback = iter(
                (facts.opening, f"A {facts.service}.", f"On {facts.day}, please.", facts.time,
                 f"My name is {facts.name}.", "Yes."),
            )  # fmt: skip
        said = {act.text for act in self.given if isinstance(act, Say)}
        for text in self._fallback:
            if text not in said:
                return Say(text)
        return HangUp("nothing left to say")


Answer = Callable[[Script, str], Act | None]


def _keys(script: Script, heard: str) -> Act:
    if re.search(r"\b(type|enter|key in) (the|your|a) number", heard) and "press one" not in heard:
        return Press(script.facts.phone + "#")
    service = plain(script.facts.service)
    wanted = ("yes", "right", "to book", "book", "number you", service, script.facts.day.lower())
    return Press(key_for(heard, (*wanted, "morning", "message")) or "1")


def _agree(script: Script, heard: str) -> Act:
    """Yes, unless another day was read back."""
    days = weekdays_in(heard) if script.facts.day_matters else set()
    if days and script.facts.day.lower() not in days:
        return Say(f"No, on {script.facts.day}, please.")
    return Say("Yes, please.")


def _choose_time(script: Script, heard: str) -> Act:
    hour = plain(script.facts.time).split()[0]
    return Say(
        f"At {script.facts.time}, please." if hour in heard.split() else "The first one, please."
    )


def _message(script: Script, heard: str) -> Act:
    if "message" not in heard and "your number" in heard:
        return LeaveMessage(" ".join(script.facts.phone))
    if "message" not in heard and "your name" in heard and "about" not in heard:
        return LeaveMessage(script.facts.name)
    return LeaveMessage(script.facts.message)


def _repeat(script: Script, heard: str) -> Act | None:
    """The same again, the day in other words: that one is the hardest to hear."""
    said = [act for act in script.given if isinstance(act, Say)]
    if said and script.facts.day in said[-1].text and "anything free" in said[-1].text:
        return Say(f"On {script.facts.day}, please.")
    return said[-1] if said else None


def _spell(script: Script, heard: str) -> Act:
    return Say(", ".join(letter for letter in script.facts.name.upper() if letter.isalpha()) + ".")


def _digits(script: Script, heard: str) -> Act:
    return Say(" ".join(script.facts.phone) + ".")


def _say(template: str) -> Answer:
    """A sentence with facts in it."""
    return lambda script, heard: Say(
        template.format_map({**vars(script.facts), "part": script.facts.part})
    )


def _wish(script: Script, heard: str) -> Act:
    return Say(script.facts.wish.format_map(vars(script.facts)))


def _wait(script: Script, heard: str) -> Act:
    return Wait()


def _done(script: Script, heard: str) -> Act:
    return HangUp("all said")


_TO_ALL: tuple[tuple[str, Answer], ...] = (
    (r"(after|at|following) the (tone|beep|tune)\b", _message),
    (r"message has been saved|did not hear a message", _done),
    (r"or just hang up", _done),
    (r"\bpress\b|\b(type|enter|key in) (the|your) number|\bone (is|if|for|to) .*\btwo\b", _keys),
    (r"is there anything else|anything else( i can do)?\?|what else can i", _say("No. Goodbye.")),
    (r"\bgood ?bye\b|hang up now", _wait),
)
"""What decides wherever in the box's turn it was said."""

_TO_QUESTION: tuple[tuple[str, Answer], ...] = (
    (r"\bmessage\b.*\?|take a message", _say("Yes, please.")),
    (r"spell", _spell),
    (r"is (this|that|it) (number |one )?(right|correct|ok|the best)|\b(right|correct)\?", _agree),
    (r"best (number|one)|put down (the|this|that) number|calling from", _say("Yes.")),
    (r"is your name|name right", _agree),
    (
        r"\b(your|what|which|the|a|last|full) name\b|who (is|s) (calling|this)",
        _say("My name is {name}."),
    ),
    (
        r"(shall|should) i (still )?(book|put|do|go|move|cancel|make|\w+ (it|that))"
        r"|(want|like) me to"
        r"|\bi (do that|do it|(book|move|cancel) it)[.?]*$",
        _agree,
    ),
    (r"please say yes|clear yes|is that a yes|yes or no", _agree),
    (r"\bnumber\b.*(\?|please)|reach you|call you back|by digit|digits", _digits),
    (r"^(yes )?go on|the rest\?", _digits),
    (
        r"what (is it|s it|is that) for|come in for|which (is it|of these)",
        _wish,
    ),
    (
        r"(which|what) (day|date)|when would|the day|like to come",
        _say("Is there anything free on {day} {part}?"),
    ),
    (r"(which|what) time (would|do|shall|should|works|is)", _say("At {time}, please.")),
    (r"read them again|which (suits|would|one)|suit you|you like\?|all right\?", _choose_time),
    (
        r"morning or (in the )?afternoon|(which|what) time|in the morning",
        _say("At {time}, please."),
    ),
    (r"^(i have|there is) (on )?(today|tomorrow|[a-z]+day)\b", _choose_time),
    (r"how (can|may) i|what can i do|what you need|you can say|i m listening", _say("{opening}")),
    (r"for example", _wish),
    (r"do you mean", _choose_time),
    (r"one moment|just a (moment|second)|let me (see|look|check)|take your time", _wait),
    (r"still (there|here)|are you there|hello\?", _repeat),
    (r"sorry|pardon|say (that|it) again|didn t|missed", _repeat),
)
"""First looked for in the last question, then in all that was said; the first that fits counts."""
