"""The line's side of the box's call to itself: whose it is, and leaving the registrar for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from gateway.contract.self_call import SelfCall, same_number
from gateway.contract.service import log_fields
from gateway.contract.settings import Line
from telephony.sip.interface import Phone

log = logging.getLogger(__name__)

LONGEST_AWAY_S = 60.0
"""The line comes back by itself then, even if whoever sent it away has died."""

Announced = Callable[[], SelfCall | None]
"""Gives the announced call of the box to itself, None as a rule."""


class SelfCalls:
    """Tells the box's own calls from callers'."""

    def __init__(self, line: Line, announced: Announced) -> None:
        self._numbers = (line.user, line.auth_user, line.test_number)
        self._announced = announced

    def has_token(self, invite: str) -> bool:
        """Whether an INVITE carries the token of the announced call, wherever in it."""
        call = self._announced()
        return call is not None and call.token in invite

    def is_from_us(self, caller: str | None) -> bool:
        """Whether a call from an exchange that dropped the token is ours all the same."""
        if self._announced() is None:
            return False
        return any(same_number(caller, number) for number in self._numbers)


class Absence:
    """Leaves the registrar for a moment when asked to, never while a call is on."""

    def __init__(self, announced: Announced) -> None:
        self._announced = announced
        self._back_at: float | None = None
        self._refused_for = ""
        self.state: str | None = None
        """For the status file: "away", "call-is-on", or None"""

    def turn(self, phone: Phone, calls: int) -> None:
        """Called now and then by the loop."""
        asked = self._announced()
        wanted = asked if asked is not None and asked.away else None
        now = time.monotonic()
        if self._back_at is not None:
            if wanted is None or now >= self._back_at:
                self._back_at = None
                self._refused_for = wanted.token if wanted else ""
                self.state = None
                log.info("back-from-absence")
                phone.come_back()
            return
        if wanted is None:
            self.state = None
        elif wanted.token != self._refused_for and phone.registration.registered:
            if calls:
                self._refused_for = wanted.token
                self.state = "call-is-on"
                log.info("absence-refused", extra=log_fields(calls=calls))
                return
            self._back_at = now + min(LONGEST_AWAY_S, wanted.until - time.time())
            self.state = "away"
            log.info("away-for-a-test")
            phone.leave()
