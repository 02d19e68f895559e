"""Is there a voice? A plain energy detector for recognisers that bring none of their own."""

from __future__ import annotations

from array import array

START_FRAMES = 5
"""Loud frames of 20 ms in a row that make a voice: 100 ms, longer than a click on the line."""
STOP_FRAMES = 6
"""Quiet frames in a row that end it; the longer end-of-turn rule comes on top."""
FACTOR = 4.0
"""How much louder than the noise a voice is (12 dB)."""
FLOOR = 120.0
"""Root mean square below which nothing counts as a voice, of 32768."""


def loudness(pcm: bytes) -> float:
    """Root mean square of 16-bit samples, 0..32768."""
    samples = array("h", pcm)
    return (sum(s * s for s in samples) / len(samples)) ** 0.5 if samples else 0.0


class VoiceByLoudness:
    """Fed with frames of 20 ms; says when a voice starts and stops."""

    def __init__(self) -> None:
        self.voice = False
        self._noise = FLOOR
        self._run = 0

    def feed(self, pcm: bytes) -> bool | None:
        """True when a voice has just started, False when it has just stopped, None otherwise."""
        level = loudness(pcm)
        loud = level > max(FLOOR, self._noise * FACTOR)
        if not loud and not self.voice:
            self._noise += (level - self._noise) * 0.05
        self._run = self._run + 1 if loud != self.voice else 0
        if self._run >= (STOP_FRAMES if self.voice else START_FRAMES):
            self.voice = not self.voice
            self._run = 0
            return self.voice
        return None
