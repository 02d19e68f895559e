"""What the caller shall hear: a bounded queue of sounds, emptied 20 ms at a time by the bridge."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from gateway.contract.call_link import FRAME_BYTES, RATE_HZ, WIDTH_BYTES, PlaybackFinished

QUEUE_LIMIT_S = 60
"""Sound queued at most; more is a gateway gone wrong, and memory is not."""
_LIMIT_BYTES = QUEUE_LIMIT_S * RATE_HZ * WIDTH_BYTES
_BYTES_A_MS = RATE_HZ * WIDTH_BYTES // 1000


@dataclass
class _Sound:
    play_id: str
    data: bytearray = field(default_factory=bytearray)
    at: int = 0
    complete: bool = False


class Playback:
    """Sounds in order. `pull` runs on the bridge's clock thread, all else on the main thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sounds: deque[_Sound] = deque()
        self._finished: deque[PlaybackFinished] = deque()
        self._queued = 0
        self.last_sound_at = time.monotonic()
        """When the caller last heard something from us (monotonic)"""
        self.dropped_bytes = 0
        """Sound thrown away because the queue was full"""

    @property
    def empty(self) -> bool:
        """Nothing is left to play or announced."""
        return not self._sounds

    def play(self, play_id: str, data: bytes) -> None:
        """Queue a whole sound."""
        self.begin(play_id)
        self.add(data)
        self.end(play_id)

    def begin(self, play_id: str) -> None:
        """Announce a sound; its data follow."""
        with self._lock:
            if self._sounds:
                self._sounds[-1].complete = True
            self._sounds.append(_Sound(play_id))

    def add(self, data: bytes) -> None:
        """Data of the sound announced last; without one they are dropped."""
        with self._lock:
            if not self._sounds or self._queued + len(data) > _LIMIT_BYTES:
                self.dropped_bytes += len(data)
                return
            self._sounds[-1].data += data
            self._queued += len(data)

    def end(self, play_id: str) -> None:
        """All data of this sound are here."""
        with self._lock:
            for sound in self._sounds:
                if sound.play_id == play_id:
                    sound.complete = True

    def stop(self) -> None:
        """Forget everything that is queued, at once."""
        with self._lock:
            while self._sounds:
                self._over(completed=False)

    def close_open(self) -> None:
        """Nothing more will come for what was announced: play what is here and be done."""
        with self._lock:
            for sound in self._sounds:
                sound.complete = True

    def finished(self) -> list[PlaybackFinished]:
        """Sounds that are over since the last question."""
        if not self._finished:
            return []
        with self._lock:
            reports = list(self._finished)
            self._finished.clear()
        return reports

    def pull(self) -> bytes | None:
        """The next frame, None for silence."""
        if not self._sounds:
            return None
        with self._lock:
            return self._next_frame()

    def _next_frame(self) -> bytes | None:
        while self._sounds:
            sound = self._sounds[0]
            left = len(sound.data) - sound.at
            if left >= FRAME_BYTES or (sound.complete and left > 0):
                frame = bytes(sound.data[sound.at : sound.at + FRAME_BYTES])
                sound.at += len(frame)
                self._queued -= len(frame)
                if sound.complete and sound.at == len(sound.data):
                    self._over(completed=True)
                self.last_sound_at = time.monotonic()
                return frame.ljust(FRAME_BYTES, b"\0")
            if not sound.complete:
                return None
            self._over(completed=True)
        return None

    def _over(self, *, completed: bool) -> None:
        sound = self._sounds.popleft()
        self._queued -= len(sound.data) - sound.at
        self._finished.append(
            PlaybackFinished(sound.play_id, completed, heard_ms=sound.at // _BYTES_A_MS)
        )
