"""The environment in .venv: made once, repaired when broken, filled from the lock."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from provisioning.setup import lockfile, wheelhouse
from provisioning.setup.command import run
from provisioning.setup.progress import SetupError, Step

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "setup.log"
BUILD_LOCK = Path(__file__).with_name("build.lock")
LOCK = ROOT / "requirements.lock"
STAMPS = VENV / "nightporter-setup.json"
"""What was done, by step: the hash of what it was done from."""

PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
AGAIN = "Is there a network? Then run the same command again: it goes on from there."


def digest(*parts: str | bytes) -> str:
    """A hash over texts and file contents."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(part.encode() if isinstance(part, str) else part)
        hasher.update(b"\0")
    return hasher.hexdigest()


def read_stamps() -> dict[str, Any]:
    """What earlier runs finished; empty when there was none or the file is damaged."""
    try:
        stamps = json.loads(STAMPS.read_bytes())
    except (OSError, ValueError):
        return {}
    return stamps if isinstance(stamps, dict) else {}


def write_stamp(step: str, value: object) -> None:
    """Note that a step is finished."""
    stamps = {**read_stamps(), step: value}
    fresh = STAMPS.with_suffix(".new")
    fresh.write_text(json.dumps(stamps, indent=1))
    fresh.replace(STAMPS)


def _is_ours() -> bool:
    """Whether .venv was made here and by this Python: a moved checkout needs a new one."""
    try:
        made_by = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return False
    here = re.search(r"^command = .* -m venv (.*)$", made_by, re.MULTILINE)
    same_python = PYTHON.exists() and PYTHON.resolve() == Path(sys.executable).resolve()
    return same_python and here is not None and Path(here[1].split()[-1]) == VENV


def make(step: Step) -> bool:
    """Make the environment and put pinned pip and build tools in; False when it is there."""
    key = digest(BUILD_LOCK.read_bytes())
    ours = _is_ours() and (_site() / "pip").is_dir()
    if ours and read_stamps().get("environment") == key:
        return False
    ours = ours and _pip_works()  # a set-up that was killed while it changed pip leaves half a pip
    if not ours:
        step.tell("making .venv")
        shutil.rmtree(VENV, ignore_errors=True)
        answer = subprocess.run(
            [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
        )
        if answer.returncode:
            raise SetupError(
                f"{sys.executable} cannot make an environment: {answer.stdout.strip()} "
                f"{answer.stderr.strip()}\nOn Debian: apt-get install python3-venv"
            )
    step.tell("pip and build tools")
    command = [*PIP, "install", "--require-hashes", "--no-deps", "-r", str(BUILD_LOCK)]
    run(command, LOG, mend=AGAIN)
    write_stamp("environment", key)
    step.say("brought up to date" if ours else "made")
    return True


def _pip_works() -> bool:
    command = [str(PYTHON), "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _site() -> Path:
    names = {"base": str(VENV), "platbase": str(VENV)}
    return Path(sysconfig.get_path("purelib", "venv", vars=names))


def fill(step: Step) -> bool:
    """Install what the lock names, hashes checked; False when all of it is there."""
    text = LOCK.read_text(encoding="utf-8")
    key = digest(text, wheelhouse.CMAKE_ARGS)
    stamp = read_stamps().get("packages") or {}
    there = stamp.get("installed") or []
    if stamp.get("key") == key and there and all((_site() / name).is_dir() for name in there):
        return False
    for folder in damaged(_site()):
        shutil.rmtree(folder)  # then pip takes the package for missing and installs it again
    locked = lockfile.parse(text)
    others, slow = lockfile.split(locked, wheelhouse.NAME)
    _install_locked(others, len(locked), step)
    if slow:
        _install_slow(slow[0], step, f"{len(others)} of {len(locked)}")
    installed = sorted(path.name for path in _site().glob("*.dist-info"))
    installed = [name for name in installed if not name.startswith("nightporter-")]
    write_stamp("packages", {"key": key, "installed": installed})
    step.say(f"{len(locked)} of {len(locked)}")
    return True


def _install_locked(packages: list[lockfile.Locked], total: int, step: Step) -> None:
    listing = VENV / "nightporter-lock.txt"
    listing.write_text("".join(package.text for package in packages))
    seen = 0

    def line(text: str) -> None:
        nonlocal seen
        found = re.match(r"(Collecting|Requirement already satisfied:|Ignoring) ([^\s=:;]+)", text)
        if found:
            seen += 1
            step.tell(f"{min(seen, total)} of {total} ({found[2]})")
        if text.startswith("Installing collected"):
            step.tell(f"{len(packages)} of {total} (unpacking)")

    command = [*PIP, "install", "--require-hashes", "--no-deps", "--no-build-isolation"]
    run([*command, "--progress-bar", "off", "-r", str(listing)], LOG, on_line=line, mend=AGAIN)


def _install_slow(locked: lockfile.Locked, step: Step, progress: str) -> None:
    dist_info = f"{locked.name.replace('-', '_')}-{locked.version}.dist-info"
    wanted = wheelhouse.key(locked)
    if read_stamps().get("slow") == wanted and (_site() / dist_info).is_dir():
        return
    wheel = wheelhouse.wheel_for(locked, PYTHON, step, LOG, progress)
    command = [*PIP, "install", "--no-deps", "--no-index", "--force-reinstall", str(wheel)]
    run(command, LOG, mend="Run the same command again.")
    write_stamp("slow", wanted)


def damaged(site: Path) -> list[Path]:
    """The records of packages that an interrupted run left incomplete."""
    return [folder for folder in site.glob("*.dist-info") if not _whole(site, folder)]


def _whole(site: Path, dist_info: Path) -> bool:
    """Whether each file that a package says it has is there, with its size."""
    try:
        with (dist_info / "RECORD").open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                if row and row[2:] and row[2] and (site / row[0]).stat().st_size != int(row[2]):
                    return False
    except (OSError, ValueError):
        return False
    return True


def install_project(step: Step) -> bool:
    """Make `nightporter` a command of the environment; False when it is."""
    key = digest((ROOT / "pyproject.toml").read_bytes(), str(ROOT))
    if read_stamps().get("project") == key and (VENV / "bin" / "nightporter").exists():
        return False
    command = [*PIP, "install", "--no-deps", "--no-index", "--no-build-isolation", "-e", str(ROOT)]
    run(command, LOG, mend="Run the same command again.")
    write_stamp("project", key)
    step.say("installed; the command is .venv/bin/nightporter")
    return True
