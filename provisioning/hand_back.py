"""Gives a stick its receipt and wipes what was taken in; follows no link on it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
from pathlib import Path

from provisioning.bundle import CODE_NAMES
from provisioning.receipt import JSON_NAME, TEXT_NAME
from provisioning.sealing import SECRETS_NAME

WIPE_LIST = "wipe.json"
WIPEABLE = (SECRETS_NAME, *CODE_NAMES)
"""Nothing else is ever removed from a stick."""
RECEIPT_BYTES = 1024 * 1024
WIPE_BYTES = 1024 * 1024
"""No sealed secret and no code is larger; a larger file is not ours."""


def hand_back(outbox: Path, folder: Path) -> list[str]:
    """Copy the receipt from the outbox to the stick and wipe; what could not be done, in words."""
    faults = []
    stick = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for name in _to_wipe(outbox):
            try:
                _wipe(stick, name)
            except OSError as error:
                faults.append(f"{name}: not wiped: {error.strerror}")
        for name in (TEXT_NAME, JSON_NAME):
            if not (outbox / name).is_file():
                continue
            data = (outbox / name).read_bytes()[:RECEIPT_BYTES]
            try:
                _put(stick, name, _corrected(name, data, tuple(faults)))
            except OSError as error:
                faults.append(f"{name}: not written: {error.strerror}")
        os.fsync(stick)
    finally:
        os.close(stick)
    return faults


def _corrected(name: str, receipt: bytes, faults: tuple[str, ...]) -> bytes:
    """The receipt was written before the wiping: it must not claim what could not be done."""
    if not faults:
        return receipt
    if name == JSON_NAME:
        data = json.loads(receipt)
        return json.dumps({**data, "wiped": [], "faults": list(faults)}, indent=2).encode() + b"\n"
    lines = "".join(f"{fault}; delete it yourself\r\n" for fault in faults)
    return receipt + f"\r\nBUT NOT WIPED:\r\n{lines}".encode()


def _to_wipe(outbox: Path) -> list[str]:
    try:
        names = json.loads((outbox / WIPE_LIST).read_bytes())
    except (OSError, ValueError):
        return []
    if not isinstance(names, list):
        return []
    return [name for name in names if isinstance(name, str) and name.lower() in WIPEABLE]


def _put(stick: int, name: str, data: bytes) -> None:
    # A new file under a name nobody could foresee, then a rename: a link or a pipe that lies at
    # the receipt's place is replaced, never opened.
    new = f"{secrets.token_hex(4)}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(new, flags, 0o644, dir_fd=stick), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(new, name, src_dir_fd=stick, dst_dir_fd=stick)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(new, dir_fd=stick)
        raise


def _wipe(stick: int, name: str) -> None:
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    handle = os.open(name, flags, dir_fd=stick)
    with os.fdopen(handle, "wb", buffering=0) as file:
        found = os.fstat(file.fileno())
        if stat.S_ISREG(found.st_mode) and found.st_size <= WIPE_BYTES:
            file.write(b"\0" * found.st_size)
            os.fsync(file.fileno())
            file.truncate(0)
    os.unlink(name, dir_fd=stick)
