"""Messages between the gateway and the models worker: Wyoming events on a Unix socket.

The worker listens on `models.sock`. Everything that Wyoming has a name for uses that name, so any
Wyoming server can replace a part of ours, and ours can serve any Wyoming client:

    describe -> info
    ping -> pong
    transcribe, audio-start, audio-chunk*, audio-stop
        -> voice-started, voice-stopped, transcript-chunk* (while audio comes), transcript (once)
    synthesize -> audio-start, audio-chunk*, audio-stop
    understand -> understood                                       (ours)
    error (any time instead of an answer)

One connection carries one kind of work at a time: a transcription stream (one utterance after the
other), or requests one by one. `transcript-chunk` from our worker carries in its data
`"replace": true`: its text is the whole utterance so far, not an addition; and
`"upto_ms"`: the end of the audio that it covers, and `"settled": true` when no voice was heard
after it. A worker without these keys (a foreign one) adds text, as Wyoming says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wyoming.event import Event

from gateway.contract.patience import PATIENCE

TRANSCRIPT_DEADLINE_S = 2.0 * PATIENCE
"""From audio-stop to transcript; past it the gateway goes down to the keypad."""
UNDERSTAND_DEADLINE_S = 0.6
"""Scoring of choices; past it the gateway goes on with what the rules found."""
SYNTHESIS_DEADLINE_S = 2.5 * PATIENCE
"""To the first audio of a sentence; past it the gateway uses recorded phrases."""
PING_DEADLINE_S = 1.0 * PATIENCE
"""From ping to pong; the worker answers pings beside its work."""


@dataclass(frozen=True)
class Understand:
    """Score choices that code offers; the model never writes text."""

    EVENT = "understand"

    instruction: str
    """What the model is told first; the same for all turns of one kind, so that it stays cached"""
    context: str
    """What was asked and what is known, in words; no id, number or name of a caller"""
    said: str
    """The caller's words"""
    choices: tuple[str, ...]
    """The continuations to score, 2 to 12, short"""
    deadline_ms: int = 600
    """Give up after this many milliseconds and answer with an error"""

    def event(self) -> Event:
        """As a Wyoming event."""
        return Event(
            type=self.EVENT,
            data={
                "instruction": self.instruction,
                "context": self.context,
                "said": self.said,
                "choices": list(self.choices),
                "deadline_ms": self.deadline_ms,
            },
        )

    @classmethod
    def from_event(cls, event: Event) -> Understand:
        """Read it back; KeyError when a field is missing."""
        data = event.data
        return cls(
            instruction=str(data["instruction"]),
            context=str(data["context"]),
            said=str(data["said"]),
            choices=tuple(str(choice) for choice in data["choices"]),
            deadline_ms=int(data.get("deadline_ms", 600)),
        )


@dataclass(frozen=True)
class Understood:
    """The answer to `understand`."""

    EVENT = "understood"

    scores: tuple[float, ...]
    """Probability of each choice, in the order offered; they add up to 1"""
    ms: float
    """Milliseconds of computing"""

    def event(self) -> Event:
        """As a Wyoming event."""
        return Event(type=self.EVENT, data={"scores": list(self.scores), "ms": self.ms})

    @classmethod
    def from_event(cls, event: Event) -> Understood:
        """Read it back; KeyError when a field is missing."""
        return cls(tuple(float(s) for s in event.data["scores"]), float(event.data["ms"]))


@dataclass(frozen=True)
class Capabilities:
    """What the worker can do now, from its `info` (`data["nightporter"]`)."""

    recogniser: str | None = None
    """Name of the loaded recogniser model, None when there is none"""
    voice: str | None = None
    """Name of the loaded voice"""
    language_model: str | None = None
    """Name of the loaded language model"""
    voice_activity: str | None = None
    """Name of the loaded voice activity detector"""
    failed: dict[str, str] = field(default_factory=dict)
    """Engine kind -> why it could not be loaded"""

    def as_data(self) -> dict[str, Any]:
        """For the `nightporter` key of `info`."""
        return {
            "recogniser": self.recogniser,
            "voice": self.voice,
            "language_model": self.language_model,
            "voice_activity": self.voice_activity,
            "failed": dict(self.failed),
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Capabilities:
        """Read it back; unknown keys are ignored."""
        return cls(
            recogniser=data.get("recogniser"),
            voice=data.get("voice"),
            language_model=data.get("language_model"),
            voice_activity=data.get("voice_activity"),
            failed=dict(data.get("failed") or {}),
        )


def prompt_end(context: str, said: str) -> str:
    """How a language model is shown a turn, after the instruction; a choice follows it."""
    before = f"{context}\n" if context else ""
    words = " ".join(said.split()).replace('"', "'")
    return f'{before}Caller: "{words}"\nAnswer:'


def prompt_example(said: str, choice: str, context: str = "") -> str:
    """A turn with its answer, for the examples in an instruction; looks as turns will look."""
    return f"{prompt_end(context, said)} {choice}\n"


def synthesize_event(text: str, *, keep: bool) -> Event:
    """Wyoming `synthesize`; keep=True also stores the phrase on disk (never with personal data)."""
    return Event(type="synthesize", data={"text": text, "keep": keep})
