"""A real gateway in a home of its own, with scripted models and fake lines around it."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from gateway.contract.phrases import phrase_file, wav_bytes
from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.conversation.conversation import office_of
from gateway.conversation.sentences import fixed_phrases
from gateway.store.store import Store
from gateway.switchboard.lateness import FILLERS
from tests.fakes.fake_line import FakeLine
from tests.fakes.scripted_models import ALL, ScriptedModels
from tests.fakes.spoken_bytes import pcm_of

START_S = 120.0
"""A start on a very busy machine; on an idle one it takes a second."""
PHRASE_MS = 100
ROOT = Path(__file__).parents[2]
VOICE = "voice"
PATIENT = "message_after_ms = 60000"
"""For [speech]: on a busy machine a reply may be late, and only a test of that wants a message."""
NO_MIND = replace(ALL, language_model=None)
"""Everything but the language model: what callers say in these tests is plain enough."""
SITE = """
[office]
name = "Test Office"
timezone = "UTC"

[opening]
{opening}

[[services]]
key = "check-up"
name = "check-up"
minutes = 30

[[services]]
key = "filling"
name = "filling"
minutes = 60

[[practitioners]]
key = "weber"
name = "Doctor Weber"

[line]
mode = "trunk"
allowed_peers = ["127.0.0.1"]
{line}
[speech]
end_of_turn_ms = 200
{speech}

[booking]
max_calls_per_hour = 50

[conversation]
silence_seconds = 20
max_silences = 5
"""


def site(speech: str = "", *, line: str = "", more: str = "") -> str:
    """An office that is open every day from six to ten, one practitioner, patient with callers who
    wait for each other; lines added to the tables of these names, `more` at the end."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    opening = "\n".join(f'{day} = ["06:00-22:00"]' for day in days)
    return SITE.format(opening=opening, speech=speech, line=line) + more


@cache
def all_phrases() -> Path:
    """A folder with every fixed phrase of the office, their words in their sound; made once."""
    folder = Path(tempfile.mkdtemp(prefix="np-phrases-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    settings = folder / "site.toml"
    settings.write_text(site(), encoding="utf-8")
    for text in (*fixed_phrases(office_of(load_settings(settings))), *FILLERS):
        _write_phrase(folder, text)
    return folder


def _write_phrase(folder: Path, text: str) -> None:
    phrase_file(folder, VOICE, text).write_bytes(wav_bytes(pcm_of(text, PHRASE_MS)))


class GatewayProcess:
    """`python -m gateway` in a temporary NIGHTPORTER_HOME."""

    def __init__(self, home: Path, text: str, *, phrases: bool = False) -> None:
        self.home = home
        self.environ = {**os.environ, "NIGHTPORTER_HOME": str(home), "NIGHTPORTER_LOG": "debug"}
        if phrases:
            self.environ["NIGHTPORTER_PHRASES"] = str(all_phrases())
        self.paths = Paths.from_environment(self.environ)
        self.paths.make_folders()
        self.paths.settings.write_text(text, encoding="utf-8")
        (self.paths.state / "voice.txt").write_text(VOICE if phrases else "")
        self.settings = load_settings(self.paths.settings)
        self.log_file = home / "gateway.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.models = ScriptedModels(self.paths.models_socket, NO_MIND)
        self.lines: list[FakeLine] = []

    def start(self) -> None:
        """Start it without waiting."""
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway"],
                cwd=ROOT,
                env=self.environ,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    async def ready(self) -> None:
        """Until it takes calls."""
        assert self.process is not None
        await until(lambda: self._status().get("pid") == self._pid, START_S, self.log_file)

    async def rung(self, rung: int) -> None:
        """Until it is on this rung."""
        await until(lambda: self._status().get("rung") == rung, START_S, self.log_file)

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def line(self, **options: Any) -> FakeLine:
        """A caller."""
        line = FakeLine(self.paths.gateway_socket, spool=self.paths.spool, **options)
        self.lines.append(line)
        return line

    def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """What the database holds, read by this process."""
        with sqlite3.connect(f"file:{self.paths.database}?mode=ro", uri=True, timeout=60) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(sql, values)]

    def call_row(self, line: FakeLine) -> dict[str, Any]:
        """The row of a call."""
        return self.rows("SELECT * FROM calls WHERE id = ?", line.call_id)[0]

    async def outcome(self, line: FakeLine, *wanted: str) -> str:
        """The outcome of a call, once it is there (and among those wanted)."""

        def found() -> list[dict[str, Any]]:
            rows = self.rows("SELECT outcome FROM calls WHERE id = ?", line.call_id)
            return [r for r in rows if r["outcome"] and (not wanted or r["outcome"] in wanted)]

        await until(found, log=self.log_file)
        return str(found()[0]["outcome"])

    def appointments(self, line: FakeLine) -> list[dict[str, Any]]:
        """What the call has booked."""
        return self.rows("SELECT * FROM appointments WHERE call_id = ?", line.call_id)

    def follow_ups(self, line: FakeLine) -> list[str]:
        """Reasons of the call's open follow-ups."""
        sql = "SELECT reason FROM follow_ups WHERE call_id = ? AND closed_at IS NULL"
        return [row["reason"] for row in self.rows(sql, line.call_id)]

    def unowned(self) -> list[str]:
        """Calls that nobody owns."""
        store = Store.open(self.paths.database, self.settings)
        try:
            return store.unowned_calls(now=datetime.now(UTC))
        finally:
            store.close()

    def write_phrase(self, text: str) -> None:
        """Have one phrase on disk."""
        _write_phrase(self.paths.phrases, text)

    def turns_log(self) -> list[dict[str, Any]]:
        """Times of all replies so far."""
        file = self.paths.runtime / "turns.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()]

    @property
    def _pid(self) -> int:
        return self.process.pid if self.process else 0

    def _status(self) -> dict[str, Any]:
        try:
            found = json.loads(self.paths.status_file("gateway").read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) and found.get("pid") == self._pid else {}


async def until(
    condition: Callable[[], object], seconds: float = 60.0, log: Path | None = None
) -> None:
    """Wait for it."""
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            tail = log.read_text(errors="replace")[-3000:] if log else ""
            raise AssertionError(f"it did not happen within {seconds} s\n{tail}")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running_gateway(
    text: str | None = None, *, models: bool = True, phrases: bool = False, start: bool = True
) -> AsyncIterator[GatewayProcess]:
    """A gateway for one test; in a home short enough for Unix sockets, removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="np-"))
    gateway = GatewayProcess(home, text or site(PATIENT), phrases=phrases)
    try:
        if models:
            await gateway.models.start()
        if start:
            gateway.start()
            await gateway.ready()
        yield gateway
    finally:
        for line in gateway.lines:
            await line.leave()
        await asyncio.to_thread(gateway.stop)
        await gateway.models.stop()
        shutil.rmtree(home, ignore_errors=True)


async def book(line: FakeLine, upto: str = "", when: str = "tomorrow at ten") -> None:
    """Lead an answered call through a booking, until the caller has to answer question `upto`."""
    turns = {
        "open": "I'd like to book a check-up please",
        "day": when,
        "choice": "the first one please",
        "name": "Jordan Miller",
        "number": "yes that's right",
        "read-back": "yes please",
    }
    if " at " in when:
        del turns["choice"]
    for question, answer in turns.items():
        if question == upto:
            return
        await line.say(answer)
        await line.hears("That's booked" if question == "read-back" else "?")
