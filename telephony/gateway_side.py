"""The gateway as one call sees it: there or not, heard in time or not."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.contract.call_link import (
    FRAME_MS,
    Accept,
    Audio,
    CallEnded,
    CallOffered,
    Digit,
    Message,
    Play,
    PlayEnd,
    StillHere,
    StopPlaying,
    Turn,
)
from gateway.contract.service import log_fields
from gateway.errors import LinkClosed
from telephony.answering import Event
from telephony.gateway_link import GatewayLink
from telephony.playback import Playback
from telephony.sip.interface import Offer
from telephony.watch import TurnClock

log = logging.getLogger(__name__)


class GatewaySide:
    """A link that may be missing from the start, or go at any time."""

    def __init__(self, call_id: str, playback: Playback) -> None:
        self._call_id = call_id
        self._link: GatewayLink | None = None
        self._playback = playback
        self._turn = TurnClock(playback)
        self._frames = 0

    @property
    def there(self) -> bool:
        """Whether the gateway is in on this call."""
        return self._link is not None

    def connect(self, socket: Path, offer: Offer) -> None:
        """Offer the call to the gateway, if it listens."""
        try:
            self._link = GatewayLink.connect(socket, self._call_id)
        except LinkClosed as error:
            log.warning("gateway-refused", extra=log_fields(call_id=self._call_id, why=error))
            return
        self.send(
            CallOffered(
                call_id=self._call_id,
                caller=offer.caller,
                called=offer.called,
                offered_at=time.time(),
                forwarded_from=offer.forwarded_from,
                forward_reason=offer.forward_reason,
                self_call=offer.self_call,
            )
        )

    def send(self, message: Message) -> None:
        """Send, if anybody is there."""
        if self._link:
            self._link.send(message)

    def hear(self, frame: bytes) -> None:
        """20 ms of the caller, on the bridge's clock thread."""
        self._frames += 1
        link = self._link
        if link:
            link.send(Audio(frame, timestamp=self._frames * FRAME_MS))

    def key(self, digit: str) -> None:
        """The caller pressed a key."""
        self.send(Digit(digit, self._frames * FRAME_MS))

    def orders(self, *, talking: Callable[[], bool]) -> Iterator[Message]:
        """What the gateway wants done; sound and turns are seen to here, sound only while talking.

        `talking` is asked for each message: the order before may have ended the conversation.
        """
        if self._link is None:
            return
        for message in self._link.received():
            if isinstance(message, Turn):
                self._turn.turn(message.ours)
            elif isinstance(message, Audio | Play | PlayEnd | StopPlaying):
                if talking():
                    self._sound(message)
            elif not isinstance(message, Accept | StillHere):
                yield message

    def _sound(self, message: Audio | Play | PlayEnd | StopPlaying) -> None:
        match message:
            case Audio(audio=audio):
                self._playback.add(audio)
            case Play(play_id=play_id):
                self._playback.begin(play_id)
            case PlayEnd(play_id=play_id):
                self._playback.end(play_id)
            case StopPlaying():
                self._playback.stop()

    def trouble(self, *, talking: bool) -> tuple[Event, str] | None:
        """The gateway is lost, or owes the caller a sound for too long; with the reason."""
        if self._link is None:
            return None
        reason = self._link.lost
        if reason:
            return Event.GATEWAY_LOST, reason
        if talking and self._turn.overdue():
            return Event.SPEECH_OVERDUE, "speech-overdue"
        return None

    def drop(self) -> None:
        """Go on without it."""
        if self._link:
            self._link.close()
            self._link = None

    def end(self, by: str) -> None:
        """The call is over."""
        self.send(CallEnded(self._call_id, by, time.time()))
        self.drop()
