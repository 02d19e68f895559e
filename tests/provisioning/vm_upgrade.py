"""The second machine of `make vm`: set up by hand, with a calendar, upgraded in mid-call."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gateway.rehearsal.phone.staff_calendar import PASSWORD, USER, StaffCalendar
from tests.provisioning.vm_machine import Machine
from tests.provisioning.vm_office import HOST, Office, words
from tests.provisioning.vm_packages import BROKEN, NEWER, UNFIT
from tests.provisioning.vm_report import START_LIMIT_S, Report, until
from tests.sip.caller import Caller

UPGRADE_LIMIT_S = 3600.0
"""The old package is made into a file, the new one unpacked twice: minutes in emulation."""
LINE_LIMIT_S = 300
"""How long the box waits for the broken line."""
BRIDGE = """\
site = "mill"
box = "desk"
timezone = "Europe/London"

[broker]
host = "{host}"
port = {broker}

[[calendars]]
practitioner = "jones"
url = "{url}"
user = "{user}"
password_file = "calendar-password"
"""
LINE_PID = "systemctl show -P MainPID nightporter-line"
IN_FORCE = "readlink /usr/lib/nightporter/live/current"


@dataclass
class UpgradeTour:
    """What an administrator with a shell does to the box."""

    report: Report
    """Where the checks go"""
    office: Office
    """The other side of the network"""
    disk: Path
    """Folder of the clean disk"""
    folder: Path
    """Folder of this run"""

    def run(self, packages: Path) -> None:
        """From the first boot to the package that is taken back."""
        machine = Machine(self.disk, self.folder, packages)
        try:
            self.set_up_by_hand(machine)
            if not self.report.well:
                return
            self.keep_the_calendar(machine)
            self.refuse_what_fails_its_rehearsal(machine)
            self.upgrade_in_mid_call(machine)
            self.go_back(machine)
        finally:
            machine.cut_power()

    def set_up_by_hand(self, machine: Machine) -> None:
        with self.report.check("a second machine, set up by hand, is on duty"):
            machine.boot()
            machine.until("systemctl is-active nightporter.target", "active", START_LIMIT_S)
            machine.run("mkdir -p /mnt && mount -o ro /dev/vdb /mnt")
            said = machine.run("nightporter stick trust /mnt/trusted.pub", START_LIMIT_S)
            assert "nightporter: " not in said, said
            site = self.office.site + LONG_MESSAGES
            machine.type_file("/etc/nightporter/site.toml", site, "644")
            secret = f'line_password = "{self.office.password}"\n'
            machine.type_file("/etc/nightporter/secrets.toml", secret, "600")
            machine.run("systemctl restart --no-block nightporter.target")
            self._answered().close()

    def keep_the_calendar(self, machine: Machine) -> None:
        with self.report.check("the calendar bridge starts and reaches a calendar") as detail:
            staff = StaffCalendar(self.folder / "radicale", ("jones",))
            staff.start()
            try:
                url = staff.url("jones").replace("127.0.0.1", HOST)
                port = self.office.broker.port
                text = BRIDGE.format(host=HOST, broker=port, url=url, user=USER)
                machine.type_file("/etc/nightporter/calendar-password", f"{PASSWORD}\n", "600",
                                  "nightporter")  # fmt: skip
                machine.type_file("/etc/nightporter/calendar-bridge.toml", text, "644")
                machine.run("systemctl start --no-block nightporter-calendar-bridge")
                unit = "systemctl is-active nightporter-calendar-bridge"
                machine.until(unit, "active", START_LIMIT_S)
                until(lambda: self._bridge_says() == "ready")
                detail.append('"ready" on the broker')
                machine.run("systemctl stop --no-block nightporter-calendar-bridge")
                machine.run("rm /etc/nightporter/calendar-bridge.toml")
            finally:
                staff.stop()

    def _bridge_says(self) -> str | None:
        said = [body for topic, body, _ in self.office.observer.seen if topic.endswith("/calendar")]
        return str(said[-1].get("state")) if said and isinstance(said[-1], dict) else None

    def refuse_what_fails_its_rehearsal(self, machine: Machine) -> None:
        with self.report.check("a package that fails its rehearsal changes nothing") as detail:
            before = machine.run(f"{IN_FORCE}; {LINE_PID}")
            self._upgrade(machine, UNFIT)
            said = self._ended(machine)
            assert "rc=1" in said, said
            assert "failed its rehearsal" in said, said
            assert machine.run(f"{IN_FORCE}; {LINE_PID}") == before
            detail.append(said.splitlines()[-2])

    def upgrade_in_mid_call(self, machine: Machine) -> None:
        with self.report.check("a newer package is rehearsed, installed, and on duty") as detail:
            self._upgrade(machine, NEWER)
            machine.until(LOG, r".*the old package is kept in .*", UPGRADE_LIMIT_S)
            assert "passed its rehearsal" in machine.run(LOG)
            old, caller = machine.run(LINE_PID), self._answered()
            try:
                with self.report.check("a call that is on ends on the old version") as seen:
                    assert not machine.run(IN_FORCE).startswith(NEWER), "it was too quick"
                    self._talk_until(machine, caller)
                    since = caller.heard[-1].at
                    assert machine.run(LINE_PID) == old
                    command = machine.run(f"tr '\\0' ' ' </proc/{old}/cmdline")
                    assert NEWER not in command, command
                    caller.say(words())
                    until(lambda: caller.heard[-1].at > since + 1.0)
                    assert caller.ended_at is None
                    seen.append(command.split()[0])
            finally:
                caller.close()
            said = self._ended(machine)
            assert "rc=0" in said, said
            assert "is installed and on duty" in said, said
            new = machine.run(LINE_PID)
            command = machine.run(f"tr '\\0' ' ' </proc/{new}/cmdline")
            assert new != old and NEWER in command, command
            self._answered().close()
            detail.append(command.split()[0])

    def _talk_until(self, machine: Machine, caller: Caller) -> None:
        """Talk on, so that the message does not end, until the new version is in force."""
        until_then = UPGRADE_LIMIT_S / 3
        for _ in range(int(until_then / 3)):
            caller.say(words())
            assert caller.ended_at is None, "the line hung up"
            try:
                machine.until(IN_FORCE, rf"{re.escape(NEWER)}\..*", 3)
            except TimeoutError:
                continue
            return
        raise TimeoutError("the new version did not come into force")

    def go_back(self, machine: Machine) -> None:
        with self.report.check("a package whose line dies is taken back by itself") as detail:
            self._upgrade(machine, BROKEN)
            said = self._ended(machine)
            assert "rc=1" in said, said
            assert "the old one is back" in said, said
            assert machine.run(IN_FORCE).startswith(f"{NEWER}.")
            self._answered().close()
            failed = machine.run("systemctl --failed --plain --no-legend")
            assert failed == "", failed
            detail.append(said.splitlines()[-2])

    def _answered(self) -> Caller:
        caller, status = self.office.dial(START_LIMIT_S)
        assert status == 200, status
        return caller

    @staticmethod
    def _upgrade(machine: Machine, version: str) -> None:
        """As an administrator types it, in the background."""
        command = f"NIGHTPORTER_LINE_LIMIT_S={LINE_LIMIT_S} nightporter upgrade /mnt/{version}.deb"
        machine.run(f"( {command}; echo rc=$? ) >/tmp/upgrade.log 2>&1 </dev/null & :")

    @staticmethod
    def _ended(machine: Machine) -> str:
        machine.until(LOG, r"rc=\d+", UPGRADE_LIMIT_S)
        return machine.run(LOG)


LOG = "cat /tmp/upgrade.log"
LONG_MESSAGES = """
[voicemail]
max_seconds = 1800
silence_seconds = 60
"""
