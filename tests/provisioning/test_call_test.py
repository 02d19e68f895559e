"""The box calls itself: through a real exchange, on this machine, and while its line is away."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.contract.self_call import HEADER
from gateway.contract.service import Paths
from gateway.rehearsal.phone.box import Box
from tests.sip.line_process import LineProcess, running_line, site_toml
from tests.sip.registrar import EXTENSION, PASSWORD, Registrar

pytestmark = [pytest.mark.sip, pytest.mark.processes]

CALL_LIMIT_S = 240
"""Half a minute alone; machines are shared."""
MAILBOX = "+15550009999"
SPEECH = '[speech]\nlanguage_model = "none"\n'


def extension(registrar: Registrar, **changes: Any) -> dict[str, Any]:
    return {
        "mode": "register",
        "registrar": f"127.0.0.1:{registrar.port}",
        "domain": "pbx.example",
        "user": EXTENSION,
        "auth_user": "line-7",
        "allowed_peers": [],
        "answer": "after-hours",
        **changes,
    }


OPEN_NOW = {day: ["00:00-24:00"] for day in ("monday", "tuesday", "wednesday", "thursday")} | {
    day: ["00:00-24:00"] for day in ("friday", "saturday", "sunday")
}
"""A technician comes by day: callers get 480 then, the test call is answered."""


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


@pytest.fixture
def mailbox() -> Iterator[LineProcess]:
    """The provider's mailbox: another line, which answers alone."""
    with running_line(site_toml({"user": MAILBOX}), start=False) as line:
        yield line.start()


@pytest.fixture
def whole_box(mailbox: LineProcess) -> Iterator[Box]:
    """A box that is registered, by day, with models; its exchange drops headers unknown to it."""
    home = Path(tempfile.mkdtemp(prefix="np-"))
    with Registrar(forward_to=mailbox.port, drop_header=HEADER) as registrar:
        registrar.start()
        home.joinpath("secrets.toml").write_text(f'line_password = "{PASSWORD}"\n')
        site = site_toml(extension(registrar), opening=OPEN_NOW)
        box = Box(home, site + SPEECH)
        box.start()
        try:
            box.wait_ready(("line", "gateway", "models"), lambda _: None)
            yield box
        finally:
            box.stop()
            shutil.rmtree(home, ignore_errors=True)


@pytest.mark.models
@pytest.mark.timeout(400)
def test_the_box_calls_itself_through_its_exchange_and_hears_who_answers_in_its_place(
    whole_box: Box, mailbox: LineProcess
) -> None:
    models = whole_box.paths.models
    if not (models / "moonshine-tiny-en").is_dir():
        pytest.skip("the models are not installed")
    code, found = call_test(whole_box, "--fallback")
    print(json.dumps(found, indent=1))
    results = {check["name"]: check["result"] for check in found["checks"]}
    assert results == {
        "through the exchange": "ok", "understood": "ok", "fallback": "ok", "line back": "ok",
    }, whole_box.log.read_text()[-4000:]  # fmt: skip
    assert (code, found["answered"], found["way"], found["understood"]) == (
        0, True, "exchange", "hours",
    )  # fmt: skip
    assert found["greeting_ms"] > 0 and found["rung"] == 4
    assert "open" in found["heard"].lower(), "the answer about the opening hours was heard"
    assert MAILBOX in found["fallback"] and "message" in found["fallback"]

    (call,) = rows(whole_box.paths, "calls")
    assert (call["outcome"], call["reason"], call["caller"]) == ("informed", "self-call", None)
    assert rows(whole_box.paths, "follow_ups") == rows(whole_box.paths, "messages") == []
    assert not list(whole_box.paths.spool.glob("*.*"))
    status = whole_box.status("line")
    assert status and status["registered"] and status["calls_total"] == 0
