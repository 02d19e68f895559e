"""Clocks that watch one call: our turn without sound, a caller without RTP, the last goodbye."""

from __future__ import annotations

import time

from gateway.contract.call_link import SPEECH_OVERDUE_S
from telephony.playback import Playback
from telephony.sip.interface import Leg

NO_RTP_S = 30.0
"""A handset that vanished sends no BYE; offices' exchanges use the same half minute."""
_RTP_LOOK_EVERY_S = 1.0
"""Asking PJSIP for its counters each turn of the loop would be waste."""


class TurnClock:
    """Runs while it is our turn to speak and no sound goes out."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback
        self._ours_since: float | None = None

    def turn(self, ours: bool) -> None:
        """Whose turn it is now."""
        self._ours_since = time.monotonic() if ours else None

    def overdue(self) -> bool:
        """We have owed the caller a sound for too long."""
        if self._ours_since is None:
            return False
        since = max(self._ours_since, self._playback.last_sound_at)
        return time.monotonic() - since > SPEECH_OVERDUE_S


class RtpClock:
    """Runs while no RTP comes from the caller."""

    def __init__(self) -> None:
        self._packets = 0
        self._moved_at = time.monotonic()
        self._looked_at = 0.0

    def restart(self) -> None:
        """Media begins now."""
        self._moved_at = time.monotonic()

    def gone(self, leg: Leg) -> bool:
        """Nothing has come for NO_RTP_S."""
        now = time.monotonic()
        if now - self._looked_at < _RTP_LOOK_EVERY_S:
            return False
        self._looked_at = now
        packets = leg.packets_received()
        if packets != self._packets:
            self._packets, self._moved_at = packets, now
        return now - self._moved_at > NO_RTP_S
