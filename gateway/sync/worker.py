"""A thread that turns until it is told to end, and shows that it lives."""

from __future__ import annotations

import logging
import threading
import time

from gateway.contract.service import log_fields

log = logging.getLogger(__name__)

PAUSE_S = 5.0
"""After a fault of our own: it is in the log, and the next turn may be well."""
STUCK_S = 300.0
"""The longest wait in a turn is for the name of a broker: a resolver gives up within two minutes.
A thread silent for longer hangs, and the program no longer feeds its watchdog."""
STOP_S = 8.0
"""Time to say goodbye; systemd gives 20 s."""


class Worker(threading.Thread):
    """One of the two connections, each in a thread: neither waits for the other's dead broker."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.ending = threading.Event()
        self._beat = time.monotonic()

    @property
    def stuck(self) -> bool:
        """Whether the thread hangs or has died."""
        return not self.is_alive() or time.monotonic() - self._beat > STUCK_S

    def stop(self) -> None:
        """Have it say goodbye and end."""
        self.ending.set()
        self.join(STOP_S)

    def run(self) -> None:
        """Turn until stop()."""
        while not self.ending.is_set():
            self._beat = time.monotonic()
            try:
                self.turn()
            except Exception:  # callers must not notice, nor the other side; it is tried again
                log.exception("turn-failed", extra=log_fields(worker=self.name))
                self.ending.wait(PAUSE_S)
        self.leave()

    def turn(self) -> None:
        """The body of the loop."""
        raise NotImplementedError

    def leave(self) -> None:
        """After the last turn, in the thread."""
