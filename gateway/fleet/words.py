"""How the console writes boxes, alerts and times for people, and as JSON; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from gateway.contract.fleet import AlertKind
from gateway.fleet.box import gone_since
from gateway.fleet.episode import Episode
from gateway.fleet.view import Line

COLUMNS = (
    "", "box", "state", "for", "heard", "rung", "line", "calls", "24 h", "unowned", "late",
    "queued", "disk", "release", "alerts",
)  # fmt: skip
WIDTHS = (1, 26, 12, 5, 5, 4, 4, 5, 4, 7, 4, 6, 4, 9, 40)
"""Columns of the live table, in characters."""
MARKS = {3: "!", 2: "*", 1: "-", 0: " "}
"""Level -> mark: never colour alone."""
MEANINGS = {
    AlertKind.LINE_DOWN: "not registered at the telephone system while it should answer",
    AlertKind.NO_CALLS: "far longer without a call than ever before",
    AlertKind.RUNG_LOW: "for long not everything works: callers get less than free speech",
    AlertKind.UNOWNED_CALLS: "the office has opened and calls of the night have no owner",
    AlertKind.FOLLOW_UPS_LATE: "follow-ups are past their due time",
    AlertKind.OUTBOX_STUCK: "bookings do not get through to the office's broker",
    AlertKind.CALENDAR_STALE: "no word from the calendar: requests are taken, not bookings",
    AlertKind.DISK: "the disk is nearly full",
    AlertKind.CLOCK: "the clock cannot be trusted",
    AlertKind.TEMPERATURE: "the box is too hot",
    AlertKind.CERTIFICATE: "a client certificate is near its end",
    AlertKind.PROGRAM_RESTARTS: "a program starts again and again",
    AlertKind.BOX_LOST: "the broker, or the console, no longer hears the box",
}
"""Alert -> what it says, in one line; docs/operator.md says what to do."""


def cells(line: Line, now: float) -> tuple[str, ...]:
    """One row of the table, by COLUMNS."""
    box, health = line.box, line.health
    heard = span(now - box.heard) if box.heard else "never"
    since = gone_since(box) if box.status in ("lost", "silent") else box.changed
    head = (MARKS[line.level], line.name, box.status, span(now - since), heard)
    alerts = ", ".join(alert_words(episode) for episode in line.alerts)
    if health is None:
        return (*head, "", "", "", "", "", "", "", "", "", alerts)
    registered = {None: "", True: "up", False: "down"}[health.line_registered]
    return (
        *head, str(health.rung), registered, _some(health.calls_now), _some(line.calls_day),
        _some(health.unowned_calls), _some(health.follow_ups_late), _some(health.outbox_queued),
        f"{health.disk_free_percent}%", health.release, alerts,
    )  # fmt: skip


def _some(number: int | None) -> str:
    return str(number) if number else ""


def alert_words(episode: Episode) -> str:
    """An alert in a cell, e.g. "line-down ×3"."""
    times = f" ×{episode.count}" if episode.count > 1 else ""
    return f"{episode.kind.value}{times}"


def span(seconds: float) -> str:
    """A time in at most five characters, e.g. 45s, 12m, 3.5h, 9d."""
    seconds = max(0.0, seconds)
    if seconds < 100:
        return f"{seconds:.0f}s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f}m"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f}h"
    return f"{seconds / 86400:.0f}d"


def moment(at: float | None) -> str:
    """A moment in local time, to the second."""
    return "" if at is None else datetime.fromtimestamp(at).astimezone().strftime("%d %b %H:%M:%S")


def iso(at: float | None) -> str | None:
    """A moment for JSON."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def columns(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Plain columns, as wide as their longest cell."""
    table = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def episode_json(episode: Episode, line: Line | None = None) -> dict[str, Any]:
    """An alert as JSON."""
    head = {"site": line.box.site, "box": line.box.box} if line else {}
    return head | {
        "kind": episode.kind.value,
        "severity": episode.severity.value,
        "source": episode.source,
        "opened": iso(episode.opened),
        "lastOpened": iso(episode.last_opened),
        "closed": iso(episode.closed),
        "count": episode.count,
        "value": episode.value,
    }


def line_json(line: Line) -> dict[str, Any]:
    """A box as JSON."""
    box = line.box
    return {
        "site": box.site,
        "box": box.box,
        "status": box.status,
        "level": line.level,
        "since": iso(box.changed),
        "heard": iso(box.heard) if box.heard else None,
        "connection": box.connection if box.state else None,
        "ignored": box.stale,
        "alerts": [episode_json(episode) for episode in line.alerts],
        "health": box.health.model_dump(mode="json") if box.health else None,
    }


def change_words(before: Line | None, after: Line) -> list[str]:
    """What changed about a box, one line each; nothing for a mere health."""
    words = []
    old = before.box.status if before else "unknown"
    if old != after.box.status:
        words.append(f"{after.name} {old} -> {after.box.status}")
    known = {episode.kind: episode for episode in before.alerts} if before else {}
    now_open = {episode.kind: episode for episode in after.alerts}
    for kind, episode in now_open.items():
        if kind not in known or known[kind].count != episode.count:
            words.append(f"{after.name} opened {alert_words(episode)} ({episode.severity.value})")
    words += [f"{after.name} closed {kind.value}" for kind in known if kind not in now_open]
    return words
