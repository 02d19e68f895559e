"""Limits the processor time of a piece of work that strangers can make endless."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def processor_limit(seconds: float) -> Iterator[None]:
    """TimeoutError once the work has used so many seconds of processor time; main thread only.

    Processor time, not the clock's: a busy machine makes no difference.
    """

    def stop(_number: int, _frame: object) -> None:
        raise TimeoutError("processor time is used up")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.1)  # again, should a library swallow it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
