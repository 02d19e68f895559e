"""The calendar bridge, `python -m gateway.calendar_bridge [calendar-bridge.toml]`."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path
from typing import Any

from gateway.calendar_bridge.bridge import EVERYBODY, Bridge
from gateway.calendar_bridge.broker_side import BrokerSide, subscriptions
from gateway.calendar_bridge.calendar_link import CalendarLink, default_python
from gateway.calendar_bridge.memory import Memory
from gateway.calendar_bridge.settings import BridgeSettings, load_bridge_settings, read_password
from gateway.contract.certificates import read_certificates
from gateway.contract.service import Paths, Service, log_fields, start_logging
from gateway.errors import NightporterError
from gateway.sync.connection import Address
from gateway.sync.topics import Topics

log = logging.getLogger(__name__)

FILE = "calendar-bridge.toml"
"""Beside site.toml, unless told otherwise."""


def main(paths: Paths, settings: BridgeSettings, folder: Path) -> None:
    """Run until SIGTERM or SIGINT; password files are named from `folder`."""
    for needed in (paths.state, paths.runtime):
        needed.mkdir(parents=True, exist_ok=True, mode=0o700)
    service = Service("calendar-bridge", paths)
    service.stop_on_signals()
    link = make_link(settings, folder)
    memory = Memory(Path(settings.state) if settings.state else paths.state / "calendar-bridge.db")
    topics = Topics(settings.site, settings.box)
    address = broker_address(settings, folder)
    broker = BrokerSide(memory, topics, address, settings.heartbeat_s)
    bridge = Bridge(settings, memory, broker, link)
    service.ready(f"{len(settings.calendars)} calendars")
    said: dict[str, Any] = {}
    next_facts = 0.0
    while not service.stopping:
        bridge.step()
        facts = said
        if time.monotonic() >= next_facts or bridge.unreachable != said["unreachable"]:
            facts, next_facts = bridge.facts(), time.monotonic() + service.STATUS_EVERY_S
        if facts == said:
            service.alive(**facts)
        else:
            service.write_status(**facts)  # others wait for it
        said = facts
    bridge.close()
    link.close()
    memory.close()
    service.stopped()


def broker_address(settings: BridgeSettings, folder: Path) -> Address:
    """Where the broker is and who the bridge is there; SettingsError about the password file."""
    return Address(
        settings.broker.beside(folder),
        client_id=f"nightporter-calendar-{settings.site}-{settings.box}",
        password=read_password(settings.broker.password_file, folder, "broker.password_file"),
        subscriptions=subscriptions(Topics(settings.site, settings.box)),
    )


def make_link(settings: BridgeSettings, folder: Path) -> CalendarLink:
    """The CalDAV worker, not yet started; StartRefused, or an error about one of the files."""
    python = Path(settings.caldav_python) if settings.caldav_python else default_python()
    calendars: dict[str, dict[str, str | None]] = {}
    for number, calendar in enumerate(settings.calendars, start=1):
        field = f"calendars.{number}"
        ca = str(folder / calendar.ca) if calendar.ca is not None else None
        if ca is not None:
            read_certificates(f"{field}.ca", ca)
        calendars[calendar.practitioner or EVERYBODY] = {
            "url": calendar.url,
            "user": calendar.user,
            "password": read_password(calendar.password_file, folder, f"{field}.password_file"),
            "ca": ca,
        }
    return CalendarLink(python, calendars)


def run(file: Path | None = None) -> int:
    """Exit status: 0 stopped, 1 could not start."""
    start_logging("calendar-bridge")
    paths = Paths.from_environment()
    try:
        named = file or paths.settings.with_name(FILE)
        main(paths, load_bridge_settings(named), named.absolute().parent)
    except NightporterError as error:
        log.error("cannot-start", extra=log_fields(reason=str(error).replace("\n", "; ")))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
