"""Local wall time and instants: nights on which an hour is missing or comes twice; pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def is_plain(local: datetime, zone: ZoneInfo) -> bool:
    """Whether a wall time exists exactly once (PEP 495: both folds have the same offset)."""
    first = local.replace(tzinfo=zone, fold=0).utcoffset()
    return first == local.replace(tzinfo=zone, fold=1).utcoffset()


def runs_plainly(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks stand still on nobody between the two: no hour is missing or doubled."""
    last = end - MINUTE
    return (
        is_plain(start, zone)
        and is_plain(last, zone)
        and start.replace(tzinfo=zone).utcoffset() == last.replace(tzinfo=zone).utcoffset()
    )


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall time; the first one where it comes twice."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def to_local_span(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Wall times that cover a stretch between two instants.

    An end within a doubled hour is moved out by an hour, so that busy time never looks free.
    """
    local_start = start.astimezone(zone).replace(tzinfo=None, fold=0)
    local_end = end.astimezone(zone).replace(tzinfo=None, fold=0)
    if not is_plain(local_start, zone):
        local_start -= HOUR
    if not is_plain(local_end, zone):
        local_end += HOUR
    return local_start, local_end
