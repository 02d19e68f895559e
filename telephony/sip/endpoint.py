"""The SIP endpoint: library, sockets, codecs and the account; one thread pumps it all."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pjsua2 as pj

from gateway.contract.call_link import FRAME_MS, RATE_HZ
from gateway.contract.service import log_fields
from gateway.contract.settings import Line
from gateway.errors import StartRefused
from telephony.sip import native, vector
from telephony.sip.account import PjAccount, account_config
from telephony.sip.audio_port import AudioPorts
from telephony.sip.interface import Leg, NoOwnCalls, OwnCalls, Registration
from telephony.sip.leg import PjLeg
from telephony.sip.peers import host_of

log = logging.getLogger(__name__)

NO_OWN_CALLS = NoOwnCalls()
SPARE_CALLS = 2
"""Room for callers whom we only refuse, so that they hear why."""
BIND_TRIES = 20
"""A free UDP port may be taken on TCP: try another."""
GOODBYE_S = 1.0
"""How long a stop waits for the registrar and for the callers' answers to our BYE."""
CODEC_NAMES = {"G722": "G722/16000", "PCMU": "PCMU/8000", "PCMA": "PCMA/8000"}
_FIRST_PRIORITY = 250


class PjPhone:
    """A phone, as in interface.Phone."""

    def __init__(
        self,
        line: Line,
        password: str | None,
        on_offer: Callable[[Leg], None],
        *,
        own: OwnCalls = NO_OWN_CALLS,
        registers: bool = True,
    ) -> None:
        self._endpoint = pj.Endpoint()
        self._ports = AudioPorts()
        try:
            native.library.pj_log_set_level(0)  # before the settings are read it would greet stdout
            self._endpoint.libCreate()
            self._endpoint.libInit(_library_config(line))
            transport, self.port = self._listen(line)
            self._endpoint.libStart()
            self._endpoint.audDevManager().setNullDev()
            self._choose_codecs(line.codecs)
            self._account = PjAccount(line, self._ports, on_offer, own)
            config = account_config(line, password, transport, self.port, registers=registers)
            self._account.create(config, True)
        except pj.Error as error:
            raise StartRefused(f"the SIP stack does not start: {error.reason}") from error
        log.info("listening", extra=log_fields(port=self.port, frames=vector.method))
        wanted = line.max_calls + line.max_voicemail
        if wanted > self.calls_possible:
            log.warning(
                "sip-stack-holds-fewer-calls-than-the-settings",
                extra=log_fields(possible=self.calls_possible, wanted=wanted),
            )

    @property
    def registration(self) -> Registration:
        """How we stand with the registrar."""
        return self._account.registration

    @property
    def calls_possible(self) -> int:
        """Calls that this build of the stack can hold (PJSUA_MAX_CALLS); to more it answers 486."""
        return int(native.library.pjsua_call_get_max_count())

    @property
    def refused_peers(self) -> int:
        """Calls from addresses that may not call."""
        return self._account.refused_peers

    def pump(self, timeout_s: float) -> None:
        """Handle SIP for at most so long."""
        self._endpoint.libHandleEvents(int(timeout_s * 1000))
        self._account.tick()

    def leave(self) -> None:
        """Deregister and stay away."""
        self._account.leave()

    def come_back(self) -> None:
        """Register again after `leave`."""
        self._account.come_back()

    def dial(self, uri: str, headers: dict[str, str]) -> PjLeg:
        """Call somebody; TelephonyError when the call cannot even be sent."""
        return self._account.dial(uri, headers)

    def stop(self) -> None:
        """Deregister, end all calls, close the sockets."""
        self._account.hang_up_all()
        self._account.leave()
        give_up = time.monotonic() + GOODBYE_S
        while time.monotonic() < give_up and (
            self._account.registration.registered or self._account.legs
        ):
            self.pump(0.01)
        self._account.shutdown()
        self._ports.clear()
        with contextlib.suppress(pj.Error):
            self._endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)

    def versions(self) -> dict[str, str]:
        """What is really linked, for the status file."""
        return {"pjsip": self._endpoint.libVersion().full, "openssl": openssl_version()}

    def _listen(self, line: Line) -> tuple[int, int]:
        """UDP and TCP on the same port; id of the UDP transport and the port."""
        for _ in range(BIND_TRIES):
            udp = self._transport(pj.PJSIP_TRANSPORT_UDP, line.bind, line.port)
            port = int(self._endpoint.transportGetInfo(udp).localName.rsplit(":", 1)[1])
            try:
                self._transport(pj.PJSIP_TRANSPORT_TCP, line.bind, port)
            except StartRefused:
                if line.port:
                    raise
                self._endpoint.transportClose(udp)
                continue
            return udp, port
        raise StartRefused(f"no port is free for SIP on {line.bind}")

    def _transport(self, kind: int, bind: str, port: int) -> int:
        config = pj.TransportConfig()
        config.boundAddress, config.port = bind, port
        try:
            return int(self._endpoint.transportCreate(kind, config))
        except pj.Error as error:
            raise StartRefused(
                f"SIP port {port} on {bind} cannot be opened ({error.reason}); is another "
                "program using it? Change line.port or stop that program"
            ) from error

    def _choose_codecs(self, wanted: list[Any]) -> None:
        order = {CODEC_NAMES[name]: _FIRST_PRIORITY - i for i, name in enumerate(wanted)}
        for codec in self._endpoint.codecEnum2():
            name = codec.codecId.rsplit("/", 1)[0]
            self._endpoint.codecSetPriority(codec.codecId, order.get(name, 0))


def _library_config(line: Line) -> Any:
    config = pj.EpConfig()
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = True
    config.uaConfig.maxCalls = line.max_calls + line.max_voicemail + SPARE_CALLS
    config.uaConfig.userAgent = "Nightporter"
    for server in _name_servers(line.registrar):
        config.uaConfig.nameserver.append(server)
    # PJSIP's log shows callers' numbers: only for a technician who asks for it.
    level = int(os.environ.get("NIGHTPORTER_SIP_LOG") or 0)
    config.logConfig.level = config.logConfig.consoleLevel = level
    config.logConfig.msgLogging = level >= 5
    media = config.medConfig
    media.clockRate = media.sndClockRate = RATE_HZ
    media.channelCount = 1
    media.audioFramePtime = FRAME_MS
    media.noVad = True
    media.ecTailLen = 0
    media.sndAutoCloseTime = -1
    return config


def _name_servers(registrar: str | None) -> list[str]:
    """DNS servers for PJSIP's own resolver, which does not block and knows SRV; none when the
    registrar is an address or stands in /etc/hosts, which that resolver does not read."""
    if registrar is None:
        return []
    host = host_of(registrar)
    with contextlib.suppress(ValueError):
        ip_address(host)
        return []
    if host in _read("/etc/hosts").split():
        return []
    lines = [line.split() for line in _read("/etc/resolv.conf").splitlines()]
    servers = [parts[1] for parts in lines if len(parts) > 1 and parts[0] == "nameserver"]
    return [server for server in servers if ":" not in server]


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def openssl_version() -> str:
    """Version of the OpenSSL that the SIP stack has loaded, "none" when it was built without."""
    with contextlib.suppress(OSError, AttributeError):
        for line in _read("/proc/self/maps").splitlines():
            path = line.split()[-1]
            if "pjsua2" in path and "libcrypto" in path:
                library = ctypes.CDLL(path)
                name = getattr(library, "OpenSSL_version", None) or library.SSLeay_version
                name.restype = ctypes.c_char_p
                return str(name(0).decode())
    return "none"
