"""How loud a frame is, and how long the caller has been silent."""

from __future__ import annotations

from gateway.contract.call_link import FRAME_MS

VOICE_LEVEL = 150
"""Mean of the absolute samples (of 32768) above which a frame counts as voice: telephone speech
lies near 1000, the noise of an idle G.711 line near 8."""
_STEP = 4
"""Every fourth sample is enough to tell voice from silence."""


def level(frame: bytes) -> int:
    """Mean of the absolute samples of a frame of 16 bit PCM."""
    samples = memoryview(frame).cast("h")[::_STEP].tolist()
    return sum(map(abs, samples)) // max(1, len(samples))


class SilenceMeter:
    """Counts voiced frames and the silence since the last one, from frames of FRAME_MS."""

    def __init__(self) -> None:
        self.frames = 0
        """Frames heard"""
        self.voiced = 0
        """Of these, frames with voice"""
        self._last_voice = 0

    def hear(self, frame: bytes) -> None:
        """Take one frame."""
        self.frames += 1
        if level(frame) > VOICE_LEVEL:
            self.voiced += 1
            self._last_voice = self.frames

    @property
    def seconds(self) -> float:
        """Length of what was heard."""
        return self.frames * FRAME_MS / 1000

    @property
    def voiced_seconds(self) -> float:
        """Length of the voice in it."""
        return self.voiced * FRAME_MS / 1000

    @property
    def silent_seconds(self) -> float:
        """Silence since the last voice, or since the start."""
        return (self.frames - self._last_voice) * FRAME_MS / 1000
