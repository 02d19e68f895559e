"""What the language model has read of an instruction, in a file with its hash in front."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from gateway.contract.service import log_fields, write_atomically

log = logging.getLogger(__name__)

SUFFIX = ".prompt"
"""Instructions that the model has read, in the folder of kept phrases."""
MOST_KEPT = 12
"""About 4 MB each; the oldest go."""


def file_of(folder: Path, mark: str) -> Path:
    """Where it is kept; `mark` names all on which it depends."""
    return folder / f"{hashlib.sha256(mark.encode()).hexdigest()}{SUFFIX}"


def write(file: Path, state: bytes) -> None:
    """Keep it; without it the next start only reads again, so a full disk is told and no more."""
    try:
        write_atomically(file, hashlib.sha256(state).digest() + state)
        kept = sorted(file.parent.glob(f"*{SUFFIX}"), key=lambda f: f.stat().st_mtime)
        for outdated in kept[:-MOST_KEPT]:
            outdated.unlink(missing_ok=True)
    except OSError as error:
        log.warning("instruction-not-kept", extra=log_fields(why=error.strerror))


def read(file: Path) -> bytes | None:
    """The whole state; None when there is none or it is damaged."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    digest, state = data[:32], data[32:]
    return state if hashlib.sha256(state).digest() == digest else None
