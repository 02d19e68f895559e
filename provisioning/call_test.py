"""The call of the box to itself, placed by `nightporter call-test`; here is only its interface.

The command prints one JSON object and ends with exit code 0 when the call was answered:

    {"answered": true, "said": "...", "heard": "...", "understood": "book",
     "fallback": "the provider forwards to ..." or null, "fallback_skipped": "a call is on" or null}

Under systemd it runs as nightporter-call-test.service, because the reader of sticks has no network,
and leaves the object in call-test.json in the folder of sockets.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from provisioning.checks import Ground
from provisioning.finding import Finding
from provisioning.programs import under_systemd

CALL_LIMIT_S = 90.0
"""Greeting, one sentence, one answer, and the fallback after one ring time."""
UNIT = "nightporter-call-test.service"
RESULT = "call-test.json"
BY_HAND = "dial the office's number yourself and say that you would like an appointment"


def call_to_itself(ground: Ground) -> tuple[Finding, ...]:
    """Answered and understood; and who answers while the line is away."""
    found = _place(ground)
    if found is None:
        return (Finding("test call", "skipped", "the box could not call itself", BY_HAND),)
    heard = str(found.get("heard") or "nothing")
    if not found.get("answered"):
        mend = "look into `journalctl -u nightporter-line`, then " + BY_HAND
        call = Finding("test call", "fail", "the box did not answer its own call", mend)
    elif found.get("understood"):
        call = Finding(
            "test call",
            "ok",
            f'answered; said "{found.get("said")}", heard "{heard}", '
            f"understood as {found['understood']}",
        )
    else:
        call = Finding(
            "test call",
            "fail",
            f'answered, but not understood; said "{found.get("said")}", heard "{heard}"',
            "see `nightporter doctor`: the recogniser or the models are not there",
        )
    return call, _fallback(found)


def _fallback(found: dict[str, Any]) -> Finding:
    if found.get("fallback"):
        return Finding("fallback", "ok", f"while the line is away: {found['fallback']}")
    if found.get("fallback_skipped"):
        return Finding("fallback", "skipped", str(found["fallback_skipped"]), _TRY_FALLBACK)
    return Finding("fallback", "warn", "nobody answers while the line is away", _TRY_FALLBACK)


_TRY_FALLBACK = (
    'set "forward when unreachable" at the provider, pull the network cable of the box, and dial '
    "the office's number"
)


def _place(ground: Ground) -> dict[str, Any] | None:
    if under_systemd():
        place = ground.paths.runtime / RESULT
        done = ground.run(["systemctl", "start", UNIT], CALL_LIMIT_S)
        try:
            text = place.read_text() if done.returncode == 0 else ""
        except OSError:
            text = ""
    else:
        text = ground.run(
            [sys.executable, "-m", "gateway.cli", "call-test", "--json"], CALL_LIMIT_S
        ).stdout
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
