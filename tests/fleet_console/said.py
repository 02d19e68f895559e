"""Messages of a box, as bytes, for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.contract.fleet import Alert, AlertKind, BoxState, Health, Severity, State, topic

START = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
"""When the tests' story begins."""


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def state(word: str, connection: int = 1, seconds: float = 0) -> State:
    return State(state=BoxState(word), connection=connection, at=at(seconds))


def health(connection: int = 1, seconds: float = 0, **fields: Any) -> Health:
    base: dict[str, Any] = {
        "connection": connection, "at": at(seconds), "release": "0.1.0", "rung": 5,
        "on_duty": True, "disk_free_mb": 20_000, "disk_free_percent": 60, "memory_free_mb": 900,
        "clock_trusted": True, "up_s": 60.0,
    }  # fmt: skip
    return Health(**(base | fields))


def alert(
    kind: str = "line-down", opened: float = 0, closed: float | None = None, **fields: Any
) -> Alert:
    base: dict[str, Any] = {
        "kind": AlertKind(kind), "severity": Severity.CRITICAL, "connection": 1,
        "state": "open" if closed is None else "closed", "opened": at(opened),
        "closed": None if closed is None else at(closed),
    }  # fmt: skip
    return Alert(**(base | fields))


def where(name: str, box: str = "box-1", site: str = "hillside") -> str:
    return topic(site, box, name)
