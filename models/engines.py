"""What the worker asks of an engine; each engine is one small file that imports its library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.contract.model_link import Understand

RATE = 16_000
"""Samples a second: the only rate inside the box."""
BYTES_A_MS = RATE * 2 // 1000
"""Bytes of one millisecond of 16-bit mono audio."""


@dataclass(frozen=True)
class Heard:
    """What a recogniser made of an utterance so far."""

    text: str
    """The words; empty when there are none"""
    confidence: float | None = None
    """0 to 1, None when the engine cannot say"""


class RecogniserStream(Protocol):
    """One utterance. Called from one thread at a time; every call may compute."""

    def feed(self, pcm: bytes) -> None:
        """Take 16 kHz 16-bit mono audio."""

    def so_far(self) -> Heard:
        """The whole utterance up to the audio fed; more audio may follow."""

    def final(self) -> Heard:
        """The whole utterance; nothing follows."""


class Recogniser(Protocol):
    """Audio in, text out."""

    name: str
    languages: tuple[str, ...]
    tail_ms: int
    """Audio after the end of voice that the engine wants to have, milliseconds."""
    streaming: bool
    """Whether it keeps a running hypothesis: audio is computed once, and `final` may correct the
    end. Otherwise every look reads the whole utterance, and the last look is final."""

    def stream(self) -> RecogniserStream:
        """A new utterance."""


class Voice(Protocol):
    """Text in, audio out."""

    name: str
    languages: tuple[str, ...]

    def speak(self, text: str) -> Iterator[bytes]:
        """16 kHz 16-bit mono audio, clause by clause; each step computes."""


class Scorer(Protocol):
    """Text and choices in, a probability of each choice out."""

    name: str

    def score(self, request: Understand, deadline: float) -> Sequence[float]:
        """Adds up to 1; ModelError when time.monotonic() passes `deadline` first."""

    def learn(self, request: Understand, deadline: float) -> None:
        """Read what all turns of this kind share; ModelError when the deadline passes first. Each
        call goes on where the last one stopped, however short the deadlines."""


class ActivityStream(Protocol):
    """The voice activity of one stream of audio."""

    def probability(self, chunk: bytes) -> float:
        """That somebody speaks in these CHUNK_BYTES, 0 to 1; below a millisecond of computing."""

    def reset(self) -> None:
        """Forget what came before."""


class VoiceActivity(Protocol):
    """Detects voice."""

    name: str

    def stream(self) -> ActivityStream:
        """For a new stream of audio."""


CHUNK_SAMPLES = 512
"""Silero's fixed window at 16 kHz: 32 ms."""
CHUNK_BYTES = CHUNK_SAMPLES * 2
"""The same in bytes."""
CHUNK_MS = CHUNK_SAMPLES * 1000 // RATE
"""The same in milliseconds."""
