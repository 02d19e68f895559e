"""The side file of a voicemail in the spool: what the line knew about the call, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from gateway.errors import RecordingError


@dataclass(frozen=True)
class SpooledMessage:
    """One message, or one caller who left none; NAME.json in the spool, beside NAME.wav."""

    name: str
    """Name in the spool without suffix"""
    call_id: str
    """UUID of the call, as in `call-offered`"""
    caller: str | None
    """Number of the caller as the network claims it, None when withheld"""
    called: str
    """The number that was dialled"""
    started_at: float
    """When the recording began (or the call, where there is none), seconds since 1970, UTC"""
    seconds: float
    """Length of NAME.wav; 0 when the caller left nothing: then there is no WAV"""
    reason: str
    """Why the line took a message: gateway-refused, gateway-lost, gateway-silent, speech-overdue,
    over-limit, voicemail-only, transfer-lost, or the gateway's own reason from `take-message`"""
    ended_by: str
    """hash, silence, limit, hang-up, stopped (so was the line), broken (could not be written), or
    cut-off (the line was killed while it recorded; the WAV was repaired)"""
    prompt: str | None
    """Name of the greeting that was played before the tone"""
    forwarded_from: str | None = None
    """Number first dialled, where the network said so"""
    forward_reason: str | None = None
    """Why it was sent on to us, as in `call-offered`"""

    @property
    def has_audio(self) -> bool:
        """Whether NAME.wav exists."""
        return self.seconds > 0

    def to_json(self) -> bytes:
        """As the bytes of the side file."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes) -> SpooledMessage:
        """Read a side file; unknown keys are ignored, RecordingError when it is not one."""
        known = {field.name for field in fields(cls)}
        try:
            values: dict[str, Any] = {k: v for k, v in json.loads(data).items() if k in known}
            message = cls(**values)
            if not isinstance(message.name, str) or not isinstance(message.call_id, str):
                raise TypeError("name and call_id are texts")
            datetime.fromtimestamp(message.started_at, UTC)  # raises for what is no time
            float(message.seconds)
            return message
        except (ValueError, AttributeError, TypeError, OverflowError, OSError) as error:
            raise RecordingError(f"side file of a voicemail cannot be read: {error}") from error
