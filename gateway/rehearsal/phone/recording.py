"""A call as a stereo WAV: caller left, box right, aligned to the sample."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

LATE_S = 0.06
"""Sound that arrives later than the end of what came before by more than this was late: the gap
is kept. Less is the jitter of the network, which a telephone evens out."""

Samples = NDArray[np.int16]


class Recording:
    """Two tracks on one clock."""

    def __init__(self, rate_hz: int, started: float) -> None:
        self.rate_hz = rate_hz
        self._started = started
        self._caller: list[tuple[int, Samples]] = []
        self._box: list[tuple[int, Samples]] = []
        self._box_end = 0

    def said(self, at: float, samples: Samples) -> None:
        """The caller's samples; `at` is the moment of the first, seconds of the caller's clock."""
        self._caller.append((self._position(at), samples))

    def heard(self, at: float, samples: Samples) -> None:
        """The box's samples; `at` is the moment at which the first reached the ear."""
        position = self._position(at)
        if position < self._box_end + LATE_S * self.rate_hz:
            position = self._box_end
        self._box.append((position, samples))
        self._box_end = position + len(samples)

    def box_between(self, start: float, end: float) -> Samples:
        """What the box was heard to say in a stretch of time."""
        first, last = self._position(start), self._position(end)
        track = np.zeros(max(0, last - first), np.int16)
        for position, samples in self._box:
            _place(track, position - first, samples)
        return track

    def write(self, path: Path) -> None:
        """Write the WAV file."""
        length = max((p + len(s) for p, s in (*self._caller, *self._box)), default=0)
        both = np.zeros((length, 2), np.int16)
        for channel, track in enumerate((self._caller, self._box)):
            for position, samples in track:
                _place(both[:, channel], position, samples)
        with wave.open(str(path), "wb") as wav:
            wav.setnchannels(2)
            wav.setsampwidth(2)
            wav.setframerate(self.rate_hz)
            wav.writeframes(both.tobytes())

    def _position(self, at: float) -> int:
        return max(0, round((at - self._started) * self.rate_hz))


def _place(track: Samples, position: int, samples: Samples) -> None:
    """Copy samples into a track, cutting what lies outside."""
    start, end = max(0, position), min(len(track), position + len(samples))
    if start < end:
        track[start:end] = samples[start - position : end - position]
