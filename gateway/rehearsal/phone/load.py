"""Processor time and memory of running programs, and how noisy the machine is (proc(5))."""

from __future__ import annotations

import os
import time
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
NOISE_LOOPS = 200_000
"""Additions in one probe of the machine: some ten milliseconds."""
NOISE_PROBES = 15
"""Probes of the machine; their spread is its noise."""


def processor_s(pid: int) -> float:
    """Seconds of processor time that a process has used, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def thread_ms(pid: int) -> float:
    """Milliseconds of processor time of the threads that a process has now; to the microsecond."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6


def memory_mb(pid: int) -> tuple[float, float]:
    """(PSS, RSS) in MB: shared pages by share, and in full."""
    found = {"Pss": 0.0, "Rss": 0.0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in found:
            found[name] = int(rest.split()[0]) * 1024 / 1e6
    return found["Pss"], found["Rss"]


def noise_ms() -> list[float]:
    """How long the same work takes, again and again, in milliseconds."""
    probes = []
    for _ in range(NOISE_PROBES):
        started = time.perf_counter()
        sum(range(NOISE_LOOPS))
        probes.append((time.perf_counter() - started) * 1000)
    return probes
