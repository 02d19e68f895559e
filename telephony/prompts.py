"""The line's own voice: recorded greetings on disk, and the tone. Loaded once, at start."""

from __future__ import annotations

import logging
import math
import struct
import wave
from pathlib import Path

from gateway.contract.call_link import RATE_HZ, WIDTH_BYTES
from gateway.contract.service import log_fields
from gateway.errors import StartRefused

log = logging.getLogger(__name__)

PACKAGE_GREETINGS = Path(__file__).parent / "greetings"
GREETING = "greeting"
NEEDED = (
    "greeting", "apology", "busy", "alone", "leave-a-message", "message-saved",
    "nothing-recorded", "cannot-record",
)  # fmt: skip
"""Greetings without which the line does not start."""
LONGEST_GREETING_S = 30
"""A rendered greeting longer than this is a mistake: callers wait for its end."""

TONE_HZ = 1000
"""Pitch of the tone before a recording."""
TONE_S = 0.4
"""Length of the tone."""
TONE_PEAK = 8000
"""Of 32768: as loud as the voice, not louder."""
_FADE_SAMPLES = RATE_HZ // 200
"""5 ms at both ends, so that the tone does not click."""


def tone() -> bytes:
    """The tone after which the caller speaks, as PCM."""
    total = int(TONE_S * RATE_HZ)
    samples = (
        int(
            TONE_PEAK
            * min(1.0, i / _FADE_SAMPLES, (total - i) / _FADE_SAMPLES)
            * math.sin(2 * math.pi * TONE_HZ * i / RATE_HZ)
        )
        for i in range(total)
    )
    return struct.pack(f"<{total}h", *samples)


def read_wav(path: Path) -> bytes:
    """PCM of a 16 kHz, 16 bit, mono WAV file; ValueError when it is anything else."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getframerate(), file.getsampwidth(), file.getnchannels())
            if shape != (RATE_HZ, WIDTH_BYTES, 1):
                raise ValueError(f"is {shape}, not 16 kHz, 16 bit, mono")
            if file.getnframes() > LONGEST_GREETING_S * RATE_HZ:
                raise ValueError(f"is longer than {LONGEST_GREETING_S} s")
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise ValueError(str(error)) from error
    if not data:
        raise ValueError("holds no sound")
    return data


class Prompts:
    """Every recorded sentence of the line, by name; an office's own recording goes first."""

    def __init__(self, office_folder: Path, package_folder: Path = PACKAGE_GREETINGS) -> None:
        self._office_folder = office_folder
        self._own = {path.stem: _needed(path) for path in sorted(package_folder.glob("*.wav"))}
        missing = [name for name in NEEDED if name not in self._own]
        if missing:
            raise StartRefused(f"{package_folder}: greetings are missing: {', '.join(missing)}")
        self._seen: dict[str, tuple[float, bytes]] = {}
        self.tone = tone()
        """PCM of the tone"""

    def sound(self, name: str) -> bytes:
        """PCM of a sentence; an unknown name gives the request for a message."""
        return self._office(name) or self._own.get(name) or self._own["leave-a-message"]

    def milliseconds(self, name: str) -> int:
        """Length of a sentence."""
        return len(self.sound(name)) * 1000 // (RATE_HZ * WIDTH_BYTES)

    def _office(self, name: str) -> bytes | None:
        path = self._office_folder / f"{name}.wav"
        try:
            changed = path.stat().st_mtime
        except OSError:
            return None
        seen = self._seen.get(name)
        if seen is None or seen[0] != changed:
            try:
                seen = (changed, read_wav(path))
            except ValueError as error:
                log.warning("greeting-not-usable", extra=log_fields(name=name, why=error))
                seen = (changed, b"")
            self._seen[name] = seen
        return seen[1] or None


def _needed(path: Path) -> bytes:
    try:
        return read_wav(path)
    except ValueError as error:
        raise StartRefused(f"{path}: {error}; render it again") from error
