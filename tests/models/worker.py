"""A real models worker for tests, and a client that speaks Wyoming to it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from wyoming.event import Event, async_read_event, async_write_event

from gateway.contract.model_link import Understand
from gateway.contract.service import Paths

START_DEADLINE_S = 600
"""Loading takes 5 to 10 s on two busy cores; with thirty programs beside it took 250."""
STOP_DEADLINE_S = 120
"""A stop takes a second; whoever ignores it is found out after this."""
ANSWER_DEADLINE_S = 60
"""No answer takes so long, even on a machine that does other things."""
FORMAT = {"rate": 16000, "width": 2, "channels": 1}
FRAME_BYTES = 640
"""20 ms."""


@dataclass
class WorkerProcess:
    """`python -m models` in a home of its own, with the models of this machine."""

    home: Path
    """NIGHTPORTER_HOME"""
    models: Path
    """Installed models"""
    process: subprocess.Popen[bytes] | None = field(default=None)
    """While it runs"""

    @property
    def socket(self) -> Path:
        return self.home / "run" / "models.sock"

    @property
    def log(self) -> Path:
        return self.home / "worker.log"

    def start(self) -> None:
        environment = {
            **os.environ,
            "NIGHTPORTER_HOME": str(self.home),
            "NIGHTPORTER_MODELS": str(self.models),
        }
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "models"], env=environment, stderr=log
            )
        deadline = time.monotonic() + START_DEADLINE_S
        while not self.socket.exists():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def stop(self) -> None:
        """SIGTERM; TimeoutExpired when that does not stop it."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(STOP_DEADLINE_S)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(START_DEADLINE_S)
        self.socket.unlink(missing_ok=True)


def machine_models() -> Path:
    """Where this machine keeps its models."""
    home = os.environ.get("NIGHTPORTER_HOME") or "/nonexistent"
    return Paths.from_environment({**os.environ, "NIGHTPORTER_HOME": home}).models


class Client:
    """One connection."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def __aenter__(self) -> Client:
        self.reader, self.writer = await asyncio.open_unix_connection(self._socket)
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.writer.close()

    async def send(self, event: Event) -> None:
        await async_write_event(event, self.writer)

    async def read(self) -> Event:
        event = await asyncio.wait_for(async_read_event(self.reader), ANSWER_DEADLINE_S)
        assert event is not None, "the worker closed the connection"
        return event

    async def ask(self, event: Event) -> Event:
        await self.send(event)
        return await self.read()

    async def hear(self, pcm: bytes, *, pace: float = 1.0) -> list[Event]:
        """Stream an utterance, `pace` times as fast as it was spoken; all events up to the
        transcript."""
        events: list[Event] = []

        async def collect() -> None:
            while not events or events[-1].type not in ("transcript", "error"):
                events.append(await self.read())

        collecting = asyncio.create_task(collect())
        await self.send(Event("transcribe"))
        await self.send(Event("audio-start", FORMAT))
        started = time.monotonic()
        for at in range(0, len(pcm), FRAME_BYTES):
            await self.send(Event("audio-chunk", FORMAT, pcm[at : at + FRAME_BYTES]))
            ahead = started + (at + FRAME_BYTES) / 32000 / pace - time.monotonic()
            await asyncio.sleep(max(0.0, ahead))
        await self.send(Event("audio-stop"))
        await collecting
        return events

    async def speak(self, text: str, *, keep: bool = False) -> tuple[bytes, float]:
        """The audio, and the seconds to its first chunk."""
        started = time.monotonic()
        await self.send(Event("synthesize", {"text": text, "keep": keep}))
        pcm = bytearray()
        first = 0.0
        while (event := await self.read()).type != "audio-stop":
            assert event.type in ("audio-start", "audio-chunk"), event.data
            if event.payload:
                first = first or time.monotonic() - started
                pcm += event.payload
        return bytes(pcm), first

    async def understand(self, said: str, choices: tuple[str, ...], **more: object) -> Event:
        request = Understand(
            instruction=str(more.get("instruction", "One word for what the caller wants.\n")),
            context="",
            said=said,
            choices=choices,
            deadline_ms=int(str(more.get("deadline_ms", 20_000))),
        )
        return await self.ask(request.event())


Talk = Callable[[Client], object]
