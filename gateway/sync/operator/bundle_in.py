"""Takes settings that an operator sends: a stick as a tar, handed to the reader of sticks.

The command's signature only lets the parcel in. Whether it is applied is decided by the reader of
sticks (provisioning), by the technician's signature on the stick, as if it had been plugged in.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from datetime import datetime
from pathlib import Path

from gateway.contract.fleet import CommandName, Refusal, Result
from gateway.contract.service import Paths, write_atomically
from gateway.errors import CommandRefused

log = logging.getLogger(__name__)

MAX_FILES = 200
MAX_BYTES = 4 * 1024 * 1024
"""Settings and greetings; models come on a real stick."""
GIVE_UP_S = 3600.0
"""As long as a stick may take, by its unit."""
WELL = (0, 3)
"""Exit codes of the reader: applied; applied, with something to look at."""
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


def place(paths: Paths) -> Path:
    """The folder that stands for the stick; nightporter-settings.path waits for it."""
    return paths.state / "incoming" / "settings"


def take(bundle: str, command_id: str, paths: Paths) -> None:
    """Lay the parcel out and have it read; CommandRefused when it is none, or one is read now."""
    folder = place(paths)
    if folder.exists():
        raise CommandRefused(Refusal.FAILED, "another parcel is being read")
    unfinished = folder.parent / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        _unpack(bundle, unfinished)
        pending = {"id": command_id, "at": time.time()}
        _outcome_file(paths).unlink(missing_ok=True)
        write_atomically(_pending_file(paths), json.dumps(pending).encode())
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    if not _under_systemd():
        _read_it(folder, paths)
    log.info("settings-parcel-handed-over")


def take_outcome(paths: Paths, now: datetime) -> Result | None:
    """What became of the parcel, once it is known; None while it is not."""
    try:
        pending = json.loads(_pending_file(paths).read_bytes())
        command_id, since = str(pending["id"]), float(pending["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        code = int(_outcome_file(paths).read_text())
    except (OSError, ValueError):
        if time.time() - since < GIVE_UP_S:
            return None
        code = -1
    _pending_file(paths).unlink(missing_ok=True)
    _outcome_file(paths).unlink(missing_ok=True)
    well = code in WELL
    return Result.model_validate(
        {
            "id": command_id,
            "command": CommandName.SETTINGS,
            "at": now,
            "result": "done" if well else "refused",
            "refusal": None if well else Refusal.FAILED,
            "took_ms": max(0, round((time.time() - since) * 1000)),
        }
    )


def _pending_file(paths: Paths) -> Path:
    return paths.state / "incoming" / "pending.json"


def _outcome_file(paths: Paths) -> Path:
    return paths.runtime / "settings.exit"


def _unpack(bundle: str, folder: Path) -> None:
    """Plain files alone, no compression, no link, no surprise in name, number or size."""
    try:
        data = base64.b64decode(bundle, validate=True)
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            left = MAX_BYTES
            for count, member in enumerate(tar):
                if member.isdir():
                    continue
                left -= member.size
                if count >= MAX_FILES or left < 0 or not member.isreg() or member.issparse():
                    raise CommandRefused(Refusal.FAILED, "the parcel holds what no stick holds")
                _write(tar, member, folder)
    except (binascii.Error, tarfile.TarError, ValueError, EOFError) as error:
        raise CommandRefused(Refusal.FAILED, "the parcel is no tar") from error


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    parts = member.name.removeprefix("./").split("/")
    if len(parts) > 4 or not all(_PART.fullmatch(part) for part in parts):
        raise CommandRefused(Refusal.FAILED, "the parcel holds a strange name")
    source = tar.extractfile(member)
    assert source is not None, "it is a plain file"
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as file:  # the same name twice: FileExistsError, refused
        shutil.copyfileobj(source, file)


def _under_systemd() -> bool:
    return Path("/run/systemd/system").is_dir() and "NIGHTPORTER_HOME" not in os.environ


def _read_it(folder: Path, paths: Paths) -> None:
    """Without systemd: a process that outlives the restart of this program."""
    script = (
        '"$@"; code=$?; rm -rf "$FOLDER" "$OUTBOX"; echo $code >"$EXIT.new"; mv "$EXIT.new" "$EXIT"'
    )
    outbox = folder.with_name("outbox")
    reader = [sys.executable, "-m", "provisioning", str(folder), "--outbox", str(outbox), "--quiet"]
    subprocess.Popen(
        ["sh", "-c", script, "sh", *reader],
        env=os.environ | {
            "FOLDER": str(folder), "OUTBOX": str(outbox), "EXIT": str(_outcome_file(paths)),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
