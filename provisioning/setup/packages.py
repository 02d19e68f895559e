"""Python packages: fetched once into the user's cache, hashes checked, installed from there."""

from __future__ import annotations

import csv
import fcntl
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioning.setup import lockfile, wheelhouse
from provisioning.setup.command import run
from provisioning.setup.environment import (
    BUILD_LOCK,
    LOCK,
    LOG,
    PIP,
    PYTHON,
    VENV,
    digest,
    read_stamps,
    site,
    write_stamp,
)
from provisioning.setup.lockfile import Locked
from provisioning.setup.progress import SetupError, Step

BATCH = 10
"""Packages fetched by one run of pip, which keeps nothing when it is interrupted."""

FROM_LOCK = ["--require-hashes", "--no-deps", "--no-build-isolation"]
"""What keeps pip to the lock: exact versions with their hashes, also for what it builds with."""

AGAIN = "Is there a network? Then run the same command again: it goes on from there."
INCOMING = ".incoming-"


def kept() -> Path:
    """Archives of packages, for every checkout of this user."""
    return wheelhouse.cache() / "packages"


def fill(step: Step) -> bool:
    """Install what the locks name; False when all of it is there."""
    text = LOCK.read_text(encoding="utf-8")
    key = digest(text, BUILD_LOCK.read_bytes(), wheelhouse.CMAKE_ARGS)
    stamp = read_stamps().get("packages") or {}
    there = stamp.get("installed") or []
    if stamp.get("key") == key and there and all((site() / name).is_dir() for name in there):
        return False
    for folder in damaged(site()):
        shutil.rmtree(folder)  # then pip takes the package for missing and installs it again
    tools = lockfile.parse(BUILD_LOCK.read_text(encoding="utf-8"))
    others, slow = lockfile.split(lockfile.parse(text), wheelhouse.NAME)
    total = len(others) + len(slow)
    install(tools, step, "pip and build tools: ", len(tools))
    install(others, step, "", total)
    if slow:
        _install_slow(slow[0], step, f"{len(others)} of {total}")
    installed = sorted(path.name for path in site().glob("*.dist-info"))
    installed = [name for name in installed if not name.startswith("nightporter-")]
    write_stamp("packages", {"key": key, "installed": installed})
    step.say(f"{total} of {total}")
    return True


def install(packages: list[Locked], step: Step, what: str, total: int, into: Path = PYTHON) -> None:
    """Install from the user's cache; what is damaged there is fetched once more."""
    listing = VENV / "nightporter-lock.txt"
    listing.write_text("".join(package.text for package in packages))
    pip = [*PIP, "--python", str(into)] if into != PYTHON else PIP
    command = [*pip, "install", *FROM_LOCK, "--no-index", "--find-links", str(kept())]
    command += ["--no-compile", "-r", str(listing)]  # Python compiles what is used, when it is used
    for last_try in (False, True):
        _fetch(packages, step, what, total)
        step.tell(f"{what}{len(packages)} of {total} (unpacking)")
        try:
            run(command, LOG, mend="Run the same command again.")
            return
        except SetupError as error:
            if last_try or not re.search(r"MATCH THE HASHES|BadZipFile|No matching", str(error)):
                raise
            shutil.rmtree(kept())


def _fetch(packages: list[Locked], step: Step, what: str, total: int) -> None:
    """Bring the packages' archives into the user's cache, each file whole or not at all."""
    texts = "".join(package.text for package in packages)
    python = ".".join(str(part) for part in sys.version_info[:2])
    marker = kept() / f".complete-{digest(texts, python, platform.machine())[:16]}"
    if marker.exists():
        return
    fetched = 0

    def line(text: str) -> None:
        nonlocal fetched
        found = re.match(r"(Collecting|Ignoring) ([^\s=:;]+)", text)
        if found:
            fetched += 1
            step.tell(f"{what}{fetched} of {total} ({found[2]})")

    with _alone(kept()):
        for start in range(0, len(packages), BATCH):
            with tempfile.TemporaryDirectory(prefix=INCOMING, dir=kept()) as folder:
                listing = Path(folder) / "lock.txt"
                listing.write_text("".join(p.text for p in packages[start : start + BATCH]))
                command = [*PIP, "download", *FROM_LOCK, "--progress-bar", "off"]
                command += ["--find-links", str(kept()), "-d", folder, "-r", str(listing)]
                run(command, LOG, on_line=line, mend=AGAIN)
                listing.unlink()
                for archive in Path(folder).iterdir():
                    archive.replace(kept() / archive.name)
        marker.touch()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder against other set-ups, and clear what a killed one left in it."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for left in folder.glob(f"{INCOMING}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(handle)


def _install_slow(locked: lockfile.Locked, step: Step, progress: str) -> None:
    dist_info = f"{locked.name.replace('-', '_')}-{locked.version}.dist-info"
    wanted = wheelhouse.key(locked)
    if read_stamps().get("slow") == wanted and (site() / dist_info).is_dir():
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
