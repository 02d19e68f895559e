"""fleet.toml: all faults at once with line, field and mend; every setting is documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.contract.settings import Broker
from gateway.contract.settings_file import table_in
from gateway.errors import CommandFailed, SettingsError
from gateway.fleet import keys
from gateway.fleet.settings import FleetSettings, default_path, load, password

ROOT = Path(__file__).parents[2]


def write(folder: Path, text: str) -> Path:
    path = folder / "fleet.toml"
    path.write_text(text)
    return path


def test_files_are_found_beside_the_settings(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[broker]\nhost = "b"\ntls = true\nca = "ca.crt"\nusername = "me"\n'
        'password_file = "/etc/secret"\n',
    )
    read = load(path)
    assert read.broker.ca == str(tmp_path / "ca.crt")
    assert read.broker.password_file == "/etc/secret"
    assert read.console.database == str(tmp_path / "fleet.db")
    assert read.console.key_file == str(tmp_path / "operator.key")


def test_all_faults_are_told_at_once_with_line_and_mend(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[broker]\nhost = "b"\nprot = 1883\n[console]\ngroup = "Night Shift"\nask_above = 0\n'
        "[alert]\n",
    )
    with pytest.raises(SettingsError) as error:
        load(path)
    told = str(error.value)
    assert f'{path}:3: broker.prot: there is no such setting; did you mean "port"?' in told
    assert f"{path}:5: console.group" in told
    assert f"{path}:6: console.ask_above" in told
    assert 'did you mean "alerts"?' in told


@pytest.mark.parametrize(
    ("broker", "words"),
    [
        ('username = "me"', "username and password_file go together"),
        ('tls = true\ncertificate = "a.crt"', "certificate and key go together"),
        ('ca = "a.crt"', r":3: broker\.ca: needs tls = true"),
        ('tls = false\nkey = "a.key"', r":4: broker\.key: needs tls = true"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, broker: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load(write(tmp_path, f'[broker]\nhost = "b"\n{broker}\n'))


def test_a_file_that_is_not_there_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"docs/operator\.md"):
        load(tmp_path / "fleet.toml")


def test_secrets_that_others_may_read_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush\n")
    path = write(tmp_path, '[broker]\nhost = "b"\nusername = "me"\npassword_file = "password"\n')
    secret.chmod(0o644)
    with pytest.raises(SettingsError, match=r"broker\.password_file: others may read it; run: ch"):
        password(load(path).broker)
    secret.chmod(0o600)
    assert password(load(path).broker) == "hush"


def test_a_key_is_made_once_and_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "operator.key"
    with pytest.raises(CommandFailed, match="nightporter fleet key"):
        keys.load(path)
    made = keys.make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keys.load(path).public_key() == made.public_key()
    with pytest.raises(CommandFailed, match="there is a key already"):
        keys.make(path)
    path.chmod(0o640)
    with pytest.raises(SettingsError, match="others may read it"):
        keys.load(path)
    path.write_text("no key")
    path.chmod(0o600)
    with pytest.raises(CommandFailed, match="not an Ed25519 key"):
        keys.load(path)


def test_the_settings_are_looked_for_where_the_environment_says() -> None:
    assert default_path({"NIGHTPORTER_FLEET": "/a/b.toml"}) == Path("/a/b.toml")
    assert default_path({"XDG_CONFIG_HOME": "/x"}) == Path("/x/nightporter/fleet.toml")


def test_every_setting_is_documented_as_the_types_describe_it() -> None:
    page = (ROOT / "docs" / "operator.md").read_text()
    for table, info in FleetSettings.model_fields.items():
        for field, inner in table_in(info.annotation).model_fields.items():
            default = "required" if inner.is_required() else _default(inner.default)
            row = f"| `{table}.{field}` | {default} | {inner.description} |"
            assert row in page, row


def _default(value: object) -> str:
    if value is None:
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_command_and_alert_is_documented() -> None:
    from gateway.contract.fleet import AlertKind, CommandName
    from gateway.fleet.cli import COMMANDS

    page = (ROOT / "docs" / "operator.md").read_text()
    for command in COMMANDS:
        assert f"nightporter fleet {command}" in page, command
    for kind in AlertKind:
        assert f"| `{kind.value}` |" in page, kind
    for name in CommandName:
        assert f"| `{name.value}" in page, name


@pytest.mark.parametrize("keep_alive", [13, 15, 30, 60, 600, 3600])
def test_the_broker_counts_a_silent_box_as_lost_within_its_keep_alive(keep_alive: int) -> None:
    announced = Broker(host="b", keep_alive_s=keep_alive).announced_keep_alive_s
    found_after = announced * 3 // 2 + 1 + 6  # Mosquitto 2.0: more than 3/2, looked at every 6 s
    assert found_after <= keep_alive


@pytest.mark.parametrize(("keep_alive", "announced"), [(5, 3), (6, 4), (9, 4), (12, 4)])
def test_a_short_keep_alive_leaves_a_busy_box_time_to_ping(keep_alive: int, announced: int) -> None:
    assert Broker(host="b", keep_alive_s=keep_alive).announced_keep_alive_s == announced
