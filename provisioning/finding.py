"""One thing that was looked at: what was found, and the mend. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Result = Literal["ok", "warn", "fail", "skipped"]

SIGNS: dict[str, str] = {"ok": "ok", "warn": "look", "fail": "BAD", "skipped": "not checked"}
"""How a result is written for people."""


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    name: str
    """Short name of what was looked at"""
    result: Result
    """ok, warn (works, but not for long or not wholly), fail, or skipped"""
    what: str
    """What was found, one sentence"""
    mend: str | None = None
    """What to do, None when there is nothing to do"""

    def lines(self) -> list[str]:
        """For people, one line or two."""
        first = f"{SIGNS[self.result]:11} {self.name}: {self.what}"
        return [first, f"{'':11}   to mend: {self.mend}"] if self.mend else [first]

    def as_data(self) -> dict[str, Any]:
        """For other programs."""
        return asdict(self)


def worst(findings: Iterable[Finding]) -> Result:
    """fail before warn before ok; what was skipped does not count."""
    results = {finding.result for finding in findings}
    if "fail" in results:
        return "fail"
    return "warn" if "warn" in results else "ok"
