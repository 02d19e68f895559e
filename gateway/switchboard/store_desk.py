"""The store behind one thread, so that no call's audio ever waits for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
        """The result of `work(store)`; StoreError when it fails or takes too long."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._thread, work, self.store)
        try:
            return await asyncio.wait_for(asyncio.shield(future), STORE_DEADLINE_S)
        except TimeoutError as error:
            raise StoreError(f"the database did not answer within {STORE_DEADLINE_S} s") from error

    def close(self) -> None:
        """Finish what is running and close the database."""
        self._thread.submit(self.store.close).result()
        self._thread.shutdown()
