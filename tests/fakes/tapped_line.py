"""A real line's calls with a tap on the link: the test hears the words and puts some into them.

What callers say over SIP is only sound; the words of spoken_bytes would not survive a codec. So the
tap sits between line and gateway, on the gateway's socket, and writes them into the line's frames.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

from wyoming.event import Event, async_read_event, async_write_event

from gateway.contract import call_link as link
from tests.fakes.fake_line import SOUND, FakeLine, Heard, Sound
from tests.fakes.spoken_bytes import words_in

PATIENCE_S = 60.0


class TappedCall(FakeLine):
    """One call of a real line; spoken to and listened to as a FakeLine."""

    async def offer(self) -> None:
        """The real line does."""
        raise NotImplementedError

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until one of the two closes; then the other hears of it."""
        theirs, ours = await asyncio.open_unix_connection(str(self._socket))
        ways = (
            asyncio.create_task(self._to_gateway(reader, ours)),
            asyncio.create_task(self._to_line(theirs, writer)),
        )
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        self.over.set()
        for way in ways:
            way.cancel()
        for end in (writer, ours):
            end.close()
            with contextlib.suppress(OSError):
                await end.wait_closed()
        self.gone.set()

    async def _to_gateway(self, reader: asyncio.StreamReader, ours: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while (event := await async_read_event(reader)) is not None:
                await async_write_event(self._from_line(event), ours)

    def _from_line(self, event: Event) -> Event:
        message = link.read_message(event)
        match message:
            case link.CallOffered(call_id=call_id, caller=caller):
                self.call_id, self.caller = call_id, caller
            case link.PlaybackFinished(play_id=play_id):
                self._sounds = type(self._sounds)(s for s in self._sounds if s.play_id != play_id)
            case link.Audio(timestamp=at) if self._frames:
                return link.Audio(self._frames.popleft(), timestamp=at).event()
        return event

    async def _to_line(self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while (event := await async_read_event(theirs)) is not None:
                self._from_gateway(link.read_message(event))
                await async_write_event(event, writer)

    def _from_gateway(self, message: link.Message) -> None:
        match message:
            case link.Play(play_id=play_id):
                self._sounds.append(Sound(play_id))
            case link.Audio(audio=pcm):
                text = words_in(pcm)
                if text is not None and self._sounds:
                    play_id = self._sounds[-1].play_id
                    self.heard.append(Heard(time.monotonic(), play_id, text or SOUND))
            case _ if not isinstance(message, link.StillHere):
                self.received.append(message)


class Tap:
    """Takes the place of the gateway's socket."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._behind = socket.with_suffix(".behind")
        self._calls: list[TappedCall] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """The gateway must be listening already."""
        self._socket.rename(self._behind)
        self._server = await asyncio.start_unix_server(self._connected, self._socket)

    def stop(self) -> None:
        """Take no more calls."""
        if self._server is not None:
            self._server.close()

    async def call_of(self, number: str) -> TappedCall:
        """The newest call of this caller, once the gateway listens to it."""
        give_up = time.monotonic() + PATIENCE_S
        while not (found := [c for c in self._calls if c.caller == number and c.call_id]):
            assert time.monotonic() < give_up, "the line did not offer the call"
            await asyncio.sleep(0.01)
        return found[-1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = TappedCall(self._behind, caller=None)
        self._calls.append(call)
        await call.relay(reader, writer)
