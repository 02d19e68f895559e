"""The store behind one thread, so that no call's audio ever waits for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from gateway.errors import StoreError
from gateway.store.store import Store

STORE_DEADLINE_S = 3.0
"""A commit on a slow memory card takes 0.3 s; past this the caller is offered a message."""

T = TypeVar("T")


class StoreDesk:
    """Runs the store's calls one by one in a thread of their own, so that no call's audio waits."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def do(self, work: Callable[[Store], T]) -> T:
        """The result of `work(store)`; StoreError when it fails or takes too long.

        Work that is not begun in time is dropped, and work that has begun is awaited once more (a
        locked database gives up by itself in that time): so nothing is written after the caller
        was told that it could not be, unless the disk itself hangs.
        """
        future = self._thread.submit(work, self.store)
        answer = asyncio.wrap_future(future)
        try:
            for _ in range(2):
                done, _ = await asyncio.wait((answer,), timeout=STORE_DEADLINE_S)
                if done:
                    return answer.result()
                if future.cancel():
                    break
        except asyncio.CancelledError:
            future.cancel()
            raise
        raise StoreError(f"the database did not answer within {STORE_DEADLINE_S} s")

    def soon(self, work: Callable[[Store], object], failed: Callable[[Exception], None]) -> None:
        """Do it in its turn without anybody waiting; `failed` is told in the store's thread."""

        def done(future: Future[object]) -> None:
            error = None if future.cancelled() else future.exception()
            if isinstance(error, Exception):
                failed(error)

        self._thread.submit(work, self.store).add_done_callback(done)

    def close(self) -> None:
        """Finish what is running and close the database."""
        self._thread.submit(self.store.close).result()
        self._thread.shutdown()
