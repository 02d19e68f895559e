"""A models worker that says what a test tells it to; speaks real Wyoming on a real socket."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from wyoming.event import Event, async_read_event, async_write_event

from gateway.contract.model_link import Capabilities

ALL = Capabilities("recogniser", "voice", "language-model", "voice-activity")
VOICE_MS_A_LETTER = 20
"""The scripted voice speaks evenly."""


class ScriptedModels:
    """Serves until stopped; transcription is whatever `hear` sends."""

    def __init__(self, socket: Path, capabilities: Capabilities = ALL) -> None:
        self.socket = socket
        self.capabilities = capabilities
        self.scores: list[float] = [1.0]
        self.synthesized: list[str] = []
        self.voice_delay_s = 0.0
        self.voice_broken = False
        self.final_words: list[str] = []
        self.audio_bytes = 0
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
            case "audio-chunk":
                self.audio_bytes += len(event.payload or b"")
            case "audio-stop":
                text = self.final_words.pop(0) if self.final_words else ""
                await async_write_event(Event("transcript", {"text": text}), writer)
            case "understand":
                data = {"scores": self.scores, "ms": 1.0}
                await async_write_event(Event("understood", data), writer)
            case "synthesize":
                await self._speak(event.data["text"], writer)

    async def _speak(self, text: str, writer: asyncio.StreamWriter) -> None:
        self.synthesized.append(text)
        await asyncio.sleep(self.voice_delay_s)
        if self.voice_broken:
            await async_write_event(Event("error", {"text": "no voice"}), writer)
            return
        form = {"rate": 16_000, "width": 2, "channels": 1}
        await async_write_event(Event("audio-start", form), writer)
        pcm = b"\x10\x01" * (16 * VOICE_MS_A_LETTER * len(text))
        await async_write_event(Event("audio-chunk", form, payload=pcm), writer)
        await async_write_event(Event("audio-stop"), writer)
