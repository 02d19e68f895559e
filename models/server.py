"""Serves Wyoming clients on a Unix socket: one connection, one kind of work at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wyoming.event import Event

from gateway.contract.model_link import Understand
from gateway.contract.service import log_fields
from gateway.errors import LinkClosed, LinkError, ModelError
from models.engines import RATE, ActivityStream
from models.info import info_event
from models.lane import Lane
from models.listening import Listening
from models.loading import Engines
from models.requests import synthesize, understand
from models.wire import LONGEST_LINE, read_event, send_event

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 64
"""Each call has two or three; beyond this somebody does not close."""


@dataclass(frozen=True)
class Lanes:
    """One thread for each engine."""

    hearing: Lane
    """Recogniser"""
    speaking: Lane
    """Voice"""
    scoring: Lane
    """Language model"""

    def all(self) -> tuple[Lane, Lane, Lane]:
        """In no particular order."""
        return (self.hearing, self.speaking, self.scoring)


class Server:
    """What all connections share."""

    def __init__(self, engines: Engines, phrases: Path) -> None:
        self.engines = engines
        self.phrases = phrases
        self.lanes = Lanes(Lane("hearing"), Lane("speaking"), Lane("scoring"))
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, socket: Path) -> asyncio.Server:
        """Bind; a socket file that a dead worker left is replaced."""
        await asyncio.to_thread(socket.unlink, missing_ok=True)
        server = await asyncio.start_unix_server(self._connected, socket, limit=LONGEST_LINE)
        await asyncio.to_thread(socket.chmod, 0o600)
        return server

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    def stop(self) -> None:
        """Close all connections and take no more work."""
        for task in self._connections:
            task.cancel()
        for lane in self.lanes.all():
            lane.stop()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._connections) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._connections.add(task)
        connection = Connection(self, reader, writer)
        try:
            await connection.serve()
        except Exception:  # one connection fails; its client goes down a rung, the others go on
            log.exception("connection-failed")
        finally:
            self._connections.discard(task)
            connection.close()


class Connection:
    """One client."""

    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._activity: ActivityStream | None = None
        self._listening: Listening | None = None
        self._request: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Until the client closes, sends nonsense or reads nothing."""
        try:
            while event := await read_event(self._reader):
                await self._handle(event)
        except LinkClosed:
            return
        except (LinkError, KeyError, TypeError, ValueError) as error:
            why = str(error) if isinstance(error, LinkError) else "a field is missing or wrong"
            log.warning("malformed-input", extra=log_fields(why=why))
            with contextlib.suppress(LinkClosed):
                await self._error(why, "malformed")

    def close(self) -> None:
        """Let go of everything; what computes finishes unheard."""
        if self._listening:
            self._listening.abandon()
        if self._request:
            self._request.cancel()
        self._writer.close()

    async def _handle(self, event: Event) -> None:
        match event.type:
            case "ping":
                await self._send(Event(type="pong", data={"text": event.data.get("text")}))
            case "describe":
                await self._send(info_event(self._server.engines))
            case "transcribe":
                self._end_utterance()
            case "audio-start":
                await self._audio_start(event)
            case "audio-chunk":
                await self._audio_chunk(event)
            case "audio-stop":
                await self._audio_stop()
            case "synthesize":
                text, keep = event.data["text"], event.data.get("keep") is True
                if not isinstance(text, str):
                    raise LinkError("text is not text")
                await self._answer(self._synthesize(text, keep=keep))
            case "understand":
                await self._answer(self._understand(Understand.from_event(event)))
            case _:  # Wyoming: events that one does not know are ignored
                log.debug("event-ignored", extra=log_fields(type=event.type))

    async def _audio_start(self, event: Event) -> None:
        self._end_utterance()
        _check_format(event)
        engines = self._server.engines
        if engines.recogniser is None or engines.activity is None:
            await self._error("no recogniser is loaded", "unavailable")
            return
        self._activity = self._activity or engines.activity.stream()
        self._listening = Listening(
            engines.recogniser, self._activity, self._server.lanes.hearing, self._send
        )

    async def _audio_chunk(self, event: Event) -> None:
        _check_format(event)
        if self._listening is None:
            return  # audio that crossed our error, or the tail of an utterance
        try:
            await self._listening.audio(event.payload or b"")
        except ModelError as error:
            self._end_utterance()
            await self._error(str(error), "failed")

    async def _audio_stop(self) -> None:
        if self._listening is None:
            return
        listening, self._listening = self._listening, None
        try:
            await self._send(await listening.finish())
        except ModelError as error:
            await self._error(str(error), "failed")

    def _end_utterance(self) -> None:
        if self._listening:
            self._listening.abandon()
        self._listening = None

    async def _answer(self, work: Coroutine[Any, Any, None]) -> None:
        """Beside the reading, so that pings are answered; one request at a time."""
        if self._request:
            await self._request
        self._request = asyncio.create_task(self._guarded(work))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except LinkClosed:
            self._writer.close()
        except ModelError as error:
            with contextlib.suppress(LinkClosed):
                await self._error(str(error), "failed")
        except Exception:  # an engine failed; the gateway goes down a rung
            log.exception("request-failed")
            with contextlib.suppress(LinkClosed):
                await self._error("the engine failed", "failed")

    async def _synthesize(self, text: str, *, keep: bool) -> None:
        server = self._server
        if server.engines.voice is None:
            raise ModelError("no voice is loaded")
        await synthesize(
            text,
            server.engines.voice,
            server.lanes.speaking,
            self._send,
            server.phrases,
            keep=keep,
        )

    async def _understand(self, request: Understand) -> None:
        scorer = self._server.engines.scorer
        if scorer is None:
            raise ModelError("no language model is loaded")
        await understand(request, scorer, self._server.lanes.scoring, self._send)

    async def _send(self, event: Event) -> None:
        await send_event(event, self._writer)

    async def _error(self, text: str, code: str) -> None:
        await self._send(Event(type="error", data={"text": text, "code": code}))


def _check_format(event: Event) -> None:
    data = event.data
    shape = (data.get("rate", RATE), data.get("width", 2), data.get("channels", 1))
    if shape != (RATE, 2, 1) or len(event.payload or b"") % 2:
        raise LinkError("audio is not 16 kHz, 16-bit, mono")
