"""The caller's voice: flite, rendered before the call, cut to the sound of the words."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from gateway.errors import StartRefused

VOICES = ("slt", "rms")
"""A woman's and a man's voice of flite that survive a telephone codec."""
STRETCH = 1.15
"""Of the voice's own length: flite hurries; people on the telephone to an office do not."""
RENDER_DEADLINE_S = 20.0
"""flite renders a sentence in a tenth of a second; longer means that it hangs."""
AUDIBLE_SHARE = 0.02
"""Share of the loudest sample below which the start and the end count as silence."""
SPEECH_PEAK = 12_000
"""Loudest sample of the caller, of 32768: an ordinary telephone voice."""

Samples = NDArray[np.int16]


@lru_cache(maxsize=256)
def speak(text: str, voice: str, rate_hz: int) -> Samples:
    """What the caller says, at the telephone's rate; the last sample is the end of the words."""
    flite = shutil.which("flite")
    if flite is None:
        raise StartRefused("flite, the caller's voice, is not installed; run `make setup`")
    with tempfile.TemporaryDirectory(prefix="voice-") as folder:
        file = Path(folder) / "said.wav"
        subprocess.run(
            [
                *(flite, "-voice", voice, "--setf", f"duration_stretch={STRETCH}"),
                *("-t", text, "-o", str(file)),
            ],
            check=True,
            timeout=RENDER_DEADLINE_S,
            stdout=subprocess.DEVNULL,
        )
        with wave.open(str(file)) as wav:
            spoken = np.frombuffer(wav.readframes(wav.getnframes()), np.int16)
            resampled = soxr.resample(spoken.astype(np.float32), wav.getframerate(), rate_hz)
    return trim(resampled)


def trim(sound: NDArray[np.float32]) -> Samples:
    """Without the silence around it, at the loudness of a telephone voice."""
    peak = float(np.abs(sound).max(initial=0.0))
    if peak == 0.0:
        return np.zeros(0, np.int16)
    audible = np.flatnonzero(np.abs(sound) > peak * AUDIBLE_SHARE)
    kept = sound[audible[0] : audible[-1] + 1]
    return (kept * (SPEECH_PEAK / peak)).astype(np.int16)
