"""Listens to one turn of the box and makes out its words while it still speaks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from gateway.rehearsal.phone.caller import PhoneCall
from gateway.rehearsal.phone.recogniser import Recogniser

CUT_AFTER_S = 0.35
"""Quiet after which what was said so far is read, beside the listening."""
SHORTEST_CUT_S = 1.2
"""Less than this is read together with what follows: single words are misread."""
TURN_OVER_S = 0.75
"""Quiet after which the box is taken to be done: pauses between its sentences are shorter."""
LONGEST_TURN_S = 60.0
"""No turn of the box is longer."""
AT_THE_BEEP_S = 1.0
"""After a beep people speak, whether they have understood every word before it or not."""
MARGIN_S = 0.1
"""Sound read on both sides of what the ear took for speech."""
FIRST_LOOK_S = 1.3
"""Speech of the box after which an impatient caller makes out its first words."""
LOOK_EVERY_S = 0.8
"""More speech between two such looks; each takes a third of a second of a core."""
LAST_LOOK_S = 9.0
"""Who has not interrupted by then hears the turn out; longer looks would make the caller deaf to
what comes meanwhile."""


class Listener:
    """The caller's attention on one call."""

    def __init__(self, call: PhoneCall, recogniser: Recogniser) -> None:
        self._call, self._recogniser = call, recogniser

    async def turn(
        self, since: float, deadline_s: float, enough: Callable[[str], bool] | None = None
    ) -> str:
        """Words of the box after a moment; empty when it stayed silent or hung up first.

        With `enough`, only as far as the words are enough: the box still speaks then.
        """
        whole = asyncio.create_task(self._whole(since, deadline_s))
        if enough is None:
            return await whole
        early = asyncio.create_task(self._until_enough(since, enough))
        await asyncio.wait((whole, early), return_when=asyncio.FIRST_COMPLETED)
        first, other = (whole, early) if whole.done() else (early, whole)
        other.cancel()
        return first.result()

    async def _until_enough(self, since: float, enough: Callable[[str], bool]) -> str:
        call, ear, words = self._call, self._call.ear, ""
        await call.until(lambda: ear.speech_after(since) is not None, LONGEST_TURN_S)
        start = ear.speech_after(since) or since
        end, more = start, FIRST_LOOK_S
        while not enough(words):
            if end - start > LAST_LOOK_S:
                await asyncio.Event().wait()
            await self._speaks_on(end + more)
            end, more = ear.speech_ended(), LOOK_EVERY_S
            words = await self._read(start, end)
        return words

    async def _speaks_on(self, moment: float) -> None:
        """Until the box has spoken up to a moment; for ever if it never does."""
        ear = self._call.ear
        if not await self._call.until(lambda: ear.speech_ended() > moment, LONGEST_TURN_S):
            await asyncio.Event().wait()

    async def _whole(self, since: float, deadline_s: float) -> str:
        call, ear = self._call, self._call.ear
        if not await call.until(lambda: ear.speech_after(since) is not None, deadline_s):
            return ""
        start, parts = ear.speech_after(since) or since, list[asyncio.Task[str]]()
        while True:
            await self._quiet(CUT_AFTER_S)
            end = ear.speech_ended()
            if end - start < SHORTEST_CUT_S and await self._goes_on(end):
                continue
            if end > start:
                parts.append(asyncio.create_task(self._read(start, end)))
                start = end
            if ear.beep_ended_after(since) is not None:
                return await self._read_until_now(parts)
            if await self._goes_on(end):
                continue
            words = await asyncio.gather(*parts)
            if ear.speech_ended() == end or call.over:
                return " ".join(word for word in words if word)

    async def _read_until_now(self, parts: list[asyncio.Task[str]]) -> str:
        done, late = await asyncio.wait(parts, timeout=AT_THE_BEEP_S) if parts else (set(), set())
        words = [part.result() for part in parts if part in done]
        return " ".join([*words, "..."] if late else words)

    async def _quiet(self, seconds: float) -> None:
        ear = self._call.ear
        await self._call.until(lambda: ear.quiet_for(time.monotonic()) > seconds, LONGEST_TURN_S)

    async def _goes_on(self, end: float) -> bool:
        """Whether more speech comes before the turn is over."""
        ear = self._call.ear
        await self._call.until(
            lambda: ear.speech_ended() > end or ear.quiet_for(time.monotonic()) > TURN_OVER_S,
            LONGEST_TURN_S,
        )
        return ear.speech_ended() > end

    async def _read(self, start: float, end: float) -> str:
        sound = self._call.recording.box_between(start - MARGIN_S, end + MARGIN_S)
        return await self._recogniser.read(sound, self._call.rate_hz)
