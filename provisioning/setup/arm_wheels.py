"""Which file of each locked package a 64-bit Arm board gets: asked of pip, kept in arm.lock.

python -m provisioning.setup.arm_wheels     (lock.sh runs it; needs the network)

A line of arm.lock: PYTHON NAME==VERSION FILE sha256:HASH, with FILE "-" where there is no wheel: it
is built on the board from the source that the lock names.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from provisioning.package.build import EXTRAS
from provisioning.package.distributions import needed
from provisioning.setup import calendar, lockfile, packages
from provisioning.setup.environment import LOCK, PIP, site
from provisioning.setup.lockfile import Locked

TABLE = Path(__file__).with_name("arm.lock")
PYTHONS = ("3.11", "3.13")
"""Debian 12 and Raspberry Pi OS of 2023; Debian 13 and Raspberry Pi OS of 2025."""
GLIBC = {"3.11": 36, "3.13": 41}
"""Minor version of the C library beside each: decides which wheels can be used."""
OLDEST_GLIBC = 17
LIMIT_S = 300.0
AT_ONCE = 4


def shipped() -> list[Locked]:
    """The locked packages that the Debian package holds."""
    ours = {name.lower().replace("_", "-") for name in _names()}
    locked = [p for p in lockfile.parse(LOCK.read_text()) if p.name in ours]
    return locked + lockfile.parse(calendar.LOCK.read_text())


def _names() -> list[str]:
    return [str(d.metadata["Name"]) for d in needed("nightporter", EXTRAS, site())]


def line(package: Locked, python: str) -> str:
    """A line of the table; a wheel for every machine lies in set-up's cache, pip is asked for the
    others."""
    head = f"{python} {package.name}=={package.version}"
    for file in packages.kept().glob(f"*-{package.version}-*-none-any.whl"):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        if digest in package.text:
            return f"{head} {file.name} sha256:{digest}"
    return ask(package, python, head)


def ask(package: Locked, python: str, head: str) -> str:
    """The same, asked of pip."""
    platforms = [f"manylinux_2_{n}_aarch64" for n in range(GLIBC[python], OLDEST_GLIBC - 1, -1)]
    command = [
        *PIP, "install", "--quiet", "--dry-run", "--no-deps", "--ignore-installed",
        "--target", "/nonexistent", "--only-binary=:all:", "--implementation", "cp",
        "--python-version", python, "--report", "-",
        *(word for name in (*platforms, "manylinux2014_aarch64") for word in ("--platform", name)),
        f"{package.name}=={package.version}",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT_S, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        if "No matching distribution" not in done.stderr:
            sys.exit(f"{head}: {done.stderr.strip()}")
        return f"{head} -"
    (found,) = json.loads(done.stdout)["install"]
    info = found["download_info"]
    return (
        f"{head} {info['url'].rpartition('/')[2]} sha256:{info['archive_info']['hashes']['sha256']}"
    )


def main() -> None:
    """Write the table anew; what is known of an unchanged version is not asked again."""
    old = TABLE.read_text().splitlines() if TABLE.exists() else []
    known = {" ".join(line.split()[:2]): line for line in old}
    wanted = [(p, python) for p in {s.name: s for s in shipped()}.values() for python in PYTHONS]
    with ThreadPoolExecutor(AT_ONCE) as several:
        lines = list(
            several.map(
                lambda one: known.get(f"{one[1]} {one[0].name}=={one[0].version}") or line(*one),
                wanted,
            )
        )
    TABLE.write_text("\n".join(sorted(lines)) + "\n")


if __name__ == "__main__":
    main()
