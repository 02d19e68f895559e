"""The operator's own key: an Ed25519 private key in a PEM file that nobody else may read."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.errors import CommandFailed
from gateway.fleet.settings import refuse_open_file


def make(path: Path) -> Ed25519PrivateKey:
    """Write a new key, mode 0600; CommandFailed when there is a file already."""
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CommandFailed(
            f"{path}: there is a key already; boxes may trust it: move it away if it is not needed"
        ) from error
    except OSError as error:
        raise CommandFailed(f"{path}: cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return key


def load(path: Path) -> Ed25519PrivateKey:
    """Read the key; CommandFailed or SettingsError say what is wrong with the file."""
    if not path.exists():
        raise CommandFailed(f"{path}: there is no key yet; run: nightporter fleet key")
    refuse_open_file(path, "console.key_file")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise CommandFailed(
            f"{path}: not an Ed25519 key; `nightporter fleet key` makes one"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandFailed(f"{path}: not an Ed25519 key; `nightporter fleet key` makes one")
    return key
