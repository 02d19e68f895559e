"""The sync program, `python -m gateway.sync`: copies of the facts to the office's broker, status to
the operator's, and what both may say."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.appointments.book import Book
from gateway.contract.fleet import Health, topic
from gateway.contract.service import Paths, Service, log_fields, read_status, start_logging
from gateway.contract.settings import Secrets, Settings
from gateway.contract.settings_file import load_secrets, load_settings
from gateway.errors import NightporterError, StoreError
from gateway.store.outbox import OutboxState
from gateway.store.store import Store
from gateway.sync import home_assistant
from gateway.sync.carrier import Carrier
from gateway.sync.connection import Address
from gateway.sync.inbound import Inbound
from gateway.sync.operator.commands import Identity
from gateway.sync.operator.health import Place
from gateway.sync.operator.link import Link
from gateway.sync.operator.orders import Orders
from gateway.sync.operator.watch import Watch
from gateway.sync.state import NEEDED, State, state_of
from gateway.sync.topics import Topics
from gateway.sync.worker import Worker

log = logging.getLogger(__name__)

IDLE_S = 0.2
"""The connections live in threads of their own; here there is nothing to do but to live."""
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
    store: Store, settings: Settings, secrets: Secrets, inbound: Inbound, place: Surroundings
) -> Carrier | None:
    """The carrier of the office's broker, or None when the settings name none."""
    broker = settings.office.mqtt
    if broker is None:
        return None
    topics = Topics(settings.office.site, settings.office.box)
    password = secrets.office_mqtt_password
    wishes = (home_assistant.STATUS,) if settings.office.home_assistant else ()
    address = Address(
        broker,
        client_id=f"nightporter-{topics.site}-{topics.box}",
        password=password.get_secret_value() if password else None,
        subscriptions=(topics.inbound, topics.state),
        wishes=(topics.calendar, *wishes),
    )
    home = place.health if settings.office.home_assistant else None
    return Carrier(store, topics, address, inbound, place.programs.state, home)


def make_watch(paths: Paths, settings: Settings, secrets: Secrets, place: Surroundings) -> Watch:
    """Watches the box, with the operator's connection when the settings name a broker."""
    store = Store.open(paths.database, settings, recordings=paths.recordings, busy_s=BUSY_S)
    watched = Place(paths, settings, store, place.office_connected)

    def make_link(watch: Watch) -> Link | None:
        broker, office = settings.fleet.mqtt, settings.office
        if broker is None:
            return None
        identity = Identity(office.site, office.box, tuple(settings.fleet.operator_keys))
        password = secrets.fleet_mqtt_password
        address = Address(
            broker,
            client_id=f"nightporter-fleet-{identity.site}-{identity.box}",
            password=password.get_secret_value() if password else None,
            subscriptions=(identity.command_topic, topic(identity.site, identity.box, "state")),
        )
        orders = Orders(paths, watch.fresh_health)
        return Link(store, identity, address, orders, Programs(paths).state)

    return Watch(watched, make_link)


@dataclass
class Surroundings:
    """What the two connections know of each other: only this."""

    programs: Programs
    """state of the box, for the office"""
    carrier: Carrier | None = None
    """the office's connection"""
    watch: Watch | None = None
    """gathers health"""

    def health(self) -> Health | None:
        """As last gathered."""
        return self.watch.health if self.watch else None

    def office_connected(self) -> bool | None:
        """None: the settings name no broker of the office."""
        return self.carrier.connected if self.carrier else None


class Office(Worker):
    """Turns the carrier of the office's broker."""

    def __init__(self, carrier: Carrier) -> None:
        super().__init__("office")
        self.turn = carrier.step  # type: ignore[method-assign]
        self.leave = carrier.close  # type: ignore[method-assign]


class Report:
    """Feeds the watchdog and tells, every LOOK_EVERY_S, how far behind the outside is."""

    def __init__(self, service: Service, store: Store, inbound: Inbound) -> None:
        self._service = service
        self._store = store
        self._inbound = inbound
        self._looked = float("-inf")
        self._queue = OutboxState(0, 0.0)
        self._heard: datetime | None = None

    def tell(self, place: Surroundings, workers: list[Worker]) -> None:
        """Call it from the loop; while a worker hangs, the watchdog gets nothing."""
        stuck = [worker.name for worker in workers if worker.stuck]
        if time.monotonic() - self._looked >= LOOK_EVERY_S:
            self._looked = time.monotonic()
            if stuck:
                log.error("stuck", extra=log_fields(workers=stuck))
            with contextlib.suppress(StoreError):  # the workers have met it too, and log it
                self._queue = self._store.outbox_state(now=datetime.now(UTC))
                self._heard = self._store.calendar_heard()
        if stuck:
            return
        self._service.alive(
            configured=place.carrier is not None,
            connected=place.office_connected() is True,
            operator_connected=place.watch.connected if place.watch else None,
            queued=self._queue.queued,
            oldest_s=round(self._queue.oldest_s, 1),
            refused=self._inbound.refused,
            calendar_heard_at=self._heard.timestamp() if self._heard else None,
        )


def main(paths: Paths, settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    paths.make_folders()
    service = Service("sync", paths)
    service.stop_on_signals()
    secrets = load_secrets(paths.secrets)

    def open_store() -> Store:
        return Store.open(paths.database, settings, recordings=paths.recordings, busy_s=BUSY_S)

    store, own = open_store(), open_store()
    topics = Topics(settings.office.site, settings.office.box)
    inbound = Inbound(store, topics, Book.from_settings(settings))
    place = Surroundings(Programs(paths))
    place.carrier = make_carrier(store, settings, secrets, inbound, place)
    place.watch = make_watch(paths, settings, secrets, place)
    workers: list[Worker] = [place.watch]
    if place.carrier is not None:
        workers.append(Office(place.carrier))
    for worker in workers:
        worker.start()
    report = Report(service, own, inbound)
    service.ready("carrying" if place.carrier else "no broker in the settings")
    while not service.stopping:
        time.sleep(IDLE_S)
        report.tell(place, workers)
    for worker in workers:
        worker.ending.set()
    for worker in workers:
        worker.stop()
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
