"""What one call has to do with messages: why, with which words, the recording, the report."""

from __future__ import annotations

import logging
import time

from gateway.contract.call_link import MessageTaken
from gateway.contract.service import log_fields
from gateway.contract.settings import Voicemail
from gateway.contract.spooled import SpooledMessage
from gateway.errors import RecordingError
from telephony.answering import Event
from telephony.sip.interface import Leg, Offer
from telephony.spool import Spool
from telephony.voicemail import ENDINGS, Recording

log = logging.getLogger(__name__)

GO_ON = {Event.SAVED: Event.SAVED_GO_ON, Event.NOTHING_LEFT: Event.NOTHING_GO_ON}
"""The same outcomes where the gateway wants to go on with the call."""


class MessageTaker:
    """Messages of one call; a call may leave more than one."""

    def __init__(self, call_id: str, offer: Offer, spool: Spool, limits: Voicemail) -> None:
        self.reason = "gateway-refused"
        """Why the line takes a message"""
        self.prompt: str | None = "alone"
        """Greeting before the tone"""
        self.go_on = False
        """The gateway wants to go on after the message"""
        self._call_id = call_id
        self._offer = offer
        self._spool = spool
        self._limits = limits
        self._began_at = time.time()
        self._recording: Recording | None = None
        self._kept: SpooledMessage | None = None
        self._ending = Event.CALLER_GONE
        self._taken = 0

    def record(self, leg: Leg) -> None:
        """Begin; RecordingError when nothing can be written."""
        if self._offer.self_call:
            raise RecordingError("the box's call to itself leaves no message")
        self._recording = None
        self._kept = None
        self._recording = Recording(self._spool, self._limits, self._message(), leg)

    def hear(self, frame: bytes) -> None:
        """A frame of the caller, on the bridge's clock thread."""
        recording = self._recording
        if recording:
            recording.hear(frame)

    def over(self) -> Event | None:
        """Whether the recording has to end now, and why."""
        return self._recording.over() if self._recording else None

    def finish(self, ending: Event) -> None:
        """End the recording for this reason."""
        self._ending = ending
        if self._recording:
            self._recording.finish(ending)

    def outcome(self) -> Event | None:
        """How the finished recording fared; BROKEN at once where there is none."""
        if self._recording is None:
            return Event.BROKEN
        event = self._recording.outcome()
        if event is None:
            return None
        message = self._recording.message
        if message.has_audio:
            self._kept = message
            self._taken += 1
            log.info(
                "message-taken",
                extra=log_fields(call_id=self._call_id, seconds=message.seconds,
                                 reason=message.reason, ended_by=message.ended_by),
            )  # fmt: skip
        return GO_ON.get(event, event) if self.go_on else event

    def note_nothing(self) -> None:
        """The caller left nothing: a side file alone, so that somebody calls back."""
        if self._offer.self_call:
            return
        if self._kept or (self._recording and self._recording.on_disk()):
            return
        try:
            self._spool.note(self._message(ended_by=ENDINGS[self._ending]))
            log.info("no-message-left", extra=log_fields(call_id=self._call_id))
        except RecordingError as error:
            log.error("call-not-noted", extra=log_fields(call_id=self._call_id, why=error))

    def report(self) -> MessageTaken:
        """For the gateway."""
        if self._kept is None:
            return MessageTaken("", 0.0, ENDINGS[self._ending])
        return MessageTaken(self._kept.name, self._kept.seconds, self._kept.ended_by)

    def _message(self, *, ended_by: str = "cut-off") -> SpooledMessage:
        now = time.time()
        suffix = f"-{self._taken + 1}" if self._taken else ""
        return SpooledMessage(
            name=self._spool.name(self._call_id, self._began_at) + suffix,
            call_id=self._call_id,
            caller=self._offer.caller,
            called=self._offer.called,
            started_at=now,
            seconds=0.0,
            reason=self.reason,
            ended_by=ended_by,
            prompt=self.prompt,
            forwarded_from=self._offer.forwarded_from,
            forward_reason=self._offer.forward_reason,
        )
