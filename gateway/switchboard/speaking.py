"""Our side of the talk: says sentences, knows what is still playing, fills a late reply."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from gateway.contract import call_link as link
from gateway.contract.settings import Speech
from gateway.conversation import actions as a
from gateway.errors import LinkError
from gateway.switchboard.ear import Ear
from gateway.switchboard.lateness import FILLERS, Lateness, soft_tone
from gateway.switchboard.mouth import Mouth
from gateway.switchboard.record import CallRecord


class Speaking:
    """What the caller hears from us."""

    def __init__(
        self,
        mouth: Mouth,
        ear: Ear,
        record: CallRecord,
        speech: Speech,
        way_out: Callable[[], Awaitable[None]],
    ) -> None:
        self._mouth = mouth
        self._ear = ear
        self._record = record
        self._loop = asyncio.get_running_loop()
        self._lateness = Lateness(speech, self._tone, self._filler, way_out)
        self._last_play = "greeting"
        self._fillers = 0
        self._barge_in = speech.barge_in
        self._interruptible = True
        self._must_be_heard: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.playing = True  # the line's greeting
        self.interrupted = False
        self.model_ms = 0.0

    async def to_line(self, message: link.Message) -> None:
        """Send; that the line is gone is told by the end of its connection."""
        with contextlib.suppress(LinkError):
            await self._mouth.send(message)

    async def say(self, say: a.Say) -> None:
        """Speak; ModelError or LinkError when the voice fails."""
        self._interruptible = say.interruptible
        await self.to_line(link.Turn(ours=True))
        self._ear.we_speak(True)
        play_id = await self._mouth.say(say, self._first_sound)
        if play_id is not None:
            self._last_play = play_id
            self.playing = True
            if not say.interruptible:
                self._must_be_heard.add(play_id)

    async def over_to_caller(self) -> None:
        """All is said; what is queued is still heard."""
        self._lateness.stop()
        await self.to_line(link.Turn(ours=False))

    async def owe_reply(self, since: float) -> None:
        """The caller stopped at `since`: from now on silence is ours."""
        self._lateness.start(since)
        await self.to_line(link.Turn(ours=True))

    def nothing_owed(self) -> None:
        """Nobody waits for a reply (any more)."""
        self._lateness.stop()

    def interrupt(self) -> None:
        """The caller talks over us: be silent, unless what we say must be heard."""
        must_be_heard = self._must_be_heard or not self._interruptible
        if self._barge_in and not must_be_heard and not self.interrupted:
            self.interrupted = True
            self._at_once(self.hush())

    async def hush(self) -> None:
        """Be silent now, and say nothing more of this reply."""
        self._ear.we_speak(False)
        with contextlib.suppress(LinkError):
            await self._mouth.stop()

    def heard(self, play_id: str) -> bool:
        """A sentence has been heard, or cut off; whether nothing comes after it."""
        self._must_be_heard.discard(play_id)
        last = play_id == self._last_play
        self.playing = self.playing and not last
        return last

    def close(self) -> None:
        """The call is over."""
        self._lateness.stop()
        self._mouth.close()

    def _first_sound(self) -> None:
        self._lateness.stop()
        if self._record.times and not self._record.times[-1].first_audio:
            self._record.times[-1].first_audio = self._loop.time()
            self._record.times[-1].model_ms = round(self.model_ms, 1)
            self.model_ms = 0.0

    async def _tone(self) -> None:
        if self._record.times:
            self._record.times[-1].filler = True
        await self._mouth.sound("tone", soft_tone())

    async def _filler(self) -> None:
        text = FILLERS[self._fillers % len(FILLERS)]
        self._fillers += 1
        await self._mouth.sound("filler", self._mouth.phrase(text) or soft_tone())

    def _at_once(self, doing: Awaitable[None]) -> None:
        """Not in the order of the inbox: what is under way there may be what makes us late."""
        task = asyncio.ensure_future(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
