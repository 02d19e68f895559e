"""Moonshine: an English recogniser that reads a whole utterance in one pass."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gateway.errors import ModelError
from models.engines import RATE, Heard
from models.plausible import guard

# The library's own switch; on two cores a second thread only burns the line's share. Read at load.
os.environ.setdefault("MOONSHINE_ORT_SINGLE_THREAD", "1")

from moonshine_voice.moonshine_api import ModelArch, TranscriptC
from moonshine_voice.transcriber import Transcriber

LONGEST_S = 30
"""The model was trained on utterances up to 30 s; what comes later is not read."""
SHORTEST_S = 0.35
"""Below this the model says "You"; silence is added up to here."""
OPTIONS = {"vad_threshold": "0", "return_audio_data": "false"}
"""No segmenting of its own: one utterance, one pass, one line."""

Samples = npt.NDArray[np.float32]


class Moonshine:
    """One model, shared by all streams; one pass at a time."""

    tail_ms = 64
    streaming = False

    def __init__(self, folder: Path, name: str, languages: tuple[str, ...]) -> None:
        self.name = name
        self.languages = languages
        self._transcriber = Transcriber(folder, ModelArch.TINY, options=OPTIONS)
        self.read(np.zeros(RATE, dtype=np.float32))

    def stream(self) -> MoonshineStream:
        """A new utterance."""
        return MoonshineStream(self)

    def read(self, samples: Samples) -> str:
        """The text of one utterance. The buffer goes to the C library as it is: the Python
        wrapper copies it into lists first, 10 ms a second of audio."""
        answer = ctypes.POINTER(TranscriptC)()
        code = self._transcriber._lib.moonshine_transcribe_without_streaming(
            self._transcriber._handle,
            samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float)),
            len(samples),
            RATE,
            0,
            ctypes.byref(answer),
        )
        if code != 0 or not answer:
            raise ModelError(f"Moonshine refused the audio (error {code})")
        lines = (answer.contents.lines[i] for i in range(answer.contents.line_count))
        return " ".join(
            ctypes.string_at(line.text).decode("utf-8", errors="replace").strip()
            for line in lines
            if line.text
        )


class MoonshineStream:
    """Keeps the utterance; every look reads all of it, unless nothing came since."""

    def __init__(self, model: Moonshine) -> None:
        self._model = model
        self._audio = bytearray()
        self._read_bytes = 0
        self._heard = Heard("")

    def feed(self, pcm: bytes) -> None:
        """Take audio, up to the model's limit."""
        room = LONGEST_S * RATE * 2 - len(self._audio)
        self._audio += pcm[:room]

    def so_far(self) -> Heard:
        """Read everything again."""
        if self._read_bytes != len(self._audio):
            self._read_bytes = len(self._audio)
            samples = np.frombuffer(bytes(self._audio), dtype="<i2").astype(
                np.float32
            ) / np.float32(32768)
            seconds = len(samples) / RATE
            missing = int(SHORTEST_S * RATE) - len(samples)
            if missing > 0:
                samples = np.concatenate((samples, np.zeros(missing, dtype=np.float32)))
            self._heard = guard(self._model.read(samples), seconds)
        return self._heard

    def final(self) -> Heard:
        """The last reading, if nothing came since."""
        return self.so_far()
