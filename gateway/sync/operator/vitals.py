"""What the machine says of itself: disk, memory, temperature, clock, certificates, release."""

from __future__ import annotations

import ctypes
import json
import logging
import os
import re
import shutil
import time
import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from cryptography import x509

from gateway.contract.fleet import ModelHealth
from gateway.contract.service import log_fields

log = logging.getLogger(__name__)

MEBIBYTE = 2**20
MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock before that was never set."""
BACK_S = 120.0
"""A correction by a time server is smaller than this."""
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
THERMAL = Path("/sys/class/thermal")
KINDS = {
    "recogniser": "recogniser",
    "language_model": "language-model",
    "voice": "voice",
    "voice_activity": "voice-activity",
}
"""Kinds of models as the worker names them -> as `health` does."""
UNPINNED = "0" * 12
"""The catalog has no hash of the model yet."""


def disk_free(folder: Path) -> tuple[int, int]:
    """Free space for us: mebibytes, and per cent of the disk."""
    usage = shutil.disk_usage(folder)
    return usage.free // MEBIBYTE, int(100 * usage.free / max(1, usage.total))


def memory_free_mb() -> int:
    """Mebibytes that programs could still get."""
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.M)
    except OSError:  # hidden from a hardened unit
        found = None
    if found:
        return int(found[1]) // 1024
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEBIBYTE


def temperature_c(folder: Path = THERMAL) -> float | None:
    """The hottest sensor, degrees Celsius; None when there is none."""
    found = []
    for sensor in folder.glob("thermal_zone*/temp"):
        try:
            degrees = int(sensor.read_text()) / 1000
        except (OSError, ValueError):
            continue
        if -50 <= degrees <= 150:
            found.append(degrees)
    return round(max(found), 1) if found else None


def clock_trusted(
    now: datetime, newest: datetime | None, synchronised: Path = SYNCHRONISED
) -> bool:
    """Set by a time server, or at least not gone back behind what was already written down."""
    if now < MADE:
        return False
    if newest is not None and (newest - now).total_seconds() > BACK_S:
        return False
    return synchronised.exists() or newest is not None or _kernel_is_synchronised()


def _kernel_is_synchronised() -> bool:
    """As the kernel knows it from any time program; False where a hardened unit may not ask.

    Source: adjtimex(2), state TIME_ERROR = 5.
    """
    room = ctypes.create_string_buffer(256)  # struct timex has 208 bytes; zeros: only ask
    state = int(ctypes.CDLL(None).adjtimex(room))
    return 0 <= state < 5


def up_s() -> float:
    """Seconds since the machine was started."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def certificate_days(certificates: Iterable[str | None], now: datetime) -> int | None:
    """Whole days until the first of these files runs out; None when there is none."""
    days = []
    for name in certificates:
        if name is None:
            continue
        try:
            certificate = x509.load_pem_x509_certificate(Path(name).read_bytes())
        except (OSError, ValueError) as error:
            log.warning("certificate-unreadable", extra=log_fields(kind=type(error).__name__))
            continue
        days.append((certificate.not_valid_after_utc - now).days)
    return max(-36500, min(36500, min(days))) if days else None


def release() -> str:
    """Version of this program."""
    try:
        found = version("nightporter")
    except PackageNotFoundError:
        found = "0.0"
    plain = re.match(r"[0-9]{1,4}(\.[0-9]{1,4}){1,3}", found)
    return plain[0] if plain else "0.0"


def settings_serial(settings_file: Path) -> int:
    """Serial of the stick that is in force; 0 when the settings came by hand."""
    note = settings_file.parent / "current" / "generation.json"
    try:
        serial = json.loads(note.read_bytes()).get("serial", 0)
    except (OSError, ValueError, AttributeError):
        return 0
    return serial if type(serial) is int and 0 <= serial < 2**53 else 0


class Catalog:
    """The models that Nightporter knows: name -> first digits of the main file's hash."""

    def __init__(self) -> None:
        text = files("models").joinpath("catalog.toml").read_text(encoding="utf-8")
        self._hashes = {model["name"]: _hash_of(model) for model in tomllib.loads(text)["model"]}

    def loaded(self, said: Any) -> list[ModelHealth]:
        """What the worker has loaded, as far as the catalog knows it: no other word gets out."""
        found = []
        for ours, theirs in KINDS.items():
            name = said.get(ours) if isinstance(said, dict) else None
            if isinstance(name, str) and name in self._hashes:
                model = {"kind": theirs, "key": name, "sha256": self._hashes[name]}
                found.append(ModelHealth.model_validate(model))
        return found


def _hash_of(model: dict[str, Any]) -> str:
    parts = model.get("files") or [model["archive"]]
    main = max(parts, key=lambda part: part["bytes"])
    return str(main.get("sha256", UNPINNED))[:12]
