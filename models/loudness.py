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
FRAME_MS = 20
"""Length of a frame whose level is measured."""
SPEECH_FRAME = 0.003
"""A frame with less than this part of the loudest frame's power (-25 dB) is a pause."""
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
    gain = min(10 ** (SPEECH_RMS_DBFS / 20) / _speech_level(resampled), _room(resampled))
    pause = np.zeros(pause_ms * RATE // 1000, dtype="<i2")
    pcm = np.clip(resampled * gain * 32767, -32767, 32767).astype("<i2")
    return bytes(pcm.tobytes() + pause.tobytes())


def _speech_level(samples: Samples) -> float:
    """RMS of the frames that hold speech, after the idea of ITU-T P.56: pauses do not count."""
    frame = RATE * FRAME_MS // 1000
    padded = np.pad(samples, (0, -len(samples) % frame)).reshape(-1, frame)
    power = np.mean(np.square(padded, dtype=np.float64), axis=1)
    return float(np.sqrt(power[power > power.max() * SPEECH_FRAME].mean()))


def _room(samples: Samples) -> float:
    return PEAK / float(np.abs(samples).max())


def _trim(samples: Samples, rate: int) -> Samples:
    sounding = np.flatnonzero(np.abs(samples) > SILENCE * np.abs(samples).max())
    first = max(0, int(sounding[0]) - LEAD_MS * rate // 1000)
    last = int(sounding[-1]) + TRAIL_MS * rate // 1000
    return samples[first:last]
