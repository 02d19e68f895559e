"""An upgrade is verified, rehearsed, installed, watched, and taken back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import minisign
import pytest

from gateway.errors import ProvisioningError
from provisioning.repack import repack
from provisioning.upgrade import Upgrade
from tests.provisioning.workshop import Bench, Technician, tool

pytestmark = pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg is not there")


def deb(folder: Path, version: str, *, rehearsal: int = 0, name: str = "nightporter") -> Path:
    """A small package whose Python ends its rehearsal with this exit code."""
    stage = folder / f"stage-{version}"
    python = stage / "usr/lib/nightporter/venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho rehearsed >&2\nexit {rehearsal}\n")
    python.chmod(0o755)
    (stage / "DEBIAN").mkdir()
    (stage / "DEBIAN").chmod(0o755)
    (stage / "DEBIAN/control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\n"
        "Maintainer: x <x@localhost>\nDescription: x\n"
    )
    package = folder / f"{name}_{version}.deb"
    tool(["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", stage, package])
    return package


class Machine:
    """A machine whose dpkg installs by keeping the name of what is installed."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.folder = bench, folder
        self.installed = "1.0"
        self.refuses: set[str] = set()
        self.said: list[str] = []
        bench.home.mkdir(exist_ok=True)
        bench.paths.settings.write_text("1.0")
        bench.works = lambda _: self.installed not in self.dead
        self.dead: set[str] = set()
        self.upgrade = Upgrade(bench.session().box, bench.programs, self.run, self.said.append)
        self.upgrade.folder.mkdir(parents=True)

    def run(self, command: list[str], limit_s: float) -> subprocess.CompletedProcess[str]:
        if command[0] == "dpkg":
            done = subprocess.run(
                ["dpkg-deb", "-f", command[-1], "Version"],
                capture_output=True, text=True, check=True, timeout=30,
            )  # fmt: skip
            version = done.stdout.strip()
            if version in self.refuses:
                return subprocess.CompletedProcess(command, 1, "", "unmet dependencies")
            self.installed = version
            return subprocess.CompletedProcess(command, 0, "", "")
        if command[:2] == ["dpkg-query", "--listfiles"]:
            return subprocess.CompletedProcess(command, 0, "/etc/hostname\n", "")
        if command[:2] == ["dpkg-query", "--status"]:
            text = (
                "Package: nightporter\nStatus: install ok installed\nVersion: 1.0\n"
                "Architecture: all\nMaintainer: x <x@localhost>\n"
                "Conffiles:\n /etc/default/nightporter abc\nDescription: x\n"
            )
            return subprocess.CompletedProcess(command, 0, text, "")
        return subprocess.run(command, capture_output=True, text=True, timeout=limit_s, check=False)


@pytest.fixture
def machine(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr("provisioning.upgrade.LINE_LIMIT_S", 0.1)
    return Machine(bench, tmp_path)


def test_a_good_package_is_rehearsed_installed_and_the_old_one_kept(
    machine: Machine, tmp_path: Path
) -> None:
    machine.upgrade.install(deb(tmp_path, "2.0"))
    assert machine.installed == "2.0"
    assert machine.said[0] == "the new package passed its rehearsal on this box"
    kept = tool(["dpkg-deb", "-f", machine.upgrade.folder / "previous.deb", "Version"])
    assert kept == "1.0\n"


def test_a_package_that_fails_its_rehearsal_is_never_installed(
    machine: Machine, tmp_path: Path
) -> None:
    with pytest.raises(ProvisioningError, match="failed its rehearsal"):
        machine.upgrade.install(deb(tmp_path, "2.0", rehearsal=1))
    assert machine.installed == "1.0"


def test_a_line_that_stays_away_brings_the_old_package_back(
    machine: Machine, tmp_path: Path
) -> None:
    machine.dead = {"2.0"}
    with pytest.raises(ProvisioningError, match=r"not on duty .* the old one is back"):
        machine.upgrade.install(deb(tmp_path, "2.0"))
    assert machine.installed == "1.0"


def test_a_package_that_dpkg_refuses_brings_the_old_one_back(
    machine: Machine, tmp_path: Path
) -> None:
    machine.refuses = {"2.0"}
    with pytest.raises(ProvisioningError, match="unmet dependencies; the old one is back"):
        machine.upgrade.install(deb(tmp_path, "2.0"))
    assert machine.installed == "1.0"


def test_a_foreign_package_and_a_file_that_is_none_are_refused(
    machine: Machine, tmp_path: Path
) -> None:
    with pytest.raises(ProvisioningError, match="is a package of other"):
        machine.upgrade.install(deb(tmp_path, "2.0", name="other"))
    (tmp_path / "x.deb").write_text("no package")
    with pytest.raises(ProvisioningError, match="is not a Debian package"):
        machine.upgrade.install(tmp_path / "x.deb")


def test_only_a_trusted_signature_over_these_bytes_is_taken(
    machine: Machine, technician: Technician, tmp_path: Path
) -> None:
    package = deb(tmp_path, "2.0")
    key = minisign.SecretKey.from_file(technician.key)
    Path(f"{package}.minisig").write_bytes(bytes(key.sign(package.read_bytes())) + b"\n")
    with pytest.raises(ProvisioningError, match="not signed with a key that this box trusts"):
        machine.upgrade.verify(package)
    machine.upgrade.box.trusted_by_hand.write_text(technician.public.base64 + "\n")
    assert machine.upgrade.verify(package) == technician.public
    package.write_bytes(package.read_bytes() + b"x")
    with pytest.raises(ProvisioningError, match="not signed"):
        machine.upgrade.verify(package)


def test_an_installed_package_becomes_a_deb_again_with_its_files(tmp_path: Path) -> None:
    from provisioning.programs import run

    repack("dosfstools", tmp_path / "old.deb", run)
    listed = tool(["dpkg-deb", "-c", tmp_path / "old.deb"])
    assert "./usr/sbin/mkfs.fat" in listed or "./sbin/mkfs.fat" in listed
