"""µ-law and what test callers listen for: loudness, and the tone."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

RATE_HZ = 8000
FRAME_SAMPLES = 160


def _encode(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | exponent << 4 | mantissa) & 0xFF


def _decode(byte: int) -> int:
    byte = ~byte & 0xFF
    magnitude = (((byte & 0x0F) << 3) + 132 << (byte >> 4 & 7)) - 132
    return -magnitude if byte & 0x80 else magnitude


_TO_LINEAR = [_decode(byte) for byte in range(256)]
_TO_ULAW = bytes(_encode((i - 4096) * 8) for i in range(8192))


def ulaw(samples: list[int]) -> bytes:
    """Samples as G.711 µ-law."""
    return bytes(_TO_ULAW[(sample >> 3) + 4096] for sample in samples)


def linear(payload: bytes) -> list[int]:
    """G.711 µ-law as samples."""
    return [_TO_LINEAR[byte] for byte in payload]


def level(samples: list[int]) -> float:
    """Mean of the absolute samples."""
    return sum(map(abs, samples)) / max(1, len(samples))


def purity(samples: list[int], hz: float = 1000.0) -> float:
    """Share of the energy at one frequency, 0 to 1 (Goertzel)."""
    energy = sum(s * s for s in samples)
    if energy == 0:
        return 0.0
    step = 2 * math.pi * hz / RATE_HZ
    real = sum(s * math.cos(step * i) for i, s in enumerate(samples))
    imaginary = sum(s * math.sin(step * i) for i, s in enumerate(samples))
    return 2 * (real * real + imaginary * imaginary) / (len(samples) * energy)


def sine(seconds: float, hz: float = 440.0, peak: int = 8000) -> list[int]:
    """A pure tone; as good as speech for a level meter."""
    return [
        int(peak * math.sin(2 * math.pi * hz * i / RATE_HZ)) for i in range(int(seconds * RATE_HZ))
    ]


def wideband_sine(seconds: float, hz: float = 440.0, peak: int = 8000) -> bytes:
    """The same as 16 kHz PCM, as the gateway sends it."""
    total = int(seconds * 16000)
    samples = (int(peak * math.sin(2 * math.pi * hz * i / 16000)) for i in range(total))
    return struct.pack(f"<{total}h", *samples)


def wav_samples(path: Path) -> list[int]:
    """Samples of a WAV file of the spool."""
    with wave.open(str(path), "rb") as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (16000, 2, 1)
        data = file.readframes(file.getnframes())
    return list(struct.unpack(f"<{len(data) // 2}h", data))
