"""Speech as it arrives from a telephone: another voice than ours, through 8 kHz µ-law."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import wave
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soxr

FLITE_DEADLINE_S = 60
"""flite speaks a sentence in a tenth of a second; a loaded machine takes longer."""


@cache
def phone_speech(
    text: str, voice: str = "slt", before_s: float = 0.3, after_s: float = 0.6
) -> bytes:
    """16 kHz 16-bit mono, with line noise before and after."""
    if not shutil.which("flite"):
        pytest.skip("flite is not installed; run `make setup`")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        command = ["flite", "-voice", voice, "-t", text, "-o", str(file)]
        subprocess.run(command, check=True, timeout=FLITE_DEADLINE_S)
        with wave.open(str(file)) as wav:
            rate = wav.getframerate()
            samples = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
    spoken = samples.astype(np.float32) / 32768
    return through_phone(
        np.concatenate((_quiet(before_s, rate), spoken, _quiet(after_s, rate))), rate
    )


def through_phone(samples: np.ndarray, rate: int) -> bytes:
    """Down to 8 kHz µ-law (ITU-T G.711, continuous form) and up to 16 kHz again."""
    narrow = np.clip(soxr.resample(samples, rate, 8000), -1, 1)
    coded = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127)
    level = coded / 127
    decoded = np.sign(level) * np.expm1(np.abs(level) * np.log(256)) / 255
    wide = soxr.resample(decoded.astype(np.float32), 8000, 16000)
    return bytes((np.clip(wide, -1, 1) * 32767).astype("<i2").tobytes())


def _quiet(seconds: float, rate: int) -> np.ndarray:
    noise = np.random.default_rng(7).normal(size=int(seconds * rate)) * 0.0005
    return noise.astype(np.float32)
