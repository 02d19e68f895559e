"""Has the models worker read what was heard: one recording, one connection, one answer."""

from __future__ import annotations

import socket
from pathlib import Path

from wyoming.event import Event, read_event, write_event

from gateway.contract.call_link import RATE_HZ, WIDTH_BYTES
from gateway.contract.patience import PATIENCE

READ_LIMIT_S = 60.0 * PATIENCE
"""Nobody waits on the phone: a slow box may take its time."""
_CHUNK = RATE_HZ * WIDTH_BYTES // 5
_FORMAT = {"rate": RATE_HZ, "width": WIDTH_BYTES, "channels": 1}
_LONGEST_EVENTS = 2000


def read_words(pcm: bytes, models_socket: Path, language: str) -> str | None:
    """The words in a recording, "" when there are none, None when nobody can read it."""
    if not pcm:
        return ""
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(READ_LIMIT_S)
            link.connect(str(models_socket))
            with link.makefile("wb") as ask, link.makefile("rb") as answers:
                write_event(Event("transcribe", {"language": language}), ask)
                write_event(Event("audio-start", _FORMAT), ask)
                for at in range(0, len(pcm), _CHUNK):
                    write_event(Event("audio-chunk", _FORMAT, pcm[at : at + _CHUNK]), ask)
                write_event(Event("audio-stop", {}), ask)
                for _ in range(_LONGEST_EVENTS):
                    event = read_event(answers)
                    if event is None or event.type == "error":
                        return None
                    if event.type == "transcript":
                        return str((event.data or {}).get("text", "")).strip()
    except (OSError, ValueError, KeyError):
        return None
    return None
