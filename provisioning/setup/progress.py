"""Tells a person what set-up is doing and how far it is."""

from __future__ import annotations

import sys
import time

STEPS = 8
"""Number of steps of a set-up."""

TERMINAL_EVERY_S = 0.2
"""A terminal's line is rewritten this often."""

LOG_EVERY_S = 10.0
"""In a log, a line of progress this often shows that all is well without filling it."""


class SetupError(Exception):
    """Set-up cannot go on; the message names what is missing and the mend."""


def duration(seconds: float) -> str:
    """Seconds in words, "2 min 10 s"."""
    whole = int(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


class Step:
    """One step: a line that rewrites itself on a terminal, a line now and then in a log."""

    def __init__(self, number: int, title: str) -> None:
        self.prefix = f"[{number}/{STEPS}] {title}: "
        self._terminal = sys.stdout.isatty()
        self._last = 0.0
        self._last_text = ""

    def tell(self, text: str) -> None:
        """How far it is; may be left out when the last word is fresh."""
        now = time.monotonic()
        every = TERMINAL_EVERY_S if self._terminal else LOG_EVERY_S
        if now - self._last < every:
            return
        self._last = now
        end = "" if self._terminal else "\n"
        start, clear = ("\r", "\033[K") if self._terminal else ("", "")
        print(f"{start}{self.prefix}{text}{clear}", end=end, flush=True)

    def say(self, text: str) -> None:
        """A line that stays."""
        self._last = time.monotonic()
        start = "\r\033[K" if self._terminal else ""
        print(f"{start}{self.prefix}{text}", flush=True)
