"""A models worker that says what a test tells it to; speaks real Wyoming on a real socket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wyoming.event import Event, async_read_event, async_write_event

from gateway.contract.model_link import Capabilities
from tests.fakes.spoken_bytes import pcm_of, words_in

ALL = Capabilities("recogniser", "voice", "language-model", "voice-activity")
VOICE_MS_A_LETTER = 20
"""The scripted voice speaks evenly."""
QUIET_FRAMES = 4
"""So many frames without words, and the voice has stopped."""


@dataclass
class Hearing:
    """What one stream has heard of an utterance."""

    before: str = ""
    """words before the last pause"""
    words: str = ""
    """words since then"""
    voice: bool = False
    """somebody speaks"""
    quiet: int = 0
    """frames since the last words"""

    @property
    def text(self) -> str:
        return f"{self.before} {self.words}".strip()


class ScriptedModels:
    """Serves until stopped; transcription is whatever `hear` sends, or the words in the sound."""

    def __init__(self, socket: Path, capabilities: Capabilities = ALL) -> None:
        self.socket = socket
        self.capabilities = capabilities
        self.scores: list[float] = [1.0]
        self.synthesized: list[str] = []
        self.voice_delay_s = 0.0
        self.voice_broken = False
        self.final_words: list[str] = []
        self.audio_bytes = 0
        self.confidence = 1.0
        self.utterances = 0
        """begun so far, on all streams"""
        self._hearing: dict[asyncio.StreamWriter, Hearing] = {}
        self._server: asyncio.Server | None = None
        self._streams: list[asyncio.StreamWriter] = []
        self._all: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._serve, self.socket)

    async def stop(self) -> None:
        """As if the worker were killed."""
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._all):
            writer.transport.abort()
        self.socket.unlink(missing_ok=True)
        await asyncio.sleep(0)

    async def hear(self, kind: str, **data: Any) -> None:
        """Send something of a transcription on the newest stream."""
        await async_write_event(Event(kind, data), self._streams[-1])

    async def caller_says(self, text: str, *, at_ms: int, sure: float = 1.0) -> None:
        """A whole utterance that began at 100 ms of the stream and ended at `at_ms`."""
        await self.hear("voice-started", timestamp=100)
        await self.hear("transcript-chunk", text=text, replace=True, upto_ms=at_ms)
        await self.hear("voice-stopped", timestamp=at_ms)
        await self.hear(
            "transcript-chunk",
            text=text,
            replace=True,
            settled=True,
            upto_ms=at_ms,
            confidence=sure,
        )

    async def wait_for_stream(self) -> None:
        """Until a call listens."""
        while not self._streams:
            await asyncio.sleep(0.005)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._all.add(writer)
        try:
            while (event := await async_read_event(reader)) is not None:
                await self._answer(event, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._all.discard(writer)
            writer.close()

    async def _answer(self, event: Event, writer: asyncio.StreamWriter) -> None:
        match event.type:
            case "describe":
                data = {"nightporter": self.capabilities.as_data()}
                await async_write_event(Event("info", data), writer)
            case "transcribe":
                self._streams = [w for w in self._streams if w is not writer] + [writer]
                self._hearing[writer] = Hearing()
                self.utterances += 1
            case "audio-chunk":
                self.audio_bytes += len(event.payload or b"")
                await self._listen(event, writer)
            case "audio-stop":
                heard = self._hearing.pop(writer, Hearing())
                text = self.final_words.pop(0) if self.final_words else heard.text
                await async_write_event(Event("transcript", {"text": text}), writer)
            case "understand":
                count = len(event.data["choices"])
                scores = (self.scores + [0.0] * count)[:count]
                data = {"scores": scores, "ms": 1.0}
                await async_write_event(Event("understood", data), writer)
            case "synthesize":
                await self._speak(event.data["text"], writer)

    async def _listen(self, event: Event, writer: asyncio.StreamWriter) -> None:
        """The words that the sound itself carries (spoken_bytes), as a recogniser would tell."""
        heard = self._hearing.setdefault(writer, Hearing())
        words, at = words_in(event.payload or b""), int((event.data or {}).get("timestamp") or 0)

        async def tell(kind: str, **data: Any) -> None:
            await async_write_event(Event(kind, data), writer)

        if words is not None:
            heard.quiet = 0
            if not heard.voice:
                heard.before, heard.words, heard.voice = heard.text, "", True
                await tell("voice-started", timestamp=at)
            if words != heard.words:
                heard.words = words
                await tell("transcript-chunk", text=heard.text, replace=True, upto_ms=at)
        elif heard.voice:
            heard.quiet += 1
            if heard.quiet == QUIET_FRAMES:
                heard.voice = False
                await tell("voice-stopped", timestamp=at - 20 * QUIET_FRAMES)
                await tell(
                    "transcript-chunk",
                    text=heard.text,
                    replace=True,
                    settled=True,
                    upto_ms=at,
                    confidence=self.confidence,
                )

    async def _speak(self, text: str, writer: asyncio.StreamWriter) -> None:
        self.synthesized.append(text)
        await asyncio.sleep(self.voice_delay_s)
        if self.voice_broken:
            await async_write_event(Event("error", {"text": "no voice"}), writer)
            return
        form = {"rate": 16_000, "width": 2, "channels": 1}
        await async_write_event(Event("audio-start", form), writer)
        pcm = pcm_of(text, VOICE_MS_A_LETTER * len(text))
        await async_write_event(Event("audio-chunk", form, payload=pcm), writer)
        await async_write_event(Event("audio-stop"), writer)
