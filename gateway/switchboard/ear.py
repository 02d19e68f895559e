"""Turns the caller's sound into turns: who speaks, when a turn is over, what was said.

The recogniser works while the caller speaks. When it has settled on the words the turn ends as soon
as the silence is long enough for such words: a clear answer needs little, a half sentence more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from gateway.contract.call_link import FRAME_MS, Audio
from gateway.contract.model_link import TRANSCRIPT_DEADLINE_S
from gateway.contract.patience import PATIENCE
from gateway.errors import LinkError
from gateway.switchboard.loudness import VoiceByLoudness
from gateway.switchboard.model_client import Partial, Transcription
from gateway.switchboard.wire import Address

ANTICIPATION_S = 0.4
"""People begin to answer this long before a sentence ends; that is not talking over it."""
UNSETTLED_WAIT_S = 0.9
"""Silence after which a turn ends even though the recogniser has not settled."""
RENEW_AFTER_S = 20.0 * PATIENCE
"""A stream without a voice is begun anew after so long, so that it cannot grow."""


@dataclass(frozen=True)
class Turn:
    """One turn of the caller; times are those of the event loop, in seconds."""

    text: str
    """words as recognised, empty when there were none"""
    sure: float
    """confidence of the recogniser, 0..1"""
    over_us: bool
    """began while our own sentence was playing"""
    voice_started: float
    """when the voice began"""
    voice_stopped: float
    """when the voice ended"""
    settled: float
    """when the recogniser had settled on the words"""
    decided: float
    """when the turn was taken to be over"""


class Hearer(Protocol):
    """Whom the ear tells."""

    def caller_speaks(self) -> None:
        """A voice has begun."""

    def interrupted(self) -> None:
        """The caller talks over us, with words."""

    def guessed(self, text: str) -> int:
        """The words as they seem to be; returns the silence in ms that ends such a turn."""

    def turn_over(self, turn: Turn) -> None:
        """The caller has finished."""

    def nothing_said(self) -> None:
        """What seemed to be a voice was a noise, or only "uh-huh" while we speak."""

    def hearing_failed(self, why: str) -> None:
        """There is no recogniser any more."""


class Ear:
    """Listens to one call."""

    def __init__(self, hearer: Hearer, language: str) -> None:
        self._hearer = hearer
        self._language = language
        self._loop = asyncio.get_running_loop()
        self._stream: Transcription | None = None
        self._loudness: VoiceByLoudness | None = None
        self._we_speak = False
        self._we_stopped = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._fed_ms = 0
        self._began = 0.0
        self._voice = False
        self._started: float | None = None
        self._stopped = 0.0
        self._settled = -1.0
        self._partial: Partial | None = None
        self._interrupts = False

    @property
    def hears(self) -> bool:
        """Whether a recogniser is connected."""
        return self._stream is not None

    @property
    def caller_talks(self) -> bool:
        """Whether an utterance has begun and is not over yet."""
        return self._started is not None

    @property
    def words_so_far(self) -> str:
        """Words of an utterance that is not over yet."""
        return self._partial.text if self._partial and self.caller_talks else ""

    async def open(self, address: Address, *, detects_voice: bool) -> None:
        """Connect to a recogniser; LinkClosed when there is none."""
        stream = await Transcription.open(address, self, self._language)
        self._loudness = None if detects_voice else VoiceByLoudness()
        self._stream = stream
        self._begin()

    async def close(self) -> None:
        """Stop listening."""
        self._cancel_timer()
        for task in self._tasks:
            task.cancel()
        if self._stream is not None:
            await self._stream.close()
            self._stream = None

    def we_speak(self, speaking: bool) -> None:
        """Our own sentence begins or has been heard to its end."""
        if self._we_speak and not speaking:
            self._we_stopped = self._loop.time()
        self._we_speak = speaking

    def feed(self, audio: Audio) -> None:
        """20 ms of the caller."""
        if self._stream is None:
            return
        now = self._loop.time()
        if self._fed_ms == 0:
            self._began = now
        self._stream.feed(audio.audio, self._fed_ms)
        self._fed_ms += FRAME_MS
        if self._loudness is not None:
            change = self._loudness.feed(audio.audio)
            if change is not None:
                (self.voice_started if change else self.voice_stopped)(self._fed_ms)
        if not self._voice and self._started is None and now - self._began > RENEW_AFTER_S:
            self._stream.finish()
            self._begin()

    # --- what the recogniser says (Listener) ------------------------------------------

    def voice_started(self, at_ms: int) -> None:
        """The voice activity detector heard a voice begin."""
        self._voice = True
        self._cancel_timer()
        if self._started is None:
            self._started = self._time(at_ms)
            self._hearer.caller_speaks()

    def voice_stopped(self, at_ms: int) -> None:
        """The voice activity detector heard it end."""
        self._voice = False
        self._stopped = self._time(at_ms)
        self._settled = -1.0
        self._end_after(UNSETTLED_WAIT_S)

    def partial(self, partial: Partial) -> None:
        """New words; settled ones may end the turn."""
        self._partial = partial
        if partial.text and self._we_speak and not is_backchannel(partial.text):
            self._interrupts = True  # we fall silent for it: that is no end of our sentence
            self._hearer.interrupted()
        if not partial.settled or self._voice:
            return
        self._settled = self._loop.time()
        if not partial.text:
            self._forget()
            self._hearer.nothing_said()
        else:
            self._end_after(self._hearer.guessed(partial.text) / 1000)

    def hearing_failed(self, why: str) -> None:
        """The connection to the recogniser is gone."""
        self._stream = None
        self._cancel_timer()
        self._hearer.hearing_failed(why)

    # --- the end of a turn ------------------------------------------------------------

    def _end_after(self, silence_s: float) -> None:
        self._cancel_timer()
        delay = max(0.0, self._stopped + silence_s - self._loop.time())
        self._timer = self._loop.call_later(delay, self._end)

    def _end(self) -> None:
        if self._stream is None:
            return
        started = self._started if self._started is not None else self._stopped
        over = self._we_speak or self._interrupts or started < self._we_stopped - ANTICIPATION_S
        final = self._stream.finish()
        if self._settled >= 0 and self._partial is not None:
            self._tell(self._partial, started, over, self._settled)
        else:
            task = self._loop.create_task(self._tell_later(final, started, over, self._stopped))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._begin()

    async def _tell_later(
        self, final: asyncio.Future[Partial], started: float, over: bool, stopped: float
    ) -> None:
        try:
            partial = await asyncio.wait_for(final, TRANSCRIPT_DEADLINE_S)
        except TimeoutError:
            await self.close()
            self._hearer.hearing_failed("the recogniser is too slow")
        except LinkError:
            pass  # hearing_failed has been called already
        else:
            self._tell(partial, started, over, self._loop.time(), stopped)

    def _tell(
        self, partial: Partial, started: float, over: bool, settled: float, stopped: float = 0.0
    ) -> None:
        if not partial.text or (self._we_speak and is_backchannel(partial.text)):
            self._hearer.nothing_said()
            return
        self._hearer.turn_over(
            Turn(
                text=partial.text,
                sure=partial.sure,
                over_us=over,
                voice_started=started,
                voice_stopped=stopped or self._stopped,
                settled=settled,
                decided=self._loop.time(),
            )
        )

    def _begin(self) -> None:
        """Begin the next utterance on the same connection."""
        self._reset()
        if self._stream is not None:
            self._stream.start()

    def _reset(self) -> None:
        self._cancel_timer()
        self._fed_ms = 0
        self._began = self._loop.time()
        self._voice = False
        self._forget()

    def _forget(self) -> None:
        self._started = None
        self._stopped = 0.0
        self._settled = -1.0
        self._partial = None
        self._interrupts = False
        self._cancel_timer()

    def _time(self, at_ms: int) -> float:
        return min(self._loop.time(), self._began + at_ms / 1000)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


BACKCHANNEL = frozenset((
    "mm", "mhm", "mm-hm", "mm-hmm", "mmm", "hm", "hmm", "uh-huh", "uhhuh", "uh", "huh", "okay",
    "ok", "right", "yeah", "yes", "aha", "ah", "oh",
))  # fmt: skip
"""What people say to show that they listen; it neither interrupts nor answers."""


def is_backchannel(text: str) -> bool:
    """Whether these words only show that somebody listens."""
    words = "".join(c if c.isalpha() or c in "-' " else " " for c in text.lower()).split()
    return bool(words) and len(words) <= 2 and all(word in BACKCHANNEL for word in words)
