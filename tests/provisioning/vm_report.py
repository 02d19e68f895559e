"""What `make vm` has seen: checks with their times, printed as they come, written as JSON."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

START_LIMIT_S = 900.0
"""A program's start takes twenty seconds in software emulation, minutes on a busy machine."""


@dataclass
class Check:
    """One thing that was checked from outside."""

    name: str
    """What was to be seen"""
    seconds: float
    """How long it took, or how long it was waited for"""
    well: bool
    """Whether it was seen"""
    detail: str
    """What was seen"""


@dataclass
class Report:
    """All checks of a run; printed as they come."""

    checks: list[Check] = field(default_factory=list)

    @contextlib.contextmanager
    def check(self, name: str) -> Iterator[list[str]]:
        """Time what happens inside; what it appends is the detail, an exception is a failure."""
        started, detail = time.monotonic(), []
        try:
            yield detail
        except (AssertionError, TimeoutError, OSError, ValueError) as error:
            detail.append(f"{type(error).__name__}: {error}")
            well = False
        else:
            well = True
        found = Check(name, round(time.monotonic() - started, 1), well, "; ".join(detail))
        self.checks.append(found)
        word = "ok  " if well else "FAIL"
        print(f"{time.strftime('%H:%M:%S')} {word} {found.seconds:6.1f} s  {name}: {found.detail}")
        sys.stdout.flush()

    @property
    def well(self) -> bool:
        """Whether everything was seen."""
        return all(check.well for check in self.checks)

    def write(self, place: Path, deb: Path, seconds: float) -> None:
        """The result as JSON."""
        place.parent.mkdir(exist_ok=True)
        result = {
            "well": self.well,
            "package": deb.name,
            "seconds": round(seconds),
            "checks": [asdict(check) for check in self.checks],
        }
        place.write_text(json.dumps(result, indent=2) + "\n")
        print(f"{sum(c.well for c in self.checks)} of {len(self.checks)} checks: {place}")


def until(condition: Callable[[], object], limit_s: float = START_LIMIT_S) -> None:
    """Wait for something that is seen from outside; TimeoutError."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("did not come true")
        time.sleep(0.2)
