"""Brings speech to the box's own rate and loudness and takes off silence; arrays in, bytes out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

from models.engines import RATE

SPEECH_RMS_DBFS = -20.0
"""Loudness of speech: as loud as a telephone network expects, with room for peaks."""
PEAK = 0.89
"""Highest sample, -1 dBFS."""
SILENCE = 0.008
"""Below this part of the loudest sample it is silence (-42 dB)."""
LEAD_MS = 20
"""Silence kept in front; more would only be waited for."""
TRAIL_MS = 60
"""Silence kept behind so that the last consonant does not click."""

Samples = npt.NDArray[np.float32]


def to_box_audio(samples: Samples, rate: int, pause_ms: int) -> bytes:
    """16 kHz 16-bit mono, trimmed, at the house loudness, with a pause behind it."""
    if not len(samples) or not np.any(samples):
        return b""
    trimmed = _trim(samples, rate)
    resampled = soxr.resample(trimmed, rate, RATE, quality="HQ") if rate != RATE else trimmed
    loud = np.abs(resampled) > 0.1 * np.abs(resampled).max()
    rms = float(np.sqrt(np.mean(np.square(resampled[loud], dtype=np.float64))))
    gain = min(10 ** (SPEECH_RMS_DBFS / 20) / rms, PEAK / float(np.abs(resampled).max()))
    pause = np.zeros(pause_ms * RATE // 1000, dtype="<i2")
    pcm = np.clip(resampled * gain * 32767, -32767, 32767).astype("<i2")
    return bytes(pcm.tobytes() + pause.tobytes())


def _trim(samples: Samples, rate: int) -> Samples:
    sounding = np.flatnonzero(np.abs(samples) > SILENCE * np.abs(samples).max())
    first = max(0, int(sounding[0]) - LEAD_MS * rate // 1000)
    last = int(sounding[-1]) + TRAIL_MS * rate // 1000
    return samples[first:last]
