"""The unit files: clean, hardened, and never tied to each other's life."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.contract.service import Paths
from gateway.sync.operator import bundle_in

SYSTEMD = Path(__file__).parents[2] / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))
LONG_LIVED = [unit for unit in UNITS if "Type=notify" in unit.read_text()]
THRESHOLD = "15"
"""Tenths of systemd's exposure level; the house allows 1.5."""

needs_analyze = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)


def values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(), flags=re.MULTILINE)


def value(unit: Path, key: str) -> str:
    found = values(unit, key)
    assert len(found) == 1, f"{unit.name}: {key}= stands {len(found)} times"
    return found[0]


def installed(root: Path) -> Path:
    """A root folder in which systemd-analyze finds the programs that the units start."""
    units = root / "usr/lib/systemd/system"
    shutil.copytree("/usr/lib/systemd/system", units, symlinks=True)
    (root / "lib").symlink_to("usr/lib")
    for file in SYSTEMD.iterdir():
        if file.suffix in {".service", ".target", ".slice", ".path", ".timer", ".socket"}:
            shutil.copy(file, units)
    shutil.copy(
        SYSTEMD / "nightporter-provisioning@.service",
        units / "nightporter-provisioning@sdz1.service",
    )
    python = root / "usr/lib/nightporter/venv/bin/python"
    python.parent.mkdir(parents=True)
    shutil.copy("/bin/true", python)
    shutil.copy(SYSTEMD / "backoff", root / "usr/lib/nightporter/backoff")
    (root / "usr/bin").mkdir()
    shutil.copy("/bin/true", root / "usr/bin/nsenter")
    shutil.copy("/bin/true", root / "usr/bin/sh")
    (root / "bin").symlink_to("usr/bin")
    return units


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def verify(root: Path, *names: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}"]
    return subprocess.run(
        [*command, *names], capture_output=True, text=True, timeout=60, check=False
    )


def test_there_is_a_unit_for_each_program_and_for_the_stick() -> None:
    assert len(LONG_LIVED) == 5
    assert [unit.name for unit in UNITS] == [
        "nightporter-calendar-bridge.service",
        "nightporter-call-test.service",
        "nightporter-gateway.service",
        "nightporter-line.service",
        "nightporter-models.service",
        "nightporter-provisioning@.service",
        "nightporter-settings.service",
        "nightporter-sync.service",
    ]


def test_the_folder_never_hides_systemd_python() -> None:
    assert not (SYSTEMD / "__init__.py").exists()


@needs_analyze
def test_systemd_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    installed(tmp_path)
    names = [unit.name.replace("@.", "@sdz1.") for unit in UNITS]
    result = verify(tmp_path, *names, "nightporter.target", "nightporter.slice")
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@needs_analyze
def test_the_check_above_would_find_a_misspelt_key(tmp_path: Path) -> None:
    line = installed(tmp_path) / "nightporter-line.service"
    line.write_text(line.read_text().replace("WatchdogSec=", "WatchDogSec="))
    assert verify(tmp_path, line.name).returncode != 0


@needs_analyze
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_exposed_by_at_most_one_and_a_half(unit: Path) -> None:
    command = [
        "systemd-analyze",
        "security",
        "--offline=true",
        f"--threshold={THRESHOLD}",
        str(unit),
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stdout[-200:]
    assert "ignoring" not in result.stderr


@pytest.mark.parametrize("unit", LONG_LIVED, ids=lambda unit: unit.stem)
def test_no_program_dies_because_another_one_does(unit: Path) -> None:
    for key in ("Requires", "Requisite", "BindsTo", "Upholds", "Conflicts"):
        assert values(unit, key) == []


def test_only_the_stick_itself_ends_its_provisioner() -> None:
    unit = SYSTEMD / "nightporter-provisioning@.service"
    assert values(unit, "BindsTo") == ["dev-%i.device"]
    assert values(unit, "Requires") == []


@pytest.mark.parametrize("unit", LONG_LIVED, ids=lambda unit: unit.stem)
def test_a_program_is_watched_restarted_and_never_given_up(unit: Path) -> None:
    assert value(unit, "Type") == "notify"
    assert value(unit, "Restart") == "always"
    assert value(unit, "StartLimitIntervalSec") == "0"
    assert 10 <= int(value(unit, "WatchdogSec")) <= 60
    assert values(unit, "ExecStartPre")[0].startswith("/usr/lib/nightporter/backoff ")


@pytest.mark.parametrize("unit", LONG_LIVED, ids=lambda unit: unit.stem)
def test_the_wait_of_the_backoff_fits_into_the_time_to_start(unit: Path) -> None:
    longest = int(values(unit, "ExecStartPre")[0].split()[-1])
    assert longest + 20 <= int(value(unit, "TimeoutStartSec"))


def test_a_box_without_settings_waits_for_a_stick_instead_of_failing() -> None:
    for unit in LONG_LIVED:
        file = "calendar-bridge.toml" if "calendar-bridge" in unit.name else "site.toml"
        assert value(unit, "ConditionPathExists") == f"/etc/nightporter/{file}"


def test_out_of_memory_kills_the_models_first_and_the_line_last() -> None:
    score = {unit.stem: int(value(unit, "OOMScoreAdjust")) for unit in LONG_LIVED}
    assert sorted(score, key=lambda name: -score[name]) == [
        "nightporter-models",
        "nightporter-calendar-bridge",
        "nightporter-sync",
        "nightporter-gateway",
        "nightporter-line",
    ]


def test_the_line_gets_the_processor_before_everybody_else() -> None:
    weight = {unit.stem: int(value(unit, "CPUWeight")) for unit in LONG_LIVED}
    assert weight["nightporter-line"] > 2 * max(
        other for name, other in weight.items() if name != "nightporter-line"
    )


def test_the_models_have_no_network_no_secret_and_no_database() -> None:
    unit = SYSTEMD / "nightporter-models.service"
    assert value(unit, "PrivateNetwork") == "yes"
    assert value(unit, "RestrictAddressFamilies") == "AF_UNIX"
    assert values(unit, "LoadCredential") == []
    assert "-/var/lib/nightporter/nightporter.db" in values(unit, "InaccessiblePaths")


@pytest.mark.parametrize("name", ["line", "gateway", "sync"])
def test_secrets_come_as_credentials_and_a_missing_file_stops_nobody(
    name: str,
) -> None:
    unit = SYSTEMD / f"nightporter-{name}.service"
    assert value(unit, "LoadCredential") == "secrets.toml:/etc/nightporter/secrets.toml"
    assert value(unit, "SetCredential").startswith("secrets.toml:#")


def test_the_reader_of_sticks_can_neither_mount_nor_reach_a_network() -> None:
    unit = SYSTEMD / "nightporter-provisioning@.service"
    assert value(unit, "PrivateNetwork") == "yes"
    assert "CAP_SYS_ADMIN" not in unit.read_text()
    assert value(unit, "DevicePolicy") == "closed"
    assert values(unit, "DeviceAllow") == ["char-alsa rw", "/dev/%i rw"]
    assert value(unit, "InaccessiblePaths") == "-/dev/%i", "the policy lets it in for attach alone"


def test_the_stick_is_attached_where_the_reader_can_see_it() -> None:
    """Found in a real boot: "+" lifts neither PrivateMounts= nor DevicePolicy=."""
    unit = SYSTEMD / "nightporter-provisioning@.service"
    for key in ("ExecStartPre", "ExecStopPost"):
        assert value(unit, key).startswith("+/usr/bin/nsenter --mount=/proc/1/ns/mnt ")


def test_stopping_one_program_leaves_the_sockets_of_the_others() -> None:
    for unit in LONG_LIVED:
        assert value(unit, "RuntimeDirectoryPreserve") == "yes"


def test_a_start_of_the_target_wants_each_program() -> None:
    wanted = " ".join(values(SYSTEMD / "nightporter.target", "Wants")).split()
    assert sorted(wanted) == sorted([*(u.name for u in LONG_LIVED), "nightporter-settings.path"])


def test_settings_from_the_operator_are_read_where_sync_lays_them_and_removed() -> None:
    paths = Paths.from_environment({})
    path, unit = SYSTEMD / "nightporter-settings.path", SYSTEMD / "nightporter-settings.service"
    assert value(path, "PathExists") == str(bundle_in.place(paths))
    assert value(path, "Unit") == unit.name
    assert f"-m provisioning {bundle_in.place(paths)} " in value(unit, "ExecStart")
    after = value(unit, "ExecStopPost")
    assert f"rm -rf {bundle_in.place(paths)};" in after, "else it would be read for ever"
    assert after.endswith(f">{bundle_in._outcome_file(paths)}'")
    assert value(unit, "PrivateNetwork") == "yes"


@needs_analyze
def test_the_folder_of_settings_can_be_waited_for(tmp_path: Path) -> None:
    installed(tmp_path)
    result = verify(tmp_path, "nightporter-settings.path")
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
    assert values(SYSTEMD / "nightporter.target", "Requires") == []


def test_the_udev_rule_starts_the_unit_and_mounts_nothing() -> None:
    rule = (SYSTEMD / "90-nightporter-stick.rules").read_text()
    code = "\n".join(line for line in rule.splitlines() if not line.startswith("#"))
    assert 'ENV{SYSTEMD_WANTS}+="nightporter-provisioning@%k.service"' in code
    assert 'ENV{ID_FS_LABEL}=="NIGHTPORTER"' in code
    assert "RUN" not in code


@pytest.mark.skipif(
    not shutil.which("systemd-sysusers"), reason="systemd-sysusers is not installed"
)
def test_sysusers_makes_the_user_and_tmpfiles_names_no_other(tmp_path: Path) -> None:
    command = ["systemd-sysusers", f"--root={tmp_path}", str(SYSTEMD / "nightporter.sysusers")]
    (tmp_path / "etc").mkdir()
    subprocess.run(command, check=True, timeout=30)
    assert "nightporter:" in (tmp_path / "etc/passwd").read_text()
    owners = {
        line.split()[3]
        for line in (SYSTEMD / "nightporter.tmpfiles").read_text().splitlines()
        if line.startswith("d ")
    }
    assert owners == {"root", "nightporter"}


def test_the_rule_is_read_after_the_one_that_finds_the_label() -> None:
    (rule,) = SYSTEMD.glob("*.rules")
    assert rule.name > "60-persistent-storage.rules"
