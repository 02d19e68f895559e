"""A commit that comes through after its caller was told that it could not be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.store.store import Store
from tests.busy_machine import again_when_late
from tests.fakes.fake_line import FakeLine
from tests.processes.gateway_process import GatewayProcess, book, running_gateway, site, until
from tests.processes.slow_disk import SlowDisk

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]

IMPATIENT = "tone_after_ms = 300\nfiller_after_ms = 500\nmessage_after_ms = 2500"
"""Replies that are not late at all on a busy machine, and not longer to wait for than need be."""
Test = Callable[[GatewayProcess, FakeLine, SlowDisk], Awaitable[None]]


def at_the_read_back(folder: Path, test: Test) -> None:
    """A caller who has only to say yes, at a gateway whose disk can hang."""

    async def whole() -> None:
        disk = SlowDisk(folder)
        async with running_gateway(site(IMPATIENT), start=False) as gateway:
            gateway.environ |= disk.environ
            gateway.start()
            await gateway.ready()
            line = gateway.line()
            await line.call()
            await book(line, "read-back")
            await test(gateway, line, disk)

    asyncio.run(asyncio.wait_for(whole(), 280))


def to_do(gateway: GatewayProcess) -> dict[str, str]:
    """Reason and text of what is open."""
    store = Store.open(gateway.paths.database, gateway.settings)
    try:
        return {task.reason: task.text for task in store.open_follow_ups()}
    finally:
        store.close()


@again_when_late
def test_what_is_written_after_the_apology_is_told_by_somebody(tmp_path: Path) -> None:
    async def test(gateway: GatewayProcess, line: FakeLine, disk: SlowDisk) -> None:
        with disk.hangs_at("appointment.booked"):
            await line.say("yes please")
            await line.hears("can't reach the book")
            await line.hang_up()
        await until(lambda: gateway.appointments(line) and "unheard" in gateway.follow_ups(line))
        text = to_do(gateway)["unheard"]
        assert "told that the book could not be reached" in text and "it stands" in text
        await gateway.outcome(line)
        assert not line.heard_any("That's booked") and not gateway.unowned()
        assert gateway.follow_ups(line).count("unheard") == 1

    at_the_read_back(tmp_path, test)


@again_when_late
def test_a_gateway_killed_over_a_late_commit_leaves_nothing_in_silence(tmp_path: Path) -> None:
    async def test(gateway: GatewayProcess, line: FakeLine, disk: SlowDisk) -> None:
        with disk.hangs_at("appointment.booked"):
            await line.say("yes please")
            await line.hears("can't reach the book")
            gateway.kill()
        await line.gone.wait()
        line.spool_message("gateway-lost")  # there before the gateway is back
        gateway.start()
        await gateway.ready()
        await until(lambda: "voicemail" in gateway.follow_ups(line))
        assert gateway.appointments(line), "its frames were written, and only not yet saved"
        assert sorted(gateway.follow_ups(line)) == ["unheard", "voicemail"]
        assert await gateway.outcome(line) == "booked"
        assert not gateway.unowned()

    at_the_read_back(tmp_path, test)
