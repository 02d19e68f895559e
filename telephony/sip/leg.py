"""One call in PJSIP: the only code that touches its call, media and recorder objects."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pjsua2 as pj

from gateway.errors import RecordingError, TelephonyError
from telephony.sip import native
from telephony.sip.audio_port import AudioPort, AudioPorts
from telephony.sip.identity import read_info, transfer_uri
from telephony.sip.interface import FrameSink, FrameSource, LegListener, Offer

log = logging.getLogger(__name__)

ACK_GRACE_S = 0.15
"""Media may start before the ACK has come: it may be lost, and the greeting must not wait for its
repetition half a second later."""


class PjRecorder:
    """PJSIP's own recorder, fed by the bridge."""

    def __init__(self, path: Path) -> None:
        self._recorder: Any = pj.AudioMediaRecorder()
        try:
            self._recorder.createRecorder(str(path))
        except pj.Error as error:
            self._recorder = None
            raise RecordingError(f"{path.name}: {error.reason}") from error

    def connect(self, media: Any) -> None:
        """Let this media be recorded."""
        media.startTransmit(self._recorder)

    def stop(self) -> None:
        """Destroy the recorder: it closes its file."""
        self._recorder = None


class PjLeg(pj.Call):  # type: ignore[misc]  # pjsua2 has no types
    """A leg, as in interface.Leg."""

    def __init__(
        self,
        account: Any,
        call_id: int,
        offer: Offer,
        ports: AudioPorts,
        over: Callable[[PjLeg], None],
    ) -> None:
        super().__init__(account, call_id)
        self.offer = offer
        self.listener: LegListener | None = None
        self.last_response = ""
        """Text of the newest answer to an INVITE of ours"""
        self._ports = ports
        self._over = over
        self._office = account.office
        self._port: AudioPort | None = None
        self._recorder: PjRecorder | None = None
        self._heard: FrameSink | None = None
        self._spoken: FrameSource | None = None
        self._media: Any = None
        self._answered_at = 0.0
        self._acknowledged = False
        self._told = False
        self._ended = False

    # --- what the line asks -------------------------------------------------------

    def answer(self) -> None:
        """200 OK."""
        self._answered_at = time.monotonic()
        self._respond(200)

    def dial(self, uri: str, headers: dict[str, str]) -> None:
        """INVITE with these headers; on_answered or on_ended follows."""
        parameters = pj.CallOpParam(True)
        for name, value in headers.items():
            header = pj.SipHeader()
            header.hName, header.hValue = name, value
            parameters.txOption.headers.append(header)
        try:
            self.makeCall(uri, parameters)
        except pj.Error as error:
            raise TelephonyError(f"the call cannot be placed: {error.reason}") from error

    def refuse(self, code: int) -> None:
        """End a call that was not answered."""
        self._respond(code)

    def hang_up(self) -> None:
        """BYE, or a refusal when it was not answered."""
        if self._ended:
            return
        try:
            self.hangup(pj.CallOpParam())
        except pj.Error as error:
            log.warning("hang-up-failed", extra={"fields": {"why": error.reason}})

    def set_sound(self, heard: FrameSink, spoken: FrameSource) -> None:
        """Where the caller's frames go and ours come from."""
        self._heard, self._spoken = heard, spoken

    def transfer(self, target: str) -> None:
        """REFER."""
        if self._ended:
            raise TelephonyError("the call is over")
        try:
            uri = transfer_uri(target, self._office, self.getInfo().remoteContact)
            self.xfer(uri, pj.CallOpParam(True))
        except pj.Error as error:
            raise TelephonyError(f"transfer refused: {error.reason}") from error

    def record(self, path: Path) -> PjRecorder:
        """Record the caller."""
        if self._ended:
            raise RecordingError("the call is over")
        recorder = PjRecorder(path)
        if self._media is not None:
            recorder.connect(self._media)
        self._recorder = recorder
        return recorder

    def packets_received(self) -> int:
        """RTP packets from the caller so far."""
        if self._ended:
            return 0
        try:
            statistics = self.getStreamStat(0)  # held: what it contains is freed with it
        except pj.Error:
            return 0
        rtcp = statistics.rtcp
        return int(rtcp.rxStat.pkt)

    def tick(self) -> None:
        """Called by the pump: media counts as ready without an ACK after ACK_GRACE_S."""
        if self._told or self._media is None or not self._answered_at:
            return
        if self._acknowledged or time.monotonic() - self._answered_at > ACK_GRACE_S:
            self._told = True
            if self.listener:
                self.listener.on_answered(self._codec())

    # --- what PJSIP tells ---------------------------------------------------------

    def onCallState(self, _parameters: Any) -> None:
        """The SIP dialogue has moved."""
        info = self.getInfo()
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self._acknowledged = True
            self._answered_at = self._answered_at or time.monotonic()
            self.tick()
        elif info.state == pj.PJSIP_INV_STATE_DISCONNECTED and not self._ended:
            self._end(int(info.lastStatusCode))

    def onCallMediaState(self, _parameters: Any) -> None:
        """Media was negotiated, changed or put on hold."""
        info = self.getInfo()  # held: what it contains is freed with it
        for media in info.media:
            usable = media.status in (
                pj.PJSUA_CALL_MEDIA_ACTIVE,
                pj.PJSUA_CALL_MEDIA_REMOTE_HOLD,
            )
            if media.type == pj.PJMEDIA_TYPE_AUDIO and usable:
                self._connect(self.getAudioMedia(media.index))
                return

    def onDtmfDigit(self, parameters: Any) -> None:
        """A key, by RFC 4733 or INFO with application/dtmf-relay."""
        if self.listener and parameters.digit:
            self.listener.on_digit(parameters.digit)

    def onCallTsxState(self, parameters: Any) -> None:
        """A request inside the call: of INFO, PJSIP itself reads application/dtmf-relay alone."""
        body = parameters.e.body.tsxState
        if body.tsx.method == "INVITE" and body.type == pj.PJSIP_EVENT_RX_MSG:
            message = body.src.rdata.wholeMsg
            if message.startswith("SIP/2.0 "):
                self.last_response = message
        if (
            body.tsx.method == "INFO"
            and body.tsx.role == pj.PJSIP_ROLE_UAS
            and body.type == pj.PJSIP_EVENT_RX_MSG
        ):
            self._on_info(body.src.rdata)

    def onCallTransferRequest(self, parameters: Any) -> None:
        """The caller asks us to call somebody: never."""
        parameters.statusCode = pj.PJSIP_SC_FORBIDDEN

    def onCallReplaceRequest(self, parameters: Any) -> None:
        """Somebody wants to take over this call: never."""
        parameters.statusCode = pj.PJSIP_SC_FORBIDDEN

    def onCallTransferStatus(self, parameters: Any) -> None:
        """NOTIFY with the progress of our REFER."""
        parameters.cont = not parameters.finalNotify
        if self.listener:
            self.listener.on_transfer(int(parameters.statusCode), bool(parameters.finalNotify))

    # --- inside -------------------------------------------------------------------

    def _on_info(self, request: Any) -> None:
        digit, code = read_info(request.wholeMsg)
        if code is not None:
            native.respond(request, code)
        if digit and self.listener:
            self.listener.on_digit(digit)

    def _end(self, code: int) -> None:
        """Tell everybody, then destroy the C++ object at once: PJSIP may give its call id to the
        next caller, whom a later destruction would cut off."""
        self._ended = True
        self._release()
        listener, self.listener = self.listener, None
        if listener:
            listener.on_ended(code)
        self._over(self)
        self.__swig_destroy__(self)

    def _respond(self, code: int) -> None:
        if self._ended:
            raise TelephonyError("the call is over")
        parameters = pj.CallOpParam(True)
        parameters.statusCode = code
        try:
            super().answer(parameters)
        except pj.Error as error:
            raise TelephonyError(f"answer {code} refused: {error.reason}") from error

    def _connect(self, media: Any) -> None:
        if self._port is None:
            self._port = self._ports.lend()
            self._port.heard, self._port.spoken = self._heard, self._spoken
        self._media = media
        media.startTransmit(self._port)
        self._port.startTransmit(media)
        if self._recorder:
            self._recorder.connect(media)
        self.tick()

    def _codec(self) -> str:
        try:
            stream = self.getStreamInfo(0)
        except pj.Error:
            return ""
        return f"{stream.codecName}/{stream.codecClockRate}"

    def _release(self) -> None:
        self._recorder = self._media = self._heard = self._spoken = None
        if self._port is not None:
            self._ports.take_back(self._port)
            self._port = None
