"""A caller with a script on a real call: listens, reacts, speaks; notes every silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from gateway.rehearsal.phone.acts import Act, HangUp, LeaveMessage, Press, Say, Wait
from gateway.rehearsal.phone.caller import PhoneCall
from gateway.rehearsal.phone.listening import Listener
from gateway.rehearsal.phone.recogniser import Recogniser
from gateway.rehearsal.phone.script import Script
from gateway.rehearsal.phone.voice import speak

PATIENCE_S = 7.0
"""Longest silence that a patient caller bears: the box speaks up within five seconds."""
MORE_DEADLINE_S = 6.0
"""For the rest after "one moment"."""
TONE_DEADLINE_S = 4.0
"""From "after the tone" to its end; past it people speak anyway."""
AFTER_TONE_S = 0.3
"""People breathe in."""
INTERRUPTS_WITHIN_S = 0.2
"""Who begins so soon after a sound of the box speaks over it: its sentences have such pauses."""
BEFORE_HASH_S = 0.4
"""Between the last word of a message and the key."""
TURNS_LIMIT = 40
"""A call longer than this leads nowhere."""
CALL_DEADLINE_S = 120.0
"""Longest call of a caller with a script."""


@dataclass
class Turn:
    """One turn of the caller and the reply to it."""

    said: str
    """what the caller said, or which keys"""
    by_keys: bool
    """pressed, not spoken"""
    ended: float
    """when the last sample left, monotonic seconds"""
    reply_ms: float | None = None
    """silence until the first sound of the reply, milliseconds; None = nothing came"""
    speech_ms: float | None = None
    """until its first speech: tones do not count"""
    heard: str = ""
    """the reply as the caller understood it"""
    over_box: bool = False
    """began while the box was speaking: an interruption"""
    disturbed: bool = False
    """something was done to the box meanwhile: its silence is no measure"""


@dataclass
class Mishap:
    """Something that is done to the box while the caller speaks."""

    turn: int
    """in which spoken turn, counted from 1"""
    share: float
    """how far into the words, 0 to 1"""
    do: Callable[[], Awaitable[None]]
    """the deed"""
    falls_silent: bool = False
    """whether the caller stops when the box begins to speak"""
    at: float | None = None
    """when it was done, monotonic seconds"""
    speech_ms: float | None = None
    """from the deed to the next speech of the box, milliseconds"""


@dataclass
class CallReport:
    """What a call was like for the caller."""

    greeting: str = ""
    """first words of the box"""
    greeting_ms: float | None = None
    """from the answer to the first sound, milliseconds"""
    turns: list[Turn] = field(default_factory=list)
    """in order"""
    hung_up_by: str = ""
    """caller or box"""
    why: str = ""
    """why the caller hung up"""
    seconds: float = 0.0
    """length of the call"""


Tell = Callable[[str, str, float | None], None]
"""tell(who, words, silence before them in seconds)."""


class ScriptedCall:
    """Runs one script on one call."""

    def __init__(
        self, call: PhoneCall, script: Script, recogniser: Recogniser, voice: str, tell: Tell
    ) -> None:
        self._call, self._script = call, script
        self._listener = Listener(call, recogniser)
        self._voice, self._tell = voice, tell
        self._mishap: Mishap | None = None
        self._spoken_turns = 0
        self._heard_from = 0.0
        self.report = CallReport()

    async def run(self, mishap: Mishap | None = None) -> CallReport:
        """Talk until somebody hangs up."""
        self._mishap = mishap
        rendering = asyncio.create_task(asyncio.to_thread(self._render_cues))
        call, report, since = self._call, self.report, self._call.established
        for _ in range(TURNS_LIMIT):
            heard = await self._listen(since, PATIENCE_S)
            self._note_reply(since, heard)
            while (act := self._react(heard)) == Wait() and not call.over:
                more = await self._listen(time.monotonic(), MORE_DEADLINE_S)
                if more:
                    self._tell("box", more, None)
                    self._note_more(more)
                heard = more
            if call.over or isinstance(act, HangUp):
                break
            if time.monotonic() - call.established > CALL_DEADLINE_S:
                act = HangUp("too long")
                break
            since = await self._perform(act)
        report.hung_up_by = "box" if call.over else "caller"
        report.why = act.why if isinstance(act, HangUp) else ""
        report.seconds = time.monotonic() - call.established
        await call.hang_up()
        await rendering
        return report

    def _render_cues(self) -> None:
        """Who interrupts does not think first: what they say is ready (`speak` keeps it)."""
        for cue in self._script.cues:
            if isinstance(cue.act, Say):
                speak(cue.act.text, self._voice, self._call.rate_hz)

    def _react(self, heard: str) -> Act:
        if self._call.ear.beep_ended_after(self._heard_from) is not None:
            return self._script.beep(heard)
        return self._script.react(heard) if heard else self._script.silence()

    async def _listen(self, since: float, deadline_s: float) -> str:
        self._heard_from = since
        enough = self._script.interrupts if self._script.impatient else None
        return await self._listener.turn(since, deadline_s, enough)

    def _note_reply(self, since: float, heard: str) -> None:
        call, ear = self._call, self._call.ear
        sound, speech = ear.sound_after(since), ear.speech_after(since)
        silence = None if sound is None else (sound - since) * 1000
        if not self.report.turns:
            self.report.greeting, self.report.greeting_ms = heard, silence
        else:
            turn = self.report.turns[-1]
            turn.reply_ms, turn.heard = silence, heard
            turn.speech_ms = None if speech is None else (speech - since) * 1000
        mishap = self._mishap
        if mishap and mishap.at and mishap.speech_ms is None:
            after = ear.speech_after(mishap.at)
            mishap.speech_ms = None if after is None else (after - mishap.at) * 1000
        if heard:
            self._tell("box", heard, None if silence is None else silence / 1000)
        elif call.over:
            self._tell("", "(the box has hung up)", None)

    def _note_more(self, heard: str) -> None:
        """The box went on after a pause: it belongs to the same reply."""
        if self.report.turns:
            turn = self.report.turns[-1]
            turn.heard = f"{turn.heard} {heard}".strip()

    async def _perform(self, act: Act) -> float:
        """Do it; returns when the caller was done, monotonic seconds."""
        call = self._call
        if isinstance(act, Press):
            self._tell("caller", f"(presses {act.keys})", None)
            await call.press(act.keys)
            return self._took_turn(act.keys, True, time.monotonic())
        assert isinstance(act, Say | LeaveMessage)
        if isinstance(act, LeaveMessage):
            await call.until(
                lambda: call.ear.beep_ended_after(self._heard_from) is not None, TONE_DEADLINE_S
            )
            await asyncio.sleep(AFTER_TONE_S)
        over_box = call.ear.quiet_for(time.monotonic()) < INTERRUPTS_WITHIN_S
        self._tell("caller", f"{'(interrupts) ' if over_box else ''}{act.text}", None)
        if isinstance(act, Say):
            self._spoken_turns += 1
            end = self._took_turn(act.text, False, await self._say(act.text))
            self.report.turns[-1].over_box = over_box
            return end
        await self._say(act.text)
        await asyncio.sleep(BEFORE_HASH_S)
        self._tell("caller", "(presses #)", None)
        await call.press("#")
        return self._took_turn(act.text, True, time.monotonic())

    def _took_turn(self, said: str, by_keys: bool, end: float) -> float:
        mishap = self._mishap
        disturbed = mishap is not None and mishap.turn == self._spoken_turns
        self.report.turns.append(Turn(said, by_keys, end, disturbed=disturbed))
        return end

    async def _say(self, text: str) -> float:
        samples = await asyncio.to_thread(speak, text, self._voice, self._call.rate_hz)
        mishap = self._mishap
        if mishap is None or mishap.at or mishap.turn != self._spoken_turns:
            return await self._call.say(samples)
        saying = asyncio.create_task(self._call.say(samples))
        await asyncio.sleep(len(samples) / self._call.rate_hz * mishap.share)
        mishap.at = at = time.monotonic()
        await mishap.do()
        if mishap.falls_silent:
            ear = self._call.ear
            await self._call.until(
                lambda: saying.done() or ear.speech_after(at) is not None, CALL_DEADLINE_S
            )
            self._call.stop_speaking()
        end = await saying
        return min(end, at) if mishap.falls_silent else end
