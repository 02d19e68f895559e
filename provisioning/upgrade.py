"""`nightporter upgrade`: verified, rehearsed, installed, and taken back if it does not work."""

from __future__ import annotations

import re
import shutil
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import minisign

from gateway.contract.service import Paths
from gateway.errors import ProvisioningError
from provisioning import programs as running
from provisioning.box import Box
from provisioning.bundle import LARGEST
from provisioning.disk import Disk
from provisioning.programs import LINE_LIMIT_S, Programs, Run
from provisioning.repack import repack
from provisioning.signature import TrustedKey

NAME = "nightporter"
DOWNLOAD_LIMIT_S = 60.0
"""Without a byte from the other side for so long the download is given up."""
DPKG_LIMIT_S = 1200.0
"""Half a gigabyte on a Raspberry Pi's card."""
REHEARSAL_LIMIT_S = 600.0
"""Every written call, on a Raspberry Pi."""
QUIET_LIMIT_S = 3700.0
"""The last call ends before that: see restart-when-quiet."""
PYTHON = "usr/lib/nightporter/venv/bin/python"
CALLS = "usr/share/nightporter/calls"


@click.command()
@click.argument("source")
@click.option("--signed-by-stick", is_flag=True, hidden=True)
def upgrade(source: str, signed_by_stick: bool) -> None:
    """Install the package SOURCE, a file or an https:// address, with SOURCE.minisig beside it."""
    box = Box(Paths.from_environment(), Disk())
    steps = Upgrade(box, Programs(box.paths), running.run, click.echo)
    steps.folder.mkdir(parents=True, exist_ok=True)
    package = fetched(source, steps.folder) if source.startswith("https://") else Path(source)
    if not signed_by_stick:
        steps.verify(package)
    steps.install(package)


def fetched(address: str, folder: Path) -> Path:
    """Package and signature, downloaded; nothing is trusted yet."""
    place = folder / "downloaded.deb"
    for suffix, limit in (("", LARGEST["package"]), (".minisig", 16 * 1024)):
        try:
            with (
                urllib.request.urlopen(address + suffix, timeout=DOWNLOAD_LIMIT_S) as answer,
                Path(f"{place}{suffix}").open("wb") as file,
            ):
                while block := answer.read(1024 * 1024):
                    file.write(block)
                    if file.tell() > limit:
                        raise ProvisioningError(f"{address}{suffix}: is too large for a package")
        except OSError as error:
            raise ProvisioningError(f"{address}{suffix}: cannot be fetched: {error}") from error
    return place


@dataclass(frozen=True)
class Upgrade:
    """One upgrade of one box."""

    box: Box
    """Whose keys count"""
    programs: Programs
    """The programs whose health decides"""
    run: Run
    """How dpkg is called"""
    tell: Callable[[str], None]
    """How the technician hears of each step"""

    @property
    def folder(self) -> Path:
        """Where packages are kept."""
        return self.box.paths.state / "packages"

    def verify(self, package: Path) -> TrustedKey:
        """Signed by a key that this box trusts, or ProvisioningError."""
        keys = self.box.state().keys
        try:
            signature = minisign.Signature.from_file(f"{package}.minisig")
        except (OSError, minisign.Error, ValueError) as error:
            raise ProvisioningError(f"{package}.minisig: is no signature: {error}") from error
        for key in keys:
            try:
                with package.open("rb") as file:
                    minisign.PublicKey.from_base64(key.base64).verify(file, signature)
            except minisign.Error:
                continue
            self.tell(f"signed with key {key.number}")
            return key
        raise ProvisioningError(
            f"{package}: is not signed with a key that this box trusts; nothing was changed"
        )

    def install(self, package: Path) -> None:
        """Keep the old one, rehearse the new one, switch, watch; the old one again if it fails."""
        name = self._field(package, "Package")
        if name != NAME:
            raise ProvisioningError(f"{package}: is a package of {name}, not of {NAME}")
        version = self._field(package, "Version")
        worked_before = self.programs.line_on_duty()
        self.rehearse(package)
        old = self.folder / "previous.deb"
        repack(NAME, old, self.run)
        self.tell(f"the old package is kept in {old}")
        since = time.time()
        fault = self._dpkg(package)
        if fault is None and worked_before:
            fault = self._watch(since)
        if fault is None:
            self.tell(f"{NAME} {version} is installed and on duty")
            return
        back = self._dpkg(old)
        ending = "the old one is back" if back is None else f"and so does the old one: {back}"
        raise ProvisioningError(f"{NAME} {version}: {fault}; {ending}")

    def rehearse(self, package: Path) -> None:
        """Unpack the new one beside the old one and let it take its written calls."""
        place = self.folder / "rehearsal"
        shutil.rmtree(place, ignore_errors=True)
        try:
            self._command(["dpkg-deb", "--extract", str(package), str(place)], DPKG_LIMIT_S)
            python = str(place / PYTHON)
            if self.box.paths.settings.exists():
                self._command(
                    [python, "-c", _READS_SETTINGS, str(self.box.paths.settings)], REHEARSAL_LIMIT_S
                )
            command = [python, "-m", "gateway.cli", "rehearse", str(place / CALLS)]
            self._command(command, REHEARSAL_LIMIT_S)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        self.tell("the new package passed its rehearsal on this box")

    def _watch(self, since: float) -> str | None:
        """What is wrong with the new line, None when it came on duty."""
        until = time.monotonic() + QUIET_LIMIT_S
        while self.programs.call_is_on() and time.monotonic() < until:
            time.sleep(2.0)
        if self.programs.wait_for_line(since, LINE_LIMIT_S):
            return None
        return f"the line was not on duty within {LINE_LIMIT_S:.0f} s"

    def _dpkg(self, package: Path) -> str | None:
        command = ["dpkg", "--force-confold", "--install", str(package)]
        done = self.run(command, DPKG_LIMIT_S)
        return None if done.returncode == 0 else f"dpkg refused it: {_last(done.stderr)}"

    def _field(self, package: Path, field: str) -> str:
        done = self.run(["dpkg-deb", "--field", str(package), field], DPKG_LIMIT_S)
        value = done.stdout.strip()
        if done.returncode or not re.fullmatch(r"[A-Za-z0-9.+~:-]{1,80}", value):
            raise ProvisioningError(f"{package}: is not a Debian package; nothing was changed")
        return value

    def _command(self, command: list[str], limit_s: float) -> None:
        done = self.run(command, limit_s)
        if done.returncode:
            what = _last(done.stderr or done.stdout)
            raise ProvisioningError(f"the new package failed its rehearsal: {what}")


_READS_SETTINGS = (
    "import sys, pathlib; from gateway.contract.settings_file import load_settings; "
    "load_settings(pathlib.Path(sys.argv[1]))"
)


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no answer"
