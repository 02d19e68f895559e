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

from gateway.contract.service import PROGRAMS, Paths
from gateway.errors import ProvisioningError
from provisioning import programs as running
from provisioning.box import Box
from provisioning.bundle import LARGEST
from provisioning.disk import Disk
from provisioning.programs import LINE_LIMIT_S, LOOK_EVERY_S, PROGRAMS_LIMIT_S, Programs, Run
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
@click.option("--older", is_flag=True, help="Take a package that is older than what runs.")
@click.option("--signed-by-stick", is_flag=True, hidden=True)
def upgrade(source: str, older: bool, signed_by_stick: bool) -> None:
    """Install the package SOURCE, a file or an address, with its signature SOURCE.minisig.

    The signature is minisign's, by a key that this box trusts.
    """
    box = Box(Paths.from_environment(), Disk())
    steps = Upgrade(box, Programs(box.paths), running.run, click.echo)
    steps.folder.mkdir(parents=True, exist_ok=True)
    if signed_by_stick:
        steps.install(Path(source), older=older)
        return
    package = fetched(source, steps.folder)
    try:
        steps.verify(package)
        steps.install(package, older=older)
    finally:
        package.unlink(missing_ok=True)


def fetched(source: str, folder: Path) -> Path:
    """Package and signature, copied to where nobody else writes; nothing is trusted yet."""
    place = folder / "fetched.deb"
    address = source if "://" in source else Path(source).absolute().as_uri()
    if not address.startswith(("https://", "http://", "file://")):
        raise ProvisioningError(f"{source}: is neither a file nor an http(s) address")
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

    def install(self, package: Path, *, older: bool = True) -> None:
        """Keep the old one, rehearse the new one, switch, watch; the old one again if it fails."""
        name = self._field(package, "Package")
        if name != NAME:
            raise ProvisioningError(f"{package}: is a package of {name}, not of {NAME}")
        version = self._field(package, "Version")
        if not older:
            self._refuse_older(package, version)
        on_duty = self.programs.line_on_duty()
        worked = tuple(program for program in PROGRAMS if self.programs.ready(program))
        self.rehearse(package)
        old = self.folder / "previous.deb"
        repack(NAME, old, self.run)
        self.tell(f"the old package is kept in {old}")
        since = time.time()
        fault = self._dpkg(package)
        if fault is None and on_duty:
            fault = self._watch(since, worked)
        if fault is None:
            self.tell(f"{NAME} {version} is installed and on duty")
            return
        since = time.time()
        back = self._dpkg(old)
        ending = "the old one is back" if back is None else f"and so does the old one: {back}"
        if back is None and on_duty and (still := self._watch(since, worked)):
            ending += f", but {still}"
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

    def _watch(self, since: float, worked: tuple[str, ...]) -> str | None:
        """What is wrong with the programs of the new package, None when all that worked before are
        on duty again."""
        until = time.monotonic() + QUIET_LIMIT_S
        while self.programs.call_is_on() and time.monotonic() < until:
            time.sleep(LOOK_EVERY_S)
        if not self.programs.wait_for_line(since, LINE_LIMIT_S):
            return f"the line was not on duty within {LINE_LIMIT_S:.0f} s"
        until = time.monotonic() + PROGRAMS_LIMIT_S
        while away := [name for name in worked if not self.programs.ready(name, since)]:
            if time.monotonic() > until:
                return f"{', '.join(away)} did not come back within {PROGRAMS_LIMIT_S:.0f} s"
            time.sleep(LOOK_EVERY_S)
        return None

    def _refuse_older(self, package: Path, version: str) -> None:
        """A signature does not grow old: who replays an old package brings its faults back."""
        asked = ["dpkg-query", "--show", "--showformat=${Version}", NAME]
        installed = self.run(asked, DPKG_LIMIT_S).stdout.strip()
        compare = ["dpkg", "--compare-versions", version, "lt", installed]
        if installed and self.run(compare, DPKG_LIMIT_S).returncode == 0:
            raise ProvisioningError(
                f"{package}: {version} is older than {installed}, which is installed; nothing was "
                "changed; if you want it back, say --older"
            )

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
