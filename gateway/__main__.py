"""The gateway: settings, store, models, switchboard, run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from datetime import UTC, datetime

from gateway.contract.service import Paths, Service, log_fields, start_logging
from gateway.contract.settings import Settings
from gateway.contract.settings_file import load_settings
from gateway.conversation.conversation import office_of
from gateway.errors import NightporterError
from gateway.store.store import Store
from gateway.switchboard.health import ModelsHealth
from gateway.switchboard.later_words import LaterWords
from gateway.switchboard.mailbox import Mailbox
from gateway.switchboard.premises import Premises
from gateway.switchboard.server import Switchboard
from gateway.switchboard.store_desk import StoreDesk
from gateway.switchboard.warm import keep_warm

log = logging.getLogger(__name__)

TURN_S = 0.5
"""How often the main loop shows that it lives."""
HOUSEKEEPING_S = 3600.0
"""How often retention runs; what is due is erased within the hour."""
HOUSEKEEPING_PAUSE_S = 2.0
"""Between two batches of it, for whoever wants the database meanwhile."""


async def main(paths: Paths, settings: Settings) -> None:
    """Run until SIGTERM."""
    service = Service("gateway", paths)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    service.stop_on_signals(lambda: _set_soon(loop, stop))
    board = Switchboard()
    desk = StoreDesk(Store.open(paths.database, settings, recordings=paths.recordings))
    health = ModelsHealth(
        settings.speech, paths.models_socket, paths.phrases, paths.state / "voice.txt"
    )
    mailbox = Mailbox(paths, desk, board.is_live)
    premises = Premises(office_of(settings), paths, desk, health, mailbox)
    await health.look()
    await mailbox.look()  # before close_orphans: a message is more than a call broken off
    await desk.do(lambda store: store.close_orphans(now=datetime.now(UTC)))
    server = await board.serve(premises)
    background = [
        asyncio.create_task(health.run()),
        asyncio.create_task(mailbox.run()),
        asyncio.create_task(keep_warm(premises, lambda: bool(board.calls))),
        asyncio.create_task(LaterWords(premises, lambda: bool(board.calls)).run()),
        asyncio.create_task(_housekeeping(desk)),
    ]
    service.ready()
    try:
        while not stop.is_set():
            service.alive(rung=health.rung, calls=len(board.calls), calls_total=board.total)
            _raise_if_ended(background)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TURN_S)
    finally:
        server.close()
        for task in background:
            task.cancel()
        desk.close()
        service.stopped()


def _set_soon(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    loop.call_soon_threadsafe(stop.set)


async def _housekeeping(desk: StoreDesk) -> None:
    while True:
        with contextlib.suppress(NightporterError):
            more = True
            while more:
                erased = await desk.do(lambda store: store.run_retention(now=datetime.now(UTC)))
                more = erased.more
                await asyncio.sleep(HOUSEKEEPING_PAUSE_S)
        await asyncio.sleep(HOUSEKEEPING_S)


def _raise_if_ended(tasks: list[asyncio.Task[None]]) -> None:
    """A background task never ends by itself: its error ends the program, which starts afresh."""
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


def run() -> int:
    """Exit status: 0 stopped, 1 could not start."""
    start_logging("gateway")
    paths = Paths.from_environment()
    try:
        paths.make_folders()
        settings = load_settings(paths.settings)
        asyncio.run(main(paths, settings))
    except NightporterError as error:
        log.error("cannot-start", extra=log_fields(reason=str(error).replace("\n", "; ")))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run())
