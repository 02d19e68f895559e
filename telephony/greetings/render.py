"""Renders texts.toml with a Piper voice into 16 kHz WAV files: see README.md in this folder."""

from __future__ import annotations

import argparse
import tomllib
import wave
from pathlib import Path

import numpy as np
import soxr
from piper import PiperVoice

RATE_HZ = 16_000
PEAK = 0.6
"""Of full scale: loud enough on a telephone, with room before µ-law clips."""
LEAD_MS = 20
"""Silence before the first word, one frame."""


def main() -> None:
    """Write one WAV for each text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("voice", type=Path, help="Piper voice, e.g. en_US-joe-medium.onnx")
    parser.add_argument("names", nargs="*", help="only these")
    arguments = parser.parse_args()
    folder = Path(__file__).parent
    voice = PiperVoice.load(arguments.voice)
    texts = tomllib.loads((folder / "texts.toml").read_text(encoding="utf-8"))
    for name, text in texts.items():
        if arguments.names and name not in arguments.names:
            continue
        chunks = list(voice.synthesize(text))
        sound = np.concatenate([chunk.audio_float_array for chunk in chunks])
        sound = soxr.resample(sound, chunks[0].sample_rate, RATE_HZ)
        sound *= PEAK / np.abs(sound).max()
        sound = np.concatenate([np.zeros(RATE_HZ * LEAD_MS // 1000), sound])
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes((sound * 32767).astype("<i2").tobytes())
        print(f"{name}: {len(sound) / RATE_HZ:.1f} s")


if __name__ == "__main__":
    main()
