"""Cuts the power, and kills the provisioner, at every write; each leaves the old or the new."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from provisioning.sealing import public_half
from tests.provisioning.power import Platter, Recorder, lay_out
from tests.provisioning.workshop import Bench, Technician

WRITES = (
    "write,pwrite64,writev,ftruncate,rename,renameat,renameat2,symlink,symlinkat,unlink,unlinkat,"
    "mkdir,mkdirat,rmdir,fsync,fdatasync,fchmod,chmod,fchmodat"
)
"""System calls that change what is on a disk."""

OLD, NEW = ("Old Mill Practice", "one", 10), ("New Mill Practice", "two", 11)


@dataclass
class Count:
    """What was found."""

    cuts: int = 0
    """Moments at which the power was cut or the program killed"""
    states: set[str] = field(default_factory=set)
    """Different states of the disk that this left"""
    refused: int = 0
    """Times that the check of the settings was killed instead, and the stick refused for it"""
    found: Counter[str] = field(default_factory=Counter)
    """"old" or "new" -> how often"""


class Scene:
    """A settled box, and a stick with new settings, new secrets and a model."""

    def __init__(self, folder: Path, *, first: bool) -> None:
        self.first = first
        self.technician = Technician.in_folder(folder / "technician")
        self.bench = Bench(folder / "box")
        self.bench.home.mkdir()
        self.model = folder / "tiny-en"
        (self.model / "am").mkdir(parents=True)
        (self.model / "am" / "weights").write_bytes(b"old" * 99)
        key = public_half(self.bench.session().box.own_key())
        if not first:
            sealed = {"password": "one", "box_key": key, "models": (self.model,)}
            self.technician.stick(folder / "old", 10, **sealed)
            assert self.bench.plug(folder / "old").outcome == "applied"
        (self.model / "am" / "weights").write_bytes(b"new" * 99)
        self.stick = folder / "new"
        self.technician.stick(
            self.stick, 11, name=NEW[0], password="two", box_key=key, models=(self.model,)
        )
        self.folder = folder

    def judge(self, home: Path) -> str:
        """Whether it is the old or the new, whole, and can go on; AssertionError otherwise."""
        bench = Bench(home)
        state = bench.session().box.state()
        found = (bench.office, bench.password, state.serial)
        factory = ("", "", 0)
        assert found in ((factory, NEW) if self.first else (OLD, NEW)), f"a mixture: {found}"
        weights = home / "models" / "tiny-en" / "am" / "weights"
        if weights.exists():
            assert weights.read_bytes() in (b"old" * 99, b"new" * 99), "half a model"
        elif found != factory:
            raise AssertionError("settings without the model that came with them")
        again = bench.session().run(self.stick)
        assert again.outcome == ("nothing-new" if found == NEW else "applied"), again.reason
        assert (bench.office, bench.password) == NEW[:2]
        assert weights.read_bytes() == b"new" * 99
        return "new" if found == NEW else "old"


def power_cuts(folder: Path, *, first: bool) -> Count:
    """Record one run, then lay out what a cut before and after each step would leave."""
    scene = Scene(folder, first=first)
    platter = Platter(scene.bench.home)
    recorder = Recorder()
    scene.bench.disk = recorder
    assert scene.bench.session().run(scene.stick).outcome == "applied"
    count, place = Count(), folder / "left"
    for step in [None, *recorder.steps]:
        if step is not None:
            platter.do(step)
        for kind in ("all", "sure"):
            count.cuts += 1
            state = lay_out(platter.left(kind), place)
            if state not in count.states:
                count.states.add(state)
                found = scene.judge(place)
            count.found[found] += 1
    return count


def kills(folder: Path, *, first: bool) -> Count:
    """Run the real program under strace; kill it at each of its writing system calls in turn."""
    scene = Scene(folder, first=first)
    saved = folder / "saved"
    shutil.copytree(scene.bench.home, saved, symlinks=True)
    count = Count()
    for call, times in sorted(_traced(scene, saved).items()):
        for number in range(1, times + 1):
            done = _run(scene, saved, f"inject={call}:signal=KILL:when={number}")
            if done.returncode in (0, 3):
                continue  # the interpreter did not make this call this time
            count.cuts += 1
            if done.returncode == 1:  # the check of the settings was killed: the stick is refused
                count.refused += 1
                assert "could not be checked" in done.stdout.decode(), (call, number)
                assert scene.judge(scene.bench.home) == "old", (call, number)
                count.found["old"] += 1
                continue
            assert done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), (call, number)
            count.found[scene.judge(scene.bench.home)] += 1
    return count


def _traced(scene: Scene, saved: Path) -> Counter[str]:
    """How often an undisturbed run makes each of these calls."""
    log = scene.folder / "strace.log"
    done = _run(scene, saved, f"trace={WRITES}", log)
    assert done.returncode in (0, 3), done.stderr.decode()[-500:]
    return Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(), flags=re.MULTILINE))


def _run(
    scene: Scene, saved: Path, what: str, log: Path = Path("/dev/null")
) -> subprocess.CompletedProcess[bytes]:
    shutil.rmtree(scene.bench.home)
    shutil.copytree(saved, scene.bench.home, symlinks=True)
    stick = scene.folder / "stick"
    shutil.rmtree(stick, ignore_errors=True)
    shutil.copytree(scene.stick, stick)
    environment = {
        **os.environ,
        "NIGHTPORTER_HOME": str(scene.bench.home),
        "NIGHTPORTER_MODELS": str(scene.bench.home / "models"),
        "NIGHTPORTER_LINE_LIMIT_S": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    # Not --seccomp-bpf: strace 6.1 injects no signal with it.
    command = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={WRITES}", "-e", what]
    command += [sys.executable, "-m", "provisioning", "--quiet", str(stick)]
    return subprocess.run(command, env=environment, capture_output=True, timeout=1800, check=False)


def main() -> None:
    """All of them, with the numbers printed."""
    import logging

    logging.disable(logging.CRITICAL)
    for what, try_all in (("power cut", power_cuts), ("killed", kills)):
        for first in (True, False):
            with TemporaryDirectory(prefix="nightporter-cuts-") as made:
                started = time.monotonic()
                count = try_all(Path(made), first=first)
                kind = "first provisioning" if first else "a change"
                states = f", {len(count.states)} different states" if count.states else ""
                if count.refused:
                    states += f", {count.refused} of them in the check of the settings"
                old, new = count.found["old"], count.found["new"]
                print(
                    f"{kind}, {what} at {count.cuts} moments{states}: "
                    f"{old} left the old, {new} the new, 0 a mixture; "
                    f"{time.monotonic() - started:.0f} s"
                )
                assert old and new


if __name__ == "__main__":
    main()
