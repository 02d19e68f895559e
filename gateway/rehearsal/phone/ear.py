"""The caller's ear: when sound, speech and tones began and ended; pure arithmetic on samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK_MS = 10
"""Resolution of the ear."""
AUDIBLE_RMS = 60.0
"""Loudness of a block (of 32768) below which nobody hears anything: -55 dB."""
FLOOR_FACTOR = 4.0
"""A sound is this much louder than the noise of the line."""
JOIN_S = 0.2
"""Pauses up to this belong to one burst of sound: stops inside words, gaps between words."""
LOOK_MS = 60
"""Length of a look at the spectrum; long enough to tell a tone from a vowel."""
TONAL_SHARE = 0.9
"""Share of the power in two narrow peaks that makes a look tonal."""
TONE_AT_LEAST_S = 0.09
"""A tonal start shorter than this is the hum at the start of a word."""
DRIFT_BINS = 1
"""A tone stays where it is; the pitch of a voice moves."""
BEEP_AT_LEAST_S = 0.25
"""A tone to speak after is longer than the soft tone of a box that thinks, and than any vowel
that keeps its pitch."""
LOWEST_TONE_HZ = 340
"""Telephone tones lie above (ITU-T E.180: 350 to 500 and higher); hummed sounds, as the start of
"Monday", lie below."""

Samples = NDArray[np.int16]


@dataclass
class Burst:
    """A stretch of sound without a long pause."""

    started: float
    """seconds, the caller's clock"""
    ended: float
    """end of the last audible block, seconds"""
    speech_at: float | None = None
    """when it stopped being a pure tone; None while it is only a tone"""


class Ear:
    """Fed with samples and the moment of the first of them; answers questions about the past."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.bursts: list[Burst] = []
        self.beeps: list[tuple[float, float]] = []
        self._tone_from: float | None = None
        self._block = rate_hz * BLOCK_MS // 1000
        self._look = rate_hz * LOOK_MS // 1000
        self._left = np.zeros(0, np.int16)
        self._left_at = 0.0
        self._floor = 0.0
        self._recent = np.zeros(0, np.int16)
        self._peak_bin: int | None = None

    def feed(self, at: float, samples: Samples) -> None:
        """Hear samples; `at` is the moment at which the first of them reaches the ear, seconds."""
        if len(self._left):
            at -= len(self._left) / self.rate_hz
            samples = np.concatenate((self._left, samples))
        count = len(samples) // self._block
        for index in range(count):
            block = samples[index * self._block : (index + 1) * self._block]
            self._hear(at + index * BLOCK_MS / 1000, block)
        self._left = samples[count * self._block :]

    def sound_after(self, moment: float) -> float | None:
        """When the first sound of any kind began (or went on) after a moment."""
        for burst in self.bursts:
            if burst.ended > moment:
                return max(burst.started, moment)
        return None

    def speech_after(self, moment: float) -> float | None:
        """When the first speech after a moment began; tones do not count."""
        for burst in self.bursts:
            if burst.ended > moment and burst.speech_at is not None:
                return max(burst.speech_at, moment)
        return None

    def beep_ended_after(self, moment: float) -> float | None:
        """When the first beep that ended after a moment was over; also one right behind words."""
        return next((end for _, end in self.beeps if end > moment), None)

    def speech_ended(self) -> float:
        """When the last speech so far was over; 0 when there was none."""
        return max((b.ended for b in self.bursts if b.speech_at is not None), default=0.0)

    def quiet_for(self, now: float) -> float:
        """Seconds since the last audible block; since ever when there was none."""
        return now - self.bursts[-1].ended if self.bursts else now

    def _hear(self, at: float, block: Samples) -> None:
        loudness = float(np.sqrt(np.mean(np.square(block.astype(np.float32)))))
        if loudness < max(AUDIBLE_RMS, self._floor * FLOOR_FACTOR):
            self._floor += (loudness - self._floor) * 0.02
            self._end_tone(at)
            self._recent, self._peak_bin = np.zeros(0, np.int16), None
            return
        if not self.bursts or at - self.bursts[-1].ended > JOIN_S:
            self.bursts.append(Burst(at, at))
        burst = self.bursts[-1]
        burst.ended = at + BLOCK_MS / 1000
        self._recent = np.concatenate((self._recent, block))[-self._look :]
        if len(self._recent) == self._look:
            self._tell_apart(burst)

    def _tell_apart(self, burst: Burst) -> None:
        """Speech or tone, by the newest look at the spectrum."""
        look_started = burst.ended - LOOK_MS / 1000
        if self._tonal():
            if self._tone_from is None:
                self._tone_from = look_started
            return
        self._end_tone(burst.ended)
        if burst.speech_at is None:
            hum = look_started - burst.started < TONE_AT_LEAST_S
            burst.speech_at = burst.started if hum else look_started

    def _end_tone(self, at: float) -> None:
        if self._tone_from is not None and at - self._tone_from >= BEEP_AT_LEAST_S:
            self.beeps.append((self._tone_from, at))
        self._tone_from = None

    def _tonal(self) -> bool:
        window = np.hanning(len(self._recent))
        power = np.abs(np.fft.rfft(self._recent.astype(np.float32) * window)) ** 2
        total, peaks = float(power.sum()), 0.0
        first = int(power.argmax())
        for _ in range(2):
            top = int(power.argmax())
            around = slice(max(0, top - 2), top + 3)
            peaks += float(power[around].sum())
            power[around] = 0.0
        moved = self._peak_bin is not None and abs(first - self._peak_bin) > DRIFT_BINS
        if moved or self._peak_bin is None:
            self._peak_bin = first
        hertz = first * self.rate_hz / len(self._recent)
        return hertz > LOWEST_TONE_HZ and not moved and peaks / total >= TONAL_SHARE
