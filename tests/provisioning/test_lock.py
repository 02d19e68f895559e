"""What is locked, and what is asked for on 64-bit Arm."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

LOCK = Path(__file__).parents[2] / "requirements.lock"


def locked() -> dict[str, list[str]]:
    """Name -> hashes."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", LOCK.read_text()):
        match = re.match(r"([A-Za-z0-9_.-]+)==\S+", block)
        if match:
            found[match.group(1)] = re.findall(r"--hash=sha256:([0-9a-f]{64})", block)
    return found


@pytest.mark.skipif(not LOCK.exists(), reason="there is no lock yet")
def test_every_locked_package_has_a_hash() -> None:
    assert len(locked()) > 30
    assert [name for name, hashes in locked().items() if not hashes] == []


def test_what_has_no_wheel_for_arm_is_asked_for_on_x86_only() -> None:
    project = tomllib.loads((LOCK.parent / "pyproject.toml").read_text())["project"]
    (line,) = project["optional-dependencies"]["line"]
    requirement = Requirement(line)
    assert requirement.name == "pjsua2-python"
    assert requirement.marker is not None
    for machine, wanted in (("x86_64", True), ("aarch64", False)):
        there = requirement.marker.evaluate({"platform_machine": machine, "python_version": "3.11"})
        assert there is wanted, machine
