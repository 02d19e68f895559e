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
from provisioning.package.manual import completion, manual_page

DEBIAN = Path(build.__file__).parent / "debian"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "restart-when-quiet", "nightporter")


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


def test_every_file_that_is_to_be_kept_on_upgrade_is_in_etc(tmp_path: Path) -> None:
    build.stage_integration(tmp_path)
    assert (tmp_path / "etc/default/nightporter").is_file()
    assert {p.name for p in (tmp_path / build.UNITS).iterdir()} >= {
        "nightporter-line.service", "nightporter.target", "nightporter.slice",
        "nightporter-provisioning@.service",
    }  # fmt: skip
    assert os.access(tmp_path / "usr/lib/nightporter/backoff", os.X_OK)
    assert os.access(tmp_path / "usr/bin/nightporter", os.X_OK)


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
    script = script.replace("sleep 2", f"sh {folder}/sleep").replace("exec systemctl", "echo")
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, timeout=10, check=True
    )
    return f"{(folder / 'n').read_text().strip()} looks, {done.stdout.split()[0]}"


def test_an_upgrade_waits_until_the_last_call_is_over(tmp_path: Path) -> None:
    assert restart(tmp_path, [2, 1, 1, 0]) == "3 looks, try-restart"
    assert restart(tmp_path, [0]) == "0 looks, try-restart"
