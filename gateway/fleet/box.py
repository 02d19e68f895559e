"""What the console knows of one box, and how each message changes it; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.contract.fleet import BoxState, Health
from gateway.contract.fleet import State as BoxSays
from gateway.fleet.settings import Alerting

REORDER_S = 10.0
"""Two consoles that share the work may take two messages in the wrong order, this far apart."""
CALLS_KNOWN_S = 14 * 86_400.0
"""So long calls must have come before their absence says anything."""
DAY_S = 86_400.0

UP = ("ready", "alert", "init", "silent")
"""States in which a box means to be on; silent: its broker still believes in it."""
ON = ("ready", "alert")
"""States that count as available."""
_FINAL = {BoxState.LOST: 2, BoxState.DISCONNECTED: 1}
"""After these words of a connection there is no other of the same connection."""


@dataclass(frozen=True)
class Box:
    """One box as the console knows it. Moments are seconds since 1970."""

    site: str
    """key of the site"""
    box: str
    """key of the box"""
    state: BoxState | None = None
    """its last state; None: it never said one"""
    connection: int = -1
    """number of the connection that `state` speaks of"""
    state_at: float = 0.0
    """latest moment of a word of this connection, by the box's own clock"""
    status: str = "unknown"
    """what is shown: the state, or "silent", or "unknown" """
    changed: float = 0.0
    """when `status` changed"""
    heard: float = 0.0
    """last sign of life"""
    health: Health | None = None
    """its last health"""
    first_call: float | None = None
    """the earliest call that the console knows of"""
    last_call: float | None = None
    """the latest"""
    longest_gap_s: float = 0.0
    """longest time between two calls that the console has seen"""
    stale: int = 0
    """messages of an older connection, or older ones of this, that were ignored"""
    first_seen: float = 0.0
    """when the console first heard of it"""


def with_state(box: Box, said: BoxSays, now: float, *, retained: bool) -> Box:
    """The box after a `state`; older words change nothing but are counted."""
    if _same(box, said):
        return box if retained else replace(box, heard=_heard(box, said.state, now))
    if not _newer(box, said, now):
        return replace(box, stale=box.stale + 1)
    at = said.at.timestamp()
    since = min(now, at) if retained else now
    status = said.state.value
    return replace(
        box,
        state=said.state,
        connection=said.connection,
        state_at=max(at, box.state_at) if said.connection == box.connection else at,
        status=status,
        changed=box.changed if status == box.status else since,
        heard=max(box.heard, since) if retained else _heard(box, said.state, now),
    )


def _heard(box: Box, state: BoxState, now: float) -> float:
    return box.heard if state is BoxState.LOST else now  # the will is the broker's word


def _same(box: Box, said: BoxSays) -> bool:
    if (box.state, box.connection) != (said.state, said.connection):
        return False
    return said.state in _FINAL or box.state_at == said.at.timestamp()


def _newer(box: Box, said: BoxSays, now: float) -> bool:
    if box.state is None or said.connection != box.connection:
        return said.connection > box.connection
    old, new = _FINAL.get(box.state, 0), _FINAL.get(said.state, 0)
    if new != old:
        return new > old or (new == 0 and _lives_on(box, said, now))
    return new == 0 and said.at.timestamp() >= box.state_at


def _lives_on(box: Box, said: BoxSays, now: float) -> bool:
    """Whether a word after the end of its connection is new: somebody else said that it ended."""
    told = box.health.at.timestamp() if box.health else 0.0
    return said.at.timestamp() > max(box.state_at, told) and now - box.changed > REORDER_S


def with_health(box: Box, said: Health, now: float, *, retained: bool) -> Box:
    """The box after a `health`; an older one changes nothing but is counted."""
    if box.health is not None and _order(said) < _order(box.health):
        return replace(box, stale=box.stale + 1)
    first, last, gap = _calls(box, said)
    status, changed = box.status, box.changed
    if retained:
        heard = max(box.heard, min(now, said.at.timestamp()))
    else:
        heard = now
        if status == "silent" and box.state is not None:
            status, changed = box.state.value, now  # it speaks again
    return replace(
        box, health=said, heard=heard, status=status, changed=changed,
        first_call=first, last_call=last, longest_gap_s=gap,
    )  # fmt: skip


def _order(health: Health) -> tuple[int, datetime]:
    return health.connection, health.at


def _calls(box: Box, said: Health) -> tuple[float | None, float | None, float]:
    """Earliest call, latest call and longest gap, with what this health tells of them."""
    known = box.first_call, box.last_call, box.longest_gap_s
    if said.since_last_call_s is None or not said.clock_trusted:
        return known
    last = said.at.timestamp() - said.since_last_call_s
    if box.last_call is None or box.first_call is None:
        return last, last, box.longest_gap_s
    if last <= box.last_call + 1:
        return known
    return box.first_call, last, max(box.longest_gap_s, last - box.last_call)


def gone_since(box: Box) -> float:
    """Since when, at the latest, a lost or silent box has not been heard.

    The broker's retained `lost` tells when the connection was made, not when it broke.
    """
    return max(box.changed, box.heard)


def is_silent(box: Box, rule: Alerting, now: float, listening_since: float) -> bool:
    """Whether a box that counts as live has not spoken for long while somebody listened."""
    live = box.status in ("ready", "alert", "init")
    return live and now - max(box.heard, listening_since) > rule.silent_after_s


def misses_calls(box: Box, rule: Alerting, now: float) -> bool:
    """No call for long where there always were some, and the box itself cannot know it."""
    if box.status not in ON or box.last_call is None or box.first_call is None:
        return False
    if box.last_call - box.first_call < CALLS_KNOWN_S or _knows_its_calls(box):
        return False
    return now - box.last_call > max(rule.no_calls_days * DAY_S, 2 * box.longest_gap_s)


def _knows_its_calls(box: Box) -> bool:
    """Whether the box remembers the latest call too; one that was set up anew does not."""
    health = box.health
    if health is None or health.since_last_call_s is None or box.last_call is None:
        return False
    return health.at.timestamp() - health.since_last_call_s >= box.last_call - 60
