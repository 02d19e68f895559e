"""The models worker: `python -m models`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from gateway.contract.patience import PATIENCE
from gateway.contract.service import Paths, Service, log_fields, start_logging
from gateway.contract.settings_file import load_settings
from gateway.errors import NightporterError
from models.loading import Engines, Wanted, load_engines
from models.server import Server

log = logging.getLogger("models")

NICENESS = 5
"""The line and the gateway come first on every core: their work is short, ours is long."""
TICK_S = 0.5
"""Between two looks at the lanes; the watchdog is fed from here."""
STUCK_S = 30.0 * PATIENCE
"""No job takes so long (the longest, a first instruction, takes a few seconds): the engine hangs,
the watchdog is not fed any more and the supervisor starts the worker anew."""


def main() -> None:
    """Load, serve, stop on SIGTERM."""
    start_logging("models")
    paths = Paths.from_environment()
    try:
        paths.make_folders()
        wanted = wanted_models(paths.settings)
        asyncio.run(_run(Service("models", paths), wanted))
    except NightporterError as error:
        log.error("start-refused", extra=log_fields(why=str(error)))
        sys.exit(1)
    sys.stderr.flush()
    os._exit(0)  # an engine's thread may still compute; nothing of it is wanted any more


def wanted_models(settings_file: Path) -> Wanted:
    """What site.toml asks for; the defaults where there is no file."""
    if not settings_file.exists():
        log.warning("no-settings", extra=log_fields(using="defaults"))
        return Wanted()
    settings = load_settings(settings_file)
    return Wanted(
        language=settings.office.language,
        recogniser=settings.speech.recogniser,
        language_model=settings.speech.language_model,
        voice=settings.speech.voice,
    )


async def _run(service: Service, wanted: Wanted) -> None:
    with contextlib.suppress(PermissionError):  # systemd's filter: the unit has set it already
        os.nice(NICENESS)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        loop.call_soon_threadsafe(stop.set)

    service.stop_on_signals(on_signal)
    _remove_unfinished(service.paths.phrases)
    engines = await _load(wanted, service, stop)
    if engines is not None:
        server = Server(engines, service.paths.phrases)
        listener = await server.listen(service.paths.models_socket)
        service.ready("serving")
        service.write_status(**_facts(server))
        log.info("ready", extra=log_fields(resident_mb=resident_mb()))
        while not stop.is_set():
            _feed(service, server)
            await _wait(stop, TICK_S)
        listener.close()
        server.stop()
        service.paths.models_socket.unlink(missing_ok=True)
    service.stopped()
    log.info("stopped")


async def _load(wanted: Wanted, service: Service, stop: asyncio.Event) -> Engines | None:
    """Beside the loop, so that SIGTERM is heard; None when it came."""
    loading: asyncio.Future[Engines] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()

    def load() -> None:
        try:
            engines = load_engines(wanted, service.paths.models, service.paths.phrases)
        except BaseException as error:  # noqa: BLE001 - handed to the loop, which raises it
            loop.call_soon_threadsafe(loading.set_exception, error)
        else:
            loop.call_soon_threadsafe(loading.set_result, engines)

    threading.Thread(target=load, name="loading", daemon=True).start()
    while not loading.done() and not stop.is_set():
        await asyncio.wait({loading}, timeout=TICK_S)
    return None if stop.is_set() else loading.result()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _feed(service: Service, server: Server) -> None:
    """Only while every engine moves."""
    for lane in server.lanes.all():
        if lane.running_s > STUCK_S:
            log.error("engine-stuck", extra=log_fields(lane=lane.name, s=round(lane.running_s)))
            return
    service.alive(**_facts(server))


def _facts(server: Server) -> dict[str, Any]:
    return {
        "models": server.engines.capabilities().as_data(),
        "resident_mb": resident_mb(),
        "connections": server.connections,
        "served": {lane.name: lane.served for lane in server.lanes.all()},
        "p95_ms": {lane.name: lane.p95_ms for lane in server.lanes.all()},
    }


def resident_mb() -> int:
    """Memory of this process that is in RAM, files mapped into it included (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def _remove_unfinished(phrases: Path) -> None:
    """What a killed worker was writing when it died."""
    for file in phrases.glob(".*"):
        file.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
