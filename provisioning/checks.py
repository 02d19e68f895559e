"""What `doctor` and the proof after a stick look at; each check says what to do."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.contract import night_mode
from gateway.contract.service import Paths, read_status
from gateway.contract.settings import Settings
from provisioning.finding import Finding
from provisioning.programs import Run, on_duty, run

QUEUE_WARN_S = 600.0
"""A broker that is reached has taken everything within seconds."""
MODELS_LIMIT_S = 300.0
"""Hashing a gigabyte on a Raspberry Pi's card."""
DISK_WARN_BYTES = 2 * 1024**3
DISK_FAIL_BYTES = 512 * 1024**2
"""A night of voicemail is at most 8 calls of 3 minutes at once, 46 MB; the rest is the database,
its log and an update."""
MEMORY_WARN_BYTES = 300 * 1024**2
"""Left after the models are loaded; below, the kernel starts to drop their pages."""
NODES = Path("/sys/devices/system/node")
"""Where the kernel tells the memory of each node of the machine; most have one."""
MADE = 1_767_225_600.0
"""2026-01-01: a clock before that was never set."""


@dataclass(frozen=True)
class Ground:
    """What the checks stand on."""

    paths: Paths
    """Where the box's files lie"""
    settings: Settings | None
    """The settings in force, None when there are none that can be read"""
    run: Run = run
    """How other commands are called"""
    now: Callable[[], float] = time.time
    """The clock, seconds of the epoch"""

    def status(self, program: str) -> dict[str, Any] | None:
        """What a program last said of itself."""
        return read_status(self.paths, program, now=self.now())


def line_registered(ground: Ground) -> Finding:
    """The line answers calls."""
    status = ground.status("line")
    if status is None:
        return Finding(
            "line",
            "fail",
            "the phone line does not run",
            "look into `journalctl -u nightporter-line`; calls go where the provider forwards them",
        )
    if on_duty(status):
        how = "takes calls from listed addresses" if status.get("mode") == "trunk" else "registered"
        return Finding("line", "ok", f"{how}, port {status.get('port', '?')}")
    code, reason = status.get("registration_code"), status.get("registration_reason")
    return Finding(
        "line",
        "fail",
        f"not registered with the telephone system (answer: {code} {reason})",
        _registration_mend(code),
    )


def _registration_mend(code: object) -> str:
    if code in (401, 403, 407):
        return (
            "the user or password of the extension is wrong: compare both in the telephone system"
        )
    if code == 404:
        return "the telephone system does not know this extension: check line.user in site.toml"
    if code in (408, 502, 503, None, 0):
        return (
            "the telephone system does not answer: check the network cable, line.registrar in "
            "site.toml and the firewall between them"
        )
    return "look the answer's number up in the telephone system's handbook"


def programs_alive(ground: Ground) -> list[Finding]:
    """Gateway, models and sync live (the line has its own check)."""
    without = {
        "gateway": "callers can only leave a message",
        "models": "callers are served by keypad or can only leave a message",
        "sync": "bookings are kept and sent later",
    }
    findings = []
    for name, meanwhile in without.items():
        status = ground.status(name)
        if status and status.get("ready"):
            findings.append(Finding(name, "ok", "runs"))
        else:
            found = "starts" if status else "does not run"
            mend = f"look into `journalctl -u nightporter-{name}`"
            findings.append(
                Finding(name, "warn" if name == "sync" else "fail", f"{found}; {meanwhile}", mend)
            )
    return findings


def models_loaded(ground: Ground) -> Finding:
    """Which rung calls start on."""
    status = ground.status("models") or {}
    found = status.get("models")
    if not isinstance(found, dict):
        return Finding("speech", "skipped", "the models worker does not say what it loaded")
    missing = [kind for kind in ("recogniser", "voice", "language_model") if not found.get(kind)]
    if not missing:
        return Finding("speech", "ok", "recogniser, voice and language model are loaded")
    return Finding(
        "speech",
        "warn",
        f"not loaded: {', '.join(missing).replace('_', ' ')}",
        "bring the models on a stick, or `nightporter models fetch`",
    )


def models_verified(ground: Ground) -> Finding:
    """Every installed model has the bytes that the catalog names."""
    command = [sys.executable, "-m", "gateway.cli", "models", "verify"]
    done = ground.run(command, MODELS_LIMIT_S)
    if done.returncode == 0:
        return Finding("models", "ok", f"{len(done.stdout.splitlines())} installed, all verified")
    lines = (done.stdout + done.stderr).strip().splitlines() or ["no answer"]
    return Finding(
        "models",
        "fail",
        f"not verified: {lines[0]}",
        "bring the models on a stick, or `nightporter models fetch`",
    )


def broker_reached(ground: Ground) -> Finding:
    """The office's MQTT broker takes our copies."""
    if ground.settings is None or ground.settings.office.mqtt is None:
        return Finding("broker", "skipped", "the office has no MQTT broker in site.toml")
    status = ground.status("sync")
    where = "the office's broker"
    if status is None:
        mend = "look into `journalctl -u nightporter-sync`"
        return Finding("broker", "warn", f"{where}: not known, because sync does not run", mend)
    waiting = status.get("queued") or 0
    if status.get("connected"):
        what = f"{where} takes our copies, {waiting} on their way"
        oldest = float(status.get("oldest_s") or 0.0)
        if waiting and oldest > QUEUE_WARN_S:
            mend = "look into the broker's own log: it may have run full"
            return Finding("broker", "warn", f"{what} for up to {oldest / 60:.0f} minutes", mend)
        return Finding("broker", "ok", what)
    return Finding(
        "broker",
        "warn",
        f"{where} is not reached; {waiting} copies of bookings are kept and sent later",
        "check office.mqtt in site.toml, the broker, and its user and password",
    )


def calendar_fresh(ground: Ground) -> Finding:
    """The office's own calendar was heard of lately."""
    if ground.settings is None or ground.settings.booking.calendar_stale_hours is None:
        return Finding("calendar", "skipped", "there is no other calendar; the box keeps the book")
    limit = ground.settings.booking.calendar_stale_hours
    heard = (ground.status("sync") or {}).get("calendar_heard_at")
    if not isinstance(heard, int | float):
        return Finding(
            "calendar",
            "warn",
            "nothing was heard of the office's calendar yet; bookings become requests",
            "start the calendar bridge of the office",
        )
    hours = (ground.now() - heard) / 3600
    if hours <= limit:
        return Finding("calendar", "ok", f"heard of {hours:.1f} hours ago")
    return Finding(
        "calendar",
        "warn",
        f"heard of {hours:.0f} hours ago, {limit:g} are allowed; bookings become requests",
        "look after the calendar bridge of the office",
    )


def clock_trusted(ground: Ground) -> Finding:
    """The time is set, and something keeps it."""
    mend = "connect the box to the network, or name a time server in /etc/systemd/timesyncd.conf"
    if ground.now() < MADE:
        return Finding("clock", "fail", f"stands in {time.gmtime(ground.now()).tm_year}", mend)
    if Path("/run/systemd/timesync/synchronized").exists():
        return Finding("clock", "ok", "set by a time server")
    done = ground.run(["timedatectl", "show", "--property=NTPSynchronized", "--value"], 10.0)
    if done.returncode == 0 and done.stdout.strip() == "yes":
        return Finding("clock", "ok", "set by a time server")
    return Finding("clock", "warn", "runs, but no time server has confirmed it", mend)


def night_mode_off(ground: Ground) -> Finding:
    """Nobody has set the opening hours aside."""
    mode = night_mode.read(ground.paths.state)
    if mode == "auto":
        return Finding("night mode", "ok", "auto: the opening hours decide")
    what = "calls are answered" if mode == "on" else "calls are left alone"
    mend = "ask the operator for `nightporter fleet send BOX night-mode auto`"
    return Finding("night mode", "warn", f"{mode}: {what}, whatever the opening hours say", mend)


def disk_free(ground: Ground) -> Finding:
    """There is room for messages."""
    place = _existing(ground.paths.state)
    free = shutil.disk_usage(place).free
    said = f"{free / 1024**3:.1f} GiB free in {ground.paths.state}"
    if free >= DISK_WARN_BYTES:
        return Finding("disk", "ok", said)
    mend = "take old recordings off the box, or shorten retention in site.toml"
    return Finding("disk", "fail" if free < DISK_FAIL_BYTES else "warn", said, mend)


def memory_free(ground: Ground) -> Finding:
    """There is memory left beside the models."""
    available = _available_memory()
    if available is None:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if free < MEMORY_WARN_BYTES:  # what the page cache would give back is not known
            return Finding("memory", "skipped", "how much is left cannot be seen from here")
        available = free
    said = f"{available / 1024**2:.0f} MiB left"
    if available >= MEMORY_WARN_BYTES:
        return Finding("memory", "ok", said)
    return Finding("memory", "warn", said, 'choose a smaller model: speech.language_model = "none"')


def secrets_private(ground: Ground) -> Finding:
    """Nobody else reads the passwords."""
    place = ground.paths.settings.parent / "secrets.toml"
    try:
        mode = stat.S_IMODE(place.stat().st_mode)
    except FileNotFoundError:
        return Finding("secrets", "ok", "there is no secrets.toml; nothing here needs a password")
    if mode & 0o077:
        mend = f"chmod 600 {place}"
        return Finding("secrets", "fail", f"secrets.toml can be read by others ({mode:o})", mend)
    return Finding("secrets", "ok", "secrets.toml is readable by its owner only")


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _available_memory(proc: Path = Path("/proc"), nodes: Path = NODES) -> int | None:
    """Bytes that programs could still get, None where the kernel's figures are hidden.

    A hardened unit sees no /proc/meminfo; there the same is reckoned from /sys: free pages and
    those that hold files.
    """
    try:
        return _kilobytes((proc / "meminfo").read_text(), "MemAvailable") * 1024
    except (OSError, KeyError):
        pass
    names = ("MemFree", "Active(file)", "Inactive(file)")
    try:
        texts = [place.read_text() for place in nodes.glob("node*/meminfo")]
        return sum(_kilobytes(t, name) for t in texts for name in names) * 1024 if texts else None
    except (OSError, KeyError):
        return None


def _kilobytes(text: str, name: str) -> int:
    """Of a line such as "Node 0 MemFree:   123 kB"; KeyError when there is none."""
    for line in text.splitlines():
        words = line.split()
        if f"{name}:" in words:
            return int(words[words.index(f"{name}:") + 1])
    raise KeyError(name)
