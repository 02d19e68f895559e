"""The light of the box: what a stick is doing, by blinking, through the kernel's LED triggers."""

from __future__ import annotations

import logging
import time
from pathlib import Path

log = logging.getLogger(__name__)

FOLDER = Path("/sys/class/leds")
PREFERRED = ("nightporter", "ACT", "led0", "status", "PWR", "power")
"""Words in names of LEDs, the best first: a lamp of our own, the Pi's, then anything."""

ALTERNATE_MS = (250, 250)
"""While a stick is being read: on and off alike."""
FAST_MS = (80, 80)
"""Refused, or taken back: somebody has to look."""
SOLID_S = 3.0
"""Applied: lit without a blink for so long."""
DARK_S = 1.0
"""Between the two times: longer than any blink."""
FAST_S = 10.0
"""Refused: blinks fast for so long."""


class Light:
    """One LED, or none: a box without a lamp says the same on the receipt and by voice."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._led = _choose(folder)
        self._before = self._trigger()

    @property
    def name(self) -> str | None:
        """The kernel's name of the LED."""
        return self._led.name if self._led else None

    def reading(self) -> None:
        """A stick is being read: blinks evenly."""
        self._blink(ALTERNATE_MS)

    def applied(self, seconds: float = SOLID_S, *, new_key: bool = False) -> None:
        """Everything was applied: lit for 3 s, then as before; twice when the box was new and
        trusts the stick's key from now on."""
        self._write("trigger", "none")
        for turn in range(2 if new_key else 1):
            if turn:
                self._write("brightness", "0")
                time.sleep(DARK_S if self._led else 0)
            self._write("brightness", self._read("max_brightness") or "1")
            time.sleep(seconds if self._led else 0)
        self.as_before()

    def refused(self, seconds: float = FAST_S) -> None:
        """Refused or taken back: blinks fast, then as before."""
        self._blink(FAST_MS)
        time.sleep(seconds if self._led else 0)
        self.as_before()

    def as_before(self) -> None:
        """Give the lamp back to whoever had it."""
        self._write("brightness", "0")
        self._write("trigger", self._before or "none")

    def _blink(self, times: tuple[int, int]) -> None:
        # The kernel blinks by itself; files delay_on and delay_off appear with this trigger.
        self._write("trigger", "timer")
        self._write("delay_on", str(times[0]))
        self._write("delay_off", str(times[1]))

    def _trigger(self) -> str | None:
        words = (self._read("trigger") or "").split()
        return next((word[1:-1] for word in words if word.startswith("[")), None)

    def _read(self, name: str) -> str | None:
        if self._led is None:
            return None
        try:
            return (self._led / name).read_text().strip()
        except OSError:
            return None

    def _write(self, name: str, value: str) -> None:
        if self._led is None:
            return
        try:
            (self._led / name).write_text(value)
        except OSError as error:  # a lamp is never a reason to leave a stick unread
            log.warning("light-not-set", extra={"fields": {"led": self._led.name, "why": error}})
            self._led = None


def _choose(folder: Path) -> Path | None:
    try:
        leds = sorted(folder.iterdir())
    except OSError:
        return None
    for word in PREFERRED:
        for led in leds:
            if word.lower() in led.name.lower():
                return led
    return None
