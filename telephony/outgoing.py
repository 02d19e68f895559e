"""A call that the box places itself: speaks one recorded sentence, keeps what it hears."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gateway.contract.call_link import FRAME_BYTES, RATE_HZ, WIDTH_BYTES
from gateway.contract.settings import Line
from telephony.loudness import VOICE_LEVEL, level
from telephony.sip.endpoint import PjPhone
from telephony.sip.leg import PjLeg

PUMP_S = 0.02
"""A frame: how soon we see what has come."""
LONGEST_S = 90
"""Sound kept at most."""
GOODBYE_S = 3.0
"""For the other side to confirm the end."""


def exchange_uri(line: Line) -> str:
    """The office's own number at its exchange."""
    return f"sip:{line.test_number or line.user}@{line.domain or line.registrar}"


def line_uri(line: Line, status: dict[str, Any]) -> str:
    """The line on this machine."""
    host = "127.0.0.1" if line.bind in ("0.0.0.0", "::") else line.bind
    return f"sip:{line.user}@{host}:{status['port']}"


class Outgoing:
    """One call; sound comes and goes on the bridge's clock thread, all else on the main thread."""

    def __init__(self, phone: PjPhone, uri: str, headers: dict[str, str]) -> None:
        self._phone = phone
        self.dialled_at = time.monotonic()
        """When the INVITE was sent"""
        self.answered_at: float | None = None
        """When media flowed in both directions"""
        self.sound_at: float | None = None
        """When the first sound was heard"""
        self.code: int | None = None
        """Final SIP status when the call is over, None while it stands"""
        self.heard = bytearray()
        """Everything heard since the answer, PCM"""
        self._loud_at = time.monotonic()
        self._to_say = b""
        self._said_at = 0
        self._leg: PjLeg | None = phone.dial(uri, headers)
        self._leg.listener = self
        self._leg.set_sound(self._hear, self._speak)
        self.response = ""
        """Text of the final answer to the INVITE"""

    def wait(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Until something is so; False when the limit or the end of the call came first."""
        give_up = time.monotonic() + limit_s
        while not condition():
            if self.code is not None or time.monotonic() > give_up:
                return condition()
            self._phone.pump(PUMP_S)
            if self._leg is not None:
                self.response = self._leg.last_response or self.response
        return True

    @property
    def quiet_s(self) -> float:
        """Seconds since the last sound from the other side."""
        return time.monotonic() - self._loud_at

    @property
    def loud_since(self) -> float:
        """When the last sound was heard (monotonic)."""
        return self._loud_at

    def say(self, pcm: bytes, limit_s: float) -> bool:
        """Speak to the end."""
        self._said_at, self._to_say = 0, pcm
        return self.wait(lambda: self._said_at >= len(self._to_say), limit_s)

    def mark(self) -> int:
        """Here and now in what was heard."""
        return len(self.heard)

    def hang_up(self) -> None:
        """End it."""
        if self._leg is not None and self.code is None:
            self._leg.hang_up()
            self.wait(lambda: self.code is not None, GOODBYE_S)

    # --- from the leg -------------------------------------------------------------

    def on_answered(self, codec: str) -> None:
        """Media flows."""
        self.answered_at = self._loud_at = time.monotonic()

    def on_digit(self, digit: str) -> None:
        """Nobody presses keys."""

    def on_transfer(self, code: int, final: bool) -> None:
        """Nobody is transferred."""

    def on_ended(self, code: int) -> None:
        """Over."""
        self.code = code
        if self._leg is not None:
            self.response = self._leg.last_response or self.response
        self._leg = None

    def _hear(self, frame: bytes) -> None:
        if self.answered_at is None or len(self.heard) > LONGEST_S * RATE_HZ * WIDTH_BYTES:
            return
        self.heard += frame
        if level(frame) > VOICE_LEVEL:
            self._loud_at = time.monotonic()
            self.sound_at = self.sound_at or self._loud_at

    def _speak(self) -> bytes | None:
        if self._said_at >= len(self._to_say):
            return None
        frame = self._to_say[self._said_at : self._said_at + FRAME_BYTES]
        self._said_at += FRAME_BYTES
        return frame.ljust(FRAME_BYTES, b"\0")
