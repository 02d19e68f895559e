"""caldav replaces urllib3, so it is locked and installed apart from everything else."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

from gateway.calendar_bridge.calendar_link import WORKER, default_python
from provisioning.setup import lockfile
from provisioning.setup.calendar import LOCK, PYTHON
from provisioning.setup.environment import ROOT


def names(lock: Path) -> set[str]:
    return {package.name for package in lockfile.parse(lock.read_text())}


def test_caldav_and_what_it_brings_are_in_no_environment_but_their_own() -> None:
    own, ours = names(LOCK), names(ROOT / "requirements.lock")
    assert {"caldav", "urllib3-future"} <= own
    assert "urllib3" not in own, "both in one environment overwrite each other"
    assert not {"caldav", "niquests", "urllib3-future"} & ours


def test_the_bridge_finds_the_environment_that_set_up_makes() -> None:
    assert default_python() == PYTHON
    code = "import caldav, urllib3; print(urllib3.__version__)"
    answer = subprocess.run([str(PYTHON), "-I", "-c", code], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr


def test_the_worker_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(WORKER).read_text())
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    } | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name.split(".")[0] in ("gateway", "provisioning")}
