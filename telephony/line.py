"""The line as a whole: which calls are answered, by whom, and how it stands with everything."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from gateway.contract.night_mode import NightMode
from gateway.contract.service import log_fields
from gateway.contract.settings import Settings
from gateway.errors import TelephonyError
from telephony.call import Call
from telephony.memory import Memory
from telephony.self_call import Absence
from telephony.sip.interface import Leg, Phone
from telephony.surroundings import Surroundings

log = logging.getLogger(__name__)

TEMPORARILY_UNAVAILABLE = 480
"""In hours, or while stopping: the exchange goes on to its next destination."""
BUSY_HERE = 486
"""Full; 503 would make some proxies mark us as down."""
BUSY_TURN_S = 0.01
"""The loop's pause while there are calls: the delay that it may add to what the gateway says."""
IDLE_TURN_S = 0.1
"""The loop's pause without calls; SIP itself wakes it at once."""
VOICEMAIL_ONLY_S = 300.0
"""After a crash loop (systemd/backoff) the line keeps to itself until it has lived for so long."""
STOP_S = 1.5
"""How long a stop waits for messages on their way to disk."""


class Line:
    """Takes the offers of the phone and turns the loop."""

    def __init__(
        self,
        settings: Settings,
        around: Surroundings,
        night_mode: Callable[[], NightMode] = lambda: "auto",
        absence: Absence | None = None,
    ) -> None:
        self._settings = settings
        self._night_mode = night_mode
        self._hours = settings.opening.hours()
        self._around = around
        self._absence = absence or Absence(lambda: None)
        self._calls: list[Call] = []
        self._stopping = False
        self._alone_until = 0.0
        self._calls_total = 0
        self._calls_before = 0
        self._memory = Memory()
        self._last_call_at: float | None = None

    def on_offer(self, leg: Leg) -> None:
        """A call has come in from somebody who may call."""
        ours = leg.offer.self_call  # answered at any hour: technicians come by day
        on_duty = ours or self.on_duty(datetime.now(self._settings.office.zone))
        if self._stopping or not on_duty:
            log.info("call-left-alone", extra=log_fields(stopping=self._stopping))
            leg.refuse(TEMPORARILY_UNAVAILABLE)
            return
        limits = self._settings.line
        if len(self._calls) >= limits.max_calls + limits.max_voicemail:
            log.warning("call-refused-full", extra=log_fields(calls=len(self._calls)))
            leg.refuse(BUSY_HERE)
            return
        call = Call(leg, self._around, alone_because=self._alone_because(limits.max_calls))
        if not ours:
            self._calls_total += 1
            self._last_call_at = time.time()
        try:
            leg.answer()
        except TelephonyError as error:
            log.error("call-not-answered", extra=log_fields(call_id=call.call_id, why=error))
            call.stop()
            return
        self._calls.append(call)

    def keep_to_itself(self) -> None:
        """The line died again and again: each call goes straight to a message for a while."""
        self._alone_until = time.monotonic() + VOICEMAIL_ONLY_S
        log.error("voicemail-only", extra=log_fields(seconds=VOICEMAIL_ONLY_S))

    @property
    def voicemail_only(self) -> bool:
        """Whether calls are kept from the gateway for now."""
        return time.monotonic() < self._alone_until

    def _alone_because(self, max_calls: int) -> str | None:
        if self.voicemail_only:
            return "voicemail-only"
        talking = sum(call.with_gateway for call in self._calls)
        return "over-limit" if talking >= max_calls else None

    def on_duty(self, local: datetime) -> bool:
        """Whether we answer at this local time."""
        mode = self._night_mode()
        if mode != "auto":
            return mode == "on"
        rule = self._settings.line.answer
        return rule == "always" or (rule == "after-hours" and not self._hours.is_open(local))

    def turn(self, phone: Phone) -> None:
        """One turn of the loop."""
        phone.pump(BUSY_TURN_S if self._calls else IDLE_TURN_S)
        for call in self._calls:
            try:
                call.tick()
            except Exception:  # one call must not take the others down; its caller is hung up on
                log.exception("call-failed", extra=log_fields(call_id=call.call_id))
                call.stop()
        self._calls = [call for call in self._calls if not call.over]

    def mind_absence(self, phone: Phone) -> None:
        """Called now and then: leave the registrar or come back, if that was asked for; give memory
        back when calls are long over."""
        self._absence.turn(phone, len(self._calls))
        if self._calls_total != self._calls_before:  # short calls come and go between two looks
            self._calls_before = self._calls_total
            self._memory.turn(1, time.monotonic())
        self._memory.turn(len(self._calls), time.monotonic())

    def stop(self, phone: Phone) -> None:
        """Finish recordings, hang up, deregister."""
        self._stopping = True
        for call in self._calls:
            call.stop()
        give_up = time.monotonic() + STOP_S
        while self._calls and time.monotonic() < give_up:
            self.turn(phone)
        phone.stop()

    def facts(self, phone: Phone) -> dict[str, Any]:
        """For the status file."""
        registration = phone.registration
        return {
            "port": phone.port,
            "mode": self._settings.line.mode,
            "registered": registration.registered,
            "registration_code": registration.code,
            "registration_reason": registration.reason,
            "registration_next_try_s": registration.next_try_s,
            "on_duty": self.on_duty(datetime.now(self._settings.office.zone)),
            "night_mode": self._night_mode(),
            "voicemail_only": self.voicemail_only,
            "calls_active": len(self._calls),
            "calls_possible": phone.calls_possible,
            "calls_total": self._calls_total,
            "last_call_at": self._last_call_at,
            "refused_peers": phone.refused_peers,
            "absent": self._absence.state,
            "voicemail_waiting": self._around.spool.count(),
        }
