"""What a technician's editor saves is read alike by the check and by the stick."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import nightporter
from gateway.contract.text_file import text_of
from gateway.errors import BundleRefused, SettingsError
from provisioning.text import canonical

SAMPLE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"
WORDS = '# Praxis für Zähne\r\nname = "ö"\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("place", ["file", "-"])
def test_a_site_toml_saved_by_notepad_is_good(tmp_path: Path, encoding: str, place: str) -> None:
    file = tmp_path / "site.toml"
    text = SAMPLE.read_text().replace("\n", "\r\n").replace("Hillside Dental", "Zähne am Hügel")
    file.write_bytes(text.encode(encoding))
    named = str(file) if place == "file" else "-"
    result = CliRunner().invoke(
        nightporter, ["settings", "check", named], input=None if named != "-" else file.read_bytes()
    )
    assert result.exit_code == 0, (result.output, result.exception)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_both_read_the_same(encoding: str) -> None:
    data = WORDS.encode(encoding)
    assert text_of(data, "site.toml") == WORDS
    assert canonical(data, "site.toml") == WORDS.replace("\r", "")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (WORDS.encode("cp1252"), r"^site\.toml:1: not UTF-8 text; save the file as UTF-8"),
        ("ab\r\nö".encode("cp1252"), r"^site\.toml:2: not UTF-8 text"),
        (WORDS.encode("utf-16") + b"x", r"^site\.toml:3: not UTF-8 text"),
        ("name = 1".encode("utf-16-le"), r"^site\.toml: holds zero bytes.*save the file as UTF-8"),
    ],
)
def test_other_encodings_are_named(data: bytes, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        text_of(data, "site.toml")
    with pytest.raises(BundleRefused, match=complaint + ".*make the stick again"):
        canonical(data, "site.toml")
