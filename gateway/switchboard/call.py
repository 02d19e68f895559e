"""One call: feeds the conversation with what happens and carries out what it wants."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from gateway.contract import call_link as link
from gateway.contract.service import log_fields
from gateway.conversation import actions as a
from gateway.conversation import events as e
from gateway.conversation.conversation import Conversation, progress, start, step
from gateway.conversation.meaning import Context
from gateway.conversation.understanding import understand
from gateway.errors import LinkError, ModelError, NoSuchTransition
from gateway.switchboard.ear import Ear, Turn
from gateway.switchboard.foresight import Foresight
from gateway.switchboard.mouth import Mouth, Send
from gateway.switchboard.performer import Performer
from gateway.switchboard.premises import Premises
from gateway.switchboard.record import CallRecord, TurnTimes
from gateway.switchboard.speaking import Speaking

log = logging.getLogger(__name__)

VOICE_FAILURES = 3
"""So many sentences that cannot be spoken in one call, and the line takes a message by itself."""
ANNOUNCED_S = 6.0
"""Longest announcement of a transfer: longer than any wording; afterwards it rings regardless."""
NO_ANSWER = 408
"""SIP code that stands for a person who did not answer in the settings' ring_seconds."""

Happening = Callable[[], Awaitable[None]]


class Call:
    """The switchboard's side of one call; everything happens in the order of its inbox."""

    def __init__(self, premises: Premises, offered: link.CallOffered, send: Send) -> None:
        self._premises = premises
        self._offered = offered
        self._loop = asyncio.get_running_loop()
        self._inbox: asyncio.Queue[Happening] = asyncio.Queue()
        self._working: asyncio.Task[None] | None = None
        self._silence: asyncio.TimerHandle | None = None
        self._longest: asyncio.TimerHandle | None = None
        self._ringing: asyncio.TimerHandle | None = None
        self._conversation: Conversation = start(premises.office)
        self._record = CallRecord(premises, offered)
        self._performer = Performer(premises, offered.call_id)
        self._ear = Ear(self, premises.settings.office.language)
        mouth = Mouth(send, premises.health)
        self._foresight = Foresight(premises, self._performer, mouth)
        self._speaking = Speaking(
            mouth, self._ear, self._record, premises.settings.speech, self._too_late
        )
        self._listen: a.Listen | None = None
        self._note: a.RecordMessage | None = None
        self._note_from = 0
        self._message_over = 0.0
        self._progress = ""
        self._to_ring: str | None = None
        self._keeping: set[asyncio.Task[None]] = set()
        self._voice_failures = 0
        self._over = False

    @property
    def call_id(self) -> str:
        """UUID of the call."""
        return self._offered.call_id

    async def run(self) -> None:
        """Live until the call is over."""
        await self._speaking.to_line(link.Accept(self.call_id))
        await self._record.started()
        unwatch = self._premises.health.watch(lambda: self._soon(self._health_changed))
        try:
            while not self._over:
                happening = await self._inbox.get()
                self._working = self._loop.create_task(self._guarded(happening))
                await asyncio.wait((self._working,))
        finally:
            unwatch()
            self._stop_silence()
            self._stop_ringing()
            if self._longest is not None:
                self._longest.cancel()
            self._performer.forget()
            self._speaking.close()
            await self._ear.close()

    # --- what comes from the line ------------------------------------------------------

    def received(self, message: link.Message) -> None:
        """A message from the line; audio goes to the ear at once, all else waits its turn."""
        if isinstance(message, link.Audio):
            self._ear.feed(message)
            return
        if isinstance(message, link.Digit):
            self._stop_silence()
            self._speaking.interrupt()
        elif isinstance(message, link.MessageTaken):
            self._message_over = self._loop.time()
        self._soon(lambda: self._on_message(message))

    def line_gone(self) -> None:
        """The line closed the connection or died."""
        self._soon(lambda: self._end(None))

    async def _on_message(self, message: link.Message) -> None:
        match message:
            case link.CallAnswered():
                self._ear.we_speak(True)  # the line's greeting
                await self._open_ear()
                self._limit_length()
                await self._step(await self._answered())
            case link.Digit(digit=digit):
                self._record.said("key", digit)
                await self._speaking.owe_reply(self._loop.time())
                await self._step(e.KeyPressed(digit))
            case link.PlaybackFinished(play_id=play_id, completed=completed):
                await self._heard_to_end(play_id, completed)
            case link.MessageTaken():
                await self._message_taken(message)
            case link.TransferProgress(code=code, final=final):
                if final:
                    self._stop_ringing()
                await self._step(e.TransferProgressed(code, final))
            case link.CallEnded():
                await self._end(message)

    async def _answered(self) -> e.CallAnswered:
        rung = self._rung()
        if rung < self._record.lowest_rung:
            self._record.went_down(rung, self._premises.health.missing)
        return await self._performer.facts(self._offered.caller, rung)

    async def _heard_to_end(self, play_id: str, completed: bool) -> None:
        if not self._speaking.heard(play_id):
            return
        await self._put_through()
        if self._listen is None and self._note is None:
            return
        self._ear.we_speak(False)
        if self._note is not None:
            return
        if completed:
            await self._step(e.SpeechFinished())
        self._await_caller()

    async def _message_taken(self, taken: link.MessageTaken) -> None:
        action, self._note = self._note, None
        receipt = None
        if taken.name and action is not None:
            words = f"{self._message_words()} {self._ear.words_so_far}".strip()
            receipt = await self._premises.mailbox.take(taken.name, action.note, words)
        await self._step(e.MessageRecorded(taken.name, taken.seconds, receipt))

    async def _end(self, ended: link.CallEnded | None) -> None:
        if self._over:
            return
        self._over = True
        self._speaking.nothing_owed()
        self._stop_silence()
        await self._step(e.CallerHungUp())
        await self._record.ended(ended)

    # --- what comes from the ear (Hearer) ----------------------------------------------

    def caller_speaks(self) -> None:
        """A voice has begun: no reminder now, and what was prepared is out of date."""
        self._stop_silence()
        self._foresight.forget()

    def interrupted(self) -> None:
        """The caller talks over us with words."""
        if self._note is None:
            self._speaking.interrupt()

    def guessed(self, text: str) -> int:
        """Prepare the probable reply; the clearer the words, the shorter the silence they need."""
        if self._note is not None:
            return self._premises.settings.speech.end_of_turn_ms
        patience = self._listen.patience_ms if self._listen else 0
        return self._foresight.guess(self._conversation, text, patience)

    def turn_over(self, turn: Turn) -> None:
        """The caller has finished."""
        self._soon(lambda: self._on_turn(turn))

    def nothing_said(self) -> None:
        """A noise, or "uh-huh": we wait as before."""
        self._await_caller()

    def hearing_failed(self, why: str) -> None:
        """The recogniser is gone."""
        log.warning("hearing-failed", extra=log_fields(call_id=self.call_id))
        self._premises.health.lost()
        self._soon(lambda: self._lost_hearing(why))

    async def _on_turn(self, turn: Turn) -> None:
        if self._note is not None:
            so_far = self._message_words()
            self._record.said("message", turn.text, sure=turn.sure)
            await self._step(e.HeardInMessage(turn.text, so_far))
            await self._speaking.over_to_caller()  # what we said, if anything, asked for nothing
            return
        if turn.voice_started < self._message_over and not self._tells_of_danger(turn.text):
            self._record.said("message", turn.text, sure=turn.sure)  # recognised late: no answer
            return
        before, text = self._foresight.continued(self._conversation, turn)
        if before is not self._conversation:
            await self._speaking.hush()
            self._conversation = before
        self._record.said("caller", text, sure=round(turn.sure, 2), over_us=turn.over_us)
        number = len(self._record.times) + 1
        times = TurnTimes(self.call_id, number, turn.voice_stopped, turn.settled, turn.decided)
        self._record.times.append(times)
        self._foresight.remember(self._conversation, turn, text)
        await self._speaking.owe_reply(turn.voice_stopped)
        await self._step(e.Heard(text, turn.sure, turn.over_us))

    def _message_words(self) -> str:
        """What was understood of the message that is being recorded."""
        said = self._record.turns[self._note_from :]
        return " ".join(turn["text"] for turn in said if turn["who"] == "message")

    async def _lost_hearing(self, why: str) -> None:
        self._record.went_down(self._rung(), why)
        await self._step(e.ModelFailed("recogniser"))

    async def _health_changed(self) -> None:
        if not self._ear.hears and self._premises.health.recogniser is not None:
            await self._open_ear()
            if self._ear.hears:
                await self._step(e.ModelBack(self._rung()))

    async def _open_ear(self) -> None:
        address = self._premises.health.recogniser
        if address is not None:
            with contextlib.suppress(LinkError):
                await self._ear.open(address, detects_voice=self._premises.health.detects_voice)

    def _tells_of_danger(self, text: str) -> bool:
        context = Context(self._premises.wall_time(), self._premises.office.vocabulary)
        return understand(text, context).danger is not None

    def _rung(self) -> int:
        rung = self._premises.health.rung
        return rung if self._ear.hears else min(rung, 3)

    # --- the conversation --------------------------------------------------------------

    async def _step(self, event: e.Event) -> None:
        waiting = deque([event])
        self._speaking.interrupted = False  # it counts for the rest of the reply under way
        while waiting:
            current = waiting.popleft()
            try:
                self._conversation, actions = step(
                    self._conversation, current, self._premises.wall_time()
                )
            except NoSuchTransition:
                kind = type(current).__name__
                log.debug("no-row", extra=log_fields(call_id=self.call_id, event=kind))
                self._speaking.nothing_owed()
                continue
            for action in actions:
                answer = await self._do(action)
                if answer is not None:
                    waiting.append(answer)
        self._keep_progress()

    def _keep_progress(self) -> None:
        """What is known so far goes into the database, beside the talk: it must not delay it."""
        known = progress(self._conversation)
        if known != self._progress and self._offered.caller is not None:
            self._progress = known
            keeping = self._loop.create_task(self._record.keep_progress(known))
            self._keeping.add(keeping)
            keeping.add_done_callback(self._keeping.discard)

    async def _do(self, action: a.Action) -> e.Event | None:
        match action:
            case a.Say():
                return await self._say(action)
            case a.Listen():
                self._listen = action
                await self._speaking.over_to_caller()
                if self._speaking.interrupted or not self._speaking.playing:
                    self._await_caller()
            case a.RecordMessage():
                self._note, self._note_from = action, len(self._record.turns)
                self._speaking.nothing_owed()
                self._ear.we_speak(False)
                await self._speaking.over_to_caller()
                await self._speaking.to_line(
                    link.TakeMessage(action.reason, None, then_hang_up=not action.go_on)
                )
            case a.TransferCall(person=key):
                people = self._premises.settings.people
                self._to_ring = next(person.number for person in people if person.key == key)
                await self._speaking.over_to_caller()  # what they hear now is not ours to fill
                if not self._speaking.playing:
                    await self._put_through()
                else:  # "I'll put you through" is heard to its end
                    self._loop.call_later(ANNOUNCED_S, self._soon, self._put_through)
            case a.EndCall(outcome=outcome, reason=reason):
                self._record.outcome, self._record.reason = outcome, reason
                self._listen = None
                self._speaking.nothing_owed()
                await self._speaking.to_line(link.HangUp(reason or "done"))
            case _:
                self._foresight.acted(action)
                answer = await self._performer.perform(action)
                self._speaking.model_ms = self._performer.model_ms
                return answer
        return None

    async def _say(self, say: a.Say) -> e.Event | None:
        self._record.said("box", say.text, key=say.key)
        self._stop_silence()
        self._listen = None
        if self._over or self._speaking.interrupted:
            return None
        try:
            await self._speaking.say(say)
        except (ModelError, LinkError) as error:
            self._voice_failures += 1
            self._record.went_down(2, f"voice: {type(error).__name__}")
            if self._voice_failures < VOICE_FAILURES:
                return e.ModelFailed("voice")
            await self._emergency("voice-failed")
        return None

    # --- silence and trouble -----------------------------------------------------------

    def _await_caller(self) -> None:
        self._stop_silence()
        if self._listen is not None and not self._over and not self._ear.caller_talks:
            seconds = self._premises.settings.conversation.silence_seconds
            self._silence = self._loop.call_later(seconds, self._soon, self._caller_silent)

    async def _put_through(self) -> None:
        """The person's telephone rings, once what was announced has been heard."""
        number, self._to_ring = self._to_ring, None
        if number is None or self._over:
            return
        await self._speaking.to_line(link.Transfer(number))
        self._ring()

    def _ring(self) -> None:
        """An exchange that never says how the transfer went must not keep the caller waiting."""
        seconds = self._premises.settings.handover.ring_seconds
        given_up = e.TransferProgressed(NO_ANSWER, final=True)
        self._ringing = self._loop.call_later(seconds, self._soon, lambda: self._step(given_up))

    def _stop_ringing(self) -> None:
        if self._ringing is not None:
            self._ringing.cancel()
            self._ringing = None

    def _limit_length(self) -> None:
        """No call is longer than the office allows; a commit under way is still awaited."""
        seconds = self._premises.settings.conversation.max_minutes * 60
        self._longest = self._loop.call_later(
            seconds, self._soon, lambda: self._step(e.TurnLimit())
        )

    async def _caller_silent(self) -> None:
        await self._step(e.CallerSilent())

    def _stop_silence(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None

    async def _too_late(self) -> None:
        """The reply is so late that the caller gets the way to a message instead."""
        log.error("reply-too-late", extra=log_fields(call_id=self.call_id))
        self._record.rung_reasons.append("reply-too-late")
        if self._working is not None:
            self._working.cancel()
        self._soon(self._way_out)

    async def _way_out(self) -> None:
        await self._step(e.StoreFailed("too-late"))
        if self._listen is None and self._note is None and self._record.outcome is None:
            # The conversation was on its way out already, and what it wanted done was cancelled.
            await self._emergency("reply-too-late")

    async def _emergency(self, reason: str) -> None:
        """The conversation cannot go on: the line apologises and takes a message."""
        self._note = None
        await self._speaking.to_line(link.TakeMessage(reason, prompt="apology"))

    def _soon(self, happening: Happening) -> None:
        self._inbox.put_nowait(happening)

    async def _guarded(self, happening: Happening) -> None:
        try:
            await happening()
        except Exception:  # a fault of ours: the caller hears the apology and leaves a message
            log.exception("call-failed", extra=log_fields(call_id=self.call_id))
            await self._emergency("gateway-error")
