"""The sync program, `python -m gateway.sync`: carries copies of the facts to the broker."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from datetime import UTC, datetime

from gateway.appointments.book import Book
from gateway.contract.service import Paths, Service, log_fields, read_status, start_logging
from gateway.contract.settings import Secrets, Settings
from gateway.contract.settings_file import load_secrets, load_settings
from gateway.errors import NightporterError, StoreError
from gateway.store.outbox import OutboxState
from gateway.store.store import Store
from gateway.sync.carrier import Carrier
from gateway.sync.connection import Address
from gateway.sync.inbound import Inbound
from gateway.sync.state import NEEDED, State, state_of
from gateway.sync.topics import Topics

log = logging.getLogger(__name__)

IDLE_S = 0.5
"""Without a broker in the settings there is nothing to do but to live."""
BUSY_S = 10.0
"""No caller waits for this program, and its watchdog allows 60 s: it can wait its turn."""
LOOK_EVERY_S = 2.0
"""Programs write their status files this often."""


class Programs:
    """What the box's programs last said, looked up now and then."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._started = time.monotonic()
        self._looked = float("-inf")
        self._state = State.INIT

    def state(self) -> State:
        """State of the box as its programs tell it."""
        now = time.monotonic()
        if now - self._looked >= LOOK_EVERY_S:
            self._looked = now
            said = {name: read_status(self._paths, name) for name in NEEDED}
            self._state = state_of(said, now - self._started)
        return self._state


def make_carrier(
    store: Store, settings: Settings, secrets: Secrets, inbound: Inbound, programs: Programs
) -> Carrier | None:
    """The carrier of the office's broker, or None when the settings name none."""
    broker = settings.office.mqtt
    if broker is None:
        return None
    topics = Topics(settings.office.site, settings.office.box)
    password = secrets.office_mqtt_password
    address = Address(
        broker,
        client_id=f"nightporter-{topics.site}-{topics.box}",
        password=password.get_secret_value() if password else None,
        subscriptions=(topics.inbound, topics.state),
    )
    return Carrier(store, topics, address, inbound, programs.state)


class Report:
    """Feeds the watchdog and tells, every LOOK_EVERY_S, how far behind the outside is."""

    def __init__(self, service: Service, store: Store, inbound: Inbound) -> None:
        self._service = service
        self._store = store
        self._inbound = inbound
        self._looked = float("-inf")
        self._queue = OutboxState(0, 0.0)

    def tell(self, carrier: Carrier | None) -> None:
        """Call it from the loop."""
        if time.monotonic() - self._looked >= LOOK_EVERY_S:
            self._looked = time.monotonic()
            with contextlib.suppress(StoreError):  # the carrier has met it too, and logs it
                self._queue = self._store.outbox_state(now=datetime.now(UTC))
        self._service.alive(
            configured=carrier is not None,
            connected=carrier is not None and carrier.connected,
            queued=self._queue.queued,
            oldest_s=round(self._queue.oldest_s, 1),
            refused=self._inbound.refused,
        )


def main(paths: Paths, settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    paths.make_folders()
    service = Service("sync", paths)
    service.stop_on_signals()
    store = Store.open(paths.database, settings, recordings=paths.recordings, busy_s=BUSY_S)
    topics = Topics(settings.office.site, settings.office.box)
    inbound = Inbound(store, topics, Book.from_settings(settings))
    carrier = make_carrier(store, settings, load_secrets(paths.secrets), inbound, Programs(paths))
    report = Report(service, store, inbound)
    service.ready("carrying" if carrier else "no broker in the settings")
    while not service.stopping:
        if carrier is None:
            time.sleep(IDLE_S)
        else:
            carrier.step()
        report.tell(carrier)
    if carrier is not None:
        carrier.close()
    store.close()
    service.stopped()


def run() -> int:
    """Exit status: 0 stopped, 1 could not start."""
    start_logging("sync")
    paths = Paths.from_environment()
    try:
        main(paths, load_settings(paths.settings))
    except NightporterError as error:
        log.error("cannot-start", extra=log_fields(reason=str(error).replace("\n", "; ")))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run())
