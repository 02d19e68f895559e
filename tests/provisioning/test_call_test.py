"""The box calls itself: through a real exchange, on this machine, and while its line is away."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import Any

import pytest

from gateway.contract import self_call
from gateway.contract.self_call import HEADER, SelfCall
from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.rehearsal.phone.box import Box
from provisioning.checks import Ground
from provisioning.checks_machine import fallback_reminder
from provisioning.programs import Programs, run
from provisioning.proof import prove
from telephony.call_report import CallReport
from telephony.fallback import Fallback
from telephony.self_call import LONGEST_AWAY_S, Absence
from telephony.sip.endpoint import PjPhone
from telephony.sip.interface import Registration
from tests.provisioning.spoken_box import MAILBOX, OPEN_NOW, extension
from tests.sip.caller import Caller
from tests.sip.line_process import LineProcess, running_line, site_toml
from tests.sip.registrar import EXTENSION, PASSWORD, Registrar

pytestmark = [pytest.mark.sip, pytest.mark.processes]

CALL_LIMIT_S = 240
"""Half a minute alone; machines are shared."""


def call_test(line: LineProcess | Box, *more: str) -> tuple[int, dict[str, Any]]:
    environment = line.environ if isinstance(line, LineProcess) else line._environment
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "call-test", "--json", *more],
        env=environment, capture_output=True, text=True, timeout=CALL_LIMIT_S, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return done.returncode, found


def rows(paths: Paths, table: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"file:{paths.database}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(f"SELECT * FROM {table}")]


@pytest.mark.models
@pytest.mark.timeout(400)
def test_the_box_proves_itself_by_a_call_through_its_exchange_and_hears_who_answers_instead(
    spoken_box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTPORTER_HOME", str(spoken_box.home))
    said: list[str] = []

    def listening(command: list[str], limit_s: float) -> subprocess.CompletedProcess[str]:
        done = run(command, limit_s)
        said.extend([done.stdout] if "call-test" in command else [])
        return done

    for _ in range(3):  # a machine that is late for once goes down the ladder within a call
        proof = prove(spoken_box.paths, 0.0, programs=Programs(spoken_box.paths, listening))
        found = json.loads(said[-1]) if said else {}
        print(found)
        if found.get("rung") == 4:
            break
    proved = {finding.name: finding for finding in proof.findings}
    log = spoken_box.log.read_text()[-4000:]
    for name in ("line", "gateway", "models", "sync", "test call", "fallback", "disk"):
        assert proved[name].result == "ok", (proved[name], log)
    assert "installed, all verified" in [f.what for f in proof.findings if f.name == "models"][-1]
    assert "through the exchange" in proved["test call"].what
    assert f"the provider forwards to {MAILBOX}" in proved["fallback"].what

    results = {check["name"]: check["result"] for check in found["checks"]}
    assert results == {
        "through the exchange": "ok", "understood": "ok", "fallback": "ok", "line back": "ok",
    }, log  # fmt: skip
    assert (found["answered"], found["way"], found["understood"]) == (True, "exchange", "hours")
    assert found["greeting_ms"] > 0 and found["rung"] == 4
    assert "open" in found["heard"].lower(), "the answer about the opening hours was heard"
    assert "message" in found["fallback"], "the mailbox was heard too"

    *_, call = [call for call in rows(spoken_box.paths, "calls") if call["reason"] == "self-call"]
    assert (call["outcome"], call["reason"], call["caller"]) == ("informed", "self-call", None)
    assert rows(spoken_box.paths, "follow_ups") == rows(spoken_box.paths, "messages") == []
    assert not list(spoken_box.paths.spool.glob("*.*"))
    status = spoken_box.status("line")
    assert status and status["registered"] and status["calls_total"] == 0


def alone(**changes: Any) -> str:
    """A line without a gateway, by day: callers get 480 then, a technician's test is answered."""
    return site_toml(changes or None, opening=OPEN_NOW)


def test_a_line_alone_answers_its_own_call_by_day_and_nobody_has_to_call_back() -> None:
    with running_line(alone(answer="after-hours"), start=False) as line:
        line.shorten_greetings()
        line.start()
        code, found = call_test(line)
        assert (code, found["answered"], found["way"], found["understood"]) == (
            3, True, "line", None,
        )  # fmt: skip
        assert any(check["name"] == "understood" and check["mend"] for check in found["checks"])
        line.wait_for(calls_active=0, calls_total=0)
        assert not [path for path in line.paths.spool.rglob("*") if path.is_file()]


def test_nobody_else_is_taken_for_the_box_itself() -> None:
    with running_line(alone(answer="after-hours", user="700"), start=False) as line:
        line.start()
        forged = f"{HEADER}: {'0' * 32}"
        for headers, number in (((forged,), "+15551230001"), ((), "700")):
            with Caller(line.port, headers=headers, number=number) as stranger:
                assert stranger.call() == 480
        announced = self_call.announce(line.paths, 30)
        with Caller(line.port, headers=(f"{HEADER}: {announced.token}",)) as ours:
            assert ours.call() == 200
        with Caller(line.port, headers=(forged,)) as stranger:
            assert stranger.call() == 480, "while a test is announced, others are others"


def test_an_exchange_that_forwards_nowhere_is_told_and_the_line_comes_back() -> None:
    with Registrar() as registrar, running_line(start=False) as line:
        registrar.start()
        line.paths.settings.write_text(site_toml(extension(registrar), opening=OPEN_NOW))
        line.paths.secrets.write_text(f'line_password = "{PASSWORD}"\n')
        line.shorten_greetings()
        line.start().wait_for(registered=True)
        _, found = call_test(line, "--fallback")
        checks = {check["name"]: check for check in found["checks"]}
        assert checks["through the exchange"]["result"] == "ok", line.log
        assert (checks["fallback"]["result"], found["fallback"]) == ("warn", None)
        assert "404" in checks["fallback"]["what"] and checks["fallback"]["mend"]
        assert checks["line back"]["result"] == "ok"
        reminder = fallback_reminder(Ground(line.paths, None))
        assert (reminder.result, reminder.what) == (
            "warn", "nobody answered while the line was away",
        )  # fmt: skip
        assert line.wait_for(registered=True, absent=None)


def test_who_answers_instead_is_not_tried_while_a_call_is_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Registrar() as registrar, running_line(start=False) as line:
        registrar.start()
        patient = {"silence_seconds": 60, "max_seconds": 120}
        site = site_toml(extension(registrar, answer="always"), patient)
        line.paths.settings.write_text(site)
        line.paths.secrets.write_text(f'line_password = "{PASSWORD}"\n')
        line.start().wait_for(registered=True)
        with Caller(registrar.port, dialled=EXTENSION) as caller:
            assert caller.call() == 200
            line.wait_for(calls_active=1)
            monkeypatch.setattr("telephony.fallback.QUIET_LIMIT_S", 0.5)
            report = CallReport("")
            Fallback(line.paths, load_settings(line.paths.settings)).try_it(report, no_telephone)
            assert report.fallback_skipped == "a call is on"
            assert caller.ended_at is None, "the caller was not disturbed"
        assert line.status()["registered"]


def no_telephone() -> PjPhone:
    raise AssertionError("nobody is to be called")


class Registered:
    """A phone that is registered, and told to leave and to come back."""

    def __init__(self) -> None:
        self.registration = Registration(True, True, 200)
        self.told: list[str] = []

    def leave(self) -> None:
        self.told.append("leave")

    def come_back(self) -> None:
        self.told.append("come back")


def test_a_line_comes_back_by_itself_even_if_nobody_calls_it_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phone = Registered()
    order = SelfCall("a" * 32, time.time() + 100, away=True)
    absence = Absence(lambda: order)
    absence.turn(phone, 0)  # type: ignore[arg-type]
    assert (phone.told, absence.state) == (["leave"], "away")
    later = time.monotonic() + LONGEST_AWAY_S
    monkeypatch.setattr(time, "monotonic", lambda: later)
    for _ in range(3):
        absence.turn(phone, 0)  # type: ignore[arg-type]
    assert (phone.told, absence.state) == (["leave", "come back"], None)


def test_a_line_with_a_caller_does_not_leave_even_when_the_caller_is_gone() -> None:
    phone = Registered()
    order = SelfCall("a" * 32, time.time() + 100, away=True)
    absence = Absence(lambda: order)
    absence.turn(phone, 1)  # type: ignore[arg-type]
    absence.turn(phone, 0)  # type: ignore[arg-type]
    assert (phone.told, absence.state) == ([], "call-is-on")


def test_numbers_are_one_however_they_are_written() -> None:
    same = self_call.same_number
    assert same("+49 30 1234567", "0301234567") and same("77", "77") and same("Door", "door")
    assert not same("77", "1177") and not same(None, "77") and not same("+4930123456", "77")
