"""The whole way on a FAT image that `nightporter stick make` wrote, by the commands themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from gateway.contract.service import Paths, read_status
from gateway.contract.settings_file import load_secrets, parse_settings
from gateway.rehearsal.phone.programs import start_program, stop_program
from provisioning.cli_stick import stick
from provisioning.programs import on_duty
from telephony.prompts import NEEDED
from tests.provisioning.workshop import CODE, SITE, Bench, Technician, tool
from tests.sip.sound import wideband_sine

pytestmark = pytest.mark.skipif(
    not (shutil.which("mkfs.vfat") and shutil.which("mcopy")),
    reason="dosfstools and mtools are not installed",
)


TRUNK = 'mode = "trunk"\nallowed_peers = ["127.0.0.1"]\nbind = "127.0.0.1"\nport = 0\n'
"""A line that is on duty without an exchange."""


class Laptop:
    """Makes images with the command and carries them to the box."""

    def __init__(self, folder: Path, technician: Technician) -> None:
        self.folder, self.technician = folder, technician
        self.home = folder / "box"
        self.line = TRUNK
        """The end of the table [line] in the settings"""
        self.environment = {
            **os.environ,
            "NIGHTPORTER_HOME": str(self.home),
            "NIGHTPORTER_MODELS": str(folder / "no-models"),
            "NIGHTPORTER_LINE_LIMIT_S": "0",
            "NIGHTPORTER_PROGRAMS_LIMIT_S": "0",
        }

    def command(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *map(str, words)],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
            env=self.environment,
        )

    def make(self, serial: int, *more: str, key: Path | None = None, **words: str) -> Path:
        """A FAT image with a stick."""
        names = {"name": "Old Mill Practice", "box": "desk", "site": "mill", **words}
        site = self.folder / f"site-{serial}.toml"
        site.write_text(SITE.format(**names) + self.line)
        image = self.folder / f"stick-{serial}.img"
        with image.open("wb") as file:
            file.truncate(34 * 1024 * 1024)
        order = [
            "make", image, "--yes", "--settings", site,
            "--key", key or self.technician.key, "--serial", serial, *more,
        ]  # fmt: skip
        done = CliRunner().invoke(stick, [str(word) for word in order])
        assert done.exit_code == 0, done.output
        assert "NIGHTPORTER" in tool(["mlabel", "-s", "-i", image, "::"])
        return image

    def plug(self, image: Path) -> tuple[int, dict[str, Any]]:
        """What a kernel with FAT does by mounting is done with mtools, in both directions."""
        folder = self.folder / f"{image.stem}-attached"
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        tool(["mcopy", "-s", "-n", "-Q", "-i", image, "::*", folder])
        done = self.command("provisioning", "--quiet", folder)
        for name in ("receipt.txt", "receipt.json"):
            tool(["mcopy", "-o", "-i", image, folder / name, f"::{name}"])
        receipt = json.loads(tool(["mtype", "-i", image, "::receipt.json"]))
        return done.returncode, receipt

    @contextmanager
    def programs(self) -> Iterator[None]:
        """The line of the box, started again by its supervisor as systemd would."""
        greetings = self.home / "state" / "greetings"
        greetings.mkdir(parents=True, exist_ok=True)
        for name in NEEDED:
            with wave.open(str(greetings / f"{name}.wav"), "wb") as file:
                file.setparams((1, 2, 16000, 0, "NONE", ""))
                file.writeframes(wideband_sine(0.5))
        command = [sys.executable, "-m", "gateway.cli", "up", "--home", str(self.home)]
        for name in ("gateway", "models", "sync"):
            command += ["--without", name]
        up = start_program(command, self.folder / "up.log", self.environment)
        try:
            self.wait_for_line()
            yield
        finally:
            stop_program(up)

    def wait_for_line(self) -> None:
        give_up = time.monotonic() + 60
        paths = Paths.from_environment(self.environment)
        while not on_duty(read_status(paths, "line")):
            assert time.monotonic() < give_up, (self.folder / "up.log").read_text()
            time.sleep(0.1)

    @property
    def office(self) -> str:
        return (self.home / "site.toml").read_text().split('name = "', 1)[1].split('"', 1)[0]


@pytest.fixture
def laptop(tmp_path: Path, technician: Technician) -> Laptop:
    return Laptop(tmp_path, technician)


def test_a_box_lives_through_a_first_stick_a_change_and_everything_that_must_be_refused(
    laptop: Laptop, tmp_path: Path
) -> None:
    secrets = tmp_path / "s.toml"
    secrets.write_text('line_password = "one"\n')
    code = ("--secrets", str(secrets), "--code", CODE)

    first = laptop.make(5, *code)
    assert laptop.plug(first)[1]["outcome"] == "refused", "the code is still missing"
    (tmp_path / "code.txt").write_bytes(
        b"\xef\xbb\xbf" + CODE.lower().replace("-", " ").encode() + b"\r\n"
    )
    tool(["mcopy", "-i", first, tmp_path / "code.txt", "::code.txt"])
    exit_code, receipt = laptop.plug(first)
    assert (exit_code, receipt["outcome"]) == (3, "applied"), receipt
    assert receipt["headline"].startswith("APPLIED, BUT"), "no line runs in this test"
    assert receipt["wiped"] == ["secrets.age", "code.txt"]
    assert laptop.office == "Old Mill Practice"

    with laptop.programs():
        laptop.environment["NIGHTPORTER_LINE_LIMIT_S"] = "60"
        exit_code, receipt = laptop.plug(laptop.make(6, name="New Mill Practice"))
        assert (receipt["outcome"], receipt["changed"]) == ("applied", ["office.name"])
        proof = {finding["name"]: finding for finding in receipt["proof"]}
        assert proof["line"]["result"] == "ok"
        assert "answered on this machine" in proof["test call"]["what"]
        assert proof["fallback"]["result"] == "skipped" and proof["fallback"]["mend"]
        assert laptop.office == "New Mill Practice"

        laptop.environment["NIGHTPORTER_LINE_LIMIT_S"] = "5"
        laptop.line = 'mode = "register"\nport = 0\n'  # nobody answers at this registrar
        exit_code, receipt = laptop.plug(laptop.make(7, name="Wrong Practice"))
        assert (exit_code, receipt["outcome"]) == (1, "taken-back"), receipt
        assert receipt["wiped"] == [] and "TAKEN BACK" in receipt["headline"]
        assert laptop.office == "New Mill Practice"
        laptop.wait_for_line()
    laptop.line = TRUNK

    exit_code, receipt = laptop.plug(first)
    assert (exit_code, receipt["outcome"]) == (1, "refused")
    assert "is an old one" in receipt["reason"]

    assert "is for the box hall" in laptop.plug(laptop.make(8, box="hall"))[1]["reason"]
    stranger = Technician.in_folder(tmp_path / "stranger")
    foreign = laptop.plug(laptop.make(9, key=stranger.key))[1]
    assert "does not trust" in foreign["reason"]
    assert laptop.office == "New Mill Practice"


def test_a_technician_without_a_secrets_file_is_asked_for_the_password(
    laptop: Laptop, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.cli_stick._at_a_keyboard", lambda: True)
    site = tmp_path / "site.toml"
    site.write_text(SITE.format(name="X", site="mill", box="desk"))
    order = ["make", str(tmp_path / "s"), "--key", str(laptop.technician.key), "--code", CODE]
    made = CliRunner().invoke(stick, order, input=f'{site}\np"w\n')
    assert made.exit_code == 0, made.output
    assert 'p"w' not in made.output
    (tmp_path / "s" / "code.txt").write_text(CODE)
    assert bench.plug(tmp_path / "s").outcome == "applied"
    assert load_secrets(bench.paths.secrets).line_password == SecretStr('p"w')


def test_a_site_toml_that_the_box_would_refuse_never_gets_onto_a_stick(
    laptop: Laptop, tmp_path: Path
) -> None:
    site = tmp_path / "bad.toml"
    site.write_text(SITE.format(name="X", site="mill", box="desk").replace("minutes", "minuets"))
    done = laptop.command(
        "gateway.cli", "stick", "make", tmp_path / "out", "--settings", site,
        "--key", laptop.technician.key,
    )  # fmt: skip
    assert done.returncode == 1
    assert 'did you mean "minutes"?' in done.stderr
    assert "bad.toml:13" in done.stderr
    assert not list((tmp_path / "out").glob("*"))


def test_wordings_that_would_stop_the_gateway_never_get_onto_a_stick(
    laptop: Laptop, tmp_path: Path
) -> None:
    site = tmp_path / "bad.toml"
    words = SITE.format(name="X", site="mill", box="desk")
    site.write_text(words + '[conversation.sentences]\nbooked = "That is {when}."\n')
    done = laptop.command(
        "gateway.cli", "stick", "make", tmp_path / "out", "--settings", site,
        "--key", laptop.technician.key,
    )  # fmt: skip
    assert done.returncode == 1
    assert '"booked": there is no {when} here' in done.stderr and "bad.toml" in done.stderr
    assert not list((tmp_path / "out").glob("*"))


def test_a_box_refuses_wordings_that_would_stop_its_gateway(
    laptop: Laptop, technician: Technician, tmp_path: Path
) -> None:
    words = SITE.format(name="X", site="mill", box="desk")
    (tmp_path / "s").mkdir()
    technician.stick(
        tmp_path / "s", 1, judge=parse_settings,
        text=words + '[conversation.sentences]\nbooked = "That is {when}."\n',
    )  # fmt: skip
    for command in (("gateway.cli", "stick", "check"), ("provisioning", "--quiet")):
        done = laptop.command(*command, tmp_path / "s")
        assert done.returncode == 1
        assert "there is no {when} here" in done.stdout + done.stderr
    assert not (laptop.home / "site.toml").exists()


def test_stick_check_tells_what_the_box_would_do_and_changes_nothing(
    laptop: Laptop, tmp_path: Path
) -> None:
    image = laptop.make(5)
    folder = tmp_path / "attached"
    folder.mkdir()
    tool(["mcopy", "-s", "-i", image, "::*", folder])
    done = laptop.command("gateway.cli", "stick", "check", folder)
    assert done.returncode == 0, done.stderr
    assert "this box would take the stick" in done.stdout
    assert not (laptop.home / "site.toml").exists()


def test_the_samples_own_line_is_worth_a_word_before_driving_off(
    laptop: Laptop, tmp_path: Path
) -> None:
    sample = Path("examples/dental-practice/site.toml")
    order = ["make", str(tmp_path / "s"), "--settings", str(sample)]
    made = CliRunner().invoke(stick, [*order, "--key", str(laptop.technician.key)])
    assert made.exit_code == 0, made.output
    assert 'look: line.bind is "127.0.0.1"' in made.output
    assert "no telephone system may call it" in made.output
