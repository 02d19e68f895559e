"""calendar-bridge.toml: every fault is named with its line and its mend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.calendar_bridge.settings import load_bridge_settings, read_password
from gateway.cli import nightporter
from gateway.errors import SettingsError

GOOD = """\
site = "hillside"
box = "front-desk"
timezone = "America/New_York"

[broker]
host = "broker.office.example"
port = 8883
tls = true
certificate = "bridge.crt"
key = "bridge.key"

[[calendars]]
practitioner = "weber"
url = "https://cloud.example/dav/calendars/office/weber"
user = "office"
password_file = "password"
"""


def loaded(tmp_path: Path, text: str) -> str:
    """The complaint about a file, or nothing."""
    path = tmp_path / "calendar-bridge.toml"
    path.write_text(text)
    try:
        load_bridge_settings(path)
    except SettingsError as error:
        return str(error).replace(str(path), "FILE")
    return ""


def test_a_good_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    path = tmp_path / "calendar-bridge.toml"
    path.write_text(GOOD)
    settings = load_bridge_settings(path)
    assert settings.calendars[0].url.endswith("/weber/"), "a collection's address ends so"
    assert settings.summary == "name" and settings.broker.tls


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('practitioner = "weber"', 'practicioner = "weber"',
         r'FILE:13: calendars.1.practicioner: .*did you mean "practitioner"'),
        ('timezone = "America/New_York"', 'timezone = "Mars"', r"FILE:3: timezone: .*IANA"),
        ('url = "https:', 'url = "ftp:', r"FILE:14: calendars.1.url: write it like"),
        ('url = "https://', 'url = "https://a:b@', r"FILE:14: calendars.1.url: .*password_file"),
        ('host = "broker.office.example"\n', "", r"broker.host: is missing; add it"),
        ('site = "hillside"', 'site = "Hill Side"', r"FILE:1: site: "),
        ("tls = true\n", "", r"FILE:8: broker.certificate: needs tls = true"),
        ("[[calendars]]", 'feed = "x"\n[[calendars]]', r"broker.feed: there is no such setting"),
        (GOOD[GOOD.index("[[cal"):], "", "there is nothing to do"),
        (GOOD[GOOD.index("[[cal"):], 2 * GOOD[GOOD.index("[[cal"):], "same practitioner"),
    ],
)  # fmt: skip
def test_a_fault_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert re.search(complaint, loaded(tmp_path, GOOD.replace(old, new)))


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    secret.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        read_password("password", tmp_path, "broker.password_file")
    secret.chmod(0o600)
    assert read_password("password", tmp_path, "broker.password_file") == "s3cret"
    secret.write_text("\n")
    with pytest.raises(SettingsError, match="is empty"):
        read_password(str(secret), tmp_path, "x")
    with pytest.raises(SettingsError, match="No such file"):
        read_password("elsewhere", tmp_path, "x")


def test_the_command_says_what_is_wrong_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "calendar-bridge.toml"
    path.write_text(GOOD.replace("hillside", "Hill Side"))
    result = CliRunner().invoke(nightporter, ["calendar-bridge", "--check", str(path)])
    assert isinstance(result.exception, SettingsError)


def test_every_setting_is_in_the_office_s_documents() -> None:
    from gateway.calendar_bridge.settings import BridgeSettings, Calendar

    text = (Path(__file__).parents[2] / "docs" / "calendar.md").read_text()
    for table in (BridgeSettings, Calendar):
        for name in table.model_fields:
            assert f"`{name}`" in text or f"`[{name}]`" in text or f"`[[{name}]]`" in text, name
