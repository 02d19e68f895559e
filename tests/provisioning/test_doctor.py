"""The doctor and the support bundle: a mend for each fault, and nothing personal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.appointments.records import NoteDraft, Outcome
from gateway.contract.settings_file import load_settings
from gateway.store.store import Store
from provisioning.doctor import doctor, examine
from provisioning.finding import Finding
from provisioning.support_bundle import clean_line, gather, support_bundle
from tests.provisioning.workshop import SITE, Bench

PRIVATE = ("Old Mill Practice", "Jones", "192.0.2.1", "s3same", "+4915123456", "Anna", "broker.lan")


@pytest.fixture
def box(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A box with settings, a broker, a password, and a caller's number in its files."""
    monkeypatch.setenv("NIGHTPORTER_HOME", str(bench.home))
    bench.home.mkdir()
    site = SITE.format(name="Old Mill Practice", site="mill", box="desk")
    site = site.replace("[opening]", '[office.mqtt]\nhost = "broker.lan"\n\n[opening]')
    bench.paths.settings.write_text(site + "port = 0\n")
    (bench.home / "secrets.toml").write_text('line_password = "s3same"\n')
    (bench.home / "secrets.toml").chmod(0o600)
    bench.paths.make_folders()
    (bench.paths.spool / "+4915123456-Anna.json").write_text("{}")
    for folder in (bench.paths.recordings, bench.paths.greetings, bench.paths.phrases):
        (folder / "+4915123456-Anna.wav").write_bytes(b"RIFF Anna")
    _keep_a_call(bench)
    receipts = bench.paths.state / "receipts"
    receipts.mkdir()
    (receipts / "20260101-100000.json").write_text(
        json.dumps({"outcome": "refused", "at": "2026-01-01T10:00", "reason": "Anna +4915123456"})
    )
    (bench.paths.runtime / "call-test.json").write_text(
        json.dumps({"heard": "Anna", "fallback": "the provider forwards to +4915123456"})
    )
    status(bench, "gateway", heard="Anna", calls=1)
    return bench


def _keep_a_call(bench: Bench) -> None:
    """A caller's name and number in the database, as a message leaves them."""
    now = datetime(2026, 1, 1, 10, tzinfo=UTC)
    store = Store.open(bench.paths.database, load_settings(bench.paths.settings))
    store.call_started("call-1", "+4915123456", now=now)
    store.note(
        NoteDraft("Anna wants to be called", "asked", phone="+4915123456"), "call-1", now=now
    )
    store.call_ended("call-1", Outcome.MESSAGE, now=now, turns=[{"who": "caller", "text": "Anna"}])
    store.close()
    assert b"Anna" in bench.paths.database.read_bytes()


def no_command(command: list[str], _limit_s: float) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess(command, 127, "", "")


def status(bench: Bench, program: str, **facts: object) -> None:
    now = time.time()
    fresh = now + 600  # a status of ten seconds ago is old, and this machine may be slow
    text = json.dumps({"ready": True, "at": fresh, "started_at": now, "pid": 1, **facts})
    bench.paths.status_file(program).write_text(text)


def found(bench: Bench) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(bench.paths, run=no_command)}


def test_every_fault_has_its_mend(box: Bench) -> None:
    for finding in found(box).values():
        if finding.result == "fail":
            assert finding.mend, finding.name


def test_a_registered_line_is_well_and_a_refused_password_is_named(box: Bench) -> None:
    status(box, "line", mode="register", registered=True)
    assert found(box)["line"].result == "ok"
    status(box, "line", mode="register", registered=False, registration_code=403)
    line = found(box)["line"]
    assert line.result == "fail"
    assert "user or password" in str(line.mend)


def test_a_status_of_long_ago_is_no_status(box: Bench) -> None:
    status(box, "line", mode="register", registered=True, at=time.time() - 60)
    assert found(box)["line"].what == "the phone line does not run"


def test_a_port_that_somebody_else_has_is_found(box: Bench) -> None:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 0))
        port = other.getsockname()[1]
        site = box.paths.settings
        site.write_text(site.read_text().replace("port = 0", f"port = {port}"))
        assert found(box)["port"].what == f"another program listens on {port}"


def test_secrets_that_others_can_read_are_a_fault(box: Bench) -> None:
    (box.home / "secrets.toml").chmod(0o644)
    assert found(box)["secrets"].result == "fail"


def test_messages_that_nobody_takes_over_are_counted(box: Bench) -> None:
    old = time.time() - 600
    os.utime(next(box.paths.spool.glob("*.json")), (old, old))
    assert found(box)["messages"].what == "1 wait for the gateway"


def test_the_exit_code_says_well_degraded_or_failed(
    box: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for result, code in (("ok", 0), ("warn", 3), ("fail", 1)):
        finding = Finding("x", result, "y")  # type: ignore[arg-type]
        monkeypatch.setattr("provisioning.doctor.examine", lambda *_, found=finding, **__: [found])
        assert CliRunner().invoke(doctor, []).exit_code == code


def test_what_the_doctor_prints_can_be_pasted_anywhere(box: Bench) -> None:
    broken = box.paths.settings.read_text().replace("minutes = 30", 'minutes = "Anna"')
    for text in (box.paths.settings.read_text(), broken):
        box.paths.settings.write_text(text)
        for words in ([], ["--json"]):
            said = CliRunner().invoke(doctor, ["--quick", *words]).output
            assert "settings" in said
            assert not [word for word in PRIVATE if word in said]


def test_json_of_the_doctor_is_json(box: Bench) -> None:
    data = json.loads(CliRunner().invoke(doctor, ["--quick", "--json"]).output)
    assert data["result"] == "fail"
    assert {"name", "result", "what", "mend"} == set(data["checks"][0])


def test_the_support_bundle_shows_what_it_holds_and_writes_after_a_yes_only(
    box: Bench, tmp_path: Path
) -> None:
    status(box, "line", mode="register", registered=True, last_caller="+4915123456")
    out = tmp_path / "support.tar.gz"
    asked = CliRunner().invoke(support_bundle, ["--out", str(out)], input="n\n")
    assert "--- settings.json" in asked.output
    assert not out.exists()
    done = CliRunner().invoke(support_bundle, ["--out", str(out)], input="y\n")
    assert out.exists(), done.output
    with tarfile.open(out) as archive:
        names = archive.getnames()
        text = "".join(
            member.read().decode() for name in names if (member := archive.extractfile(name))
        )
    assert "nightporter-support/line.status.json" in names
    assert not [word for word in PRIVATE if word in text + done.output]


def test_log_lines_lose_everything_that_could_be_personal(box: Bench) -> None:
    line = (
        "2026-01-01T10:00:00 nightporter-line[7]: call-ended call_id=6f1c ms=12 "
        "caller=+4915123456 why=Anna peer=192.0.2.1 from sip:anna@broker.lan, 0151 234 56 78"
    )
    cleaned = clean_line(line)
    assert "call_id=6f1c ms=12" in cleaned
    for word in ("4915123456", "Anna", "192.0.2.1", "anna", "0151 234"):
        assert word not in cleaned

    def journal(command: list[str], _limit_s: float) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0, line + "\n", "")

    assert "4915123456" not in "".join(gather(box.paths, run=journal).values())


def test_the_doctor_starts_without_loading_what_only_a_stick_needs() -> None:
    code = "import sys, provisioning.doctor; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert not {"minisign", "pyrage", "pyaudio", "sqlite_utils", "pjsua2"} & set(
        done.stdout.split()
    )
