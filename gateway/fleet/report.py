"""What a fleet did over some days: calls by outcome, availability, unowned calls, worst boxes."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.errors import CommandFailed
from gateway.fleet.box import DAY_S, ON
from gateway.fleet.database import Database, Reading

WORST = 10
"""Boxes that a report names."""
_SINCE = re.compile(r"^(\d{1,5})([hdw])$")
_UNITS = {"h": 3600.0, "d": DAY_S, "w": 7 * DAY_S}


@dataclass(frozen=True)
class BoxReport:
    """One box over the time of the report."""

    box: str
    """SITE/BOX"""
    availability: float | None
    """share of the time, 0..1, in which it was ready or alert; None: never heard of"""
    alerts: int
    """alerts that were open in that time, each return counted"""
    alert_hours: float
    """hours with an open alert, all alerts together"""
    unowned: int
    """calls nobody owns, by its last word"""
    calls: int
    """calls that ended"""


@dataclass
class Report:
    """The fleet over the time of the report."""

    since: float
    """seconds since 1970"""
    until: float
    """likewise"""
    boxes: int = 0
    """that were known in that time"""
    calls: Counter[str] = field(default_factory=Counter)
    """ended calls by outcome"""
    calls_days: int = 0
    """whole days, back from the end, that the calls are counted over"""
    unowned: int = 0
    """calls nobody owns now"""
    availability: float | None = None
    """mean of the boxes"""
    alerts: Counter[str] = field(default_factory=Counter)
    """by kind"""
    worst: list[BoxReport] = field(default_factory=list)
    """boxes with the most alert hours and the least availability"""

    def as_json(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self) | {"calls": dict(self.calls), "alerts": dict(self.alerts)}


def parse_since(text: str) -> float:
    """Seconds of "24h", "7d" or "4w"; CommandFailed otherwise."""
    found = _SINCE.match(text)
    if not found or int(found.group(1)) == 0:
        raise CommandFailed(f'--since {text}: say a number and h, d or w, e.g. "24h" or "7d"')
    return int(found.group(1)) * _UNITS[found.group(2)]


def report(database: Database, since: float, until: float) -> Report:
    """Sum up what the database knows."""
    made = Report(since, until, calls_days=max(1, math.ceil((until - since) / DAY_S - 1e-9)))
    singles: list[BoxReport] = []
    with database.reading() as db:
        rows = db.rows("SELECT id, site, box, status, health FROM boxes")
        for box_id, site, box, status, health in rows:
            calls = calls_of(db, box_id, until, made.calls_days)
            available = availability(db, box_id, status, since, until)
            count, hours = _alerts(db, box_id, since, until, made.alerts)
            unowned = json.loads(health).get("unowned_calls", 0) if health else 0
            made.calls.update(calls)
            made.unowned += unowned
            singles.append(
                BoxReport(
                    f"{site}/{box}", available, count, round(hours, 2), unowned, calls.total()
                )
            )
    made.boxes = len(singles)
    known = [single.availability for single in singles if single.availability is not None]
    made.availability = sum(known) / len(known) if known else None
    bad = [
        single
        for single in singles
        if single.alert_hours or single.unowned or (single.availability or 0.0) < 0.999
    ]
    made.worst = sorted(bad, key=_badness)[:WORST]
    return made


def _badness(single: BoxReport) -> tuple[float, float, int, str]:
    return single.availability or 0.0, -single.alert_hours, -single.unowned, single.box


def calls_of(db: Reading, box_id: int, until: float, days: int) -> Counter[str]:
    """Calls of some days back from a moment: boxes say the sum of 24 hours, kept by the hour."""
    total: Counter[str] = Counter()
    for day in range(days):
        hour = int((until - day * DAY_S) // 3600)
        rows = db.rows(
            "SELECT hour, outcomes FROM calls WHERE box_id = ? AND hour <= ? "
            "ORDER BY hour DESC LIMIT 1",
            (box_id, hour),
        )
        if rows and hour - rows[0][0] < 24:
            total.update(json.loads(rows[0][1]))
    return total


def availability(db: Reading, box_id: int, status: str, since: float, until: float) -> float | None:
    """Share of the time that is known, in which the box was ready or alert."""
    rows = db.rows(
        "SELECT at, status FROM statuses WHERE box_id = ? AND at < ? ORDER BY at", (box_id, until)
    )
    if not rows:
        return None
    known = up = 0.0
    for index, (at, was) in enumerate(rows):
        begin = max(at, since)
        end = rows[index + 1][0] if index + 1 < len(rows) else until
        if end <= begin:
            continue
        known += end - begin
        up += end - begin if was in ON else 0.0
    return up / known if known else None


def _alerts(
    db: Reading, box_id: int, since: float, until: float, kinds: Counter[str]
) -> tuple[int, float]:
    rows = db.rows(
        "SELECT kind, opened, closed, count FROM episodes WHERE box_id = ? AND opened < ? "
        "AND (closed IS NULL OR closed > ?)",
        (box_id, until, since),
    )
    hours, count = 0.0, 0
    for kind, opened, closed, times in rows:
        kinds[kind] += times
        count += times
        hours += max(0.0, min(closed or until, until) - max(opened, since)) / 3600
    return count, hours


def lines(made: Report) -> list[str]:
    """The report for people."""
    share = "unknown" if made.availability is None else f"{made.availability:.2%}"
    days = "24 hours" if made.calls_days == 1 else f"{made.calls_days} days"
    text = [
        f"{made.boxes} boxes, available {share} of the time that is known",
        f"{made.calls.total()} calls in {days}: "
        + (", ".join(f"{name} {n}" for name, n in made.calls.most_common()) or "none"),
        f"{made.unowned} calls that nobody owns, now",
        "alerts: " + (", ".join(f"{kind} {n}" for kind, n in made.alerts.most_common()) or "none"),
    ]
    if made.worst:
        text.append("worst boxes:")
    for single in made.worst:
        share = "unknown" if single.availability is None else f"{single.availability:.2%}"
        text.append(
            f"  {single.box}: available {share}, {single.alerts} alerts over "
            f"{single.alert_hours:.1f} h, {single.unowned} unowned, {single.calls} calls"
        )
    return text
