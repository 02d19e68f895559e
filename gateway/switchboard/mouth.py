"""Speaks: phrases from disk, the rest from the voice, in clauses, streamed to the line."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from gateway.contract.call_link import (
    RATE_HZ,
    WIDTH_BYTES,
    Audio,
    Message,
    Play,
    PlayEnd,
    StopPlaying,
)
from gateway.contract.phrases import phrase_file, read_phrase
from gateway.conversation.actions import Clause, Say
from gateway.errors import LinkError, ModelError
from gateway.switchboard.health import ModelsHealth
from gateway.switchboard.lateness import soft_tone

PAUSE_MS = 70
"""Between two clauses of a sentence; the renderings are trimmed to almost nothing."""
GAP_S = 1.0
"""Silence in the middle of a sentence after which the caller hears that somebody is there."""
CHUNK_BYTES = RATE_HZ * WIDTH_BYTES // 5
"""200 ms a message to the line: few messages, and stopping stays quick."""
REMEMBERED = 48
"""Renderings kept in memory for the rest of the call."""

Send = Callable[[Message], Awaitable[None]]


@dataclass
class Rendering:
    """Speech that is being made; several may wait for it."""

    chunks: list[bytes] = field(default_factory=list)
    """PCM so far"""
    done: bool = False
    """no more will come"""
    error: Exception | None = None
    """why it failed"""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """set at each change"""
    task: asyncio.Task[None] | None = None
    """who makes it; None for a phrase from disk"""

    async def stream(self, meanwhile: bytes) -> AsyncIterator[bytes]:
        """The PCM as it comes; `meanwhile` when nothing comes for GAP_S; raises what went wrong."""
        index = 0
        while True:
            while index < len(self.chunks):
                yield self.chunks[index]
                index += 1
            if self.error is not None:
                raise self.error
            if self.done:
                return
            self.changed.clear()
            try:
                await asyncio.wait_for(self.changed.wait(), GAP_S)
            except TimeoutError:
                yield meanwhile


class Mouth:
    """Speaks in one call."""

    def __init__(self, send: Send, health: ModelsHealth) -> None:
        self.send = send
        self._health = health
        self._renderings: dict[str, Rendering] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ids = itertools.count(1)
        self._stopped = False
        self._tone = soft_tone()

    def prepare(self, clauses: tuple[Clause, ...]) -> None:
        """Begin to render what will probably be said."""
        for clause in clauses:
            self._rendering(clause)

    def forget_guesses(self) -> None:
        """Stop rendering what was only guessed: the voice has better things to do."""
        for text, rendering in tuple(self._renderings.items()):
            if rendering.task is not None and not rendering.done:
                rendering.task.cancel()
                del self._renderings[text]

    async def say(self, say: Say, first_sound: Callable[[], None]) -> str | None:
        """Send a sentence to the line; returns its play id, None when the caller interrupted.

        Raises ModelError or LinkError when the voice fails; what was sent until then is heard.
        """
        self._stopped = False
        self._refuse_what_cannot_be_said(say)
        play_id = f"{next(self._ids)}:{say.key}"
        self.prepare(say.clauses)
        begun = False
        try:
            for number, clause in enumerate(say.clauses):
                if number:
                    await self.send(Audio(bytes(RATE_HZ * WIDTH_BYTES * PAUSE_MS // 1000)))
                async for pcm in self._rendering(clause).stream(self._tone if number else b""):
                    if self._stopped:
                        return None
                    if not pcm:
                        continue
                    first_sound()
                    if not begun:  # not before: a tone while we wait would end this sentence
                        begun = True
                        await self.send(Play(play_id))
                    await self._send_pcm(pcm)
        finally:
            if begun and not self._stopped:
                await self.send(PlayEnd(play_id))
        return play_id

    def _refuse_what_cannot_be_said(self, say: Say) -> None:
        """Without a voice a sentence is spoken whole from disk or not begun."""
        if self._health.capabilities.voice is not None:
            return
        for clause in say.clauses:
            known = self._renderings.get(clause.text)
            if not (known and known.done and known.error is None) and not self.phrase(clause.text):
                raise ModelError("there is no voice, and not all of the sentence is recorded")

    async def sound(self, name: str, pcm: bytes) -> str:
        """Play a sound of our own (a tone, a filler)."""
        play_id = f"{next(self._ids)}:{name}"
        await self.send(Play(play_id))
        await self._send_pcm(pcm)
        await self.send(PlayEnd(play_id))
        return play_id

    def phrase(self, text: str) -> bytes | None:
        """A phrase that lies rendered on disk, or None."""
        if self._health.voice is None:
            return None
        path = phrase_file(self._health.phrases, self._health.voice, text)
        try:
            return read_phrase(path)
        except (OSError, ModelError):
            return None

    async def stop(self) -> None:
        """Be silent at once."""
        self._stopped = True
        await self.send(StopPlaying())

    def close(self) -> None:
        """Forget everything."""
        for task in self._tasks:
            task.cancel()
        self._renderings.clear()

    async def _send_pcm(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), CHUNK_BYTES):
            if self._stopped:
                return
            await self.send(Audio(pcm[start : start + CHUNK_BYTES]))

    def _rendering(self, clause: Clause) -> Rendering:
        rendering = self._renderings.get(clause.text)
        if rendering is not None and rendering.error is None:
            return rendering
        rendering = Rendering()
        while len(self._renderings) >= REMEMBERED:
            self._renderings.pop(next(iter(self._renderings)))
        self._renderings[clause.text] = rendering
        ready = self.phrase(clause.text) if clause.keep else None
        if ready is not None:
            rendering.chunks.append(ready)
            rendering.done = True
            return rendering
        task = asyncio.get_running_loop().create_task(self._render(clause, rendering))
        rendering.task = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return rendering

    async def _render(self, clause: Clause, rendering: Rendering) -> None:
        try:
            async for pcm in self._health.client.synthesize(clause.text, keep=clause.keep):
                rendering.chunks.append(pcm)
                rendering.changed.set()
            if not rendering.chunks:
                rendering.error = ModelError("the voice said nothing")
        except (ModelError, LinkError) as error:
            rendering.error = error
        finally:
            rendering.done = True
            rendering.changed.set()
