"""From chunk probabilities to "voice started" and "voice stopped"; pure."""

from __future__ import annotations

from enum import Enum, auto

from models.engines import CHUNK_MS

START_AT = 0.5
"""Probability from which a chunk is voice (Silero's own default)."""
STAY_AT = 0.35
"""Once voice is there a weaker chunk still counts (Silero: start less 0.15)."""
START_CHUNKS = 2
"""Voice chunks that make a start: 64 ms; a click has one."""
STOP_CHUNKS = 4
"""Chunks without voice that make a stop: 128 ms; the end of a turn is the gateway's decision."""


class Change(Enum):
    """What a chunk changed."""

    STARTED = auto()
    STOPPED = auto()


class VoiceSpan:
    """Follows one stream; times are milliseconds of its audio."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.speaking = False
        self.started_ms = 0
        self.voice_end_ms = 0
        self.heard_voice = False
        self._run = 0

    @property
    def silence_ms(self) -> int:
        """Since the end of the last voice."""
        return self.now_ms - self.voice_end_ms

    def take(self, probability: float) -> Change | None:
        """The next chunk."""
        self.now_ms += CHUNK_MS
        if probability >= (STAY_AT if self.speaking else START_AT):
            self._run += 1
            if self.speaking:
                self.voice_end_ms = self.now_ms
            elif self._run >= START_CHUNKS:
                return self._start()
            return None
        self._run = 0
        if self.speaking and self.silence_ms >= STOP_CHUNKS * CHUNK_MS:
            self.speaking = False
            return Change.STOPPED
        return None

    def _start(self) -> Change:
        self.speaking = True
        self.heard_voice = True
        self.started_ms = self.now_ms - self._run * CHUNK_MS
        self.voice_end_ms = self.now_ms
        return Change.STARTED
