"""Messages between the line and the gateway: one Unix connection per call, Wyoming framing.

The gateway listens on `gateway.sock`; the line connects when a call comes in and closes the
connection when the call is over. A connection that closes early means that the gateway is gone:
the line apologises and takes a message by itself. The line never waits for an answer.

    line -> gateway   call-offered, call-answered, audio-chunk, digit, playback-finished,
                      message-taken, transfer-progress, call-ended
    gateway -> line   accept, play, audio-chunk, play-end, stop-playing, turn, still-here,
                      take-message, transfer, hang-up

Audio is 16 kHz, 16 bit, mono, little endian, in frames of 20 ms from the line; the gateway may
send speech faster than it is heard: the line plays it from a bounded queue.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Self

from wyoming.event import Event

from gateway.contract.patience import PATIENCE
from gateway.errors import LinkError

RATE_HZ = 16_000
"""The only sample rate inside the box."""
WIDTH_BYTES = 2
"""Bytes a sample."""
FRAME_MS = 20
"""Length of one audio frame from the line."""
FRAME_BYTES = RATE_HZ * WIDTH_BYTES * FRAME_MS // 1000
"""Bytes of one frame of FRAME_MS."""
STILL_HERE_EVERY_S = 0.5
"""The gateway says that it lives this often during a call."""
GATEWAY_SILENT_S = 2.0 * PATIENCE
"""The line gives up on a gateway that has sent nothing at all for this long."""
SPEECH_OVERDUE_S = 2.0 * PATIENCE
"""The line takes a message when it is our turn to speak and no sound has come for this long."""


class Message:
    """Base of all messages: a frozen dataclass with a Wyoming event type."""

    event_type: ClassVar[str]

    def event(self) -> Event:
        """As a Wyoming event: fields as data, `audio` (bytes) as payload."""
        data = asdict(self)  # type: ignore[call-overload]  # every subclass is a dataclass
        payload = data.pop("audio", None)
        return Event(type=self.event_type, data=data, payload=payload)

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Read the message back; LinkError names the field that is missing or unknown to us."""
        known = {field.name for field in fields(cls)}  # type: ignore[arg-type]
        data: dict[str, Any] = {k: v for k, v in (event.data or {}).items() if k in known}
        if "audio" in known:
            data["audio"] = event.payload or b""
        try:
            return cls(**data)
        except TypeError as error:
            raise LinkError(f"message {event.type}: {error}") from error


@dataclass(frozen=True)
class CallOffered(Message):
    """A call has come in; sent before it is answered."""

    event_type = "call-offered"

    call_id: str
    """UUID of the call, in every log line about it"""
    caller: str | None
    """Number of the caller as the network claims it (E.164 or as sent), None when withheld"""
    called: str
    """User part of the request URI: the number that was dialled"""
    offered_at: float
    """Seconds since 1970, UTC"""
    forwarded_from: str | None = None
    """Number first dialled, from Diversion or History-Info"""
    forward_reason: str | None = None
    """Why it was sent on: no-answer, user-busy, unconditional, time-of-day, out-of-service"""
    self_call: bool = False
    """The box calls itself (self_call.py): nothing is booked and nobody has to call back"""


@dataclass(frozen=True)
class CallAnswered(Message):
    """Media is ready and the line has begun to play the greeting."""

    event_type = "call-answered"

    call_id: str
    """UUID of the call"""
    answered_at: float
    """Seconds since 1970, UTC"""
    codec: str
    """Codec of the call, e.g. PCMU/8000"""
    greeting_ms: int
    """Length of the greeting that the line plays by itself, in milliseconds"""


@dataclass(frozen=True)
class Audio(Message):
    """Sound: line -> gateway what the caller says, gateway -> line what the caller shall hear."""

    event_type = "audio-chunk"

    audio: bytes
    """PCM, RATE_HZ, WIDTH_BYTES, mono"""
    rate: int = RATE_HZ
    """Hz"""
    width: int = WIDTH_BYTES
    """bytes a sample"""
    channels: int = 1
    """always 1"""
    timestamp: int = 0
    """Milliseconds since the call was answered (line -> gateway), 0 the other way"""


@dataclass(frozen=True)
class Digit(Message):
    """The caller pressed a key (RFC 4733 or SIP INFO)."""

    event_type = "digit"

    digit: str
    """One of 0-9 * # A-D"""
    timestamp: int
    """Milliseconds since the call was answered"""


@dataclass(frozen=True)
class PlaybackFinished(Message):
    """Something that was played has been heard to its end, or was cut off."""

    event_type = "playback-finished"

    play_id: str
    """Id from `play`; "greeting" for the line's own greeting"""
    completed: bool
    """False when it was cut off by stop-playing"""
    heard_ms: int
    """Milliseconds of it that went out to the caller"""


@dataclass(frozen=True)
class MessageTaken(Message):
    """The line has recorded a message and put it into the spool, whole."""

    event_type = "message-taken"

    name: str
    """Name in the spool without suffix; empty when the caller left nothing"""
    seconds: float
    """Length of the recording"""
    ended_by: str
    """hash, silence, limit, hang-up"""


@dataclass(frozen=True)
class TransferProgress(Message):
    """How a transfer goes; only a final code ends it."""

    event_type = "transfer-progress"

    code: int
    """SIP status code of the transferred-to party"""
    final: bool
    """True when nothing more will come"""


@dataclass(frozen=True)
class CallEnded(Message):
    """The call is over."""

    event_type = "call-ended"

    call_id: str
    """UUID of the call"""
    by: str
    """caller, us, network"""
    ended_at: float
    """Seconds since 1970, UTC"""


@dataclass(frozen=True)
class Accept(Message):
    """The gateway has a conversation for this call."""

    event_type = "accept"

    call_id: str
    """UUID of the call"""


@dataclass(frozen=True)
class Play(Message):
    """Speech follows in `audio-chunk`, until `play-end`; plays after what is queued already."""

    event_type = "play"

    play_id: str
    """Returned in playback-finished"""


@dataclass(frozen=True)
class PlayEnd(Message):
    """All sound of this play_id has been sent."""

    event_type = "play-end"

    play_id: str
    """Id from `play`"""


@dataclass(frozen=True)
class StopPlaying(Message):
    """Stop at once and forget what is queued: the caller interrupts."""

    event_type = "stop-playing"


@dataclass(frozen=True)
class Turn(Message):
    """Whose turn it is to speak; while it is ours the line watches its outgoing audio."""

    event_type = "turn"

    ours: bool
    """True: we owe the caller a sound within SPEECH_OVERDUE_S"""


@dataclass(frozen=True)
class StillHere(Message):
    """The gateway's loop turns; sent every STILL_HERE_EVERY_S."""

    event_type = "still-here"


@dataclass(frozen=True)
class TakeMessage(Message):
    """Record a message after what is playing has finished; the line does it all by itself."""

    event_type = "take-message"

    reason: str
    """Why, for the record: caller-asked, not-understood, models-failed, store-failed, full, ..."""
    prompt: str | None
    """Name of the line's own greeting to play first (see telephony/greetings), None for only the
    tone"""
    then_hang_up: bool = True
    """False: the conversation goes on after message-taken"""


@dataclass(frozen=True)
class Transfer(Message):
    """Blind transfer (REFER); the caller stays with us until the final transfer-progress."""

    event_type = "transfer"

    target: str
    """SIP URI or number from the office's own list"""


@dataclass(frozen=True)
class HangUp(Message):
    """End the call after what is queued has been heard."""

    event_type = "hang-up"

    reason: str
    """For the record: done, urgent, spam, silent, limit"""


MESSAGES: tuple[type[Message], ...] = (
    CallOffered,
    CallAnswered,
    Audio,
    Digit,
    PlaybackFinished,
    MessageTaken,
    TransferProgress,
    CallEnded,
    Accept,
    Play,
    PlayEnd,
    StopPlaying,
    Turn,
    StillHere,
    TakeMessage,
    Transfer,
    HangUp,
)
_BY_TYPE = {message.event_type: message for message in MESSAGES}


def read_message(event: Event) -> Message:
    """The message in a Wyoming event; LinkError for a type that we do not know."""
    kind = _BY_TYPE.get(event.type)
    if kind is None:
        raise LinkError(f"unknown message {event.type!r} on the call link")
    return kind.from_event(event)
