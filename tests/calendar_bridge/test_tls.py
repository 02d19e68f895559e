"""Over TLS on both sides: client certificates at the broker, an authority of its own everywhere."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import nightporter
from gateway.rehearsal.phone.programs import start_program, stop_program
from tests.calendar_bridge.conftest import at, until
from tests.sync.broker import Mosquitto
from tests.sync.operator_side import Authority, Operator

pytestmark = [
    pytest.mark.processes,
    pytest.mark.xdist_group("calendar-bridge"),
    pytest.mark.timeout(900),
]
TOPIC = "nightporter/v1/hillside/front-desk/booking/3f0e"


class Secure:
    """A broker that wants client certificates, and a Radicale that speaks HTTPS alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder / "tls")
        server, key = self.authority.issue("server")
        self.broker = Mosquitto(
            folder / "broker",
            f"cafile {self.authority.ca}\ncertfile {server}\nkeyfile {key}\n"
            "require_certificate true\n",
        ).start()
        for name, days in (("bridge", 30.0), ("box", 30.0), ("old", -0.5)):
            self.authority.issue(name, days)
        stranger = Authority(folder / "stranger")
        for file in stranger.issue("stranger"):
            shutil.copy(file, self.authority.folder)
        shutil.copy(stranger.ca, self.authority.folder / "strangers-ca.crt")
        self.radicale = self._start_radicale(server, key)
        context = ssl.create_default_context(cafile=str(self.authority.ca))
        self.web = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        secret = base64.b64encode(b"office:any").decode()
        self.web.addheaders = [("Authorization", f"Basic {secret}")]
        (self.authority.folder / "password").touch(mode=0o600)
        (self.authority.folder / "password").write_text("any\n")
        self.web.open(urllib.request.Request(self.url(), method="MKCALENDAR"), timeout=60).close()

    def url(self, name: str = "") -> str:
        return f"https://127.0.0.1:{self.port}/office/weber/{name}"

    def files(self) -> tuple[Path, Path, Path]:
        """Of the box, in this order: authority, certificate, key."""
        return (
            self.authority.ca,
            self.authority.folder / "box.crt",
            self.authority.folder / "box.key",
        )

    def settings(self, **changes: str) -> Path:
        """calendar-bridge.toml, with files named from its folder."""
        said = {"ca": "ca.crt", "certificate": "bridge.crt", "key": "bridge.key",
                "calendar_ca": "ca.crt", "host": "127.0.0.1"} | changes  # fmt: skip
        file = self.authority.folder / "calendar-bridge.toml"
        file.write_text(
            'site = "hillside"\nbox = "front-desk"\ntimezone = "America/New_York"\n'
            "look_every_s = 0.5\n"
            f'[broker]\nhost = "{said["host"]}"\nport = {self.broker.port}\ntls = true\n'
            f'ca = "{said["ca"]}"\ncertificate = "{said["certificate"]}"\nkey = "{said["key"]}"\n'
            f'[[calendars]]\npractitioner = "weber"\nurl = "{self.url()}"\nuser = "office"\n'
            f'password_file = "password"\nca = "{said["calendar_ca"]}"\n'
        )
        return file

    def stop(self) -> None:
        stop_program(self.radicale)
        self.broker.kill()

    def _start_radicale(self, certificate: Path, key: Path) -> subprocess.Popen[bytes]:
        program = shutil.which("radicale")
        assert program is not None
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRT"))}
        for port in random.sample(range(20_000, 32_000), 20):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    continue  # somebody else's
            config = self.folder / "radicale.conf"
            config.write_text(
                f"[server]\nhosts = 127.0.0.1:{port}\nssl = True\ncertificate = {certificate}\n"
                f"key = {key}\n[auth]\ntype = none\n[rights]\ntype = owner_only\n"
                f"[storage]\nfilesystem_folder = {self.folder / 'collections'}\n"
            )
            log = self.folder / "radicale.log"
            started = start_program([program, "--config", str(config)], log, clean)
            while started.poll() is None:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                except OSError:
                    time.sleep(0.05)
                    continue
                self.port = port
                return started
        raise RuntimeError("no port for radicale")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    made = Secure(tmp_path_factory.mktemp("secure"))
    yield made
    made.stop()


def test_over_tls_alone_a_booking_reaches_the_calendar(secure: Secure, tmp_path: Path) -> None:
    box = Operator(secure.broker.port, certificates=secure.files())
    appointment = {
        "uid": "3f0e", "sequence": 0, "updated": "2026-11-22T19:00:00Z",
        "start": at(3, 10).isoformat(), "timeZone": "America/New_York", "duration": "PT30M",
        "status": "confirmed", "service": "check-up", "practitioner": "weber",
        "client": {"name": "Ann Lee"},
    }  # fmt: skip
    document = {"version": 1, "appointment": appointment}
    box.send(json.dumps(document).encode(), TOPIC, retain=True)
    command = [sys.executable, "-m", "gateway.calendar_bridge", str(secure.settings())]
    environment = os.environ | {"NIGHTPORTER_HOME": str(tmp_path)}
    bridge = start_program(command, tmp_path / "log", environment)
    try:
        until(lambda: shown(secure))
        assert "SUMMARY:Check up – Ann Lee" in shown(secure)
    finally:
        stop_program(bridge)
        box.stop()


def shown(secure: Secure) -> str:
    try:
        with secure.web.open(secure.url("3f0e.ics"), timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError:
        return ""


def checked(file: Path, expected: str) -> Result:
    """What --check says; tried again where a busy machine let its patience run out."""
    results: list[Result] = []

    def says_so() -> bool:
        results.append(CliRunner().invoke(nightporter, ["calendar-bridge", "--check", str(file)]))
        said = results[-1].output + str(results[-1].exception)
        return expected in said or len(results) == 5

    until(says_so)
    return results[-1]


def test_a_check_of_good_files_reaches_both(secure: Secure) -> None:
    result = checked(secure.settings(), "good")
    assert result.exit_code == 0, result.output
    assert "broker 127.0.0.1: reached" in result.output and "good" in result.output


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"certificate": "old.crt", "key": "old.key"}, "old.crt ended on"),
        ({"certificate": "stranger.crt", "key": "stranger.key"},
         "does it know the authority that issued certificate"),
        ({"key": "box.key"}, "box.key does not belong to certificate"),
        ({"ca": "strangers-ca.crt"}, "strangers-ca.crt did not issue the broker's certificate"),
        ({"host": "localhost"}, "host: the broker's certificate bears another name"),
        ({"calendar_ca": "strangers-ca.crt"}, "the server's certificate is not accepted"),
    ],
)  # fmt: skip
def test_a_check_names_what_is_wrong(
    secure: Secure, changes: dict[str, str], complaint: str
) -> None:
    result = checked(secure.settings(**changes), complaint)
    assert result.exit_code == 1 and complaint in result.output, result.output
    assert isinstance(result.exception, SystemExit), result.exception


def test_a_missing_authority_of_a_calendar_is_named_before_anything_is_asked(
    secure: Secure,
) -> None:
    result = checked(secure.settings(calendar_ca="none.crt"), "calendars.1.ca: ")
    assert "calendars.1.ca: " in str(result.exception) and "none.crt" in str(result.exception)
