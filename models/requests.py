"""Requests with one answer: synthesize and understand."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from wyoming.event import Event

from gateway.contract.model_link import Understand, Understood
from gateway.contract.phrases import phrase_file, read_phrase, write_phrase
from gateway.contract.service import log_fields
from gateway.errors import ModelError
from models.engines import BYTES_A_MS, RATE, Scorer, Voice
from models.lane import Lane

_warmings: set[asyncio.Task[None]] = set()
"""Kept here because asyncio itself holds tasks only weakly."""
log = logging.getLogger(__name__)

Send = Callable[[Event], Awaitable[None]]

LONGEST_TEXT = 1000
"""Letters; a minute of speech. Longer is not a sentence for a telephone."""
CHUNK_MS = 200
"""Audio in one event: small enough to start at once, large enough to be few."""
LONGEST_DEADLINE_MS = 60_000
"""A deadline beyond this is a mistake; warming up an instruction takes a few seconds."""
WARM_PIECE_S = 0.25
"""A request of another call waits at most this long behind a warming up."""
WARM_PIECES = 200
"""An instruction of 1,000 tokens on a slow box."""
MOST_WARMINGS = 4
"""More than there are kinds of questions would only be in each other's way."""
FORMAT = {"rate": RATE, "width": 2, "channels": 1}


async def synthesize(
    text: str, voice: Voice, lane: Lane, send: Send, phrases: Path, *, keep: bool
) -> None:
    """Speak clause by clause, or play the kept phrase."""
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise ModelError(f"a text has 1 to {LONGEST_TEXT} letters")
    file = phrase_file(phrases, voice.name, text)
    sent = bytearray()
    await send(Event(type="audio-start", data=FORMAT))
    async for pcm in _audio(text, voice, lane, file):
        for at in range(0, len(pcm), CHUNK_MS * BYTES_A_MS):
            part = pcm[at : at + CHUNK_MS * BYTES_A_MS]
            await send(Event(type="audio-chunk", data=FORMAT, payload=part))
        sent += pcm
    await send(Event(type="audio-stop"))
    if keep and sent and not file.exists():
        await _keep(file, bytes(sent))


async def _audio(text: str, voice: Voice, lane: Lane, file: Path) -> AsyncIterator[bytes]:
    kept = await asyncio.to_thread(_read, file)
    if kept is not None:
        yield kept
        return
    clauses = voice.speak(text)
    while (pcm := await lane.run(_next, clauses)) is not None:
        yield pcm


def _next(clauses: Iterator[bytes]) -> bytes | None:
    return next(clauses, None)


def _read(file: Path) -> bytes | None:
    try:
        return read_phrase(file)
    except FileNotFoundError:
        return None
    except (ModelError, OSError):
        log.warning("phrase-unreadable", extra=log_fields(file=file.name))
        file.unlink(missing_ok=True)
        return None


async def _keep(file: Path, pcm: bytes) -> None:
    """A phrase that cannot be kept is spoken again next time."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(write_phrase, file, pcm)
    except OSError as error:
        log.warning("phrase-not-kept", extra=log_fields(why=error.strerror))


async def understand(request: Understand, scorer: Scorer, lane: Lane, send: Send) -> None:
    """Score the choices before the deadline, which counts from here."""
    if not 2 <= len(request.choices) <= 12:
        raise ModelError("there are 2 to 12 choices")
    started = time.monotonic()
    seconds = min(request.deadline_ms, LONGEST_DEADLINE_MS) / 1000
    scores: Sequence[float] | None = None
    try:
        async with asyncio.timeout(seconds):
            scores = await lane.run(scorer.score, request, started + seconds)
    except TimeoutError as error:
        raise ModelError("the deadline passed") from error
    finally:
        if scores is None:  # late, or the client has hung up: be in time the next time
            warming = asyncio.create_task(_warm(request, scorer, lane))
            _warmings.add(warming)
            warming.add_done_callback(_warmings.discard)
    took = (time.monotonic() - started) * 1000
    await send(Understood(tuple(scores), round(took, 1)).event())


async def _warm(request: Understand, scorer: Scorer, lane: Lane) -> None:
    """Read what questions of this kind share to its end, a piece at a time between other requests,
    so that the next one is answered in time. The turn that was late is not read again."""
    if len(_warmings) > MOST_WARMINGS:
        return
    for _ in range(WARM_PIECES):
        with contextlib.suppress(ModelError):
            await lane.run(scorer.learn, request, time.monotonic() + WARM_PIECE_S)
            return
