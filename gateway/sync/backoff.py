"""How long to wait before the next try: doubling, with jitter, capped small; pure."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_S = 0.5
"""A broker that restarts is back in about a second."""
LONGEST_S = 15.0
"""Small, so that a booking is out seconds after the broker is back; jitter keeps boxes apart."""
DOUBLINGS = 10
"""Beyond this the cap has long been reached."""


@dataclass(frozen=True)
class Backoff:
    """Tries so far."""

    failures: int = 0
    """in a row"""

    def failed(self) -> Backoff:
        """One more failure."""
        return Backoff(self.failures + 1)

    def wait_s(self, chance: float) -> float:
        """Seconds to wait; chance in 0..1 spreads it over the upper half of the time."""
        if not self.failures:
            return 0.0
        whole = min(LONGEST_S, FIRST_S * 2.0 ** min(self.failures - 1, DOUBLINGS))
        return whole * (0.5 + 0.5 * chance)
