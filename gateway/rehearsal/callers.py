"""Callers: those who read a script, and those who listen and answer what they are asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random

from gateway.conversation import events as e
from gateway.rehearsal.hearing import options_in, question_in
from gateway.rehearsal.noise import Noise
from gateway.rehearsal.scenario import Part, Step
from gateway.rehearsal.text_call import TextCall

MAX_TURNS = 45
"""A caller gives up after so many turns."""
EVENTS = {
    "silence": e.CallerSilent(),
    "recogniser fails": e.ModelFailed("recogniser"),
    "voice fails": e.ModelFailed("voice"),
    "model fails": e.ModelFailed("language-model"),
    "recogniser back": e.ModelBack(4),
    "all back": e.ModelBack(5),
    "turn limit": e.TurnLimit(),
    "store fails": e.StoreFailed("rehearsal"),
    "speech finished": e.SpeechFinished(),
}
"""Names of events in a script."""


@dataclass
class Conditions:
    """Under which a call is played."""

    rng: Random
    """of the seed"""
    noise: Noise
    """errors of the recogniser"""
    faults: list[str] = field(default_factory=list)
    """what a script expected and did not hear"""

    @property
    def noisy(self) -> bool:
        """Whether what is heard differs from what is said."""
        return self.noise.level > 0


def speak(call: TextCall, text: str, conditions: Conditions, sure: float = 1.0) -> None:
    """Say something to the box, through the recogniser."""
    phantom = conditions.noise.phantom(conditions.rng)
    if phantom is not None:
        call.say("yes", phantom[0], over_us=phantom[1], meant="")
    if call.over or call.recording is not None:
        return
    heard, confidence = conditions.noise.words(text, conditions.rng)
    if not heard.strip():
        call.stay_silent()
        return
    call.say(heard, min(sure, confidence), meant=text)


# --- those who read a script ----------------------------------------------------------


def read_script(call: TextCall, part: Part, conditions: Conditions) -> None:
    """Say one line after the other, whatever is answered."""
    for step in part.steps:
        if call.over:
            break
        _one_line(call, step, conditions)
    while call.recording is not None and not call.over:
        call.leave("")
    call.hang_up()


def _one_line(call: TextCall, step: Step, conditions: Conditions) -> None:
    if step.kind == "expect":
        spoken = " ".join(line.text for line in call.answer_lines())
        if not re.search(step.text, spoken, re.IGNORECASE) and not conditions.noisy:
            conditions.faults.append(f'expected "{step.text}", heard "{spoken}"')
        return
    if call.recording is not None and step.kind in ("say", "over", "key", "message"):
        call.leave(step.text if step.kind != "key" else "")
        return
    if step.kind == "say":
        speak(call, step.text, conditions, step.sure)
    elif step.kind == "over":
        call.say(step.text, step.sure, over_us=True)
    elif step.kind == "key":
        call.press(step.text)
    elif step.kind == "message":
        conditions.faults.append("a message was to be left, but nothing is being recorded")
    elif step.text == "hangs up":
        call.hang_up()
    elif step.text == "silence":
        call.stay_silent()
    else:
        call.feed(EVENTS[step.text])


# --- those who listen -----------------------------------------------------------------


class Listener:
    """Knows what they want, hears what is spoken, and answers what they are asked."""

    def __init__(self, part: Part, conditions: Conditions) -> None:
        self.wants = dict(part.wants)
        self.behaves = self.wants.get("behaves", "patient")
        self.conditions = conditions
        self.turns = 0
        self.objections = 0
        self.asked_more = False

    def play(self, call: TextCall) -> None:
        """Talk until the call is over."""
        while not call.over and self.turns < MAX_TURNS:
            spoken = " ".join(line.text for line in call.spoken())
            if call.recording is not None:
                call.leave(self.wants.get("message", f"It's {self.wants.get('name', 'me')}."))
            elif self.turns == 0 and not call.conversation.keypad:
                self._say(call, self.opening() if question_in(spoken) != "resume" else "yes")
            else:
                self.answer(call, spoken)
            self.turns += 1
        call.hang_up()

    def opening(self) -> str:
        """The first words."""
        if "opens" in self.wants:
            return self.wants["opens"]
        w = self.wants
        if self.behaves == "hurried":
            return f"it's {w['name']} can I get {w['service']} {w['day']} {w.get('time', '')}"
        task = {
            "cancel": "I need to cancel my appointment",
            "move": "I have to move my appointment",
            "when": "when is my appointment",
            "message": "can I leave a message",
            "person": "can I speak to a person please",
        }
        return task.get(w.get("wants", "book"), "hello I would like to make an appointment please")

    def answer(self, call: TextCall, spoken: str) -> None:
        """Answer the question that was heard, each in their way."""
        if call.conversation.keypad or ", press " in spoken:
            keys = self.keys_for(spoken)
            if keys:
                call.press(keys)
                return
        kind = question_in(spoken)
        words = self.words_for(kind, spoken)
        if words is None:
            call.hang_up()
        elif self.behaves == "silent" and self.turns % 3 == 1:
            call.stay_silent()
        elif self.behaves == "mumbling" and self.turns % 3 == 1:
            self._say(call, "mm well " + words.split()[-1][:2], 0.35)
        elif self.behaves == "off-script" and self.turns % 4 == 2 and kind not in ("more", "open"):
            self._say(call, self.wants.get("aside", "by the way where can I park"))
        elif self.behaves == "hostile" and self.turns == 2:
            self._say(call, "this is ridiculous you stupid machine")
        elif self.behaves == "correcting" and kind in ("choice", "name") and not self.objections:
            self.objections += 1
            self._say(call, f"no sorry I meant {self.wants['day']}")
        else:
            self._say(call, words)

    def words_for(self, kind: str, spoken: str) -> str | None:
        """What they say to a question; None = nothing more, they hang up."""
        w = self.wants
        if kind in ("commit", "move", "cancel", "clear-yes"):
            return self.to_commit(spoken)
        if kind == "more":
            if "then" in w and not self.asked_more:
                self.asked_more = True
                return w["then"]
            return w.get("end", "no thank you that's all")
        plain = {
            "open": self.opening(), "service": w.get("service", "a check-up"),
            "day": self.when(), "new-day": w.get("new day", self.when()),
            "choice": w.get("choice", "the first one"), "name": w.get("name", "Pat Miller"),
            "spell": " ".join(w.get("name", "Pat Miller").replace(" ", "")),
            "name-check": "yes", "spelled-check": "yes", "phone-check": "yes",
            "this-number": "yes" if w.get("phone", "this") == "this" else f"no it's {w['phone']}",
            "phone": w.get("phone", "two one two five five five zero one two three"),
            "identify": f"{w.get('name', 'Pat Miller')} on {w.get('day', 'Tuesday')}",
            "identify-day": w.get("day", "Tuesday"), "which-day": "the first one",
            "which-time": w.get("half", "in the morning"), "which": w.get("which", "the first one"),
            "change": f"{w.get('service', '')} {self.when()} for {w.get('name', '')}",
            "resume": "yes", "offer-message": "no", "danger": None,
        }  # fmt: skip
        return plain.get(kind, w.get("otherwise", "yes"))

    def when(self) -> str:
        """Day and time as they say it."""
        if self.behaves == "correcting" and not self.objections:
            return self.wants.get("first day", "Monday")
        return f"{self.wants.get('day', '')} {self.wants.get('time', '')}".strip() or "any day"

    def to_commit(self, spoken: str) -> str | None:
        """Yes only to what they want; the third wrong read-back ends their patience."""
        checks = [c.strip().lower() for c in self.wants.get("check", "").split(",") if c.strip()]
        about = any(word in spoken.lower() for word in ("so that's", "that's a", "the new time",
                                                        "so i move", "here it is"))  # fmt: skip
        if not about or all(check in spoken.lower() for check in checks):
            return self.wants.get("agrees", "yes please")
        self.objections += 1
        return None if self.objections > 3 else f"no {self.when()}"

    def keys_for(self, spoken: str) -> str:
        """Which key to press."""
        options = options_in(spoken)
        kind = question_in(spoken)
        if kind == "keys-menu":
            return {"message": "2", "person": "0"}.get(self.wants.get("wants", "book"), "1")
        if kind == "keys-more":
            return ""
        service = self.wants.get("service", "").lower()
        for what, key in options.items():
            if service and what in service:
                return key
        return "1"

    def _say(self, call: TextCall, words: str, sure: float = 1.0) -> None:
        speak(call, words, self.conditions, sure)
