"""The figures of `nightporter bench call`, and their table."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gateway.rehearsal.phone.figures import median_and_p95, percentile
from gateway.rehearsal.phone.stages import STAGES

if TYPE_CHECKING:
    from gateway.rehearsal.phone.bench_call import Series

AIM_MS = {"median": 500, "p95": 1000}
"""What is aimed for on two cores, milliseconds."""


def figures(series: Sequence[Series], noise_ms: list[float]) -> dict[str, Any]:
    """All that was measured, for JSON."""
    return {
        "machine": {
            "cores": os.cpu_count(),
            "load_1_min": round(os.getloadavg()[0], 2),
            "same_work_ms": _spread(noise_ms),
        },
        "series": [_one(one) for one in series],
    }


def _one(series: Series) -> dict[str, Any]:
    turns = series.turns
    medians = [statistics.median(_replies(call)) for call in series.calls if _replies(call)]
    return {
        "fillers": series.fillers,
        "calls": len(series.calls),
        "booked": sum(series.outcomes),
        "turns": len(turns),
        "turns_with_filler": series.fillers_heard,
        "reply_ms": median_and_p95(turn.reply_ms for turn in turns),
        "speech_ms": median_and_p95(turn.speech_ms for turn in turns),
        "median_of_each_call_ms": _spread(medians),
        "stages_ms": {
            name: median_and_p95(share[name] for share in series.stages) for name in STAGES
        },
        "processor_s_per_turn": {
            name: round(seconds / max(1, len(turns)), 3)
            for name, seconds in series.processor_s.items()
        },
        "memory_mb": {
            name: {"pss": round(pss), "rss": round(rss)}
            for name, (pss, rss) in series.memory_mb.items()
        },
    }


def _replies(turns: Sequence[Any]) -> list[float]:
    return [turn.reply_ms for turn in turns if turn.reply_ms is not None]


def _spread(values: list[float]) -> dict[str, float | None]:
    if not values:
        return {"min": None, "median": None, "max": None}
    return {
        "min": round(min(values), 1),
        "median": round(percentile(values, 0.5), 1),
        "max": round(max(values), 1),
    }


def table(measured: dict[str, Any]) -> str:
    """For people."""
    machine = measured["machine"]
    lines = [
        f"machine: {machine['cores']} cores, load {machine['load_1_min']}; the same work takes "
        + "{min} / {median} / {max} ms (min / median / max)".format(**machine["same_work_ms"]),
        "silences at the caller's ear, from the last sample of the caller, in milliseconds",
    ]
    for one in measured["series"]:
        lines += ["", *_table_of(one)]
    lines += ["", f"aim on two cores: median {AIM_MS['median']}, P95 {AIM_MS['p95']}"]
    return "\n".join(lines)


def _table_of(one: dict[str, Any]) -> list[str]:
    def row(name: str, values: dict[str, Any]) -> str:
        return f"  {name:28} {_number(values['median']):>8} {_number(values['p95']):>8}"

    pss = sum(memory["pss"] for memory in one["memory_mb"].values())
    return [
        f"{'with' if one['fillers'] else 'without'} fillers: {one['turns']} turns in "
        f"{one['calls']} calls, {one['booked']} booked, "
        f"a tone or filler came first in {one['turns_with_filler']}",
        f"  {'':28} {'median':>8} {'P95':>8}",
        row("first sound", one["reply_ms"]),
        row("first words (no tone)", one["speech_ms"]),
        *(row("  " + name, values) for name, values in one["stages_ms"].items()),
        "  median of each call: min {min}, median {median}, max {max}".format(
            **one["median_of_each_call_ms"]
        ),
        "  processor seconds a turn: "
        + ", ".join(f"{name} {value:.2f}" for name, value in one["processor_s_per_turn"].items()),
        "  memory in MB (PSS / RSS): "
        + ", ".join(f"{n} {m['pss']} / {m['rss']}" for n, m in one["memory_mb"].items())
        + f"; together {pss} PSS",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
