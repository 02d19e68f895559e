"""Vosk: a streaming recogniser with small models for many languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import vosk

from models.engines import RATE, Heard

SILENT_LOG = -1
"""Kaldi's log level: its lines would hold what callers say."""


class Vosk:
    """One model, shared by all streams; each stream has its own decoder."""

    tail_ms = 500
    streaming = True

    def __init__(self, folder: Path, name: str, languages: tuple[str, ...]) -> None:
        self.name = name
        self.languages = languages
        vosk.SetLogLevel(SILENT_LOG)
        self._model = vosk.Model(model_path=str(folder))

    def stream(self) -> VoskStream:
        """A new utterance."""
        decoder = vosk.KaldiRecognizer(self._model, RATE)
        decoder.SetWords(True)
        return VoskStream(decoder)


class VoskStream:
    """Keeps the decoder's finished parts and asks it for the rest."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._parts: list[str] = []
        self._confidences: list[float] = []

    def feed(self, pcm: bytes) -> None:
        """Decode it; at a long pause the decoder finishes a part by itself."""
        if pcm and self._decoder.AcceptWaveform(pcm):
            self._keep(json.loads(self._decoder.Result()))

    def so_far(self) -> Heard:
        """Finished parts and the present guess; nothing is decided by asking."""
        guess = str(json.loads(self._decoder.PartialResult()).get("partial", ""))
        return Heard(" ".join((*self._parts, guess)).strip())

    def final(self) -> Heard:
        """Everything, with the mean confidence of its words."""
        self._keep(json.loads(self._decoder.FinalResult()))
        found = self._confidences
        return Heard(" ".join(self._parts), sum(found) / len(found) if found else None)

    def _keep(self, result: dict[str, Any]) -> None:
        if text := str(result.get("text", "")):
            self._parts.append(text)
            self._confidences += [float(word["conf"]) for word in result.get("result", ())]
