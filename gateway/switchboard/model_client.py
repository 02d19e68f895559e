"""Talks to the models worker, or to any Wyoming server: transcription, speech, scored choices."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

from wyoming.event import Event

from gateway.contract.call_link import RATE_HZ, WIDTH_BYTES
from gateway.contract.model_link import (
    PING_DEADLINE_S,
    SYNTHESIS_DEADLINE_S,
    UNDERSTAND_DEADLINE_S,
    Capabilities,
    Understand,
    Understood,
    synthesize_event,
)
from gateway.contract.patience import PATIENCE
from gateway.errors import LinkClosed, LinkError, LinkTimeout, ModelError
from gateway.switchboard.wire import Address, Streams, read, write, write_soon

log = logging.getLogger(__name__)

_OF_THE_UTTERANCE = ("voice-started", "voice-stopped", "transcript-chunk")

MAX_BACKLOG_BYTES = int(5 * PATIENCE) * RATE_HZ * WIDTH_BYTES
"""Audio that may wait for a slow recogniser: five seconds; more means that it hangs."""


class ModelClient:
    """Requests one by one; every request has a connection of its own and a deadline."""

    def __init__(self, address: Address) -> None:
        self.address = address

    async def capabilities(self) -> Capabilities:
        """What the worker can do now; LinkError when it does not say in time."""
        event = await self._ask(Event(type="describe"), "info", PING_DEADLINE_S)
        return Capabilities.from_data((event.data or {}).get("nightporter") or {})

    async def understand(
        self, request: Understand, deadline_s: float = UNDERSTAND_DEADLINE_S
    ) -> Understood:
        """Scores of the choices; LinkError or ModelError when there are none in time."""
        event = await self._ask(request.event(), Understood.EVENT, deadline_s)
        try:
            return Understood.from_event(event)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"understood: malformed answer: {error}") from error

    async def synthesize(
        self, text: str, *, keep: bool, deadline_s: float = SYNTHESIS_DEADLINE_S
    ) -> AsyncIterator[bytes]:
        """PCM (16 kHz, 16 bit, mono) of a text, as it is ready; LinkError or ModelError if not."""
        reader, writer = await self.address.connect()
        try:
            await write(writer, synthesize_event(text, keep=keep))
            while True:
                event = await self._next(reader, deadline_s)
                if event.type == "audio-start" and event.data.get("rate") != RATE_HZ:
                    raise ModelError(f"voice at {event.data.get('rate')} Hz instead of {RATE_HZ}")
                if event.type == "audio-chunk" and event.payload:
                    yield event.payload
                if event.type == "audio-stop":
                    return
        finally:
            writer.close()

    async def _ask(self, request: Event, answer: str, deadline_s: float) -> Event:
        reader, writer = await self.address.connect()
        try:
            await write(writer, request)
            while True:
                event = await self._next(reader, deadline_s)
                if event.type == answer:
                    return event
        finally:
            writer.close()

    @staticmethod
    async def _next(reader: asyncio.StreamReader, deadline_s: float) -> Event:
        try:
            event = await asyncio.wait_for(read(reader), deadline_s)
        except TimeoutError as error:
            raise LinkTimeout(f"no answer from the models within {deadline_s} s") from error
        if event.type == "error":
            raise ModelError(str(event.data.get("text", "models worker reports an error")))
        return event


@dataclass(frozen=True)
class Partial:
    """What the recogniser has understood so far of this utterance."""

    text: str
    """all words so far"""
    settled: bool
    """True: no voice was heard after them"""
    upto_ms: int
    """end of the audio that they cover, milliseconds of the stream"""
    sure: float
    """0..1"""


class Listener(Protocol):
    """Who wants to know what is heard."""

    def voice_started(self, at_ms: int) -> None: ...
    def voice_stopped(self, at_ms: int) -> None: ...
    def partial(self, partial: Partial) -> None: ...
    def hearing_failed(self, why: str) -> None: ...


class Transcription:
    """One long-lived connection that transcribes utterance after utterance of a call."""

    def __init__(self, streams: Streams, listener: Listener, language: str) -> None:
        self._reader, self._writer = streams
        self._listener = listener
        self._language = language
        self._waiting: deque[asyncio.Future[Partial]] = deque()
        self._words = ""
        self._closed = False
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, address: Address, listener: Listener, language: str) -> Transcription:
        """Connect; LinkClosed when there is no recogniser."""
        return cls(await address.connect(), listener, language)

    def start(self) -> None:
        """Begin an utterance; stream time counts from here."""
        self._words = ""
        self._send(Event("transcribe", {"language": self._language}))
        self._send(Event("audio-start", {"rate": RATE_HZ, "width": WIDTH_BYTES, "channels": 1}))

    def feed(self, pcm: bytes, at_ms: int) -> None:
        """Audio of the caller; frames of FRAME_BYTES as a rule."""
        data = {"rate": RATE_HZ, "width": WIDTH_BYTES, "channels": 1, "timestamp": at_ms}
        self._send(Event("audio-chunk", data, payload=pcm))

    async def drained(self) -> None:
        """Wait until the recogniser has taken what was fed; only for sound that is not live."""
        with contextlib.suppress(OSError):  # the reader tells that the connection is gone
            await self._writer.drain()

    def finish(self) -> asyncio.Future[Partial]:
        """End the utterance; the future holds its final words or the failure."""
        future: asyncio.Future[Partial] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._send(Event("audio-stop", {}))
        return future

    async def close(self) -> None:
        """Hang up on the recogniser; nothing is reported any more."""
        self._closed = True
        self._task.cancel()
        self._writer.close()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def _send(self, event: Event) -> None:
        if self._closed:
            return
        if self._writer.is_closing():
            self._fail("the recogniser closed")
        elif write_soon(self._writer, event) > MAX_BACKLOG_BYTES:
            self._fail("the recogniser does not keep up")

    async def _read(self) -> None:
        try:
            while True:
                self._received(await read(self._reader))
        except LinkError as error:
            self._fail(str(error))
        except Exception:  # a fault of ours: the call goes on by keypad
            log.exception("hearing-broke")
            self._fail("a fault while listening")

    def _received(self, event: Event) -> None:
        data = event.data or {}
        if self._waiting and event.type in _OF_THE_UTTERANCE:
            return  # still of the utterance that was ended
        if event.type == "voice-started":
            self._listener.voice_started(int(data.get("timestamp") or 0))
        elif event.type == "voice-stopped":
            self._listener.voice_stopped(int(data.get("timestamp") or 0))
        elif event.type == "transcript-chunk":
            text = str(data.get("text", ""))
            self._words = text if data.get("replace") else self._words + text
            self._listener.partial(_partial(self._words, data))
        elif event.type == "transcript":
            if self._waiting:
                future = self._waiting.popleft()
                if not future.done():
                    future.set_result(
                        _partial(str(data.get("text", "")), {**data, "settled": True})
                    )
        elif event.type == "error":
            self._fail("the recogniser reports an error")  # its own text may hold what it heard

    def _fail(self, why: str) -> None:
        if self._closed:
            return
        self._closed = True
        self._writer.close()
        for future in self._waiting:
            if not future.done():
                future.set_exception(LinkClosed(why))
                future.exception()  # seen: the listener hears of it below
        self._waiting.clear()
        self._listener.hearing_failed(why)


def _partial(text: str, data: dict[str, Any]) -> Partial:
    sure = data.get("confidence")
    return Partial(
        text=text.strip(),
        settled=bool(data.get("settled")),
        upto_ms=int(data.get("upto_ms") or 0),
        sure=float(sure) if sure is not None else 1.0,
    )
