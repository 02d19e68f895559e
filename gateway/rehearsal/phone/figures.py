"""Medians and percentiles of measured silences."""

from __future__ import annotations

import statistics
from collections.abc import Iterable


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie, interpolated; NaN without values."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median_and_p95(values: Iterable[float | None]) -> dict[str, float | int | None]:
    """For result files: rounded to milliseconds, None without values."""
    known = [value for value in values if value is not None]
    if not known:
        return {"median": None, "p95": None, "count": 0}
    return {
        "median": round(statistics.median(known)),
        "p95": round(percentile(known, 0.95)),
        "count": len(known),
    }
