"""Has everything rendered that can be known before a call: the greeting and the fixed phrases."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable

from gateway.contract.phrases import phrase_file, wav_bytes
from gateway.contract.service import log_fields, write_atomically
from gateway.conversation.sentences import fixed_phrases
from gateway.conversation.sentences.greeting import greeting
from gateway.errors import LinkError, ModelError
from gateway.switchboard.lateness import FILLERS
from gateway.switchboard.premises import Premises

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
"""How soon rendering begins after the voice is there."""


async def keep_warm(premises: Premises, is_busy: Callable[[], bool]) -> None:
    """Render what is missing whenever there is a voice and no call; for ever."""
    while True:
        if premises.health.capabilities.voice is not None:
            try:
                await render_greeting(premises)
                await render_phrases(premises, is_busy)
            except (LinkError, ModelError) as error:
                log.warning("rendering-broke-off", extra=log_fields(kind=type(error).__name__))
        await asyncio.sleep(LOOK_EVERY_S)


async def render_greeting(premises: Premises) -> None:
    """The office's own greeting for the line; rendered anew only when its words change."""
    text, voice = greeting(premises.office), premises.health.voice
    target = premises.paths.greetings / "greeting.wav"
    mark = premises.paths.greetings / "greeting.sha256"
    digest = hashlib.sha256(f"{voice}\n{text}".encode()).hexdigest()
    if target.exists() and mark.exists() and mark.read_text() == digest:
        return
    pcm = b"".join([c async for c in premises.health.client.synthesize(text, keep=False)])
    write_atomically(target, wav_bytes(pcm))
    write_atomically(mark, digest.encode())
    log.info("greeting-rendered")


def missing_phrases(premises: Premises) -> list[str]:
    """Fixed phrases that are not on disk yet, in the order of their use."""
    voice = premises.health.voice
    if voice is None:
        return []
    texts = dict.fromkeys((*FILLERS, *fixed_phrases(premises.office)))
    return [t for t in texts if not phrase_file(premises.paths.phrases, voice, t).exists()]


async def render_phrases(premises: Premises, is_busy: Callable[[], bool]) -> None:
    """Render them one by one, never while somebody is on the phone."""
    texts = missing_phrases(premises)
    for text in texts:
        if is_busy():
            return  # the rest at the next look
        async for _ in premises.health.client.synthesize(text, keep=True):
            pass
    if texts:
        log.info("phrases-rendered", extra=log_fields(count=len(texts)))
