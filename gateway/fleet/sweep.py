"""What a console does each second: be seen, find silent boxes, raise and close its own alerts."""

from __future__ import annotations

from dataclasses import replace

from gateway.fleet.apply import put_alert
from gateway.fleet.box import is_silent
from gateway.fleet.database import SELECT_BOX, SELECT_EPISODE, Database, Writing, box_of, episode_of
from gateway.fleet.episode import own_alerts
from gateway.fleet.settings import FleetSettings

FELLOW_DEAD_S = 20.0
"""A console of the same database that was not seen for so long has died; it says so each second."""
CALLS_EVERY_S = 3600.0
"""How often all boxes are asked whether calls are missing."""
PRUNE_EVERY_S = 3600.0
"""How often what is too old is deleted."""
_WHERE_OWN = """
WHERE id IN (
    SELECT id FROM boxes
    WHERE status IN ('lost', 'silent') AND changed <= ? AND id NOT IN (
        SELECT box_id FROM episodes
        WHERE closed IS NULL AND source = 'console' AND kind = 'box-lost')
    UNION
    SELECT box_id FROM episodes JOIN boxes ON boxes.id = box_id
    WHERE closed IS NULL AND source = 'console'
        AND (kind <> 'box-lost' OR status NOT IN ('lost', 'silent')))
"""
"""Boxes for which the console may have something to open or close: few, each second."""


class Sweep:
    """The console's own watch over all boxes."""

    def __init__(self, settings: FleetSettings, database: Database, name: str) -> None:
        self._settings = settings
        self._database = database
        self._name = name
        self._calls_looked = 0.0
        self._pruned = 0.0

    def connected(self, now: float) -> None:
        """From now on this console listens; a live fellow has listened for longer."""
        with self._database.writing() as db:
            since = db.value(
                "SELECT min(listening_since) FROM consoles WHERE connected AND seen > ?",
                (now - FELLOW_DEAD_S,),
            )
            self._be_seen(db, now, since or now, True, 0)

    def not_connected(self, now: float) -> None:
        """The broker is away: silence means nothing."""
        with self._database.writing() as db:
            self._be_seen(db, now, now, False, 0)

    def leave(self) -> None:
        """This console ends."""
        with self._database.writing() as db:
            db.run("DELETE FROM consoles WHERE name = ?", (self._name,))

    def tick(self, now: float, applied: int) -> bool:
        """One round; True when a fellow has died since the last."""
        with self._database.writing() as db:
            since = db.value("SELECT listening_since FROM consoles WHERE name = ?", (self._name,))
            since = now if since is None else since
            self._be_seen(db, now, since, True, applied)
            dead = db.run("DELETE FROM consoles WHERE seen < ?", (now - FELLOW_DEAD_S,))
            self._find_silent(db, now, since)
            self._own_alerts(db, now)
            if now - self._pruned > PRUNE_EVERY_S:
                self._pruned = now
                self._prune(db, now)
        return dead > 0

    def look(self, now: float) -> None:
        """Raise and close the console's own alerts, once."""
        with self._database.writing() as db:
            self._own_alerts(db, now)

    def close_absent(
        self, held: set[tuple[str, str, str]], snapshot_began: float, now: float
    ) -> None:
        """Close what boxes opened and the broker no longer holds: the closing was missed."""
        with self._database.writing() as db:
            rows = db.rows(
                f"{SELECT_EPISODE}, episodes.id, episodes.box_id, boxes.site, boxes.box "
                "FROM episodes JOIN boxes ON boxes.id = episodes.box_id "
                "WHERE closed IS NULL AND source = 'box' AND touched < ?",
                (snapshot_began,),
            )
            for *row, episode_id, box_id, site, box in rows:
                episode = episode_of(tuple(row))
                if (site, box, episode.kind.value) not in held:
                    closed = replace(episode, closed=max(now, episode.opened), absent=True)
                    db.put_episode(episode_id, box_id, closed, now)

    def _be_seen(
        self, db: Writing, now: float, since: float, connected: bool, applied: int
    ) -> None:
        db.run(
            "INSERT OR REPLACE INTO consoles VALUES (?, ?, ?, ?, ?)",
            (self._name, now, since, int(connected), applied),
        )

    def _find_silent(self, db: Writing, now: float, since: float) -> None:
        rule = self._settings.alerts
        rows = db.rows(
            f"{SELECT_BOX} WHERE status IN ('ready', 'alert', 'init') AND heard < ?",
            (now - rule.silent_after_s,),
        )
        for box_id, *row in rows:
            box = box_of(tuple(row))
            if is_silent(box, rule, now, since):
                db.put_boxes([(box_id, replace(box, status="silent", changed=now))])
                db.note_status(box_id, "silent", max(box.heard, box.changed))

    def _own_alerts(self, db: Writing, now: float) -> None:
        where, values = _WHERE_OWN, [now - self._settings.alerts.lost_after_s]
        if now - self._calls_looked > CALLS_EVERY_S:
            self._calls_looked, where, values = now, "", []
        for box_id, *row in db.rows(f"{SELECT_BOX} {where}", values):
            known = [
                episode_of(entry)
                for entry in db.rows(
                    f"{SELECT_EPISODE} FROM episodes WHERE box_id = ? AND closed IS NULL "
                    "AND source = 'console'",
                    (box_id,),
                )
            ]
            for alert in own_alerts(box_of(tuple(row)), known, self._settings.alerts, now):
                put_alert(db, self._settings, box_id, alert, "console", now)

    def _prune(self, db: Writing, now: float) -> None:
        oldest = now - self._settings.console.history_days * 86_400
        db.run("DELETE FROM statuses WHERE at < ? AND EXISTS (SELECT 1 FROM statuses AS later "
               "WHERE later.box_id = statuses.box_id AND later.at > statuses.at "
               "AND later.at < ?)", (oldest, oldest))  # fmt: skip
        db.run("DELETE FROM calls WHERE hour < ?", (int(oldest // 3600) - 24,))
        db.run("DELETE FROM episodes WHERE closed < ?", (oldest,))
        db.run("DELETE FROM commands WHERE expires < ?", (oldest,))
