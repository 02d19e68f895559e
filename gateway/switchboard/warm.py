"""Has everything rendered that can be known before a call: the greeting and the fixed phrases."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path

from gateway.contract.model_link import Understand
from gateway.contract.patience import PATIENCE
from gateway.contract.phrases import phrase_file, wav_bytes
from gateway.contract.service import log_fields, write_atomically
from gateway.conversation.model_questions import INSTRUCTIONS
from gateway.conversation.office import Office
from gateway.conversation.sentences import fixed_phrases
from gateway.conversation.sentences.greeting import greeting
from gateway.conversation.spoken import say_date
from gateway.errors import LinkError, ModelError
from gateway.switchboard.lateness import FILLERS
from gateway.switchboard.premises import Premises

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
"""How soon rendering begins after the voice is there."""
ALL_THERE_S = 300.0
"""Which of thousands of phrases are missing takes a small box a second to find out: when all were
there, this long passes until the next look, unless voice or day change."""
TRY_AGAIN_S = 3600.0
"""What was rendered and yet is not on disk (full, or the voice keeps nothing) rests so long."""
UNHURRIED_S = 60.0 * PATIENCE
"""Nobody waits for these on the phone, and a small box takes seconds for a long sentence."""
YEAR_DAYS = 366
"""Dates are spoken without their year, so a year is all there is."""
_DATE = re.compile(r"\bthe [a-z-]+ of [a-z]+\b", re.IGNORECASE)


async def keep_warm(premises: Premises, is_busy: Callable[[], bool]) -> None:
    """Render what is missing whenever there is a voice and no call; for ever."""
    reader: str | None = None
    rendered: set[str] = set()
    forget_at = time.monotonic() + TRY_AGAIN_S
    all_there: tuple[object, ...] = ()
    look_again = 0.0
    while True:
        if time.monotonic() > forget_at:
            rendered.clear()
            forget_at = time.monotonic() + TRY_AGAIN_S
        able = premises.health.capabilities
        if able.voice is not None:
            try:
                await render_greeting(premises)
                if able.language_model != reader and not is_busy():
                    await read_instructions(premises)
                    reader = able.language_model
                known = (premises.health.voice, premises.wall_time().date())
                if known != all_there or time.monotonic() >= look_again:
                    whole = await render_phrases(premises, is_busy, rendered)
                    all_there = known if whole else ()
                    look_again = time.monotonic() + ALL_THERE_S
            except (LinkError, ModelError) as error:
                log.warning("rendering-broke-off", extra=log_fields(kind=type(error).__name__))
        await asyncio.sleep(LOOK_EVERY_S)


async def read_instructions(premises: Premises) -> None:
    """Have the language model read once what it is told first: seconds that no caller waits for."""
    if premises.health.capabilities.language_model is None:
        return
    for instruction in INSTRUCTIONS.values():
        request = Understand(instruction, "", "Hello.", ("yes", "no"), int(UNHURRIED_S * 1000))
        await premises.health.client.understand(request, deadline_s=UNHURRIED_S)
    log.info("instructions-read", extra=log_fields(count=len(INSTRUCTIONS)))


async def render_greeting(premises: Premises) -> None:
    """The office's own greeting for the line; rendered anew only when its words change."""
    text, voice = greeting(premises.office), premises.health.voice
    target = premises.paths.greetings / "greeting.wav"
    mark = premises.paths.greetings / "greeting.sha256"
    digest = hashlib.sha256(f"{voice}\n{text}".encode()).hexdigest()
    if target.exists() and mark.exists() and mark.read_text() == digest:
        return
    pcm = b"".join(
        [
            c
            async for c in premises.health.client.synthesize(
                text, keep=False, deadline_s=UNHURRIED_S
            )
        ]
    )
    write_atomically(target, wav_bytes(pcm))
    write_atomically(mark, digest.encode())
    log.info("greeting-rendered")


def missing_phrases(
    office: Office, voice: str, folder: Path, today: date, most: int | None = None
) -> list[str]:
    """Of the `most` fixed phrases that are needed soonest, those that are not on disk yet."""
    texts = [*FILLERS, *soonest_first(fixed_phrases(office), today)]
    files = {phrase_file(folder, voice, text): text for text in reversed(texts)}
    soonest = [*reversed(files.items())][:most]
    return [text for file, text in soonest if not file.exists()]


def soonest_first(texts: Iterable[str], today: date) -> list[str]:
    """Sentences before dates, and of the dates those that come next."""
    days = {say_date(today + timedelta(days=n)).lower(): n for n in reversed(range(YEAR_DAYS))}

    def distance(text: str) -> int:
        found = _DATE.search(text)
        return days.get(found.group().lower(), YEAR_DAYS) if found else -1

    return sorted(texts, key=distance)


async def render_phrases(
    premises: Premises, is_busy: Callable[[], bool], rendered: set[str]
) -> bool:
    """Render them one by one, never while somebody is on the phone, nor again what was `rendered`
    (voice and text): it grows with what is. Whether none is left to do."""
    voice = premises.health.voice
    if voice is None or is_busy():
        return False
    today = premises.wall_time().date()
    # In a thread: calls must not wait for the names of thousands of files.
    missing = await asyncio.to_thread(
        missing_phrases, premises.office, voice, premises.paths.phrases, today
    )
    texts = [text for text in missing if f"{voice}\n{text}" not in rendered]
    for text in texts:
        if is_busy():
            return False  # the rest at the next look
        async for _ in premises.health.client.synthesize(text, keep=True, deadline_s=UNHURRIED_S):
            pass
        rendered.add(f"{voice}\n{text}")
    if texts:
        log.info("phrases-rendered", extra=log_fields(count=len(texts)))
    return True
