"""Words of messages that the line took alone: recognised when nobody is on the phone.

A recording is cut at its pauses into pieces of a few seconds and recognised piece by piece, so that
a call that comes in meanwhile waits for one piece at most.
"""

from __future__ import annotations

import asyncio
import logging
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.contract.call_link import FRAME_BYTES, RATE_HZ, WIDTH_BYTES
from gateway.contract.patience import PATIENCE
from gateway.contract.service import log_fields
from gateway.errors import LinkError, ModelError, NightporterError, RecordingError
from gateway.store.transcripts import Unheard
from gateway.switchboard.alarm import alert_about
from gateway.switchboard.loudness import VoiceByLoudness
from gateway.switchboard.model_client import Partial, Transcription
from gateway.switchboard.premises import Premises
from gateway.switchboard.wire import Address

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
"""How soon a message is recognised once there is a recogniser and no call."""
TRIES = 3
"""A recording that fails so often is left alone until the gateway starts again."""
PIECE_S = 6.0
"""A pause after so much sound ends a piece: the recogniser works on it for about a second."""
LONGEST_PIECE_S = 15.0
"""Without a pause it is cut here."""
PIECE_DEADLINE_S = 60.0 * PATIENCE
"""Nobody waits for it; a small box under load takes ten seconds."""
_BYTES_A_S = RATE_HZ * WIDTH_BYTES


class LaterWords:
    """Recognises, one by one, the recordings whose words nobody has heard."""

    def __init__(self, premises: Premises, is_busy: Callable[[], bool]) -> None:
        self._premises = premises
        self._is_busy = is_busy
        self._failed: dict[str, int] = {}

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                while await self.look():
                    pass
            except NightporterError as error:
                log.warning("words-not-written", extra=log_fields(kind=type(error).__name__))
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> bool:
        """Recognise one recording; whether there was one, and no call and a recogniser."""
        if self._is_busy() or self._premises.health.recogniser is None:
            return False
        given_up = [key for key, times in self._failed.items() if times >= TRIES]
        desk = self._premises.desk
        unheard = await desk.do(lambda store: store.next_unheard(without=given_up))
        if unheard is None:
            return False
        try:
            said = await self._recognise(unheard)
        except (LinkError, ModelError, RecordingError) as error:
            self._failed[unheard.message_id] = self._failed.get(unheard.message_id, 0) + 1
            kind = type(error).__name__
            log.warning("message-not-heard", extra=log_fields(call_id=unheard.call_id, kind=kind))
            return False
        if said is None:
            return False
        alert = alert_about([*said, " ".join(said)], self._premises, unheard.phone)
        words, now = " ".join(said), self._premises.now()
        await desk.do(lambda s: s.put_transcript(unheard.message_id, words, alert, now=now))
        log.info("message-heard", extra=log_fields(call_id=unheard.call_id))
        return True

    async def _recognise(self, unheard: Unheard) -> list[str] | None:
        """The words of each piece; None when a call came in or the recogniser went."""
        said = []
        for piece in await asyncio.to_thread(_pieces_of, Path(unheard.recording)):
            address = self._premises.health.recogniser
            if self._is_busy() or address is None:
                return None
            text = await hear(address, piece, self._premises.settings.office.language)
            if text:
                said.append(text)
        return said


class _Nobody:
    """Nobody wants to know before the end."""

    def voice_started(self, at_ms: int) -> None: ...
    def voice_stopped(self, at_ms: int) -> None: ...
    def partial(self, partial: Partial) -> None: ...
    def hearing_failed(self, why: str) -> None: ...


async def hear(address: Address, pcm: bytes, language: str) -> str:
    """The words of a piece of sound (RATE_HZ, 16 bit, mono); LinkError when there are none in
    time."""
    stream = await Transcription.open(address, _Nobody(), language)
    try:
        async with asyncio.timeout(PIECE_DEADLINE_S):
            stream.start()
            for at in range(0, len(pcm), FRAME_BYTES):
                stream.feed(pcm[at : at + FRAME_BYTES], at * 1000 // _BYTES_A_S)
                await stream.drained()
            return (await stream.finish()).text
    except TimeoutError as error:
        raise LinkError(f"no words within {PIECE_DEADLINE_S} s") from error
    finally:
        await stream.close()


def _pieces_of(file: Path) -> list[bytes]:
    try:
        with wave.open(str(file)) as wav:
            if (wav.getframerate(), wav.getsampwidth(), wav.getnchannels()) != (RATE_HZ, 2, 1):
                raise RecordingError(f"{file}: not {RATE_HZ} Hz, 16 bit, mono")
            return list(pieces(wav.readframes(wav.getnframes())))
    except (OSError, EOFError, wave.Error) as error:
        raise RecordingError(f"{file}: cannot be read: {error}") from error


def pieces(pcm: bytes) -> Iterator[bytes]:
    """Cut sound at its pauses; the pieces joined are the sound."""
    detector, begun, loud = VoiceByLoudness(), 0, False
    for at in range(0, len(pcm), FRAME_BYTES):
        change = detector.feed(pcm[at : at + FRAME_BYTES])
        loud = loud or detector.voice
        end = min(at + FRAME_BYTES, len(pcm))
        seconds = (end - begun) / _BYTES_A_S
        paused = change is False and seconds >= PIECE_S
        if loud and (paused or seconds >= LONGEST_PIECE_S):
            yield pcm[begun:end]
            begun, loud = end, detector.voice
    if begun < len(pcm):
        yield pcm[begun:]
