"""Set-up: what its files promise, and the parts that decide what is left to do."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from provisioning.setup import lockfile, packages, system, wheelhouse
from provisioning.setup.progress import SetupError, duration

ROOT = Path(__file__).parents[2]
LOCKS = [ROOT / "requirements.lock", ROOT / "provisioning" / "setup" / "build.lock"]
HASH = "--hash=sha256:" + "0" * 64


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_each_locked_package_has_a_hash_and_no_address(path: Path) -> None:
    text = path.read_text()
    assert len(lockfile.parse(text)) > 5
    for forbidden in ("://", "--index-url", "--extra-index-url", "--find-links", "--trusted-host"):
        assert forbidden not in text


def test_everything_that_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    locked = {package.name for package in lockfile.parse(LOCKS[0].read_text())}
    for line in wanted:
        name = re.split(r"[\s<>=!~;\[]", line)[0].lower().replace("_", "-")
        assert name in locked, (
            f"{name} is not in requirements.lock; run: provisioning/setup/lock.sh"
        )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("numpy==1.0\n", "no hash for numpy"),
        (f"numpy>=1.0 \\\n    {HASH}\n", "no package"),
        ("--index-url somewhere\n", "no package"),
        (f"    {HASH}\n", "begins with"),
    ],
)
def test_a_lock_that_could_install_something_unchecked_is_refused(text: str, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        lockfile.parse(text)


def test_every_system_package_of_the_list_is_read_with_its_service() -> None:
    packages = system.parse_list(system.LIST.read_text())
    assert {"build-essential", "mosquitto", "python3-venv"} <= {p.name for p in packages}
    assert [p.service for p in packages if p.name == "mosquitto"] == ["mosquitto"]


@pytest.mark.parametrize("line", ["cmake ninja git", "CMake", "sox", "cmake; rm"])
def test_a_wrong_line_of_the_list_is_named(line: str) -> None:
    with pytest.raises(SetupError, match="line 3"):
        system.parse_list(f"# tools\nsox\n{line}\n")


def test_a_system_package_that_does_not_exist_counts_as_missing() -> None:
    names = [system.SystemPackage("dpkg"), system.SystemPackage("no-such-package-at-all")]
    assert [package.name for package in system.missing(names)] == ["no-such-package-at-all"]


def fresh_wheel(tmp_path: Path) -> Path:
    wheel = tmp_path / "building" / "out" / "x-1.0-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    wheel.write_bytes(b"a wheel")
    return wheel


def test_a_kept_wheel_is_used_again(tmp_path: Path) -> None:
    kept = wheelhouse.keep(fresh_wheel(tmp_path), tmp_path / "kept")
    assert wheelhouse.kept_wheel(tmp_path / "kept") == kept
    assert kept.read_bytes() == b"a wheel"


def test_a_kept_wheel_that_was_changed_is_not_used(tmp_path: Path) -> None:
    wheelhouse.keep(fresh_wheel(tmp_path), tmp_path / "kept").write_bytes(b"another wheel")
    assert wheelhouse.kept_wheel(tmp_path / "kept") is None


def test_a_compile_that_was_cut_off_leaves_no_kept_wheel(tmp_path: Path) -> None:
    wheel = fresh_wheel(tmp_path)
    assert wheelhouse.kept_wheel(wheel.parent) is None


def test_a_changed_lock_asks_for_a_new_compile() -> None:
    old = lockfile.parse(f"llama-cpp-python==1.0 \\\n    {HASH}\n")[0]
    new = lockfile.parse(f"llama-cpp-python==1.0 \\\n    {HASH[:-1]}1\n")[0]
    assert wheelhouse.key(old) == wheelhouse.key(old)
    assert wheelhouse.key(old) != wheelhouse.key(new)


def installed(site: Path) -> Path:
    record = site / "numpy-1.0.dist-info" / "RECORD"
    record.parent.mkdir(parents=True)
    (site / "numpy.py").write_text("x = 1\n")
    record.write_text("numpy.py,sha256=abc,6\nnumpy-1.0.dist-info/RECORD,,\n")
    return record


def test_a_whole_package_is_left_alone(tmp_path: Path) -> None:
    installed(tmp_path)
    assert packages.damaged(tmp_path) == []


@pytest.mark.parametrize("harm", ["no record", "file gone", "file cut off"])
def test_a_package_that_an_interruption_left_incomplete_is_found(tmp_path: Path, harm: str) -> None:
    record = installed(tmp_path)
    if harm == "no record":
        record.unlink()
    elif harm == "file gone":
        (tmp_path / "numpy.py").unlink()
    else:
        (tmp_path / "numpy.py").write_text("x")
    assert packages.damaged(tmp_path) == [record.parent]


def test_make_help_comes_first_and_lists_every_verb() -> None:
    text = (ROOT / "Makefile").read_text()
    verbs = re.findall(r"^([a-z-]+):", text, re.MULTILINE)
    assert verbs[0] == "help"
    assert len(verbs) <= 16  # a page of help that a stranger still reads
    command = ["make", "--no-print-directory", "-C", str(ROOT)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in shown.splitlines()[1:]] == verbs


def test_every_verb_that_uses_the_environment_sets_it_up_first() -> None:
    text = (ROOT / "Makefile").read_text()
    for verb, needs, body in re.findall(
        r"^([a-z-]+):([^#\n]*)##.*\n((?:\t.*\n)+)", text, re.MULTILINE
    ):
        if "$(BIN)" in body:
            assert needs.split() in (["setup"], ["lint"], ["package"]), verb


def test_durations_are_told_in_minutes_and_seconds() -> None:
    assert (duration(9.9), duration(130)) == ("9 s", "2 min 10 s")
