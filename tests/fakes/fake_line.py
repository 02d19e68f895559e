"""The line's end of the call link: one caller who speaks, listens, types and leaves messages.

    line = FakeLine(paths.gateway_socket, spool=paths.spool)
    await line.call()
    await line.hears("What is it for?")
    await line.say("a check-up please")
    await line.hang_up()

Frames go out every 20 ms and carry their words (spoken_bytes); what is played takes `speed` times
its real length, so that tests are quick.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from wyoming.event import Event, async_read_event, async_write_event

from gateway.contract import call_link as link
from gateway.contract.phrases import wav_bytes
from gateway.contract.spooled import SpooledMessage
from tests.fakes.spoken_bytes import SILENCE, pcm_of, words_in

TICK_S = link.FRAME_MS / 1000
FRAMES_A_WORD = 2
"""Callers in tests speak very fast."""
OWN_TURN_S = 1.1
"""Words that come sooner after the last ones may be taken for the same turn (0.8 s)."""
PATIENCE_S = 60.0
"""How long a caller waits for what must come, on a busy machine too."""
SOUND = "(sound)"
"""Heard instead of words: a tone."""


@dataclass
class Heard:
    """A clause that the caller has begun to hear."""

    at: float
    """time.monotonic()"""
    play_id: str
    """of the sentence"""
    text: str
    """its words, or SOUND"""


@dataclass
class Sound:
    """Something to be played."""

    play_id: str
    chunks: deque[bytes] = field(default_factory=deque)
    complete: bool = False
    heard_ms: int = 0


class FakeLine:
    """One call."""

    def __init__(
        self,
        socket: Path,
        *,
        spool: Path | None = None,
        caller: str | None = "+12125550123",
        speed: float = 0.02,
    ) -> None:
        self.call_id = str(uuid.uuid4())
        self.caller = caller
        self.speed = speed
        self.heard: list[Heard] = []
        self.received: list[link.Message] = []
        """everything but sound, in order"""
        self.stopped_at: list[float] = []
        """when the gateway told us to be silent"""
        self.message = "this is my message"
        """words left after the tone; empty: nothing is left"""
        self.taken: list[SpooledMessage] = []
        self.gone = asyncio.Event()
        """the gateway closed the connection"""
        self.dropped = False
        """the gateway closed it in mid-call"""
        self.over = asyncio.Event()
        """the call has ended, one way or the other"""
        self.on_clause: Callable[[str], None] = lambda text: None
        self._socket, self._spool = socket, spool
        self._answered = 0.0
        self._frames: deque[bytes] = deque()
        self._sounds: deque[Sound] = deque()
        self._changed = asyncio.Event()
        self._seen = 0
        self._spoke_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    # --- the call ---------------------------------------------------------------------

    async def call(self, *, greeting_ms: int = 3000) -> FakeLine:
        """Offer, answer, play the greeting; until the gateway listens."""
        await self.offer()
        await self.answer(greeting_ms=greeting_ms)
        await self.gets(link.Turn)
        return self

    async def offer(self) -> None:
        """Connect and offer the call."""
        self._reader, self._writer = await asyncio.open_unix_connection(str(self._socket))
        await self._send(link.CallOffered(self.call_id, self.caller, "100", time.time()))
        self._tasks.append(asyncio.create_task(self._read()))

    async def answer(self, *, greeting_ms: int = 3000) -> None:
        """Media is ready; the greeting plays."""
        self._answered = time.monotonic()
        self._sounds.append(Sound("greeting", deque([bytes(32 * greeting_ms)]), complete=True))
        await self._send(link.CallAnswered(self.call_id, time.time(), "PCMU/8000", greeting_ms))
        self._tasks += [asyncio.create_task(self._clock()), asyncio.create_task(self._play())]

    async def say(self, text: str, *, at_once: bool = False) -> None:
        """Say it, word by word; returns when the last word is out.

        Unless `at_once`, politely: when all is heard, and so late that it is a turn of its own.
        """
        if not at_once:
            await self.quiet()
            await asyncio.sleep(max(0.0, self._spoke_at + OWN_TURN_S - time.monotonic()))
        words = text.split()
        for count in range(1, len(words) + 1):
            frame = pcm_of(" ".join(words[:count]), link.FRAME_MS)
            self._frames.extend([frame] * FRAMES_A_WORD)
        await self.spoken()

    async def sound(self, frame: bytes, count: int) -> None:
        """Say so many frames of something without words in it."""
        self._frames.extend([frame] * count)
        await self.spoken()

    async def spoken(self) -> None:
        """Until everything is out."""
        while self._frames:
            await asyncio.sleep(TICK_S / 2)
        self._spoke_at = time.monotonic()

    async def press(self, keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            await self._send(link.Digit(key, self._now_ms()))
            await asyncio.sleep(0.05)

    async def hears(self, text: str, patience: float = PATIENCE_S) -> Heard:
        """Until a clause with these words is heard, after what was waited for last."""
        return await self.hears_one_of(text, patience=patience)

    async def hears_one_of(self, *texts: str, patience: float = PATIENCE_S) -> Heard:
        """Likewise: one of several."""
        give_up = time.monotonic() + patience
        while True:
            while self._seen < len(self.heard):
                one = self.heard[self._seen]
                self._seen += 1
                if any(text.lower() in one.text.lower() for text in texts):
                    return one
            assert time.monotonic() < give_up, f"nobody said {texts}: {self.story}"
            assert not self.over.is_set(), f"the call ended before {texts}: {self.story}"
            await asyncio.sleep(0.005)

    async def gets(self, kind: type[link.Message], patience: float = PATIENCE_S) -> link.Message:
        """The newest message of this kind, as soon as there is one."""
        give_up = time.monotonic() + patience
        while not (found := self.got(kind)):
            assert time.monotonic() < give_up, f"no {kind.__name__}: {self.received}"
            await asyncio.sleep(0.005)
        return found[-1]

    async def press_on(self, patience: float = 2 * PATIENCE_S) -> None:
        """Go on by keypad alone: one for everything, until there is nothing else; then hang up."""
        give_up, answered = time.monotonic() + patience, len(self.heard)
        while not self.over.is_set():
            assert time.monotonic() < give_up, f"it goes on for ever: {self.story}"
            await asyncio.sleep(0.02)
            turns = self.got(link.Turn)
            if self._sounds or len(self.heard) == answered or turns[-1] == link.Turn(ours=True):
                continue
            asked = " ".join(one.text for one in self.heard[answered:]).lower()
            if "anything else" in asked:
                await self.hang_up()
            elif "one" in asked.replace("anyone", "").split() or "press one" in asked:
                answered = len(self.heard)
                await self.press("1")

    async def ends(self, patience: float = PATIENCE_S) -> None:
        """Until the call is over."""
        try:
            await asyncio.wait_for(self.over.wait(), patience)
        except TimeoutError:
            raise AssertionError(f"the call does not end: {self.story}") from None

    async def hang_up(self, by: str = "caller") -> None:
        """The caller hangs up."""
        await self._send(link.CallEnded(self.call_id, by, time.time()))
        await self.leave()

    async def leave(self) -> None:
        """Close the connection (alone: as if the line had died)."""
        self.over.set()
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def quiet(self) -> None:
        """Until nothing is playing or queued."""
        give_up = time.monotonic() + PATIENCE_S
        while self._sounds:
            assert time.monotonic() < give_up, f"it plays for ever: {self._sounds[0].play_id}"
            await asyncio.sleep(0.005)

    # --- what can be asked about it -----------------------------------------------------

    @property
    def story(self) -> list[str]:
        """All that was heard."""
        return [one.text for one in self.heard]

    def heard_any(self, text: str) -> bool:
        """Whether the caller has heard these words."""
        return any(text.lower() in said.lower() for said in self.story)

    def got(self, kind: type[link.Message]) -> list[link.Message]:
        """Messages of this kind."""
        return [message for message in self.received if isinstance(message, kind)]

    # --- inside ------------------------------------------------------------------------

    def spool_message(self, reason: str, *, seconds: float = 2.0) -> SpooledMessage:
        """Put a message into the spool, whole, as the line does alone too."""
        assert self._spool is not None
        name = f"{time.time_ns()}-{self.call_id}"
        message = SpooledMessage(
            name, self.call_id, self.caller, "100", time.time(), seconds, reason, "hash", None
        )
        if seconds:
            (self._spool / f"{name}.wav").write_bytes(wav_bytes(bytes(int(32_000 * seconds))))
        (self._spool / f"{name}.json").write_bytes(message.to_json())
        self.taken.append(message)
        return message

    def _now_ms(self) -> int:
        return int((time.monotonic() - self._answered) * 1000)

    async def _send(self, message: link.Message) -> None:
        await self._write(message.event())

    async def _write(self, event: Event) -> None:
        assert self._writer is not None
        with contextlib.suppress(OSError, RuntimeError):
            await async_write_event(event, self._writer)

    async def _clock(self) -> None:
        count = 0
        while True:
            frame = self._frames.popleft() if self._frames else SILENCE
            await self._send(link.Audio(frame, timestamp=count * link.FRAME_MS))
            count += 1
            await asyncio.sleep(max(0.0, self._answered + count * TICK_S - time.monotonic()))

    async def _read(self) -> None:
        assert self._reader is not None
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while (event := await async_read_event(self._reader)) is not None:
                await self._received(link.read_message(event))
        self.dropped = not self.over.is_set()
        self.gone.set()
        await self.leave()

    async def _received(self, message: link.Message) -> None:
        match message:
            case link.Audio(audio=pcm):
                if self._sounds:
                    self._sounds[-1].chunks.append(pcm)
            case link.Play(play_id=play_id):
                for sound in self._sounds:
                    sound.complete = True
                self._sounds.append(Sound(play_id))
            case link.PlayEnd(play_id=play_id):
                for sound in self._sounds:
                    sound.complete = sound.complete or sound.play_id == play_id
            case link.StopPlaying():
                self.stopped_at.append(time.monotonic())
                dropped, self._sounds = list(self._sounds), deque()
                for sound in dropped:
                    await self._send(link.PlaybackFinished(sound.play_id, False, sound.heard_ms))
            case link.TakeMessage():
                self._tasks.append(asyncio.create_task(self._take_message(message)))
            case link.HangUp():
                self._tasks.append(asyncio.create_task(self._hang_up_after_playing()))
        if not isinstance(message, link.Audio | link.StillHere):
            self.received.append(message)
        self._changed.set()

    async def _play(self) -> None:
        while True:
            self._changed.clear()
            sound = self._sounds[0] if self._sounds else None
            if sound is not None and sound.chunks:
                await self._play_chunk(sound, sound.chunks.popleft())
            elif sound is not None and sound.complete:
                self._sounds.popleft()
                finished = link.PlaybackFinished(sound.play_id, True, sound.heard_ms)
                await self._send(finished)
            else:
                await self._changed.wait()

    async def _play_chunk(self, sound: Sound, pcm: bytes) -> None:
        text = words_in(pcm)
        first = not sound.heard_ms and sound.play_id != "greeting"
        if text is not None or first:
            self.heard.append(Heard(time.monotonic(), sound.play_id, text or SOUND))
            self.on_clause(text or SOUND)
        ms = len(pcm) // 32
        sound.heard_ms += ms
        await asyncio.sleep(ms / 1000 * self.speed)

    async def _take_message(self, wish: link.TakeMessage) -> None:
        await self.quiet()
        taken = link.MessageTaken("", 0.0, "silence")
        if self.message:
            spooled = self.spool_message(wish.reason)
            taken = link.MessageTaken(spooled.name, spooled.seconds, spooled.ended_by)
        await self._send(taken)
        if wish.then_hang_up:
            await self.hang_up("us")

    async def _hang_up_after_playing(self) -> None:
        await self.quiet()
        await self.hang_up("us")
