"""The package: what is in it, and that nothing of this machine is."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.metadata import distributions
from pathlib import Path

import pytest

from gateway.cli import COMMANDS
from provisioning.package import build
from provisioning.package.distributions import needed
from provisioning.package.integration import UNITS, stage_integration
from provisioning.package.manual import completion, manual_page

DEBIAN = Path(build.__file__).parent / "debian"
SCRIPTS = sorted(p.name for p in DEBIAN.iterdir() if p.read_text().startswith("#!/bin/sh"))


def site() -> Path:
    import click

    return Path(click.__file__).parents[1]


def test_the_box_gets_what_it_needs_and_no_developers_tool() -> None:
    names = {
        d.metadata["Name"].lower().replace("_", "-")
        for d in needed("nightporter", build.EXTRAS, site())
    }
    assert {"click", "pydantic", "wyoming", "pyrage", "py-minisign", "paho-mqtt"} <= names
    assert not names & {"pytest", "mypy", "ruff", "hypothesis", "baresip-python", "pip-tools"}
    assert len(names) < len(list(distributions(path=[str(site())])))


def test_every_command_has_its_line_in_the_man_page() -> None:
    page = manual_page("1.2.3")
    for name in COMMANDS:
        assert re.search(
            rf"^\.B {re.escape(name.replace('-', chr(92) + '-'))}$", page, re.MULTILINE
        )
    assert "nightporter 1.2.3" in page


def test_bash_can_complete_the_command() -> None:
    assert "_nightporter_completion" in completion()


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_scripts_of_the_package_are_shell(name: str) -> None:
    subprocess.run(["sh", "-n", DEBIAN / name], check=True, timeout=10)


def test_whatever_lies_in_systemd_is_in_the_package(tmp_path: Path) -> None:
    stage_integration(tmp_path, build.ROOT)
    packed = {p.name for p in tmp_path.rglob("*") if p.is_file()}
    for file in (build.ROOT / "systemd").iterdir():
        assert packed & {file.name, file.stem, f"{file.stem}.conf"}, file.name
    assert (tmp_path / "etc/default/nightporter").is_file()
    for command in ("usr/lib/nightporter/backoff", "usr/bin/nightporter"):
        assert os.access(tmp_path / command, os.X_OK)
    assert not os.access(tmp_path / UNITS / "nightporter.target", os.X_OK)


def checkout_with(folder: Path, name: str, text: str) -> Path:
    (folder / "systemd").mkdir(parents=True)
    (folder / "systemd" / name).write_text(text)
    (folder / "tests/conversations").mkdir(parents=True)
    return folder


def test_a_unit_that_is_wanted_by_the_target_starts_without_being_named(tmp_path: Path) -> None:
    text = "[Unit]\n[Install]\nWantedBy=multi-user.target nightporter.target\n"
    stage_integration(tmp_path / "s", checkout_with(tmp_path / "c", "nightporter-new.path", text))
    link = tmp_path / "s" / UNITS / "nightporter.target.wants/nightporter-new.path"
    assert link.resolve() == (tmp_path / "s" / UNITS / "nightporter-new.path").resolve()


def test_a_file_that_has_no_place_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no place for \.odd"):
        stage_integration(tmp_path / "s", checkout_with(tmp_path / "c", "x.odd", ""))


def restart(folder: Path, calls: list[int]) -> str:
    """Run restart-when-quiet with a line that has so many calls at each look."""
    (folder / "status").write_text(f'{{"calls_active": {calls[0]}}}')
    later = "".join(
        f"[ $n = {n} ] && echo '{{\"calls_active\": {c}}}' > {folder}/status\n"
        for n, c in enumerate(calls[1:], start=1)
    )
    (folder / "sleep").write_text(f"n=$(cat {folder}/n); n=$((n+1)); echo $n > {folder}/n\n{later}")
    (folder / "n").write_text("0\n")
    script = (DEBIAN / "restart-when-quiet").read_text()
    script = script.replace("/run/nightporter/line.status.json", str(folder / "status"))
    script = script.replace("sleep 2", f"sh {folder}/sleep").replace("systemctl", "echo")
    script = script.replace("exec /usr/lib/nightporter/live-copy", "true")
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, timeout=10, check=True
    )
    return f"{(folder / 'n').read_text().strip()} looks, {done.stdout.split()[0]}"


def test_an_upgrade_waits_until_the_last_call_is_over(tmp_path: Path) -> None:
    assert restart(tmp_path, [2, 1, 1, 0]) == "3 looks, try-restart"
    assert restart(tmp_path, [0]) == "0 looks, try-restart"
