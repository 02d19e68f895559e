"""Which Debian packages the compiled modules are linked with."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

BATCH = 50
LIMIT_S = 600.0


def linked_packages(folder: Path) -> list[str]:
    """Names of the packages whose libraries the shared objects below `folder` load; what lies in
    `folder` itself does not count."""
    objects = sorted(str(f) for f in folder.rglob("*.so*") if f.is_file() and not f.is_symlink())
    direct: set[str] = set()
    libraries: dict[str, str] = {}
    for start in range(0, len(objects), BATCH):
        some = objects[start : start + BATCH]
        direct.update(re.findall(r"NEEDED\s+(\S+)", _said(["objdump", "-p", *some])))
        libraries.update(re.findall(r"(\S+) => (/\S+) \(0x", _said(["ldd", *some])))
    outside = {
        str(Path(place).resolve())
        for name, place in libraries.items()
        if name in direct and str(folder) not in place
    }
    names: set[str] = set()
    for name in sorted(outside):
        # dpkg knows a file by the name it was packed under, with or without /usr.
        for known in (name, name.removeprefix("/usr"), f"/usr{name}"):
            if found := re.match(r"[^:,]+", _said(["dpkg-query", "--search", known])):
                names.add(found[0])
                break
    return sorted(names)


def _said(command: list[str]) -> str:
    """What a command prints, whatever its exit status."""
    return subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT_S, check=False
    ).stdout
