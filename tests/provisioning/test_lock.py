"""What is locked, and what a 64-bit Arm board gets of it, on Python 3.11 and 3.13."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from provisioning.setup import arm_wheels, lockfile
from provisioning.setup.environment import LOCK, site

BUILT = {"llama-cpp-python", "systemd-python", "pyaudio", "srt"}
"""Built on the board by `make setup`, whose compilers system-packages.txt names; PJSIP has
build-pjsua2.sh."""
ON_ARM = {"platform_machine": "aarch64", "sys_platform": "linux", "os_name": "posix"}


def tags(python: str) -> frozenset[Tag]:
    """What pip takes on a board with this Python."""
    version = tuple(int(part) for part in python.split("."))
    minors = range(arm_wheels.GLIBC[python], arm_wheels.OLDEST_GLIBC - 1, -1)
    platforms = [f"manylinux_2_{minor}_aarch64" for minor in minors] + ["manylinux2014_aarch64"]
    return frozenset(cpython_tags(version, platforms=platforms)) | frozenset(
        compatible_tags(version, interpreter=f"cp{version[0]}{version[1]}", platforms=platforms)
    )


def environment(python: str) -> dict[str, str]:
    return {**ON_ARM, "python_version": python, "python_full_version": f"{python}.0", "extra": ""}


def for_arm(python: str) -> list[lockfile.Locked]:
    """The shipped packages whose line in the lock counts on a board."""
    found = {package.name: package for package in arm_wheels.shipped()}.values()
    return [p for p in found if _counts(p.text.partition("\\")[0].strip(), python)]


def _counts(line: str, python: str) -> bool:
    marker = Requirement(line).marker
    return marker is None or marker.evaluate(environment(python))


def table() -> dict[tuple[str, str], tuple[str, str]]:
    """(Python, NAME==VERSION) -> (file, hash)."""
    rows = (line.split() for line in arm_wheels.TABLE.read_text().splitlines())
    return {(row[0], row[1]): (row[2], row[3] if len(row) > 3 else "") for row in rows}


def test_every_locked_package_has_a_hash() -> None:
    assert len(lockfile.parse(LOCK.read_text())) > 30  # parse refuses a package without one


@pytest.mark.parametrize("python", arm_wheels.PYTHONS)
def test_on_arm_every_package_is_a_wheel_or_is_built_there(python: str) -> None:
    known, fits, built = table(), tags(python), set()
    for package in for_arm(python):
        key = (python, f"{package.name}=={package.version}")
        assert key in known, f"{key} is not in arm.lock; run: provisioning/setup/lock.sh"
        file, digest = known[key]
        if file == "-":
            built.add(package.name)
            continue
        assert parse_wheel_filename(file)[3] & fits, f"{file} is no wheel for {python} on Arm"
        assert digest.removeprefix("sha256:") in package.text, f"{file} is not in the lock"
    assert built <= BUILT, f"no wheel for Arm and nobody builds it: {built - BUILT}"


@pytest.mark.parametrize("python", arm_wheels.PYTHONS)
def test_what_a_package_needs_on_arm_alone_is_locked_too(python: str) -> None:
    """The lock is made on x86-64: a dependency with an Arm marker would be missing from it."""
    locked = {package.name for package in lockfile.parse(LOCK.read_text())}
    ours = {package.name for package in for_arm(python)}
    for distribution in distributions(path=[str(site())]):
        if lockfile_name(str(distribution.metadata["Name"])) not in ours:
            continue
        for text in distribution.requires or []:
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate(environment(python)):
                assert lockfile_name(wanted.name) in locked, f"{distribution.name} needs {text}"


def lockfile_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("python", arm_wheels.PYTHONS)
def test_pjsua2_is_locked_for_x86_alone_and_built_by_a_script_elsewhere(python: str) -> None:
    (line,) = [p for p in lockfile.parse(LOCK.read_text()) if p.name == "pjsua2-python"]
    marker = Requirement(line.text.partition("\\")[0].strip()).marker
    assert marker is not None
    assert marker.evaluate({**environment("3.11"), "platform_machine": "x86_64"})
    assert not marker.evaluate(environment(python))
    assert "pjsua2-python" not in {p.name for p in for_arm(python)}
    assert (Path(arm_wheels.__file__).parents[1] / "build-pjsua2.sh").exists()
