"""The environment in .venv-caldav: caldav replaces urllib3, so it has one of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from provisioning.setup import lockfile, packages
from provisioning.setup.environment import VENV, digest, is_ours, make_at, read_stamps, write_stamp
from provisioning.setup.progress import SetupError, Step

PLACE = VENV.with_name(".venv-caldav")
PYTHON = PLACE / "bin" / "python"
LOCK = Path(__file__).with_name("caldav.lock")


def fill(step: Step) -> bool:
    """Make the environment and install what the lock names; False when all of it is there."""
    text = LOCK.read_text(encoding="utf-8")
    key = digest(text)
    stamp = read_stamps().get("caldav") or {}
    there = stamp.get("installed") or []
    if stamp.get("key") == key and there and all(Path(name).is_dir() for name in there):
        return False
    locked = lockfile.parse(text)
    if not is_ours(PLACE):
        step.tell("making .venv-caldav")
        make_at(PLACE, "--without-pip")
    for folder in PLACE.glob("lib/python*/site-packages"):
        for broken in packages.damaged(folder):
            shutil.rmtree(broken)
    packages.install(locked, step, "", len(locked), PYTHON)
    answer = subprocess.run(
        [str(PYTHON), "-I", "-c", "import caldav"], capture_output=True, text=True, check=False
    )
    if answer.returncode:
        last = (answer.stderr.strip().splitlines() or ["it gives no reason"])[-1]
        raise SetupError(f"caldav cannot be loaded: {last}\nTo begin afresh: make clean setup")
    installed = [str(path) for path in PLACE.glob("lib/python*/site-packages/*.dist-info")]
    write_stamp("caldav", {"key": key, "installed": sorted(installed)})
    step.say(f"{len(locked)} of {len(locked)}")
    return True
