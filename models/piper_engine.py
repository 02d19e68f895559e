"""Piper: a neural voice that speaks clause by clause."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # publishes no types
from piper.config import PiperConfig, SynthesisConfig
from piper.voice import PiperVoice

from models.clauses import split_clauses
from models.loudness import to_box_audio

THREADS = 1
"""One thread speaks ten times faster than real time; the other core is the line's."""

SEED = 1
"""The voice varies its breath by chance; the same words in the same order sound the same again."""


class Piper:
    """One voice; one clause at a time."""

    def __init__(self, file: Path, name: str, languages: tuple[str, ...]) -> None:
        self.name = name
        self.languages = languages
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        options.inter_op_num_threads = 1
        onnxruntime.set_seed(SEED)
        session = onnxruntime.InferenceSession(
            str(file), sess_options=options, providers=["CPUExecutionProvider"]
        )
        config = json.loads(Path(f"{file}.json").read_text(encoding="utf-8"))
        self._voice = PiperVoice(session=session, config=PiperConfig.from_dict(config))
        self._style = SynthesisConfig(normalize_audio=False)
        for _ in self.speak("Okay."):
            pass

    def speak(self, text: str) -> Iterator[bytes]:
        """16 kHz 16-bit mono audio of each clause, with the pause after it."""
        for clause, pause_ms in split_clauses(text):
            sound = [
                chunk.audio_float_array for chunk in self._voice.synthesize(clause, self._style)
            ]
            if sound:
                yield to_box_audio(np.concatenate(sound), self._voice.config.sample_rate, pause_ms)
