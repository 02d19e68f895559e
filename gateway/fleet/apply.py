"""Applies a batch of messages to the database in one transaction; twice is the same as once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.contract.fleet import Alert, Health, Result
from gateway.contract.fleet import State as BoxSays
from gateway.errors import MessageRefused
from gateway.fleet import message
from gateway.fleet.box import Box, gone_since, with_health, with_state
from gateway.fleet.database import Database, Writing
from gateway.fleet.episode import Source, after
from gateway.fleet.message import Said
from gateway.fleet.settings import FleetSettings


@dataclass(frozen=True)
class Arrived:
    """A message as it came from the broker."""

    topic: str
    """its topic"""
    payload: bytes
    """its bytes, unread"""
    retained: bool = False
    """the broker had kept it"""
    number: int = 0
    """packet identifier, to acknowledge it"""


@dataclass
class _Known:
    id: int
    before: Box
    now: Box


class Batch:
    """One transaction's work; each box is read and written once."""

    def __init__(self, writing: Writing, settings: FleetSettings, now: float) -> None:
        self._db = writing
        self._settings = settings
        self._now = now
        self._boxes: dict[tuple[str, str], _Known] = {}
        self._count: int | None = None

    def take(self, arrived: Arrived) -> None:
        """Apply one message, or refuse it whole and count it."""
        try:
            said = message.read(arrived.topic, arrived.payload, retained=arrived.retained)
            if said is not None:
                self._apply(said)
        except MessageRefused as refused:
            self._db.note_refused(message.code_of(refused), self._now)

    def finish(self) -> None:
        """Write the boxes that changed."""
        changed = [known for known in self._boxes.values() if known.now != known.before]
        self._db.put_boxes((known.id, known.now) for known in changed)
        for known in changed:
            if known.now.status != known.before.status:
                lost = known.now.status == "lost"
                at = gone_since(known.now) if lost else known.now.changed
                self._db.note_status(known.id, known.now.status, at)
            health, before = known.now.health, known.before.health
            if health and (before is None or health.calls_day != before.calls_day):
                self._db.note_calls(known.id, min(self._now, health.at.timestamp()), health)

    def _apply(self, said: Said) -> None:
        what, now = said.what, self._now
        if what is None:
            self._forget(said)
            return
        if isinstance(what, Result):
            self._db.note_result(what, said.site, said.box, now)
            return
        known = self._known(said.site, said.box)
        if isinstance(what, BoxSays):
            known.now = with_state(known.now, what, now, retained=said.retained)
        elif isinstance(what, Health):
            known.now = with_health(known.now, what, now, retained=said.retained)
        else:
            put_alert(self._db, self._settings, known.id, what, "box", now)

    def _known(self, site: str, box: str) -> _Known:
        known = self._boxes.get((site, box))
        if known is None:
            found = self._db.box(site, box)
            if found is None:
                fresh = Box(site, box, first_seen=self._now)
                self._refuse_too_many()
                found = self._db.add_box(fresh), fresh
            known = self._boxes[site, box] = _Known(found[0], found[1], found[1])
        return known

    def _refuse_too_many(self) -> None:
        if self._count is None:
            self._count = int(self._db.value("SELECT count(*) FROM boxes"))
        if self._count >= self._settings.console.max_boxes:
            raise MessageRefused("too-many-boxes: raise console.max_boxes if they are yours")
        self._count += 1

    def _forget(self, said: Said) -> None:
        self._boxes.pop((said.site, said.box), None)
        self._db.remove_box(said.site, said.box)


def apply(
    database: Database, settings: FleetSettings, arrived: Iterable[Arrived], now: float
) -> None:
    """Apply a batch; FleetDatabaseError leaves everything as it was."""
    with database.writing() as writing:
        batch = Batch(writing, settings, now)
        for one in arrived:
            batch.take(one)
        batch.finish()


def put_alert(
    db: Writing, settings: FleetSettings, box_id: int, said: Alert, source: Source, now: float
) -> None:
    """Fold an alert into the episodes of a box."""
    latest = db.latest_episode(box_id, said.kind, source)
    episode = after(latest[1] if latest else None, said, source, settings.alerts.flap_s, now)
    if episode is None:
        return
    fresh = latest is None or episode.opened != latest[1].opened
    db.put_episode(None if fresh or latest is None else latest[0], box_id, episode, now)
