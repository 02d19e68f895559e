"""System packages: one list in the repository, and only what is missing is installed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from provisioning.setup.command import run
from provisioning.setup.progress import SetupError, Step

LIST = Path(__file__).with_name("system-packages.txt")

POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian asks this program whether a package may start its service; see invoke-rc.d(8)."""

POLICY_TEXT = (
    "#!/bin/sh\n# Written by Nightporter's set-up while it installs; may be deleted.\nexit 101\n"
)


APT_VERBS = {"Get:": "fetched", "Unpacking ": "unpacked", "Setting up ": "set up"}
"""How the lines of apt begin that tell how far it is, and what they mean."""


@dataclass(frozen=True)
class SystemPackage:
    """One line of the list."""

    name: str
    """Debian's name of the package."""
    service: str | None = None
    """The service that it would start, which stays off."""


def parse_list(text: str) -> list[SystemPackage]:
    """The packages of the list; SetupError names the line that is wrong."""
    packages: list[SystemPackage] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) > 2 or not all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", w) for w in words):
            raise SetupError(f"{LIST.name}, line {number}: write a package, or package and service")
        if words[0] in [package.name for package in packages]:
            raise SetupError(f"{LIST.name}, line {number}: {words[0]} is there twice; delete one")
        packages.append(SystemPackage(*words))
    return packages


def missing(packages: list[SystemPackage]) -> list[SystemPackage]:
    """Those that dpkg does not call installed."""
    command = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n"]
    command += [package.name for package in packages]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    there = {line.split()[0] for line in answer.splitlines() if line.split()[1:] == ["ii"]}
    return [package for package in packages if package.name not in there]


def install(step: Step, log: Path) -> bool:
    """Install what is missing; False when nothing was."""
    packages = parse_list(LIST.read_text(encoding="utf-8"))
    if not shutil.which("dpkg-query") or not shutil.which("apt-get"):
        names = " ".join(package.name for package in packages)
        step.say(f"this is not a Debian; see to it that there is the like of: {names}")
        return False
    wanted = missing(packages)
    if not wanted:
        return False
    root = _as_root([package.name for package in wanted])
    step.say(f"{len(wanted)} of {len(packages)} are missing: {' '.join(p.name for p in wanted)}")
    apt = [*root, "apt-get", "-o", "DPkg::Lock::Timeout=300", "-y", "--no-install-recommends"]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    with _services_stay_off(root):
        # A set-up that was killed in mid-install leaves dpkg in need of this.
        run([*root, "dpkg", "--configure", "-a"], log, environ=quiet, mend="Run it by hand.")
        step.tell("reading the package lists")
        run([*apt, "update"], log, environ=quiet, mend="Is there a network? Then run again.")
        count = _Count(step)
        run(
            [*apt, "install", *[package.name for package in wanted]],
            log,
            on_line=count.line,
            environ=quiet,
            mend="Mend that, then run the same command again.",
        )
    for package in wanted:
        if package.service and Path("/run/systemd/system").is_dir():
            command = [*root, "systemctl", "disable", "--now", package.service]
            subprocess.run(command, check=False, capture_output=True)
    still = missing(packages)
    if still:
        raise SetupError(f"still missing: {' '.join(p.name for p in still)}; see {log}")
    step.say(f"installed {len(wanted)}")
    return True


class _Count:
    """Counts apt's lines: each package is fetched once, unpacked once and set up once."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._total = 0
        self._done = dict.fromkeys(APT_VERBS, 0)

    def line(self, line: str) -> None:
        new = re.match(r"(\d+) upgraded, (\d+) newly installed", line)
        if new:
            self._total = int(new[1]) + int(new[2])
        for start, verb in APT_VERBS.items():
            if line.startswith(start):
                self._done[start] += 1
                self._step.tell(f"{verb} {self._done[start]} of {self._total}")


def _as_root(names: list[str]) -> list[str]:
    """What to put before a command that needs root."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        # Without a terminal nobody could type a password: fail at once instead of waiting.
        return ["sudo", "--preserve-env=DEBIAN_FRONTEND", *([] if sys.stdin.isatty() else ["-n"])]
    raise SetupError(
        "installing system packages needs root, and there is no sudo; as root, run:\n"
        f"    apt-get install {' '.join(names)}"
    )


@contextlib.contextmanager
def _services_stay_off(root: list[str]) -> Iterator[None]:
    """While packages are installed, none of them may start a service."""
    ours = POLICY.exists() and POLICY.read_text(errors="replace") == POLICY_TEXT
    if POLICY.exists() and not ours:
        yield  # somebody has a policy already; it stays
        return
    with tempfile.NamedTemporaryFile("w") as text:
        text.write(POLICY_TEXT)
        text.flush()
        subprocess.run([*root, "install", "-m", "755", text.name, str(POLICY)], check=True)
    try:
        yield
    finally:
        subprocess.run([*root, "rm", "-f", str(POLICY)], check=False)
