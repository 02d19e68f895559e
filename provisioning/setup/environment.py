"""The environment in .venv: made once, made anew when broken; and what is done so far."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

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


def is_ours(place: Path) -> bool:
    """Whether an environment was made here and by this Python: a moved checkout needs a new one."""
    try:
        made_by = (place / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return False
    here = re.search(r"^command = .* -m venv (.*)$", made_by, re.MULTILINE)
    python = place / "bin" / "python"
    same_python = python.exists() and python.resolve() == Path(sys.executable).resolve()
    return same_python and here is not None and Path(here[1].split()[-1]) == place


def make_at(place: Path, *options: str) -> None:
    """Make an environment, anew if there is one; SetupError."""
    shutil.rmtree(place, ignore_errors=True)
    command = [sys.executable, "-m", "venv", *options, str(place)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SetupError(
            f"{sys.executable} cannot make an environment: {answer.stdout.strip()} "
            f"{answer.stderr.strip()}\nOn Debian: apt-get install python3-venv"
        )


def make(step: Step) -> bool:
    """Make the environment; False when it is there and works."""
    if is_ours(VENV) and (site() / "pip").is_dir() and read_stamps().get("environment"):
        return False
    if not (is_ours(VENV) and _pip_works()):  # a killed set-up may leave half a pip
        step.tell("making .venv")
        make_at(VENV)
    write_stamp("environment", True)
    step.say("made")
    return True


def _pip_works() -> bool:
    command = [str(PYTHON), "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def site() -> Path:
    """The folder of the installed packages."""
    names = {"base": str(VENV), "platbase": str(VENV)}
    return Path(sysconfig.get_path("purelib", "venv", vars=names))


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
