"""Says the result of a stick through the local loudspeaker, with the box's own voice."""

from __future__ import annotations

import array
import logging
import math
import socket
from collections.abc import Callable
from pathlib import Path

from wyoming.event import read_event, write_event

from gateway.contract.model_link import SYNTHESIS_DEADLINE_S, synthesize_event
from gateway.contract.phrases import RATE, phrase_file, read_phrase
from gateway.contract.service import Paths, log_fields, read_status
from gateway.errors import NightporterError

log = logging.getLogger(__name__)

LONGEST_S = 20.0
"""No sentence of a receipt is longer; what comes after is cut off."""
FRAMES = 1600
"""Samples given to the loudspeaker at once, 100 ms."""

RISING = (523, 659, 784)
"""Notes in hertz when there is no voice: all is well."""
FALLING = (392, 330, 262)
"""Somebody has to look."""

Play = Callable[[bytes], None]
"""Plays 16 kHz 16-bit mono samples."""


def say(text: str, paths: Paths, *, well: bool, play: Play | None = None) -> None:
    """Speak, or sound three notes where no voice is to be had; a silent box is no error."""
    samples = spoken(text, paths) or notes(RISING if well else FALLING)
    try:
        (play or loudspeaker)(samples)
    except OSError as error:
        log.warning("no-loudspeaker", extra=log_fields(why=error))


def spoken(text: str, paths: Paths) -> bytes | None:
    """The sentence as the models worker rendered it, now or before; None without it."""
    models = (read_status(paths, "models") or {}).get("models")
    voice = models.get("voice") if isinstance(models, dict) else None
    if voice:
        try:
            return read_phrase(phrase_file(paths.phrases, str(voice), text))
        except (OSError, NightporterError):
            pass
    try:
        return _synthesize(text, paths.models_socket)
    except (OSError, ValueError, KeyError) as error:
        log.info("no-voice", extra=log_fields(why=error))
        return None


def _synthesize(text: str, place: Path) -> bytes | None:
    samples = bytearray()
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(SYNTHESIS_DEADLINE_S * 4)  # nobody is on the phone: a slow box may take it
        link.connect(str(place))
        with link.makefile("wb") as ask, link.makefile("rb") as answers:
            write_event(synthesize_event(text, keep=True), ask)
            while event := read_event(answers):
                if event.type == "audio-chunk" and event.payload:
                    samples += event.payload
                if event.type in ("audio-stop", "error") or len(samples) > LONGEST_S * RATE * 2:
                    break
    return bytes(samples) or None


def notes(pitches: tuple[int, ...], seconds: float = 0.25) -> bytes:
    """Notes one after the other, soft at both ends."""
    samples = array.array("h")
    count = int(RATE * seconds)
    for pitch in pitches:
        for at in range(count):
            soft = min(1.0, at / 400, (count - at) / 400)
            samples.append(int(9000 * soft * math.sin(2 * math.pi * pitch * at / RATE)))
    return samples.tobytes()


def loudspeaker(samples: bytes) -> None:
    """Play on the machine's default output; OSError where there is none."""
    try:
        import pyaudio
    except ImportError as error:
        raise OSError("pyaudio is not installed") from error
    sound = pyaudio.PyAudio()
    try:
        stream = sound.open(
            rate=RATE,
            channels=1,
            format=pyaudio.paInt16,
            output=True,
            frames_per_buffer=FRAMES,
        )
        try:
            for at in range(0, len(samples), FRAMES * 2):
                block = samples[at : at + FRAMES * 2]
                stream.write(block.ljust(FRAMES * 2, b"\0"))
        finally:
            stream.stop_stream()
            stream.close()
    finally:
        sound.terminate()
