"""llama-cpp-python takes minutes to compile: it is done once, and the wheel kept with its hash."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import sys
import time
from pathlib import Path

from provisioning.setup.command import run
from provisioning.setup.lockfile import Locked
from provisioning.setup.progress import SetupError, Step, duration

NAME = "llama-cpp-python"

CMAKE_ARGS = " ".join(
    (
        "-DGGML_NATIVE=OFF",  # a wheel made here must run on the next machine of the same kind
        "-DGGML_OPENMP=OFF",  # its threads spin, and a live call needs the cores
        "-DLLAVA_BUILD=OFF",  # the rest: not used, and half of the compile time
        "-DLLAMA_BUILD_TESTS=OFF",
        "-DLLAMA_BUILD_EXAMPLES=OFF",
        "-DLLAMA_BUILD_TOOLS=OFF",
        "-DLLAMA_BUILD_SERVER=OFF",
        "-DLLAMA_CURL=OFF",
    )
)

RECORD = "wheel.json"
"""Beside a kept wheel: {"wheel": file name, "sha256": its hash}; written last."""


def cache() -> Path:
    """The user's cache of Nightporter."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "nightporter"


def key(locked: Locked) -> str:
    """Changes whenever the kept wheel would no longer be the right one."""
    python = ".".join(str(part) for part in sys.version_info[:2])
    parts = (locked.text, CMAKE_ARGS, platform.machine(), platform.libc_ver()[0], python)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def kept_wheel(folder: Path) -> Path | None:
    """The wheel of an earlier compile, if it is still exactly what was compiled then."""
    try:
        record = json.loads((folder / RECORD).read_bytes())
        wheel = folder / Path(record["wheel"]).name
        with wheel.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return wheel if digest == record["sha256"] else None


def keep(wheel: Path, folder: Path) -> Path:
    """Put a fresh wheel and its hash in place, both or neither."""
    with wheel.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    (wheel.parent / RECORD).write_text(json.dumps({"wheel": wheel.name, "sha256": digest}))
    shutil.rmtree(folder, ignore_errors=True)
    wheel.parent.rename(folder)
    return folder / wheel.name


def wheel_for(locked: Locked, python: Path, step: Step, log: Path, progress: str) -> Path:
    """The wheel: kept from before, or compiled from the source archive that the lock names.

    `progress` is how far the other packages are, to be shown before our own progress.
    """
    folder = cache() / "wheels" / f"{NAME}-{locked.version}-{key(locked)}"
    wheel = kept_wheel(folder)
    if wheel:
        return wheel
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = folder.with_name(f".building-{folder.name}-{os.getpid()}")
    for left in folder.parent.glob(f".building-{folder.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    (building / "out").mkdir(parents=True)
    try:
        return keep(_compile(locked, python, building, step, log, progress), folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _compile(
    locked: Locked, python: Path, building: Path, step: Step, log: Path, progress: str
) -> Path:
    (building / "lock.txt").write_text(locked.text)
    pip = [str(python), "-m", "pip"]
    step.tell(f"{progress} (fetching the source of {NAME})")
    # pip checks the archive against the lock's hash; what is compiled is that archive, no other.
    command = [*pip, "download", "--require-hashes", "--no-deps", "--no-build-isolation"]
    command += ["--no-binary", NAME, "-d", str(building), "-r", str(building / "lock.txt")]
    run(command, log, mend="Is there a network? Then run again.")
    archives = list(building.glob("*.tar.gz"))
    if len(archives) != 1:
        raise SetupError(f"the index delivered no source archive of {NAME}; see {log}")
    compiling = _Compiling(step, progress)
    command = [*pip, "wheel", "-v", "--no-deps", "--no-build-isolation", "--no-cache-dir"]
    command += ["-w", str(building / "out"), str(archives[0])]
    run(
        command,
        log,
        on_line=compiling.line,
        on_wake=compiling.wake,
        environ={"CMAKE_ARGS": CMAKE_ARGS},
        mend="Mend that, then run the same command again.",
    )
    return next((building / "out").glob("*.whl"))


class _Compiling:
    """Shows that the compiler is alive: the file it is at and the time it took so far."""

    def __init__(self, step: Step, progress: str) -> None:
        self._step = step
        self._progress = progress
        self._start = time.monotonic()
        self._at = ""

    def line(self, line: str) -> None:
        at = re.match(r"\s*\[(\d+)/(\d+)\]", line)  # how ninja begins its lines
        if at:
            self._at = f", file {at[1]} of {at[2]}"

    def wake(self) -> None:
        self._step.tell(
            f"{self._progress} ({NAME} is compiling{self._at}, "
            f"{duration(time.monotonic() - self._start)} so far; "
            "this takes about 8 minutes the first time)"
        )
