"""What the line asks of a SIP stack; another stack could be put in behind these few methods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

FrameSource = Callable[[], bytes | None]
"""Gives the next frame for the caller, None for silence; called on the clock thread."""
FrameSink = Callable[[bytes], None]
"""Takes a frame of the caller; called on the clock thread."""


@dataclass(frozen=True)
class Offer:
    """What the INVITE says about a call."""

    caller: str | None
    """Number of the caller as the network claims it, None when withheld"""
    called: str
    """User part of the request URI"""
    forwarded_from: str | None
    """Number first dialled"""
    forward_reason: str | None
    """Why it was sent on: no-answer, user-busy, unconditional, time-of-day, out-of-service"""
    self_call: bool = False
    """The box calls itself: no caller, no message, nobody to call back"""


@dataclass(frozen=True)
class Registration:
    """How we stand with the registrar."""

    wanted: bool = False
    """False in trunk mode: nothing to register"""
    registered: bool = False
    """The registrar knows us now"""
    code: int = 0
    """SIP status code of its last answer, 0 before the first"""
    reason: str = ""
    """Reason phrase of its last answer"""
    next_try_s: float = 0.0
    """Seconds until we try again after a refusal or silence; 0 while registered"""


class OwnCalls(Protocol):
    """Who can tell the calls of the box to itself from callers'."""

    def has_token(self, invite: str) -> bool:
        """Whether the text of this INVITE proves that it is ours."""

    def is_from_us(self, caller: str | None) -> bool:
        """Whether a call of this number, from a peer who may call, is ours."""


class NoOwnCalls:
    """The box never calls itself."""

    def has_token(self, invite: str) -> bool:
        """Never."""
        return False

    def is_from_us(self, caller: str | None) -> bool:
        """Never."""
        return False


class LegListener(Protocol):
    """Who is told what happens to a leg; every method is called on the main thread."""

    def on_answered(self, codec: str) -> None:
        """Media flows in both directions."""

    def on_digit(self, digit: str) -> None:
        """The caller pressed a key."""

    def on_transfer(self, code: int, final: bool) -> None:
        """How the REFER goes."""

    def on_ended(self, code: int) -> None:
        """The call is over; nothing more will come."""


class Recorder(Protocol):
    """A file that takes down what the caller says."""

    def stop(self) -> None:
        """Let go of the file; its header is written within a clock tick."""


class Leg(Protocol):
    """One call with a caller."""

    offer: Offer
    listener: LegListener | None

    def set_sound(self, heard: FrameSink, spoken: FrameSource) -> None:
        """Where the caller's frames go and where ours come from; before the answer."""

    def answer(self) -> None:
        """200; on_answered follows when media is ready."""

    def refuse(self, code: int) -> None:
        """End a call that was not answered."""

    def hang_up(self) -> None:
        """End the call; on_ended follows."""

    def transfer(self, target: str) -> None:
        """REFER the caller to a SIP URI; TelephonyError when that cannot even be sent."""

    def record(self, path: Path) -> Recorder:
        """Record the caller to a 16 kHz WAV; RecordingError when the file cannot be made."""

    def packets_received(self) -> int:
        """RTP packets that have come from the caller."""


class Phone(Protocol):
    """The endpoint: everything that is not one call."""

    port: int

    @property
    def registration(self) -> Registration:
        """How we stand with the registrar."""

    @property
    def calls_possible(self) -> int:
        """Calls that the stack can hold at once."""

    @property
    def refused_peers(self) -> int:
        """Calls refused because their address may not call."""

    def pump(self, timeout_s: float) -> None:
        """Handle SIP for at most so long."""

    def leave(self) -> None:
        """Deregister and stay away."""

    def come_back(self) -> None:
        """Register again after `leave`."""

    def stop(self) -> None:
        """Deregister, end all calls, close the sockets."""
