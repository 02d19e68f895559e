"""One utterance: audio in; voice started and stopped, partial texts and one transcript out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from wyoming.event import Event

from models.engines import BYTES_A_MS, CHUNK_BYTES, CHUNK_MS, ActivityStream, Heard, Recogniser
from models.lane import Lane
from models.voice_span import Change, VoiceSpan

PRE_ROLL_MS = 300
"""Kept from before the voice: the first consonant is quieter than the detector's threshold."""
PARTIAL_EVERY_S = 0.35
"""Between two looks at an utterance that goes on."""
REST = 5.0
"""Rest after a look, as a multiple of what the look took: partials use a sixth of a core
and are seldom in the way of the look that settles."""
EARLY_MS = 2 * CHUNK_MS
"""Silence after which a look starts in case the voice has stopped; 64 ms before we know."""
SEGMENT_MS = 8_000
"""At a pause after this much audio what was heard is settled for good: the next look is short."""

Send = Callable[[Event], Awaitable[None]]


class Listening:
    """From audio-start to transcript. Looks never queue up: while one runs, others are skipped."""

    def __init__(
        self, recogniser: Recogniser, activity: ActivityStream, lane: Lane, send: Send
    ) -> None:
        self._recogniser = recogniser
        self._activity = activity
        self._lane = lane
        self._send = send
        self._span = VoiceSpan()
        self._stream = recogniser.stream()
        self._before: list[Heard] = []
        self._heard = Heard("")
        self._covered_ms = 0
        self._segment_ms = 0
        self._pending = bytearray()
        self._held = bytearray()
        self._fresh = bytearray()
        self._look: asyncio.Task[None] | None = None
        self._rest_until = 0.0
        activity.reset()

    async def audio(self, pcm: bytes) -> None:
        """Take any length of 16 kHz 16-bit mono audio."""
        self._pending += pcm
        while len(self._pending) >= CHUNK_BYTES:
            chunk = bytes(self._pending[:CHUNK_BYTES])
            del self._pending[:CHUNK_BYTES]
            await self._chunk(chunk)

    async def finish(self) -> Event:
        """The transcript; at once when no voice came after the last settled look."""
        if self._pending:
            await self._chunk(bytes(self._pending).ljust(CHUNK_BYTES, b"\0"))
        if self._look:
            await self._look
        span = self._span
        if span.heard_voice and (
            self._recogniser.streaming or self._covered_ms < span.voice_end_ms
        ):
            await self._read(final=True)
        heard = self._whole()
        data: dict[str, object] = {"text": heard.text, "upto_ms": span.voice_end_ms}
        if heard.confidence is not None:
            data["confidence"] = round(heard.confidence, 3)
        if heard.text:
            data["language"] = self._recogniser.languages[0]
        return Event(type="transcript", data=data)

    def abandon(self) -> None:
        """The client is gone."""
        if self._look:
            self._look.cancel()

    async def _chunk(self, chunk: bytes) -> None:
        change = self._span.take(self._activity.probability(chunk))
        if change is Change.STARTED:
            self._begin_segment()
            await self._send(_voice("voice-started", self._span.started_ms))
        self._select(chunk)
        if change is Change.STOPPED:
            await self._send(_voice("voice-stopped", self._span.voice_end_ms))
            if self._settled and self._look is None:
                await self._send_chunk()
                return
        self._consider_look(stopped=change is Change.STOPPED)

    def _select(self, chunk: bytes) -> None:
        """Voice and its surroundings go to the recogniser, the silence between does not."""
        near = self._span.heard_voice and self._span.silence_ms <= self._recogniser.tail_ms
        if near or (self._span.speaking and self._span.silence_ms == 0):
            self._fresh += self._held + chunk
            self._segment_ms += (len(self._held) + len(chunk)) // BYTES_A_MS
            self._held.clear()
        else:
            self._held += chunk
            del self._held[: -PRE_ROLL_MS * BYTES_A_MS]

    def _begin_segment(self) -> None:
        if self._segment_ms >= SEGMENT_MS and self._settled_before:
            self._before.append(self._heard)
            self._heard = Heard("")
            self._stream = self._recogniser.stream()
            self._segment_ms = 0
            self._fresh.clear()

    @property
    def _settled(self) -> bool:
        """Whether the last look covers all voice and the voice has stopped."""
        return not self._span.speaking and self._covered_ms >= self._span.voice_end_ms

    @property
    def _settled_before(self) -> bool:
        """Whether the last look covered all voice before the one that starts now."""
        return self._look is None and self._covered_ms > 0 and not self._recogniser.streaming

    def _consider_look(self, *, stopped: bool) -> None:
        if self._look or not self._span.heard_voice:
            return
        fading = self._span.speaking and self._span.silence_ms == EARLY_MS
        early = fading and not self._recogniser.streaming
        on_time = (
            self._span.speaking
            and self._span.silence_ms == 0
            and time.monotonic() >= self._rest_until
            and not self._lane.busy
        )
        uncovered = self._covered_ms < self._span.voice_end_ms
        if uncovered and (stopped or early or on_time):
            self._look = asyncio.create_task(self._look_until_settled())

    async def _look_until_settled(self) -> None:
        try:
            started = time.monotonic()
            await self._read(final=False)
            await self._send_chunk()
            if not self._span.speaking and not self._settled:
                await self._read(final=False)
                await self._send_chunk()
            now = time.monotonic()
            self._rest_until = max(started + PARTIAL_EVERY_S, now + REST * (now - started))
        finally:
            self._look = None

    async def _read(self, *, final: bool) -> None:
        covers = self._span.voice_end_ms
        fresh = bytes(self._fresh)
        self._fresh.clear()
        stream = self._stream

        def work() -> Heard:
            stream.feed(fresh)
            return stream.final() if final else stream.so_far()

        self._heard = await self._lane.run(work)
        self._covered_ms = covers

    def _whole(self) -> Heard:
        parts = [part for part in (*self._before, self._heard) if part.text]
        known = [part.confidence for part in parts if part.confidence is not None]
        text = " ".join(part.text for part in parts)
        return replace(self._heard, text=text, confidence=min(known) if known else None)

    async def _send_chunk(self) -> None:
        data = {
            "text": self._whole().text,
            "replace": True,
            "upto_ms": self._covered_ms,
            "settled": self._settled,
        }
        await self._send(Event(type="transcript-chunk", data=data))


def _voice(kind: str, timestamp_ms: int) -> Event:
    return Event(type=kind, data={"timestamp": timestamp_ms})
