"""Our account: registers and keeps registered, and lets in only the calls of those we know."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pjsua2 as pj

from gateway.contract.service import log_fields
from gateway.contract.settings import Line
from telephony.sip.audio_port import AudioPorts
from telephony.sip.identity import read_offer
from telephony.sip.interface import Leg, Offer, OwnCalls, Registration
from telephony.sip.leg import PjLeg
from telephony.sip.peers import Peers, host_of
from telephony.sip.registration import retry_delay

log = logging.getLogger(__name__)

FORBIDDEN = 403


class PjAccount(pj.Account):  # type: ignore[misc]  # pjsua2 has no types
    """One SIP account, registered or not."""

    def __init__(
        self, line: Line, ports: AudioPorts, on_offer: Callable[[Leg], None], own: OwnCalls
    ) -> None:
        super().__init__()
        self.registration = Registration(wanted=line.mode == "register")
        self.refused_peers = 0
        """Calls from addresses that may not call, since the start"""
        self.office = line.domain or line.registrar or ""
        """Host that knows the office's telephone numbers; empty for a trunk"""
        self._peers = Peers(line.allowed_peers, line.registrar)
        self._ports = ports
        self._on_offer = on_offer
        self._own = own
        self._legs: set[PjLeg] = set()
        self._failures = 0
        self._retry_at = 0.0
        self._leaving = False

    def tick(self) -> None:
        """Called by the pump: due registrations, media that is ready."""
        for leg in list(self._legs):
            leg.tick()
        if self._retry_at and time.monotonic() >= self._retry_at:
            self._retry_at = 0.0
            self._register(True)

    def leave(self) -> None:
        """Deregister; `registration.registered` turns false when the registrar has answered."""
        self._leaving = True
        if self.registration.registered:
            self._register(False)

    def come_back(self) -> None:
        """Register again after `leave`."""
        self._leaving = False
        if self.registration.wanted:
            self._register(True)

    def dial(self, uri: str, headers: dict[str, str]) -> PjLeg:
        """Call somebody; TelephonyError when the call cannot even be sent."""
        offer = Offer(caller=None, called=uri, forwarded_from=None, forward_reason=None)
        leg = PjLeg(self, pj.PJSUA_INVALID_ID, offer, self._ports, self._over)
        leg.dial(uri, headers)
        self._legs.add(leg)
        return leg

    def hang_up_all(self) -> None:
        """End every call."""
        for leg in list(self._legs):
            leg.hang_up()

    @property
    def legs(self) -> int:
        """Calls that are not over."""
        return len(self._legs)

    # --- what PJSIP tells ---------------------------------------------------------

    def onIncomingCall(self, parameters: Any) -> None:
        """An INVITE."""
        message, source = parameters.rdata.wholeMsg, parameters.rdata.srcAddress
        offer, ours = read_offer(message), self._own.has_token(message)
        if ours or self._own.is_from_us(offer.caller):
            offer = replace(offer, self_call=True)
        leg = PjLeg(self, parameters.callId, offer, self._ports, self._over)
        self._legs.add(leg)
        if not (ours or self._peers.allow(source)):
            self.refused_peers += 1
            log.warning("call-from-unknown-peer", extra=log_fields(refused=self.refused_peers))
            leg.refuse(FORBIDDEN)
            return
        self._on_offer(leg)

    def onRegState(self, parameters: Any) -> None:
        """The registrar has answered, or has not in time."""
        code, reason = int(parameters.code), str(parameters.reason)
        registered = 200 <= code < 300 and parameters.expiration > 0
        if registered:
            self._peers.trust(host_of(parameters.rdata.srcAddress))
            self._failures = 0
            self._retry_at = 0.0
        elif not self._leaving:
            self._failures += 1
            delay = retry_delay(self._failures, code, random.random())
            self._retry_at = time.monotonic() + delay
        changed = registered != self.registration.registered or code != self.registration.code
        next_try = max(0.0, self._retry_at - time.monotonic()) if self._retry_at else 0.0
        self.registration = Registration(True, registered, code, reason, round(next_try, 1))
        if changed:
            log.log(
                logging.INFO if registered or self._leaving else logging.WARNING,
                "registered" if registered else "not-registered",
                extra=log_fields(code=code, reason=reason, next_try_s=round(next_try, 1)),
            )

    # --- inside -------------------------------------------------------------------

    def _register(self, renew: bool) -> None:
        try:
            self.setRegistration(renew)
        except pj.Error as error:
            log.warning("registration-not-sent", extra=log_fields(why=error.reason))
            self._failures += 1
            self._retry_at = time.monotonic() + retry_delay(self._failures, 0, random.random())

    def _over(self, leg: PjLeg) -> None:
        self._legs.discard(leg)


def account_config(
    line: Line, password: str | None, transport_id: int, port: int, *, registers: bool = True
) -> Any:
    """Everything that PJSIP wants to know about us."""
    config = pj.AccountConfig()
    domain = line.domain or line.registrar or f"{line.bind}:{port}"
    config.idUri = f"sip:{line.user}@{domain}"
    if line.mode == "register":
        _registering(config, line, password)
        config.regConfig.registerOnAdd = registers
    if line.transport == "udp":
        config.sipConfig.transportId = transport_id
    first, last = (int(part) for part in line.media_ports.split("-"))
    media = config.mediaConfig.transportConfig
    media.port, media.portRange, media.boundAddress = first, max(2, last - first), line.bind
    config.natConfig.iceEnabled = False
    config.natConfig.sipOutboundUse = 0  # registrars that do not know RFC 5626 stumble over it
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    config.callConfig.prackUse = pj.PJSUA_100REL_NOT_USED
    config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_DISABLED
    config.presConfig.publishEnabled = False
    config.mwiConfig.enabled = False
    return config


def _registering(config: Any, line: Line, password: str | None) -> None:
    transport = ";transport=tcp" if line.transport == "tcp" else ""
    config.regConfig.registrarUri = f"sip:{line.registrar}{transport}"
    config.regConfig.timeoutSec = line.expires_s
    config.regConfig.retryIntervalSec = 0  # ours: retry_delay
    config.regConfig.dropCallsOnFail = False
    if (line.domain and line.domain != line.registrar) or transport:
        config.sipConfig.proxies.append(f"sip:{line.registrar};lr{transport}")
    if password is not None:
        credentials = pj.AuthCredInfo("digest", "*", line.auth_user or line.user, 0, password)
        config.sipConfig.authCreds.append(credentials)
