"""When a reply is late the caller hears that somebody is there: a tone, a word, the way out."""

from __future__ import annotations

import asyncio
import math
from array import array
from collections.abc import Awaitable, Callable

from gateway.contract.call_link import RATE_HZ
from gateway.contract.settings import Speech

TONE_HZ = 440.0
"""An octave below the message tone, so that nobody mistakes it for one."""
TONE_MS = 180
"""Short enough not to be in the way of the reply."""
TONE_LEVEL = 0.05
"""Of full scale: soft."""
REPEAT_S = 1.2
"""The tone comes again this often: the line gives us up after two silent seconds."""

FILLERS = ("One moment, please.", "Just a moment.", "Let me see.")
"""Short spoken fillers, one after the other."""


def soft_tone() -> bytes:
    """PCM of the soft tone, faded in and out."""
    count = RATE_HZ * TONE_MS // 1000
    fade = count // 4
    samples = array("h")
    for i in range(count):
        gain = min(1.0, i / fade, (count - i) / fade) * TONE_LEVEL * 32767
        samples.append(int(gain * math.sin(2 * math.pi * TONE_HZ * i / RATE_HZ)))
    return samples.tobytes()


class Lateness:
    """Watches one reply; start it when the caller stops, stop it at the first word of the reply."""

    def __init__(
        self,
        speech: Speech,
        tone: Callable[[], Awaitable[object]],
        filler: Callable[[], Awaitable[object]],
        way_out: Callable[[], Awaitable[object]],
    ) -> None:
        self._speech = speech
        self._tone = tone
        self._filler = filler
        self._way_out = way_out
        self._task: asyncio.Task[None] | None = None

    def start(self, since: float) -> None:
        """The caller stopped at `since` (time of the event loop)."""
        self.stop()
        self._task = asyncio.get_running_loop().create_task(self._watch(since))

    def stop(self) -> None:
        """The reply has begun, or nobody waits for one."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _watch(self, since: float) -> None:
        loop = asyncio.get_running_loop()

        async def until(ms: float) -> None:
            await asyncio.sleep(max(0.0, since + ms / 1000 - loop.time()))

        await until(self._speech.tone_after_ms)
        await self._tone()
        await until(self._speech.filler_after_ms)
        await self._filler()
        late = float(self._speech.filler_after_ms)
        while (late := late + REPEAT_S * 1000) < self._speech.message_after_ms:
            await until(late)
            await self._tone()
        await until(self._speech.message_after_ms)
        self._task = None
        await self._way_out()
