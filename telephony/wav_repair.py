"""WAV files of voicemail: their length, and the repair of one that a kill has cut off.

PJSIP's recorder writes its header when it closes; after SIGKILL the two lengths in it are wrong
and the samples are there. Layout (RIFF, one fmt chunk, one data chunk):
http://soundfile.sapp.org/doc/WaveFormat/
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from gateway.contract.call_link import RATE_HZ, WIDTH_BYTES
from gateway.errors import RecordingError

HEADER_BYTES = 44
"""RIFF header, fmt chunk of 16 bytes and the head of the data chunk."""
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


def header(data_bytes: int) -> bytes:
    """The header of a 16 kHz, 16 bit, mono WAV file with so many bytes of samples."""
    return _HEADER.pack(
        b"RIFF", data_bytes + HEADER_BYTES - 8, b"WAVE", b"fmt ", 16, 1, 1,
        RATE_HZ, RATE_HZ * WIDTH_BYTES, WIDTH_BYTES, 8 * WIDTH_BYTES, b"data", data_bytes,
    )  # fmt: skip


def data_bytes(path: Path) -> int:
    """Bytes of samples that the header claims, 0 for a header that was never finished."""
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
    if len(head) < HEADER_BYTES:
        return 0
    parts = _HEADER.unpack(head)
    return int(parts[12]) if parts[11] == b"data" else 0


def repair(path: Path) -> float:
    """Make the header agree with what is on disk and sync it; the length in seconds.

    A file without a single sample gives 0 and is left alone.
    """
    try:
        with path.open("r+b") as file:
            present = os.fstat(file.fileno()).st_size - HEADER_BYTES
            present -= present % WIDTH_BYTES
            if present <= 0:
                return 0.0
            file.write(header(present))
            file.truncate(HEADER_BYTES + present)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RecordingError(f"{path.name}: cannot be repaired: {error.strerror}") from error
    return present / (RATE_HZ * WIDTH_BYTES)
