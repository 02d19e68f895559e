"""Watches the box, raises and closes its alerts, and tells the operator; a thread of its own.

The thread has its own connections to the database and to the operator's broker, so that a dead
broker of the operator never delays the office's, and the other way round. It also runs where no
operator watches: the office hears of what is wrong with its box in its list of follow-ups.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from gateway.contract.fleet import AlertKind, Health
from gateway.contract.service import log_fields
from gateway.errors import StoreError
from gateway.sync.operator import bundle_in
from gateway.sync.operator.alarms import Alarms, Closed, Opened
from gateway.sync.operator.health import HealthSource, Place, Said
from gateway.sync.operator.link import Link
from gateway.sync.operator.reserve import Reserve
from gateway.sync.worker import Worker

log = logging.getLogger(__name__)

HEALTH_EVERY_S = 60.0
"""Health is told each minute, and at once when line, rung, programs or night mode change."""
LOOK_EVERY_S = 2.0
"""Programs write their status files this often."""
IDLE_S = 0.5
"""Without a broker of the operator."""

FOR_THE_OFFICE = {
    AlertKind.OUTBOX_STUCK: "The office's broker takes no copies of bookings and messages; nothing "
    "is lost, they wait in the box. Have somebody look at the broker and the network.",
    AlertKind.DISK: "The disk of the box is nearly full; calls go on. Have somebody take old "
    "recordings off the box, or shorten [retention] in site.toml.",
    AlertKind.CALENDAR_STALE: "The office's calendar was not heard of; callers get requests "
    "instead of bookings. Have somebody look at the calendar bridge.",
    AlertKind.CLOCK: "The clock of the box is not set by any time server; check the times of new "
    "bookings, and have somebody look at the network.",
}
"""What of the alerts the office itself has to know, as a follow-up."""


class Watch(Worker):
    """start() it, ask `stuck` from the main loop, stop() it at the end."""

    def __init__(self, place: Place, make_link: Callable[[Watch], Link | None]) -> None:
        super().__init__("watch")
        self.health: Health | None = None
        """as last gathered; another thread may read it"""
        self._place = place
        self._store = place.store
        self._link = make_link(self)
        self._source = HealthSource(place)
        self._alarms = Alarms({AlertKind(row.kind) for row in place.store.open_alerts()})
        self._looked = self._gathered = float("-inf")
        self._signs: tuple[object, ...] = ()
        self._reserve = Reserve(place.paths.state)

    @property
    def connected(self) -> bool | None:
        """Whether the operator's broker has greeted us; None: the settings name none."""
        return None if self._link is None else self._link.connection > 0

    def fresh_health(self) -> Health:
        """As it is at this moment; StoreError. For the thread itself."""
        said, now = self._source.said(), datetime.now(UTC)
        return self._source.look(self._connection, said, self._alarms, now, time.monotonic()).health

    @property
    def _connection(self) -> int:
        return self._link.connection if self._link else 0

    def turn(self) -> None:
        """One look and one step of the link."""
        now_s = time.monotonic()
        if now_s - self._looked >= LOOK_EVERY_S:
            self._looked = now_s
            self._look(now_s)
        if self._link is None:
            self.ending.wait(IDLE_S)
        else:
            self._link.step()

    def leave(self) -> None:
        """Say goodbye to the operator's broker."""
        if self._link is not None:
            self._link.close()
        self._store.close()

    def _look(self, now_s: float) -> None:
        self._take_outcome()
        self._reserve.tend()
        said = self._source.said()
        signs = self._source.signs(said)
        if now_s - self._gathered < HEALTH_EVERY_S and signs == self._signs:
            return
        try:
            self.examine(datetime.now(UTC), now_s, said)
        except StoreError as error:
            log.warning("health-not-known: %s", error)
            return
        self._gathered, self._signs = now_s, signs

    def examine(self, now: datetime, now_s: float, said: Said | None = None) -> None:
        """Gather health, judge it, tell what is new; StoreError leaves it for the next look."""
        sight = self._source.look(
            self._connection, said or self._source.said(), self._alarms, now, now_s
        )
        self._note(self._alarms.judge(sight), now)
        self.health = sight.health
        if self._link is not None:
            self._link.tell(sight.health)

    def _note(self, changes: list[Opened | Closed], now: datetime) -> None:
        for change in changes:
            kind = change.kind
            log.warning("alert", extra=log_fields(kind=kind, open=isinstance(change, Opened)))
            try:
                self._write(change, now)
            except StoreError:
                self._alarms.undo(change)  # judged anew at the next look
                raise
        if changes and self._link is not None:
            self._link.alerts_changed()

    def _write(self, change: Opened | Closed, now: datetime) -> None:
        text = FOR_THE_OFFICE.get(change.kind)
        if isinstance(change, Opened):
            if text is not None:
                self._store.tell_office(change.kind, text, now=now)
            self._store.open_alert(change.kind, change.severity, change.value, now=now)
        else:
            if text is not None:
                self._store.untell_office(change.kind, now=now)
            self._store.close_alert(change.kind, now=now)

    def _take_outcome(self) -> None:
        outcome = bundle_in.take_outcome(self._place.paths, datetime.now(UTC))
        if outcome is not None and self._link is not None:
            self._link.tell_result(outcome)
