"""The caller's own recogniser, in a process of its own that yields to everything else."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
import soxr
from numpy.typing import NDArray

from gateway.errors import StartRefused

if TYPE_CHECKING:
    from models.moonshine import Moonshine

MODEL = "moonshine-tiny-en"
"""Name in models/catalog.toml."""
RATE_HZ = 16_000
"""Rate of the model."""
LOAD_DEADLINE_S = 30.0
"""Loading takes one second; on a loaded machine ten."""
READ_DEADLINE_S = 15.0
"""One sentence takes half a second; the call goes on without words after this."""
NICENESS = 3
"""The box computes first: a real caller's head is not on its processor. Not more, or a caller on
a busy machine thinks for so long that the box asks again."""

_model: Moonshine | None = None


class Recogniser:
    """Reads what the box was heard to say."""

    def __init__(self, models: Path) -> None:
        self._folder = models / MODEL
        if not self._folder.is_dir():
            raise StartRefused(f"{self._folder}: the recogniser is missing; run `make setup`")
        self._pool = ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), initializer=_load, initargs=(self._folder,)
        )

    async def __aenter__(self) -> Self:
        silence = np.zeros(RATE_HZ, np.int16)
        await self._read(silence, RATE_HZ, LOAD_DEADLINE_S)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def read(self, sound: NDArray[np.int16], rate_hz: int) -> str:
        """The words of one utterance; empty when there are none or it took too long."""
        try:
            return await self._read(sound, rate_hz, READ_DEADLINE_S)
        except TimeoutError:
            return ""

    async def _read(self, sound: NDArray[np.int16], rate_hz: int, deadline_s: float) -> str:
        loop = asyncio.get_running_loop()
        task = loop.run_in_executor(self._pool, _read, sound.tobytes(), rate_hz)
        return await asyncio.wait_for(task, deadline_s)


def _load(folder: Path) -> None:
    global _model
    os.nice(NICENESS)
    from models.moonshine import Moonshine

    _model = Moonshine(folder, MODEL, ("en",))


def _read(pcm: bytes, rate_hz: int) -> str:
    from models.plausible import guard

    assert _model is not None
    samples = np.frombuffer(pcm, np.int16).astype(np.float32) / 32768
    words = _model.read(soxr.resample(samples, rate_hz, RATE_HZ)).strip()
    return guard(words, len(samples) / rate_hz).text
