"""Reads requirements.lock: names, exact versions and hashes, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from provisioning.setup.progress import SetupError


@dataclass(frozen=True)
class Locked:
    """One package of the lock."""

    name: str
    """Name, in lower case with dashes."""
    version: str
    """Exact version."""
    text: str
    """The lines of the lock about it, as they stand there."""


def parse(text: str) -> list[Locked]:
    """The packages of a lock; SetupError when one has no hash or a line is no package."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace():
            if not blocks:
                raise SetupError(
                    f"the lock begins with {line.strip()!r}; run: provisioning/setup/lock.sh"
                )
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return [_locked(lines) for lines in blocks]


def _locked(lines: list[str]) -> Locked:
    head = re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+_-]+)(\s|$)", lines[0])
    if not head:
        raise SetupError(
            f"the lock has a line that is no package: {lines[0]!r}; run: provisioning/setup/lock.sh"
        )
    if not any("--hash=sha256:" in line for line in lines):
        raise SetupError(f"the lock has no hash for {head[1]}; run: provisioning/setup/lock.sh")
    name = re.sub(r"[-_.]+", "-", head[1]).lower()
    return Locked(name=name, version=head[2], text="\n".join(lines) + "\n")


def split(locked: list[Locked], name: str) -> tuple[list[Locked], list[Locked]]:
    """All but the named package, and the named package (empty when the lock has it not)."""
    return [p for p in locked if p.name != name], [p for p in locked if p.name == name]
