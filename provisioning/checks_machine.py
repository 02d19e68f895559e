"""Checks of the machine below the programs: libraries, ports, units, generations, spool."""

from __future__ import annotations

import errno
import json
import socket
import sys
import time
from pathlib import Path

from provisioning.checks import Ground
from provisioning.finding import Finding
from provisioning.programs import under_systemd

LIBRARY_LIMIT_S = 30.0
"""Loading PJSIP on a slow card."""
TAKEN_OVER_S = 120.0
"""The gateway takes a message out of the spool within seconds of the call's end."""
OLD_OPENSSL = ("1.0", "1.1")
"""Without security fixes; the wheel of PJSIP on PyPI carries one."""

_VERSIONS = (
    "import json, pjsua2; from telephony.sip.endpoint import openssl_version; "
    "e = pjsua2.Endpoint(); e.libCreate(); "
    "found = {'pjsip': e.libVersion().full, 'openssl': openssl_version()}; "
    "e.libDestroy(); print(flush=True); print(json.dumps(found))"
)


def libraries(ground: Ground) -> Finding:
    """Which PJSIP and OpenSSL the line is really linked with."""
    found = ground.status("line") or {}
    if "pjsip" not in found:
        done = ground.run([sys.executable, "-c", _VERSIONS], LIBRARY_LIMIT_S)
        try:
            found = json.loads(done.stdout.strip().splitlines()[-1])
        except (ValueError, IndexError):
            return Finding(
                "libraries",
                "fail",
                "pjsua2, the SIP library, cannot be loaded",
                "install the package again, or run provisioning/build-pjsua2.sh",
            )
    pjsip, openssl = str(found.get("pjsip")), str(found.get("openssl"))
    said = f"PJSIP {pjsip}, linked with {openssl}"
    if any(f" {old}." in f" {openssl}" for old in OLD_OPENSSL):
        mend = "harmless without TLS; with TLS build PJSIP with provisioning/build-pjsua2.sh"
        return Finding("libraries", "warn", f"{said}, which gets no security fixes any more", mend)
    return Finding("libraries", "ok", said)


def port_free(ground: Ground) -> Finding:
    """Nobody else sits on the SIP port."""
    if ground.settings is None or ground.settings.line.port == 0:
        return Finding("port", "skipped", "any free port is used, or there are no settings")
    port = ground.settings.line.port
    if ground.status("line"):
        return Finding("port", "ok", f"the line listens on {port}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((ground.settings.line.bind, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                mend = f"stop the other program: `ss -lunp 'sport = :{port}'` names it"
                return Finding("port", "fail", f"another program listens on {port}", mend)
            mend = "set line.bind in site.toml to 0.0.0.0 or an address of this box"
            return Finding("port", "fail", "line.bind is no address of this box", mend)
    return Finding("port", "ok", f"{port} is free for the line")


def messages_taken_over(ground: Ground) -> Finding:
    """No voicemail waits for the gateway longer than a moment."""
    spool = ground.paths.spool
    limit = time.time() - TAKEN_OVER_S
    waiting = [p for p in spool.glob("*.json") if p.stat().st_mtime < limit]
    if waiting:
        mend = "look into `journalctl -u nightporter-gateway`; the messages themselves are safe"
        return Finding("messages", "warn", f"{len(waiting)} wait for the gateway", mend)
    return Finding("messages", "ok", "none waits for the gateway")


def settings_proved(ground: Ground) -> Finding:
    """The last stick's receipt."""
    receipts = sorted((ground.paths.state / "receipts").glob("*.json"))
    if not receipts:
        return Finding("last stick", "skipped", "no stick was read yet")
    try:
        receipt = json.loads(receipts[-1].read_bytes())
    except (OSError, ValueError):
        return Finding(
            "last stick", "warn", "its receipt cannot be read", "plug the stick in again"
        )
    outcome, at = receipt.get("outcome"), str(receipt.get("at"))[:16]
    if outcome in ("applied", "nothing-new"):
        return Finding("last stick", "ok", f"{outcome} at {at}")
    return Finding("last stick", "warn", f"{outcome} at {at}", f"read {receipts[-1]}")


def fallback_reminder(ground: Ground) -> Finding:
    """Who answers when this box is dark: known from the last test call."""
    try:
        found = json.loads((ground.paths.runtime / "call-test.json").read_bytes())
    except (OSError, ValueError):
        found = {}
    found = found if isinstance(found, dict) else {}
    if found.get("fallback"):
        return Finding("fallback", "ok", "somebody answers while the line is away")
    mend = 'set "forward when unreachable" at the provider, then `nightporter call-test --fallback`'
    if not found or found.get("fallback_skipped"):
        what = "who answers while the line is away was not tried since the machine started"
        return Finding("fallback", "skipped", what, mend)
    return Finding("fallback", "warn", "nobody answered while the line was away", mend)


def units(ground: Ground) -> Finding:
    """systemd keeps the programs."""
    if not under_systemd():
        return Finding("units", "skipped", "systemd does not run these programs")
    command = ["systemctl", "is-enabled", "nightporter.target"]
    if ground.run(command, 10.0).stdout.strip() not in ("enabled", "enabled-runtime"):
        mend = "systemctl enable --now nightporter.target"
        return Finding("units", "fail", "the programs do not start with the machine", mend)
    done = ground.run(["systemctl", "--failed", "--plain", "--no-legend", "nightporter-*"], 10.0)
    failed = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
    if failed:
        mend = f"systemctl restart {' '.join(failed)}"
        return Finding("units", "fail", f"failed: {', '.join(failed)}", mend)
    if not Path("/dev/watchdog").exists():
        mend = "set RuntimeWatchdogSec=30 in /etc/systemd/system.conf where the machine has one"
        return Finding("units", "ok", "enabled, none failed; no hardware watchdog", mend)
    return Finding("units", "ok", "enabled, none failed")
