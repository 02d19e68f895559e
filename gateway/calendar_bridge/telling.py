"""What the box is told of the calendars: busy times, days that are closed; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any

from gateway.calendar_bridge.memory import Object

Times = tuple[tuple[datetime, datetime], ...]
MAX_TIMES = 5000
"""In one message, the nearest first: 25 a day over the horizon. More is not one person's week."""
MAX_UID = 64
"""Characters; longer UIDs are told as their hash, so that a snapshot stays below a megabyte."""
MAX_DAYS = 2000
"""In one message."""


def busy_times(
    objects: Iterable[Object], ours: Collection[str], now: datetime, until: datetime
) -> dict[str, Times]:
    """uid -> what it blocks from now to the horizon; our own appointments are left out."""
    found: dict[str, set[tuple[datetime, datetime]]] = {}
    for entry in objects:
        times: Iterable[tuple[datetime, datetime]] = entry.times
        uid = _short(entry.uid or f"{entry.calendar}{entry.href}")
        if entry.uid in ours:
            if not entry.recurring:
                continue
            uid, times = f"{uid}/repeats", entry.times[1:]  # staff repeats a client's appointment
        within = {(start, min(end, until)) for start, end in times if start < until and end > now}
        if within:
            found.setdefault(uid, set()).update(within)
    flat = sorted((*time, uid) for uid, times in found.items() for time in times)[:MAX_TIMES]
    busy: dict[str, list[tuple[datetime, datetime]]] = {}
    for start, end, uid in flat:
        busy.setdefault(uid, []).append((start, end))
    return {uid: tuple(times) for uid, times in busy.items()}


def snapshot(busy: dict[str, Times]) -> list[dict[str, str]]:
    """Field `snapshot` of in/busy."""
    return [{"uid": uid, **stretch} for uid, times in busy.items() for stretch in _stretches(times)]


def changes(before: dict[str, Times], after: dict[str, Times]) -> list[dict[str, Any]]:
    """Field `changes` of in/busy."""
    differ = [uid for uid in {*before, *after} if before.get(uid) != after.get(uid)]
    return [{"uid": uid, "times": _stretches(after.get(uid, ()))} for uid in sorted(differ)]


def days(
    objects: Iterable[Object], practitioners: dict[str, str | None], first: str, last: str
) -> list[dict[str, Any]]:
    """Field `exceptions` of in/exceptions; practitioners: key of a calendar -> whose it is."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in objects:
        who = practitioners.get(entry.calendar)
        for day, kind, word in entry.days:
            if not first <= day <= last:
                continue
            known = found.get((day, who or ""))
            if known is None or kind == "closed":
                found[day, who or ""] = {
                    "day": day, "kind": kind, "practitioner": who, "name": word,
                }  # fmt: skip
    return [found[key] for key in sorted(found)][:MAX_DAYS]


def instant(moment: datetime) -> str:
    """RFC 3339, UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _stretches(times: Times) -> list[dict[str, str]]:
    return [{"start": instant(start), "end": instant(end)} for start, end in times]


def _short(uid: str) -> str:
    if len(uid) <= MAX_UID and uid.isprintable():
        return uid
    return hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()
