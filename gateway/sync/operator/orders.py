"""Executes commands that count; what takes long is done beside the loop, one after the other."""

from __future__ import annotations

import json
import logging
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from gateway.contract import night_mode
from gateway.contract.fleet import (
    Check,
    CheckName,
    Command,
    CommandName,
    Health,
    Refusal,
    Result,
)  # fmt: skip
from gateway.contract.service import CALL_FACTS, Paths, log_fields, read_status
from gateway.errors import CommandRefused, NightporterError
from gateway.sync.operator import bundle_in

log = logging.getLogger(__name__)

DIAGNOSE_LIMIT_S = 300.0
"""Hashing a gigabyte of models on a Raspberry Pi's card."""
TEST_CALL_LIMIT_S = 180.0
"""Greeting, one sentence, one answer, and the fallback after one ring time."""
WAITING = 4
"""More long commands than this at once are a fault of the sender."""
CUTS_CALLS = ("line", "gateway")
"""Whose restart would cut a caller off."""
RESULTS = {"ok": "ok", "warn": "warning", "fail": "failed", "skipped": "skipped"}
"""Results of the doctor as the operator hears them."""

Run = Callable[[list[str], float], "subprocess.CompletedProcess[str]"]
"""(command line, limit in seconds) -> what it printed."""


def run(command: list[str], limit_s: float) -> subprocess.CompletedProcess[str]:
    """Run a command of ours gently; exit code 124 when it is too slow, 127 when it is missing."""
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=limit_s,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", "")
    except OSError:
        return subprocess.CompletedProcess(command, 127, "", "")


@dataclass(frozen=True)
class _Outcome:
    checks: tuple[Check, ...] = ()
    health: Health | None = None
    started: bool = False


class Orders:
    """Does what an accepted command says; results come back from execute() or take_done()."""

    def __init__(self, paths: Paths, health: Callable[[], Health], run: Run = run) -> None:
        self._paths = paths
        self._health = health
        self._run = run
        self._long: queue.Queue[Command] = queue.Queue(WAITING)
        self._done: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._worker: threading.Thread | None = None

    def execute(self, command: Command) -> Result | None:
        """Do it; None when the result comes later."""
        if command.command in (CommandName.DIAGNOSE, CommandName.TEST_CALL):
            return self._later(command)
        return self._answered(command)

    def take_done(self) -> Result | None:
        """The next result of what took long."""
        try:
            return self._done.get_nowait()
        except queue.Empty:
            return None

    def _later(self, command: Command) -> Result | None:
        try:
            self._long.put_nowait(command)
        except queue.Full:
            return _result(command, 0.0, refusal=Refusal.FAILED)
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, name="orders", daemon=True)
            self._worker.start()
        return None

    def _work(self) -> None:
        while True:
            self._done.put(self._answered(self._long.get()))

    def _answered(self, command: Command) -> Result:
        began = time.monotonic()
        try:
            outcome = self._do(command)
        except CommandRefused as refused:
            return _result(command, began, refusal=Refusal(refused.refusal))
        except Exception as error:  # the operator hears that it failed, callers hear nothing
            if not isinstance(error, NightporterError | OSError):
                log.exception("command-failed", extra=log_fields(command=command.command.value))
            return _result(command, began, refusal=Refusal.FAILED)
        return _result(command, began, outcome)

    def _do(self, command: Command) -> _Outcome:
        match command.command:
            case CommandName.PING:
                return _Outcome()
            case CommandName.REPORT:
                return _Outcome(health=self._health())
            case CommandName.DIAGNOSE:
                return _Outcome(self._diagnose())
            case CommandName.TEST_CALL:
                return _Outcome(self._test_call())
            case CommandName.RESTART:
                return self._restart(command)
            case CommandName.NIGHT_MODE:
                return self._night_mode(command)
            case CommandName.SETTINGS:
                return self._settings(command)

    def _restart(self, command: Command) -> _Outcome:
        if command.program is None:
            raise CommandRefused(Refusal.UNREADABLE, "no program is named")
        if command.program in CUTS_CALLS and self._call_is_on():
            raise CommandRefused(Refusal.CALL_ON, "somebody is on the phone")
        if read_status(self._paths, command.program) is None:
            raise CommandRefused(Refusal.FAILED, "it does not run; it is started again already")
        self._paths.restart_request(command.program).touch()
        return _Outcome(started=True)

    def _call_is_on(self) -> bool:
        said = [read_status(self._paths, program) or {} for program in CUTS_CALLS]
        return any(status.get(fact) for status in said for fact in CALL_FACTS)

    def _night_mode(self, command: Command) -> _Outcome:
        if command.night_mode is None:
            raise CommandRefused(Refusal.UNREADABLE, "no mode is named")
        night_mode.write(self._paths.state, command.night_mode)
        return _Outcome()

    def _settings(self, command: Command) -> _Outcome:
        if command.bundle is None:
            raise CommandRefused(Refusal.UNREADABLE, "no bundle is there")
        bundle_in.take(command.bundle, command.id, self._paths)
        return _Outcome(started=True)

    def _diagnose(self) -> tuple[Check, ...]:
        found = _printed(self._ours("doctor", DIAGNOSE_LIMIT_S).stdout)
        checks = found.get("checks")
        if not isinstance(checks, list):
            raise CommandRefused(Refusal.FAILED, "the doctor gave no answer")
        return tuple(_check(entry) for entry in checks[:64] if isinstance(entry, dict))

    def _test_call(self) -> tuple[Check, ...]:
        done = self._ours("call-test", TEST_CALL_LIMIT_S)
        if done.returncode == 2:  # click's answer to a command that does not exist
            raise CommandRefused(Refusal.UNSUPPORTED, "this release cannot call itself")
        found = _printed(done.stdout)
        if not found:
            raise CommandRefused(Refusal.FAILED, "the call could not be placed")
        missing = "skipped" if found.get("fallback_skipped") else "warn"
        return (
            _check({"name": "answered", "result": "ok" if found.get("answered") else "fail"}),
            _check({"name": "understood", "result": "ok" if found.get("understood") else "fail"}),
            _check({"name": "fallback", "result": "ok" if found.get("fallback") else missing}),
        )

    def _ours(self, name: str, limit_s: float) -> subprocess.CompletedProcess[str]:
        return self._run([sys.executable, "-m", "gateway.cli", name, "--json"], limit_s)


def _printed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _check(entry: dict[str, Any]) -> Check:
    """Name and result alone: what was found stays on the box."""
    name = re.sub(r"\s+", "-", str(entry.get("name")))
    return Check.model_validate(
        {
            "name": name if name in get_args(CheckName) else "other",
            "result": RESULTS.get(str(entry.get("result")), "failed"),
        }
    )


def _result(
    command: Command, began: float, outcome: _Outcome | None = None,
    refusal: Refusal | None = None,
) -> Result:  # fmt: skip
    outcome = outcome or _Outcome()
    done = "started" if outcome.started else "done"
    return Result.model_validate(
        {
            "id": command.id,
            "command": command.command,
            "at": datetime.now(UTC),
            "result": "refused" if refusal else done,
            "refusal": refusal,
            "checks": list(outcome.checks),
            "health": outcome.health,
            "took_ms": round((time.monotonic() - began) * 1000) if began else 0,
        }
    )
