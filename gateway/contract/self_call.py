"""The call of the box to itself: how line and gateway tell it from a caller's, and what it left.

`nightporter call-test` announces a call with a token that nobody can guess, in a file that only our
programs read, and sends the token along with the call. An exchange may drop what it does not know;
then the call is told by the box's own number, while the announcement stands. It is no caller's
call: it books nothing, leaves no message, and nobody has to call back.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gateway.contract.patience import PATIENCE
from gateway.contract.service import Paths, write_atomically

HEADER = "X-Nightporter-Self-Call"
"""Header of the INVITE that carries the token."""
LONGEST_S = 180.0 * PATIENCE
"""No announcement stands longer, whatever it says: greeting, sentence, answer, and the fallback."""
REASON = "self-call"
"""Reason of such a call in the office's list of calls."""
_SAME_DIGITS = 7
"""Numbers that end in the same seven digits are the same: +49 30 1234567 and 030 1234567."""


@dataclass(frozen=True)
class SelfCall:
    """An announced call."""

    token: str
    """32 hexadecimal digits, new for each"""
    until: float
    """Stands until then, seconds since 1970"""
    away: bool = False
    """The line shall leave its registrar meanwhile, so that it is heard who answers instead"""


@dataclass(frozen=True)
class SelfCallHeard:
    """What the gateway made of it."""

    token: str
    """Of the announced call, empty when the exchange dropped it"""
    heard: str
    """What the recogniser understood of the box's own sentence"""
    topic: str | None
    """What was taken to be asked for, e.g. "hours"; None when it was not understood"""
    rung: int
    """Lowest rung of the ladder in this call"""
    at: float
    """When the call was over, seconds since 1970"""


def announce(paths: Paths, seconds: float, *, away: bool = False) -> SelfCall:
    """Tell our programs that the box will call itself."""
    call = SelfCall(secrets.token_hex(16), time.time() + min(seconds, LONGEST_S), away)
    _write(_announcement(paths), asdict(call))
    return call


def withdraw(paths: Paths) -> None:
    """No more calls of ours."""
    _announcement(paths).unlink(missing_ok=True)


def announced(paths: Paths) -> SelfCall | None:
    """The call that is announced now."""
    try:
        found = SelfCall(**json.loads(_announcement(paths).read_bytes()))
        left = found.until - time.time()
        return found if found.token and 0 < left <= LONGEST_S else None
    except (OSError, ValueError, TypeError):
        return None


def write_heard(paths: Paths, heard: SelfCallHeard) -> None:
    """The gateway's word."""
    _write(_heard(paths), asdict(heard))


def read_heard(paths: Paths, since: float) -> SelfCallHeard | None:
    """The gateway's word about a call that ended after `since`."""
    try:
        found = SelfCallHeard(**json.loads(_heard(paths).read_bytes()))
        return found if found.at >= since else None
    except (OSError, ValueError, TypeError):
        return None


def same_number(one: str | None, other: str | None) -> bool:
    """Whether two telephone numbers or extensions are one."""
    if not one or not other:
        return False
    if one.casefold() == other.casefold():
        return True
    first, second = ("".join(c for c in text if c.isdigit()) for text in (one, other))
    enough = min(len(first), len(second)) >= _SAME_DIGITS
    return enough and first[-_SAME_DIGITS:] == second[-_SAME_DIGITS:]


def _announcement(paths: Paths) -> Path:
    return paths.runtime / "self-call.json"


def _heard(paths: Paths) -> Path:
    return paths.runtime / "self-call-heard.json"


def _write(place: Path, data: dict[str, Any]) -> None:
    write_atomically(place, json.dumps(data).encode(), sync=False)
    if os.geteuid() == 0:  # a technician's shell: the programs run as a user of their own
        owner = place.parent.stat()
        with contextlib.suppress(OSError):
            os.chown(place, owner.st_uid, owner.st_gid)
