"""`make vm`: a real boot. Debian, the package, a USB stick plugged in, a call, kills, a power cut;
and on a second machine the calendar bridge and upgrades.

python -m tests.provisioning.vm [--model NAME ...] [--only duty|upgrade]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from provisioning.package import build
from provisioning.package.models_package import cached_models
from tests.provisioning.vm_disk import CACHE, make_disk, make_stick
from tests.provisioning.vm_machine import Machine
from tests.provisioning.vm_office import Office, words
from tests.provisioning.vm_packages import make_packages
from tests.provisioning.vm_report import START_LIMIT_S, Report, until
from tests.provisioning.vm_upgrade import UpgradeTour
from tests.provisioning.workshop import tool
from tests.sip.caller import Caller

RESULT = build.ROOT / "dist" / "vm-result.json"
STICK_LIMIT_S = 5400.0
"""Reading the stick, restart, models that load, and a call in which they hear and speak:
minutes where a box needs seconds."""
MODELS = ("silero-vad", "moonshine-tiny-en", "piper-en-us-joe")
"""On the stick: what hears and what speaks. The language model would need hours; a box
does without."""
TOOLS = ("qemu-system-x86_64", "qemu-img", "mmdebstrap", "kamailio", "mosquitto", "mtype")
APT = "qemu-system-x86 qemu-utils mmdebstrap kamailio mosquitto mtools"
PROGRAMS = ("line", "gateway", "models", "sync")
MESSAGES = "ls /var/lib/nightporter/recordings/*.wav 2>/dev/null | wc -l"


def main() -> None:
    """Everything, with times; exit status 1 when a check failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="append", default=None, help="model on the stick")
    parser.add_argument("--only", choices=("duty", "upgrade"), help="one of the two machines")
    options = parser.parse_args()
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        sys.exit(
            f"make vm: needs root and {', '.join(TOOLS)}; missing: {missing}; apt install {APT}"
        )
    models = [cached_models() / name for name in options.model or MODELS]
    version = build.project_version()
    deb = build.ROOT / "dist" / f"nightporter_{version}_amd64.deb"
    report, started = Report(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nightporter-vm-", dir="/var/tmp") as made:
        folder = Path(made)
        with report.check("the package is installed in a minimal Debian") as detail:
            disk = make_disk(deb)
            detail.append(deb.name)
        if options.only != "upgrade":
            duty(report, disk, folder / "duty", models)
        if options.only != "duty":
            upgrades(report, disk, folder / "upgrade", deb)
    report.write(RESULT, deb, time.monotonic() - started)
    sys.exit(0 if report.well else 1)


def duty(report: Report, disk: Path, folder: Path, models: list[Path]) -> None:
    """The machine that a technician sets up with a stick."""
    folder.mkdir()
    with Office(folder) as office:
        stick = make_stick(folder, office.site, office.password, models)
        try:
            Tour(report, office, disk, folder).run(stick)
        finally:
            _keep(folder / "console.log", "console.log")


def upgrades(report: Report, disk: Path, folder: Path, deb: Path) -> None:
    """The machine that an administrator upgrades."""
    folder.mkdir()
    with report.check("packages are built and signed"):
        packages = make_packages(folder, deb)
    with Office(folder) as office:
        try:
            UpgradeTour(report, office, disk, folder).run(packages)
        finally:
            _keep(folder / "console.log", "console-upgrade.log")


def _keep(log: Path, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.copy(log, CACHE / name)


@dataclass
class Tour:
    """What a technician, a caller and a power cut do to the box."""

    report: Report
    """Where the checks go"""
    office: Office
    """The other side of the network"""
    disk: Path
    """Folder of the clean disk"""
    folder: Path
    """Folder of this run"""

    def run(self, stick: Path) -> None:
        """From the first boot to the boot after the power cut."""
        machine = Machine(self.disk, self.folder)
        try:
            self.first_boot(machine)
            self.plug_in(machine, stick)
            self.on_duty(machine)
            self.leave_a_message(machine)
            self.kill_each(machine)
            self.hang(machine)
            self.die_again_and_again(machine)
            self.cut_power(machine)
        finally:
            machine.cut_power()
        if not self.report.well:
            return
        machine = Machine(self.disk, self.folder)
        try:
            self.after_the_cut(machine)
        finally:
            machine.cut_power()

    def first_boot(self, machine: Machine) -> None:
        with self.report.check("boots") as detail:
            machine.boot()
            detail.append(machine.run("systemctl --version | head -n 1"))
        with self.report.check("waits for a stick, and nothing has failed"):
            assert machine.run("systemctl --failed --plain --no-legend") == ""
            machine.until("systemctl is-active nightporter.target", "active", START_LIMIT_S)
            machine.until("systemctl is-active nightporter-line", "inactive", 1)

    def plug_in(self, machine: Machine, stick: Path) -> None:
        with self.report.check("the stick is taken in by the running machine") as detail:
            machine.plug(stick)
            try:
                machine.until("ls /var/lib/nightporter/receipts/", r".*\.json", STICK_LIMIT_S)
                machine.until(
                    "systemctl list-units --plain --no-legend 'nightporter-provisioning@*' | wc -l",
                    "0", START_LIMIT_S,
                )  # fmt: skip
            except TimeoutError:
                print(machine.run("journalctl -b --no-pager -o cat -u 'nightporter*' | tail -80"))
                raise
            detail.append("nightporter-provisioning@ has ended")
        with self.report.check("the receipt is on the stick, read from outside") as detail:
            machine.unplug()
            receipt = json.loads(tool(["mtype", "-i", stick, "::receipt.json"]))
            text = tool(["mtype", "-i", stick, "::receipt.txt"])
            (self.folder / "receipt.txt").write_text(text)
            shutil.copy(self.folder / "receipt.txt", CACHE / "receipt.txt")
            detail.append(text.splitlines()[2])
            assert receipt["outcome"] == "applied", text
            for name in ("models", "line"):
                assert re.search(rf"^ +ok +{name[:5]}", text, re.MULTILINE), text
        with self.report.check("the box called itself: answered and understood") as detail:
            found = re.search(r"^ +ok +test call: (answered through .*; understood)$", text, re.M)
            assert found, text
            detail.append(found[1])
        with self.report.check("secrets and code are wiped from the stick"):
            listed = tool(["mdir", "-b", "-i", stick, "::"])
            assert "secrets.age" not in listed, listed
            assert "code.txt" not in listed, listed

    def on_duty(self, machine: Machine) -> None:
        with self.report.check("units are active") as detail:
            for name in PROGRAMS:
                machine.until(f"systemctl is-active nightporter-{name}", "active", START_LIMIT_S)
            failed = machine.run("systemctl --failed --plain --no-legend")
            assert failed == "", failed
            detail.append(", ".join(PROGRAMS))
        with self.report.check("the kernel kills the models first and the line last") as detail:
            scores = [int(self._of(machine, name, "oom_score_adj")) for name in PROGRAMS]
            found = dict(zip(PROGRAMS, scores, strict=True))
            order = sorted(PROGRAMS, key=lambda name: -found[name])
            assert order == ["models", "sync", "gateway", "line"], found
            detail.append(str(found))
        with self.report.check("the models see no network"):
            devices = self._of(machine, "models", "net/dev")
            assert [line.split(":")[0].strip() for line in devices.splitlines()[2:]] == ["lo"]
        with self.report.check("`state` is on the broker") as detail:
            until(lambda: self.office.state() in ("ready", "alert"))
            detail.append(f'"{self.office.state()}"')

    @staticmethod
    def _of(machine: Machine, name: str, file: str) -> str:
        """A file of the process in /proc."""
        pid = machine.run(f"systemctl show -P MainPID nightporter-{name}")
        return machine.run(f"cat /proc/{pid}/{file}")

    def leave_a_message(self, machine: Machine) -> None:
        with self.report.check("registered: the exchange passes a call on, it is answered"):
            caller, status = self.office.dial(START_LIMIT_S)
            assert status == 200, status
            assert caller.first_sound(timeout=60.0) is not None, "nothing was heard"
            caller.close()
        with self.report.check("without the gateway the line alone takes a message") as detail:
            machine.run("systemctl stop nightporter-gateway")
            self._say(detail)
            found = machine.run("ls /var/lib/nightporter/spool/*.wav | wc -l")
            assert found == "1", found
        with self.report.check("the gateway comes back and takes the message in"):
            machine.run("systemctl start --no-block nightporter-gateway")
            machine.until(MESSAGES, "1", START_LIMIT_S)
        with self.report.check("the journal knows the call by its id") as detail:
            lines = machine.run("journalctl -b -o json -u nightporter-line | grep -c CALL_ID")
            assert int(lines) > 0, lines
            detail.append(f"{lines} lines")

    def _say(self, detail: list[str]) -> Caller:
        caller, status = self.office.dial(60.0)
        assert status == 200, status
        tone = caller.tone(timeout=120.0)
        assert tone is not None, "no tone before the message"
        caller.say(words())
        assert caller.wait_end(120.0), "the line did not hang up after the message"
        detail.append(f"the tone came {tone - caller.answered_at:.1f} s after the answer")
        caller.close()
        return caller

    def kill_each(self, machine: Machine) -> None:
        for name in PROGRAMS:
            with self.report.check(f"a killed {name} comes back") as detail:
                show = f"systemctl show -P MainPID nightporter-{name}"
                old = machine.run(show)
                machine.run(f"systemctl kill -s KILL nightporter-{name}")
                look = f"echo $(systemctl is-active nightporter-{name}) $({show})"
                said = machine.until(look, rf"active (?!{old}\b|0\b)\d+", START_LIMIT_S)
                detail.append(f"process {old} -> {said.split()[-1]}")

    def hang(self, machine: Machine) -> None:
        with self.report.check("a line that hangs is started anew by the watchdog") as detail:
            show = "systemctl show -P MainPID nightporter-line"
            old = machine.run(show)
            machine.run("systemctl kill -s STOP nightporter-line")
            look = f"echo $(systemctl is-active nightporter-line) $({show})"
            said = machine.until(look, rf"active (?!{old}\b|0\b)\d+", START_LIMIT_S)
            detail.append(f"process {old} -> {said.split()[-1]}")

    def die_again_and_again(self, machine: Machine) -> None:
        name = "a line that dies again and again ends in voicemail only, never in failed"
        with self.report.check(name) as detail:
            show = "echo $(systemctl show -P ActiveState -P MainPID nightporter-line)"
            only = "cat /run/nightporter/line.env 2>/dev/null || echo none"
            for _ in range(9):
                machine.run("systemctl kill -s KILL nightporter-line")
                machine.until(show, r"active [1-9]\d*|[1-9]\d* active", START_LIMIT_S)
                if machine.run(only) == "NIGHTPORTER_VOICEMAIL_ONLY=1":
                    break
            else:
                raise AssertionError("still no voicemail only")
            machine.until("systemctl is-active nightporter-gateway", "active", START_LIMIT_S)
            self._say(detail)
            machine.until(MESSAGES, "2", START_LIMIT_S)
            detail.append("with the gateway there")

    def cut_power(self, machine: Machine) -> None:
        with self.report.check("the power is cut in the middle of a call") as detail:
            caller, status = self.office.dial(START_LIMIT_S)
            assert status == 200, status
            assert caller.first_sound(timeout=60.0) is not None
            machine.cut_power()
            caller.go_silent()
            detail.append("qemu was killed")
        with self.report.check("the broker tells that the box is lost"):
            until(lambda: self.office.state() == "lost")

    def after_the_cut(self, machine: Machine) -> None:
        with self.report.check("boots again"):
            machine.boot()
        with self.report.check("registered again, and answers"):
            caller, status = self.office.dial(START_LIMIT_S)
            assert status == 200, status
            assert caller.first_sound(timeout=60.0) is not None, "nothing was heard"
            caller.close()
        with self.report.check("units are active again"):
            for name in PROGRAMS:
                machine.until(f"systemctl is-active nightporter-{name}", "active", START_LIMIT_S)
            failed = machine.run("systemctl --failed --plain --no-legend")
            assert failed == "", failed
        with self.report.check("`state` is on the broker again"):
            until(lambda: self.office.state() in ("ready", "alert"))
        with self.report.check("the message and the settings are still there") as detail:
            count = machine.run(MESSAGES)
            assert int(count) >= 1, count
            detail.append(f"{count} message(s)")
            assert "Old Mill" in machine.run("cat /etc/nightporter/site.toml")


if __name__ == "__main__":
    main()
