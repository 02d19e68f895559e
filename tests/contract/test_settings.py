"""site.toml: every fault at once with line and mend; every setting documented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.contract.settings import Secrets, Settings, Table
from gateway.contract.settings_file import load_secrets, parse_settings, table_in
from gateway.errors import SettingsError
from gateway.settings_cli import settings_document

ROOT = Path(__file__).parents[2]
SAMPLE = (ROOT / "examples" / "dental-practice" / "site.toml").read_text()


def faults(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, "site.toml")
    return str(caught.value).splitlines()


def test_the_sample_office_is_right() -> None:
    settings = parse_settings(SAMPLE, "site.toml")
    assert settings.office.name == "Hillside Dental"
    assert settings.office.emergency == "911"


def test_all_faults_of_a_file_are_told_at_once_with_line_field_and_mend() -> None:
    broken = (
        SAMPLE.replace('"America/New_York"', '"Mars/Olympus"')
        .replace("minutes = 45", "minuts = 45")
        .replace('["08:30-12:30"]', '["12:30-08:30"]')
    )
    told = faults(broken)
    lines = broken.splitlines()
    zone = lines.index('timezone = "Mars/Olympus"') + 1
    misspelt = lines.index("minuts = 45") + 1
    friday = lines.index('friday = ["12:30-08:30"]') + 1
    assert told[0].startswith(f"site.toml:{zone}: office.timezone: ")
    assert told[1] == f'site.toml:{friday}: opening.friday: "12:30-08:30" ends before it begins'
    assert any(line.endswith("services.2.minutes: is missing; add it") for line in told)
    assert (
        f"site.toml:{misspelt}: services.2.minuts: there is no such setting; "
        'did you mean "minutes"?' in told
    )


@pytest.mark.parametrize(
    ("old", "new", "example"),
    [
        ('box = "front-desk"', 'box = "Front Desk!"', '"front-desk"'),
        ('country = "US"', 'country = "usa"', '"GB"'),
        ('country = "US"', 'language = "english"', '"en"'),
    ],
)
def test_a_word_of_a_wrong_shape_is_told_with_one_of_the_right_shape(
    old: str, new: str, example: str
) -> None:
    assert old in SAMPLE
    (told,) = faults(SAMPLE.replace(old, new))
    assert told.endswith(f"letters, as in {example}") or told.endswith(f"hyphens, as in {example}")


@pytest.mark.parametrize("field", ["ca", "certificate", "key"])
@pytest.mark.parametrize("table", ["office.mqtt", "fleet.mqtt"])
def test_files_for_tls_without_tls_are_refused_and_not_silently_plain(
    table: str, field: str
) -> None:
    without, _, rest = SAMPLE.partition("[office.mqtt]")
    text = without + "\n[" + rest.partition("\n[")[2]
    begin = text + f'\n[{table}]\nhost = "broker.example"\n'
    line = len(begin.splitlines()) + 1
    (told,) = faults(f'{begin}{field} = "box.pem"\n')
    assert told.startswith(f"site.toml:{line}: {table}.{field}: needs tls = true")
    (told,) = faults(f'{begin}tls = false\n{field} = "box.pem"\n')
    assert told.startswith(f"site.toml:{line + 1}: {table}.{field}: needs tls = true")
    own = 'certificate = "box.pem"\n' if field == "key" else ""
    parse_settings(f'{begin}tls = true\n{own}{field} = "box.pem"\n', "site.toml")


def test_a_key_without_its_certificate_is_refused_and_not_silently_ignored() -> None:
    (told,) = faults(SAMPLE + '\n[fleet.mqtt]\nhost = "b.example"\ntls = true\nkey = "box.key"\n')
    assert "fleet.mqtt.key: belongs to a certificate" in told


def test_text_that_is_not_toml_is_told_with_its_line() -> None:
    assert faults("[office]\nname = \n")[0].startswith("site.toml:2: not TOML")


def test_a_service_that_nobody_offers_is_told_by_name() -> None:
    told = faults(SAMPLE.replace('"check-up", "cleaning", "toothache"', '"check-up", "massage"'))
    assert 'there is no service "massage"' in told[0]


@pytest.mark.parametrize(
    ("old", "new", "mend"),
    [
        ('allowed_peers = ["127.0.0.0/8"]\n', "", '"allowed_peers"'),
        ('mode = "trunk"', 'mode = "register"', '"registrar"'),
    ],
)
def test_a_line_that_cannot_work_is_refused_with_its_mend(old: str, new: str, mend: str) -> None:
    assert any(mend in line for line in faults(SAMPLE.replace(old, new)))


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text('line_password = "hunter2"\n')
    secrets = load_secrets(file)
    assert secrets.line_password is not None
    assert secrets.line_password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(secrets) + str(secrets)
    assert load_secrets(tmp_path / "none.toml") == Secrets()


def test_the_settings_page_is_current() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    assert page == settings_document(), "run: nightporter settings document > docs/settings.md"


def every_field(table: type[Table], name: str = "") -> list[tuple[str, Any]]:
    found = []
    for key, info in table.model_fields.items():
        inner = table_in(info.annotation)
        if inner is not None:
            found += every_field(inner, f"{name}{key}.")
        else:
            found.append((f"{name}{key}", info))
    return found


@pytest.mark.parametrize(("name", "info"), every_field(Settings) + every_field(Secrets))
def test_every_setting_is_explained(name: str, info: Any) -> None:
    assert info.description, name
