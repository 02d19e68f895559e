"""The call of the box to itself, placed by `nightporter call-test`; its JSON becomes findings.

Under systemd it runs as nightporter-call-test.service, because the reader of sticks has no network,
and leaves the JSON in call-test.json in the folder of sockets. telephony/call_report.py says what
is in it.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from gateway.contract.patience import PATIENCE
from provisioning.checks import Ground
from provisioning.finding import SIGNS, Finding
from provisioning.programs import COMMAND_LIMIT_S, TOO_SLOW, under_systemd

CALL_LIMIT_S = 720.0 * PATIENCE
"""Every wait of telephony/self_caller.py to its end, twice, and that of the fallback; a box that is
well needs half a minute."""
UNIT = "nightporter-call-test.service"
RESULT = "call-test.json"
BY_HAND = "dial the office's number yourself and say that you would like an appointment"
WAYS = {"exchange": "through the exchange", "line": "on this machine, not through an exchange"}


def call_to_itself(ground: Ground) -> tuple[Finding, ...]:
    """Answered and understood; and who answers while the line is away."""
    found = _place(ground)
    if found is None:
        return (
            Finding("test call", "skipped", "the box could not call itself", BY_HAND),
            Finding("fallback", "skipped", "was not tried", TRY_FALLBACK),
        )
    return _call(found), *_others(found), _fallback(found)


def _call(found: dict[str, Any]) -> Finding:
    heard = str(found.get("heard") or "nothing")
    if not found.get("answered"):
        mend = "look into `journalctl -u nightporter-line`, then " + BY_HAND
        return Finding("test call", "fail", "the box did not answer its own call", mend)
    way = WAYS.get(str(found.get("way")), "")
    said = f'answered {way}; asked "{found.get("said")}", heard "{heard}"'
    if found.get("understood"):
        return Finding("test call", "ok", f"{said}; understood")
    mend = "see `nightporter doctor`: the gateway, the recogniser or the models are not there"
    return Finding("test call", "fail", f"{said}; not understood", mend)


def _others(found: dict[str, Any]) -> list[Finding]:
    """What else the call found wrong, with its mend."""
    told = {"understood", "fallback"}
    wrong = [
        check
        for check in found.get("checks") or []
        if isinstance(check, dict)
        and check.get("name") not in told
        and check.get("result") in SIGNS
        and check.get("result") != "ok"
    ]
    return [
        Finding(str(c.get("name")), c["result"], str(c.get("what")), c.get("mend")) for c in wrong
    ]


def _fallback(found: dict[str, Any]) -> Finding:
    if found.get("fallback"):
        return Finding("fallback", "ok", f"while the line is away: {found['fallback']}")
    if found.get("fallback_skipped"):
        what = f"not tried: {found['fallback_skipped']}"
        return Finding("fallback", "skipped", what, TRY_FALLBACK)
    return Finding("fallback", "warn", "nobody answers while the line is away", TRY_FALLBACK)


TRY_FALLBACK = (
    'set "forward when unreachable" at the provider, pull the network cable of the box, and dial '
    "the office's number"
)


def _place(ground: Ground) -> dict[str, Any] | None:
    if under_systemd():
        text = _by_unit(ground)
    else:
        command = [sys.executable, "-m", "gateway.cli", "call-test", "--json", "--fallback"]
        text = ground.run(command, CALL_LIMIT_S).stdout
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _by_unit(ground: Ground) -> str:
    place, since = ground.paths.runtime / RESULT, time.time()
    if ground.run(["systemctl", "start", UNIT], CALL_LIMIT_S).returncode == TOO_SLOW:
        ground.run(["systemctl", "stop", UNIT], COMMAND_LIMIT_S)
    try:
        return place.read_text() if place.stat().st_mtime >= since else ""
    except OSError:
        return ""
