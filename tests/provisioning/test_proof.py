"""The proof after a stick, and the interface of the call of the box to itself."""

from __future__ import annotations

import json
import subprocess
import time

import pytest

from provisioning import call_test
from provisioning.call_test import UNIT, call_to_itself
from provisioning.checks import Ground
from provisioning.programs import Programs, on_duty, run
from provisioning.proof import prove
from tests.provisioning.workshop import Bench


def placing(answer: str) -> object:
    def place(command: list[str], _limit_s: float) -> subprocess.CompletedProcess[str]:
        out = answer if "call-test" in command else ""
        return subprocess.CompletedProcess(command, 0, out, "")

    return place


def results(bench: Bench, answer: str) -> dict[str, tuple[str, str]]:
    ground = Ground(bench.paths, None, placing(answer))  # type: ignore[arg-type]
    return {f.name: (f.result, f.what) for f in call_to_itself(ground)}


def test_a_call_that_was_answered_and_understood_is_well(bench: Bench) -> None:
    found = {
        "answered": True, "way": "exchange", "said": "When are you open?", "heard": "We are open",
        "understood": "hours", "fallback": "the provider's mailbox answered",
        "checks": [{"name": "line back", "result": "fail", "what": "not yet", "mend": "wait"}],
    }  # fmt: skip
    said = results(bench, json.dumps(found))
    assert said["test call"] == (
        "ok",
        'answered through the exchange; asked "When are you open?", heard "We are open"; '
        "understood",
    )
    assert said["line back"] == ("fail", "not yet")
    assert said["fallback"] == ("ok", "while the line is away: the provider's mailbox answered")


@pytest.mark.parametrize(
    ("found", "result"),
    [
        ({"answered": False}, "fail"),
        ({"answered": True, "heard": "you", "understood": None}, "fail"),
    ],
)
def test_a_call_that_was_not_answered_or_not_understood_is_a_fault(
    bench: Bench, found: dict[str, object], result: str
) -> None:
    assert results(bench, json.dumps(found))["test call"][0] == result


def test_a_test_call_that_never_ends_is_stopped_and_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def hangs(command: list[str], _limit_s: float) -> subprocess.CompletedProcess[str]:
        asked.append(" ".join(command))
        return subprocess.CompletedProcess(command, 124 if "start" in command else 0, "", "")

    monkeypatch.setattr(call_test, "under_systemd", lambda: True)
    found = {f.name: f.result for f in call_to_itself(Ground(bench.paths, None, hangs))}
    assert asked == [f"systemctl start {UNIT}", f"systemctl stop {UNIT}"]
    assert found["test call"] == "skipped"


@pytest.mark.parametrize("answer", ["", "no json", "[]", "Error: No such command"])
def test_a_call_that_could_not_be_placed_is_never_called_a_success(
    bench: Bench, answer: str
) -> None:
    said = results(bench, answer)
    assert said["test call"] == ("skipped", "the box could not call itself")
    assert said["fallback"] == ("skipped", "was not tried")


def test_a_fallback_that_was_not_tried_because_of_a_call_says_so(bench: Bench) -> None:
    found = {"answered": True, "understood": "book", "fallback_skipped": "a call is on"}
    assert results(bench, json.dumps(found))["fallback"] == ("skipped", "not tried: a call is on")


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (None, False),
        ({"ready": False, "mode": "trunk"}, False),
        ({"ready": True, "mode": "trunk", "registered": False}, True),
        ({"ready": True, "mode": "register", "registered": False}, False),
        ({"ready": True, "mode": "register", "registered": True}, True),
        ({"ready": True, "mode": "register"}, False),
    ],
)
def test_a_line_is_on_duty_when_calls_can_reach_it(
    status: dict[str, object] | None, wanted: bool
) -> None:
    assert on_duty(status) is wanted


def status(bench: Bench, program: str, started_at: float, **facts: object) -> None:
    bench.paths.runtime.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"ready": True, "at": time.time() + 600, "started_at": started_at, **facts})
    bench.paths.status_file(program).write_text(text)


def test_a_line_that_did_not_restart_does_not_prove_new_settings(bench: Bench) -> None:
    programs = Programs(bench.paths)
    now = time.time()
    status(bench, "line", now - 100, mode="trunk")
    assert programs.line_on_duty()
    assert not programs.wait_for_line(now, 0.0)
    status(bench, "line", now + 1, mode="trunk")
    assert programs.wait_for_line(now, 0.0)


def test_the_proof_looks_at_everything_once_the_line_is_on_duty(bench: Bench) -> None:
    now = time.time()
    for name in ("line", "gateway", "models", "sync"):
        status(bench, name, now, mode="trunk")
    programs = Programs(bench.paths, placing(""))  # type: ignore[arg-type]
    proof = prove(bench.paths, now - 1, programs=programs, line_limit_s=0, all_limit_s=0)
    assert proof.line
    assert {finding.name for finding in proof.findings} >= {
        "line", "gateway", "models", "sync", "speech", "test call", "broker", "calendar", "clock",
        "disk", "memory",
    }  # fmt: skip


def test_a_command_that_hangs_or_is_missing_is_an_exit_code() -> None:
    assert run(["sleep", "5"], 0.1).returncode == 124
    assert run(["no-such-command-here"], 1.0).returncode == 127


def test_a_line_that_is_not_on_duty_leaves_nothing_unsaid(bench: Bench) -> None:
    programs = Programs(bench.paths, placing("{}"))  # type: ignore[arg-type]
    proof = prove(bench.paths, 0.0, programs=programs, line_limit_s=0, all_limit_s=0)
    results = {finding.name: finding.result for finding in proof.findings}
    assert not proof.line and results["line"] == "fail"
    assert (results["test call"], results["fallback"], results["models"]) == ("skipped",) * 3
    assert {"gateway", "sync", "broker", "calendar", "clock", "disk", "memory"} <= set(results)
    assert all(f.mend for f in proof.findings if f.result == "fail")
