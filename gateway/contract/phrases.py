"""Rendered phrases on disk: the models worker writes them, the gateway can play them without it."""

from __future__ import annotations

import hashlib
import io
import wave
from pathlib import Path

from gateway.contract.service import write_atomically
from gateway.errors import ModelError

RATE = 16_000
"""Samples a second: the only rate inside the box."""


def phrase_file(folder: Path, voice: str, text: str) -> Path:
    """Where this voice's rendering of this text lies, whether it is there or not.

    White space, small or capital letters and a comma at the end do not count: they do not change
    how it sounds, and so a phrase is rendered once for all places where it stands.
    """
    plain = " ".join(text.split()).rstrip(",").casefold()
    name = hashlib.sha256(f"{voice}\n{plain}".encode()).hexdigest()
    return folder / f"{name}.wav"


def read_phrase(path: Path) -> bytes:
    """16 kHz 16-bit mono samples; ModelError when the file is not such a WAV, OSError when it is
    not there."""
    with path.open("rb") as file:
        try:
            with wave.open(file) as wav:
                shape = (wav.getframerate(), wav.getsampwidth(), wav.getnchannels())
                pcm: bytes = wav.readframes(wav.getnframes())
                whole = len(pcm) == wav.getnframes() * 2
        except (wave.Error, EOFError) as error:
            raise ModelError(f"{path.name}: not a WAV file: {error}") from error
    if shape != (RATE, 2, 1) or not whole:
        raise ModelError(f"{path.name}: not a whole 16 kHz 16-bit mono WAV file")
    return pcm


def write_phrase(path: Path, pcm: bytes) -> None:
    """Put 16 kHz 16-bit mono samples there as a WAV, whole or not at all."""
    write_atomically(path, wav_bytes(pcm))


def wav_bytes(pcm: bytes) -> bytes:
    """16 kHz 16-bit mono samples as a WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE)
        wav.writeframes(pcm)
    return buffer.getvalue()
