"""A technician's laptop and a box on a bench, for tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.contract.service import Paths
from gateway.contract.settings import Settings
from gateway.contract.settings_file import parse_settings
from gateway.conversation.conversation import office_of
from provisioning.disk import Disk
from provisioning.finding import Finding
from provisioning.hand_back import hand_back
from provisioning.programs import Programs
from provisioning.proof import Proof
from provisioning.receipt import Receipt
from provisioning.session import Session, fill_outbox
from provisioning.signature import TrustedKey
from provisioning.signing import new_key
from provisioning.stick_make import Made, Order, make_stick

SITE = """\
[office]
name = "{name}"
site = "{site}"
box = "{box}"
timezone = "Europe/London"

[opening]
monday = ["09:00-17:00"]

[[services]]
key = "visit"
name = "visit"
minutes = 30

[[practitioners]]
key = "jones"
name = "Doctor Jones"

[line]
registrar = "192.0.2.1"
user = "77"
"""


def at_once(text: str, name: str) -> Settings:
    """The full check in this process; a test of the commands shows that they make it too."""
    settings = parse_settings(text, name)
    office_of(settings)
    return settings


@dataclass(frozen=True)
class Technician:
    """Somebody with a signing key."""

    folder: Path
    """A home folder"""
    key: Path
    """The secret key"""
    public: TrustedKey
    """The public one"""

    @classmethod
    def in_folder(cls, folder: Path) -> Technician:
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, folder / "t.key", new_key(folder / "t.key", None))

    def stick(self, place: Path, serial: int, **more: Any) -> Made:
        """Make a stick; `name`, `box`, `site` go into the settings, the rest into the order."""
        place.mkdir(parents=True, exist_ok=True)
        words = {key: more.pop(key, default) for key, default in DEFAULTS.items()}
        settings = self.folder / "site.toml"
        settings.write_text(more.pop("text", None) or SITE.format(**words))
        password = more.pop("password", None)
        secrets = None
        if password is not None:
            secrets = self.folder / "secrets.toml"
            secrets.write_text(f'line_password = "{password}"\n')
        now = more.pop("now", datetime.now(UTC))
        more.setdefault("judge", at_once)
        order = Order(settings=settings, key=self.key, secrets=secrets, serial=serial, **more)
        return make_stick(order, place, now=now)


CODE = "ABCD-EFGH-JKLM-NPQR-STUV"
"""A one-time code, as printed."""
DEFAULTS = {"name": "Old Mill Practice", "box": "desk", "site": "mill"}


@dataclass(frozen=True)
class FakePrograms(Programs):
    """Programs that come on duty when the settings in force please them."""

    works: Callable[[str], bool] = lambda _: True
    """Whether the line registers with this site.toml"""
    log: list[str] = field(default_factory=list)
    """What was asked of them"""

    def line_on_duty(self, since: float = 0.0) -> bool:
        try:
            return self.works(self.paths.settings.read_text())
        except FileNotFoundError:
            return False

    def restart(self) -> None:
        self.log.append("restart")

    def wait_for_line(self, since: float, limit_s: float = 0.0) -> bool:
        return self.line_on_duty()


def proved(programs: FakePrograms) -> Callable[[Paths, float], Proof]:
    """A proof that looks at nothing but the fake line."""

    def prove(_paths: Paths, _since: float) -> Proof:
        line = programs.line_on_duty()
        what = "registered" if line else "not registered"
        return Proof(line, (Finding("line", "ok" if line else "fail", what, None),))

    return prove


@dataclass
class Bench:
    """A box in a folder, with fake programs."""

    home: Path
    """NIGHTPORTER_HOME"""
    works: Callable[[str], bool] = lambda _: True
    """Whether the line registers with this site.toml"""
    disk: Disk = field(default_factory=Disk)
    """How the box is written"""

    def __post_init__(self) -> None:
        environment = {
            "NIGHTPORTER_HOME": str(self.home),
            "NIGHTPORTER_MODELS": str(self.home / "models"),
        }
        self.paths = Paths.from_environment(environment)
        self.programs = FakePrograms(self.paths, works=lambda text: self.works(text))

    def session(self) -> Session:
        return Session(
            self.paths,
            disk=self.disk,
            programs=self.programs,
            prove=proved(self.programs),
            judge=at_once,
        )

    def plug(self, stick: Path) -> Receipt:
        """What the USB rule does, with a folder in place of a mount."""
        receipt = self.session().run(stick)
        outbox = self.home.with_name(f"{self.home.name}-outbox")
        fill_outbox(outbox, receipt)
        assert hand_back(outbox, stick) == []
        return receipt

    @property
    def office(self) -> str:
        """The office's name in the settings in force, "" in factory state."""
        try:
            text = self.paths.settings.read_text()
        except FileNotFoundError:
            return ""
        return text.split('name = "', 1)[1].split('"', 1)[0]

    @property
    def password(self) -> str:
        """The line's password in force, "" without one."""
        try:
            text = (self.home / "secrets.toml").read_text()
        except FileNotFoundError:
            return ""
        return text.split('"')[1] if '"' in text else ""


def tool(command: Iterable[str | Path], **more: Any) -> str:
    """Run a program of the system that the test needs."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        **more,
    )
    return done.stdout
