"""Work that nobody waits for any more: dropped where it has not begun, else seen to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.errors import StoreError
from gateway.store.store import Store
from gateway.switchboard import store_desk
from gateway.switchboard.store_desk import StoreDesk
from tests.switchboard.test_call import sample


class Disk:
    """Work that hangs until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.seen: list[str] = []
        self.refusals = 0

    def write(self, _store: Store) -> str:
        self.begun.set()
        assert self.go.wait(60)
        return "written"

    def fail(self, store: Store) -> str:
        self.write(store)
        raise StoreError("not written")

    def late(self, _store: Store, result: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreError("the database is locked")
        self.seen.append(result)


Test = Callable[[StoreDesk, Disk], Awaitable[None]]


@pytest.fixture
def at_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], list[str]]:
    monkeypatch.setattr(store_desk, "STORE_DEADLINE_S", 0.1)
    monkeypatch.setattr(store_desk, "TRY_AGAIN_S", (0.01, 0.01))

    def run(test: Test) -> list[str]:
        async def whole() -> list[str]:
            desk, disk = StoreDesk(Store.open(tmp_path / "n.db", sample())), Disk()
            try:
                await test(desk, disk)
            finally:
                disk.go.set()
                await asyncio.gather(*desk._late)
                desk.close()
            return disk.seen

        return asyncio.run(whole())

    return run


@pytest.mark.parametrize("refusals", [0, 1])
def test_what_comes_through_after_the_deadline_is_seen_to_even_if_refused_once(
    at_desk: Callable[[Test], list[str]], refusals: int
) -> None:
    async def test(desk: StoreDesk, disk: Disk) -> None:
        disk.refusals = refusals
        with pytest.raises(StoreError, match="did not answer"):
            await desk.do(disk.write, disk.late)
        assert disk.begun.is_set() and not disk.seen

    assert at_desk(test) == ["written"]


def test_what_comes_through_after_the_reply_was_too_late_is_seen_to(
    at_desk: Callable[[Test], list[str]],
) -> None:
    async def test(desk: StoreDesk, disk: Disk) -> None:
        doing = asyncio.create_task(desk.do(disk.write, disk.late))
        await asyncio.to_thread(disk.begun.wait)
        doing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doing

    assert at_desk(test) == ["written"]


def test_what_failed_or_never_began_leaves_nothing_to_see_to(
    at_desk: Callable[[Test], list[str]],
) -> None:
    async def test(desk: StoreDesk, disk: Disk) -> None:
        failing = asyncio.create_task(desk.do(disk.fail, disk.late))
        await asyncio.to_thread(disk.begun.wait)
        with pytest.raises(StoreError, match="did not answer"):
            await desk.do(disk.write, disk.late)
        with pytest.raises(StoreError):
            await failing

    assert at_desk(test) == []
