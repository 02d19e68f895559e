"""What every call uses and no call owns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gateway.contract.settings import Voicemail
from telephony.prompts import Prompts
from telephony.spool import Spool


@dataclass(frozen=True)
class Surroundings:
    """What every call uses."""

    prompts: Prompts
    """The line's own sentences"""
    spool: Spool
    """Where messages go"""
    limits: Voicemail
    """Limits of a message"""
    gateway_socket: Path
    """Where the gateway listens"""
