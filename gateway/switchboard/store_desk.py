"""The store behind one thread, so that no call's audio ever waits for the disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from gateway.contract.service import log_fields
from gateway.errors import NightporterError, StoreError
from gateway.store.store import Store

log = logging.getLogger(__name__)

STORE_DEADLINE_S = 3.0
"""A commit on a slow memory card takes 0.3 s; past this the caller is offered a message."""
TRY_AGAIN_S = (2.0, 5.0, 15.0, 60.0, 300.0)
"""Pauses before a late row is seen to again, where the database refused that too."""

T = TypeVar("T")


class StoreDesk:
    """Runs the store's calls one by one in a thread of their own, so that no call's audio waits."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._late: set[asyncio.Task[None]] = set()

    async def do(
        self, work: Callable[[Store], T], late: Callable[[Store, T], object] | None = None
    ) -> T:
        """The result of `work(store)`; StoreError when it fails or takes too long.

        Work that is not begun in time is dropped, and work that has begun is awaited once more (a
        locked database gives up by itself in that time): so nothing is written after the caller
        was told that it could not be, unless the disk itself hangs. What is written even then goes
        to `late(store, result)`, in the next transaction.
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
            self._given_up(future, late)
            raise
        self._given_up(future, late)
        raise StoreError(f"the database did not answer within {STORE_DEADLINE_S} s")

    def _given_up(self, future: Future[T], late: Callable[[Store, T], object] | None) -> None:
        if future.cancel() or future.cancelled() or late is None:
            return

        def see_to(store: Store) -> None:
            if future.exception() is None:  # the only thread: it is done by now
                late(store, future.result())

        with contextlib.suppress(RuntimeError):  # closed: the next start ends the call
            seen = self._thread.submit(see_to, self.store)
            task = asyncio.get_running_loop().create_task(self._again(seen, see_to))
            self._late.add(task)
            task.add_done_callback(self._late.discard)

    async def _again(self, seen: Future[None], see_to: Callable[[Store], None]) -> None:
        for pause in TRY_AGAIN_S:
            try:
                await asyncio.wrap_future(seen)
                return
            except NightporterError as error:
                log.error("late-row-not-told", extra=log_fields(kind=type(error).__name__))
            await asyncio.sleep(pause)
            seen = self._thread.submit(see_to, self.store)

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
