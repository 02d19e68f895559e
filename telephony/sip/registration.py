"""When to register again after a failure: quickly while the registrar is away, slowly after a
refusal. PURE."""

from __future__ import annotations

FIRST_RETRY_S = 2.0
"""A registrar that restarts is back in seconds."""
LAST_RETRY_S = 60.0
"""One request a minute disturbs nobody, and the line is back a minute after the registrar."""
REFUSED_FIRST_S = 30.0
"""After a wrong password: slowly, because registrars lock out who asks too often."""
REFUSED_LAST_S = 600.0
"""The longest pause after refusals; a password is mended by a person."""
JITTER = 0.2
"""Share of random delay, so that a street of boxes does not come back in step."""
REFUSALS = frozenset({401, 403, 404, 407})
"""Answers that say: we know you, and no."""


def retry_delay(failures: int, code: int, chance: float) -> float:
    """Seconds to wait after so many failures in a row; chance is random, 0 to 1."""
    first, last = (
        (REFUSED_FIRST_S, REFUSED_LAST_S) if code in REFUSALS else (FIRST_RETRY_S, LAST_RETRY_S)
    )
    delay = min(last, first * 2.0 ** min(failures - 1, 10))
    return delay * (1 + JITTER * chance)
