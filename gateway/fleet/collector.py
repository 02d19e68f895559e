"""Keeps the console's database up to what the fleet says, for as long as it runs."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.errors import SettingsError, SyncError
from gateway.fleet import message
from gateway.fleet.apply import Arrived, apply
from gateway.fleet.broker import Link
from gateway.fleet.database import Database
from gateway.fleet.settings import FleetSettings
from gateway.fleet.sweep import Sweep

TURN_S = 0.2
"""Longest wait for a message; stopping takes as long."""
TICK_S = 1.0
"""How often the console looks for what boxes cannot say themselves."""
QUIET_S = 3.0
"""No retained message for so long: the broker has sent all that it keeps."""
SNAPSHOT_QUIET_S = 1.0
"""The same for a command that a person waits for."""
SNAPSHOT_S = 60.0
"""Longest that a person waits for it; what is there by then is shown."""
RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Waits between tries to connect; the last one for ever."""


@dataclass
class Snapshot:
    """Retained messages since a subscription."""

    began: float
    """when, seconds since 1970"""
    last: float
    """monotonic, of the latest retained message"""
    open_alerts: set[tuple[str, str, str]] = field(default_factory=set)
    """site, box and kind of each retained alert"""
    messages: int = 0
    """how many there were"""

    def see(self, batch: list[Arrived]) -> None:
        """Note the retained ones among these."""
        for arrived in batch:
            if not arrived.retained:
                continue
            self.last = time.monotonic()
            self.messages += 1
            parts = arrived.topic.split("/")
            if len(parts) == 6 and parts[4] == "alert":
                self.open_alerts.add((parts[2], parts[3], parts[5]))


class Collector:
    """One console at work."""

    def __init__(self, settings: FleetSettings, database: Database, name: str | None = None):
        self.settings = settings
        self.database = database
        self.name = name or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.applied = 0
        """messages applied since the start"""
        self.fault = "not connected yet"
        """why there is no connection; empty: there is one"""
        self.complete = False
        """all that the broker keeps has been read"""
        self._snapshot: Snapshot | None = None
        self._sweep = Sweep(settings, database, self.name)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Connect, read and apply until stopping(); a lost broker is tried again for ever."""
        failures = 0
        while not stopping():
            link = Link(self.settings.broker, f"nightporter-fleet-{self.name}")
            try:
                link.open()
                self._subscribe(link)
                self.fault, failures = "", 0
                self._listen(link, stopping)
            except (SyncError, SettingsError) as error:
                self.fault = str(error)
                self._sweep.not_connected(time.time())
                wait = RETRY_S[min(failures, len(RETRY_S) - 1)]
                failures += 1
                _sleep(wait, stopping)
            finally:
                link.close()
        self._sweep.leave()

    def take_snapshot(self, topics: list[str], *, all_alerts: bool = False) -> None:
        """Read once what the broker keeps of these topics; SyncError when it cannot be reached.

        all_alerts: the topics hold the alerts of every box, so that those not seen are over.
        """
        link = Link(self.settings.broker, f"nightporter-fleet-{self.name}")
        try:
            link.open()
            self._begin_snapshot()
            link.subscribe(topics)
            deadline = time.monotonic() + SNAPSHOT_S
            while not self._quiet(SNAPSHOT_QUIET_S):
                if time.monotonic() > deadline:
                    all_alerts = False
                    break
                self._turn(link)
        finally:
            link.close()
        snapshot, self._snapshot = self._snapshot, None
        if all_alerts and snapshot is not None and snapshot.messages:
            self._sweep.close_absent(snapshot.open_alerts, snapshot.began, time.time())
        self._sweep.look(time.time())

    def _subscribe(self, link: Link) -> None:
        """The shared one comes first, so that nothing falls between it and the snapshot."""
        group = self.settings.console.group
        if group is not None:
            link.subscribe(f"$share/{group}/{message.EVERYTHING}")
        self._begin_snapshot()
        link.subscribe(message.EVERYTHING)

    def _begin_snapshot(self) -> None:
        self._snapshot = Snapshot(time.time(), time.monotonic())

    def _listen(self, link: Link, stopping: Callable[[], bool]) -> None:
        tick = 0.0
        self._sweep.connected(time.time())
        while not stopping():
            self._turn(link)
            if self._snapshot is not None and self._quiet(QUIET_S):
                self._end_snapshot(link)
            if time.monotonic() - tick >= TICK_S:
                tick = time.monotonic()
                fellow_died = self._sweep.tick(time.time(), self.applied)
                if fellow_died and self._snapshot is None:  # what it had not yet applied
                    self._begin_snapshot()
                    link.subscribe(message.EVERYTHING)

    def _turn(self, link: Link) -> None:
        batch = link.read(TURN_S)
        if not batch:
            return
        apply(self.database, self.settings, batch, time.time())
        link.acknowledge(batch)
        self.applied += len(batch)
        if self._snapshot is not None:
            self._snapshot.see(batch)

    def _quiet(self, seconds: float) -> bool:
        return self._snapshot is not None and time.monotonic() - self._snapshot.last > seconds

    def _end_snapshot(self, link: Link) -> None:
        snapshot, self._snapshot = self._snapshot, None
        assert snapshot is not None
        if self.settings.console.group is not None:
            link.unsubscribe(message.EVERYTHING)
        if snapshot.messages:
            self._sweep.close_absent(snapshot.open_alerts, snapshot.began, time.time())
        self.complete = True


def _sleep(seconds: float, stopping: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not stopping():
        time.sleep(0.05)
