"""An alert as the console keeps it: opened once, closed once, counted when it flaps; pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from gateway.contract.fleet import Alert, AlertKind, Severity
from gateway.fleet.box import Box, gone_since, misses_calls
from gateway.fleet.settings import Alerting

FUTURE_S = 86_400.0
"""An alert from further ahead came from a wrong clock; what comes later is newer all the same."""

Source = Literal["box", "console"]


@dataclass(frozen=True)
class Episode:
    """One alert of one box, with all the times that it came back soon after its end."""

    kind: AlertKind
    severity: Severity
    source: Source
    """who raised it"""
    opened: float
    """the first time, seconds since 1970"""
    last_opened: float
    """the last time"""
    closed: float | None
    """None: it is open"""
    connection: int
    """of the box, when it was said"""
    value: float | None = None
    """the figure behind it"""
    count: int = 1
    """how often it was opened"""
    absent: bool = False
    """closed because the broker no longer holds it, not because the box said so"""


def after(latest: Episode | None, said: Alert, source: Source, flap_s: float, now: float) -> (
    Episode | None
):  # fmt: skip
    """The episode after a message: a changed one, a new one (other `opened`), or None: no change.

    `latest` is the last episode of the same box, kind and source.
    """
    opened = said.opened.timestamp()
    closed = _closing(said)
    if latest is None or (opened != latest.last_opened and latest.last_opened > now + FUTURE_S):
        return _fresh(said, source, opened, closed)
    if opened < latest.last_opened:
        return None
    if opened == latest.last_opened:
        return _again(latest, said, closed)
    if latest.closed is not None and opened - latest.closed > flap_s:
        return _fresh(said, source, opened, closed)
    return replace(
        latest, severity=said.severity, last_opened=opened, closed=closed, value=said.value,
        connection=said.connection, count=latest.count + 1, absent=False,
    )  # fmt: skip


def _closing(said: Alert) -> float | None:
    if said.state == "open":
        return None
    return max((said.closed or said.opened).timestamp(), said.opened.timestamp())


def _fresh(said: Alert, source: Source, opened: float, closed: float | None) -> Episode:
    return Episode(
        said.kind, said.severity, source, opened, opened, closed, said.connection, said.value
    )


def _again(latest: Episode, said: Alert, closed: float | None) -> Episode | None:
    over = latest.closed is not None and not latest.absent
    if over or said.connection < latest.connection:
        return None
    changed = replace(
        latest, severity=said.severity, value=said.value, connection=said.connection,
        closed=closed, absent=False,
    )  # fmt: skip
    return changed if changed != latest else None


def own_alerts(
    box: Box, latest: Collection[Episode], rule: Alerting, now: float
) -> list[Alert]:  # fmt: skip
    """What the console itself has to open or close for a box; `latest` are its own episodes."""
    gone = box.status in ("lost", "silent")
    wanted = {
        AlertKind.BOX_LOST: gone and now - gone_since(box) >= rule.lost_after_s,
        AlertKind.NO_CALLS: misses_calls(box, rule, now),
    }
    alerts = []
    for kind, is_wanted in wanted.items():
        known = next((episode for episode in latest if episode.kind is kind), None)
        is_open = known is not None and known.closed is None
        if kind is AlertKind.BOX_LOST and gone and is_open:
            continue
        if is_wanted and not is_open:
            alerts.append(_own(box, kind, now, None))
        elif known is not None and is_open and not is_wanted:
            alerts.append(_own(box, kind, known.last_opened, now))
    return alerts


def _own(box: Box, kind: AlertKind, opened: float, closed: float | None) -> Alert:
    return Alert(
        kind=kind,
        severity=Severity.CRITICAL if kind is AlertKind.BOX_LOST else Severity.ERROR,
        state="open" if closed is None else "closed",
        opened=datetime.fromtimestamp(opened, UTC),
        closed=None if closed is None else datetime.fromtimestamp(closed, UTC),
        connection=max(box.connection, 0),
    )


LEVELS = {Severity.CRITICAL: 3, Severity.ERROR: 2, Severity.WARNING: 1}
"""Severity -> how far up."""
_STATUS_LEVELS = {
    "lost": 3, "silent": 3, "alert": 2, "disconnected": 1, "init": 1, "unknown": 1, "ready": 0,
}  # fmt: skip


def level_of(status: str, open_episodes: Collection[Episode]) -> int:
    """How much a box needs somebody: 3 now, 2 today, 1 this week, 0 all is well."""
    levels = [LEVELS[episode.severity] for episode in open_episodes]
    return max([_STATUS_LEVELS.get(status, 1), *levels])
