"""The table that a person looks at: problems first, filtered; read from the database bit by bit."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from gateway.contract.fleet import Health
from gateway.errors import CommandFailed
from gateway.fleet.box import Box
from gateway.fleet.database import SELECT_EPISODE, Database, Reading, episode_of
from gateway.fleet.episode import Episode, level_of


@dataclass(frozen=True)
class Line:
    """One row of the table."""

    box: Box
    """what is known of the box"""
    alerts: tuple[Episode, ...]
    """its open alerts, the worst first"""
    level: int
    """3 needs somebody now, 2 today, 1 this week, 0 all is well"""
    urgency: tuple[int, float, str, str]
    """order of the table: the worst first, of these what began first"""

    @property
    def name(self) -> str:
        """SITE/BOX"""
        return f"{self.box.site}/{self.box.box}"

    @property
    def health(self) -> Health | None:
        """Its last health."""
        return self.box.health

    @property
    def calls_day(self) -> int | None:
        """Calls of the 24 hours before its last word."""
        return sum(self.box.health.calls_day.values()) if self.box.health else None


@dataclass(frozen=True)
class Filter:
    """What to show; empty means everything."""

    site: str = ""
    """pattern of sites, e.g. "north-*" """
    status: str = ""
    """ready, alert, init, disconnected, lost, silent or unknown"""
    alert: str = ""
    """kind of an open alert; "any": some alert"""
    text: str = ""
    """part of anything that the row shows"""
    problems: bool = False
    """only what needs somebody"""

    def lets(self, line: Line) -> bool:
        """Whether a line is shown."""
        if self.problems and not line.level:
            return False
        if self.site and not fnmatch.fnmatchcase(line.box.site, self.site):
            return False
        if self.status and line.box.status != self.status:
            return False
        kinds = [episode.kind.value for episode in line.alerts]
        if self.alert and not (kinds if self.alert == "any" else self.alert in kinds):
            return False
        return not self.text or self.text.lower() in self._words(line, kinds)

    def _words(self, line: Line, kinds: list[str]) -> str:
        release = line.health.release if line.health else ""
        return " ".join((line.name, line.box.status, release, *kinds))


_URGENCY = attrgetter("urgency")
_STATUS = attrgetter("box.status")
_LEVEL = attrgetter("level")


@dataclass
class View:
    """All boxes, kept up to date with what any console of the database writes."""

    database: Database
    lines: dict[int, Line] = field(default_factory=dict)
    """by the id of the row"""
    revision: int = -1
    """of the database, when it was read"""
    removals: int = -1
    """how often boxes were forgotten"""

    def refresh(self) -> list[tuple[Line | None, Line]]:
        """Read what changed; gives each changed box as it was (None: new) and as it is."""
        with self.database.reading() as db:
            revision = db.value("SELECT value FROM facts WHERE name = 'revision'")
            removals = db.value("SELECT value FROM facts WHERE name = 'removals'")
            if removals != self.removals:
                self.lines.clear()
                self.revision, self.removals = -1, removals
            if revision == self.revision:
                return []
            changed = self._read(db)
            self.revision = revision
        return changed

    def _read(self, db: Reading) -> list[tuple[Line | None, Line]]:
        alerts: dict[int, list[Episode]] = {}
        for *row, box_id in db.rows(
            f"{SELECT_EPISODE}, box_id FROM episodes WHERE closed IS NULL AND box_id IN "
            "(SELECT id FROM boxes WHERE revision > ?)",
            (self.revision,),
        ):
            alerts.setdefault(box_id, []).append(episode_of(tuple(row)))
        changed = []
        for box_id, box in db.boxes_after(self.revision):
            line = line_of(box, alerts.get(box_id, ()))
            changed.append((self.lines.get(box_id), line))
            self.lines[box_id] = line
        return changed

    def shown(self, chosen: Filter) -> list[Line]:
        """What passes the filter, problems first."""
        lines = self.lines.values()
        if chosen == Filter():
            return sorted(lines, key=_URGENCY)
        return sorted((line for line in lines if chosen.lets(line)), key=_URGENCY)

    def statuses(self) -> Counter[str]:
        """How many boxes are in each status."""
        return Counter(map(_STATUS, self.lines.values()))

    def levels(self) -> Counter[int]:
        """How many boxes need somebody, by level."""
        return Counter(map(_LEVEL, self.lines.values()))

    def find(self, pattern: str) -> list[Line]:
        """Boxes by SITE/BOX, by SITE, or by BOX alone; * and ? stand for anything."""
        found = [line for line in self.lines.values() if matches(pattern, line.box)]
        if not found:
            raise CommandFailed(f'no box is called "{pattern}"; `nightporter fleet list` has them')
        return sorted(found, key=lambda line: (line.box.site, line.box.box))


def line_of(box: Box, alerts: Iterable[Episode]) -> Line:
    """The row of a box."""
    worst = sorted(alerts, key=lambda episode: (-level_of("ready", [episode]), episode.opened))
    level = level_of(box.status, worst)
    since = min((episode.opened for episode in worst), default=box.changed)
    return Line(box, tuple(worst), level, (-level, since if level else 0.0, box.site, box.box))


def matches(pattern: str, box: Box) -> bool:
    """Whether a pattern names a box."""
    if "/" in pattern:
        return fnmatch.fnmatchcase(f"{box.site}/{box.box}", pattern)
    return fnmatch.fnmatchcase(box.site, pattern) or fnmatch.fnmatchcase(box.box, pattern)
