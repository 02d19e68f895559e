"""Memory of calls that are over goes back to the system.

Over UDP each call's last transaction stays for 32 s (RFC 3261, timer J) with 29 KB; when PJSIP has
freed it, the C library keeps it, and a run of short calls would show for ever.
"""

from __future__ import annotations

import ctypes

QUIET_S = 35.0
"""After the last call: timer J, and some seconds for what hangs on its transaction."""

_libc = ctypes.CDLL(None)


class Memory:
    """Watches how many calls there are."""

    def __init__(self) -> None:
        self._quiet_since: float | None = None

    def turn(self, calls: int, now: float) -> bool:
        """Called now and then with the number of calls; whether memory was given back."""
        if calls:
            self._quiet_since = now
        elif self._quiet_since is not None and now - self._quiet_since > QUIET_S:
            self._quiet_since = None
            _libc.malloc_trim(0)
            return True
        return False
