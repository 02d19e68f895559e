"""A thread for one engine: jobs of all calls in turn, counted and timed."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

REMEMBERED = 200
"""Jobs whose duration is kept for the P95 in the status."""


class Lane:
    """First come, first served; the engines let go of the interpreter while they compute."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.served = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._open = 0
        self._started: float | None = None
        self._ms: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._open > 0

    @property
    def running_s(self) -> float:
        """How long the present job has been running."""
        started = self._started
        return 0.0 if started is None else time.monotonic() - started

    @property
    def p95_ms(self) -> float | None:
        """Of the latest jobs, without the time they waited."""
        times = sorted(self._ms)
        return round(times[int(len(times) * 0.95)], 1) if times else None

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do it on the thread. Who stops waiting does not stop the job."""
        self._open += 1
        loop = asyncio.get_running_loop()

        def closed(_job: Future[T]) -> None:
            loop.call_soon_threadsafe(self._close)

        job = self._thread.submit(self._timed, work, *arguments)
        job.add_done_callback(closed)
        return await asyncio.wrap_future(job)

    def stop(self) -> None:
        """Take no more jobs and do not wait for the present one."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _close(self) -> None:
        self._open -= 1

    def _timed(self, work: Callable[..., T], *arguments: Any) -> T:
        self._started = started = time.monotonic()
        try:
            return work(*arguments)
        finally:
            self._started = None
            self.served += 1
            self._ms.append((time.monotonic() - started) * 1000)
