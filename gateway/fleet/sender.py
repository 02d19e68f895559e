"""Sends signed commands to boxes and waits for what becomes of them."""

from __future__ import annotations

import base64
import io
import tarfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from gateway.contract import fleet_signature
from gateway.contract.fleet import Command, CommandName, Program, Refusal, Result, topic
from gateway.errors import CommandFailed, MessageRefused
from gateway.fleet import message
from gateway.fleet.apply import apply
from gateway.fleet.broker import Link
from gateway.fleet.database import Database
from gateway.fleet.settings import FleetSettings
from gateway.fleet.view import Line

BUNDLE_LIMIT = 1_000_000
"""Bytes of a bundle; its base64 has to fit the command."""
LATE_S = 3.0
"""After the expiry of a command its answer may still be on the way."""
SETTLE_S = 900.0
"""After "started", settings are applied or rolled back within this: the line has to come back."""
CAREFUL = (CommandName.RESTART, CommandName.SETTINGS)
"""Commands that can cost many offices their calls at once."""
_MODES = ("on", "off", "auto")


@dataclass(frozen=True)
class Wish:
    """What every box is to do."""

    command: CommandName
    """which command"""
    fields: dict[str, Any] = field(default_factory=dict)
    """program, night_mode or bundle"""
    argument: str = ""
    """as the operator typed it"""


def parse_words(given: Sequence[str]) -> tuple[list[str], Wish]:
    """BOX… COMMAND [ARGUMENT], as typed; CommandFailed says what is wrong."""
    names = [name.value for name in CommandName]
    place = next((i for i, word in enumerate(given) if i and word in names), None)
    if place is None:
        raise CommandFailed(
            f"say BOX… COMMAND; commands are {', '.join(names)}; a box is SITE/BOX, * is any"
        )
    return list(given[:place]), wish(CommandName(given[place]), list(given[place + 1 :]))


def wish(command: CommandName, arguments: list[str]) -> Wish:
    """A command and its argument; CommandFailed says what it needs."""
    needs = {
        CommandName.RESTART: get_args(Program), CommandName.NIGHT_MODE: _MODES,
        CommandName.SETTINGS: ("FILE",),
    }.get(command)  # fmt: skip
    if needs is None:
        if arguments:
            raise CommandFailed(f"{command.value} takes no argument")
        return Wish(command)
    if len(arguments) != 1 or (needs != ("FILE",) and arguments[0] not in needs):
        raise CommandFailed(f"{command.value} needs one of: {', '.join(needs)}")
    given = arguments[0]
    if command is CommandName.RESTART:
        return Wish(command, {"program": given}, given)
    if command is CommandName.NIGHT_MODE:
        return Wish(command, {"night_mode": given}, given)
    return Wish(command, {"bundle": bundle(Path(given))}, given)


def bundle(path: Path) -> str:
    """Base64 of the tar of a stick's signed bundle: the tar itself, or the folder of its files."""
    try:
        data = _tar(path) if path.is_dir() else path.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > BUNDLE_LIMIT:
        raise CommandFailed(
            f"{path}: {len(data)} bytes, {BUNDLE_LIMIT} can be sent; bring a stick instead"
        )
    if not tarfile.is_tarfile(io.BytesIO(data)):
        raise CommandFailed(f"{path}: neither a folder nor a tar; `nightporter stick make` has one")
    return base64.b64encode(data).decode("ascii")


def _tar(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in sorted(folder.iterdir()):
            if file.is_file():
                tar.add(file, arcname=file.name)
    return buffer.getvalue()


@dataclass(frozen=True)
class Answer:
    """What became of a command to one box."""

    site: str
    """key of the site"""
    box: str
    """key of the box"""
    id: str
    """of the command"""
    result: Result | None
    """None: no answer in time"""
    after_s: float
    """seconds from sending to the answer"""
    meanwhile: Refusal | None = None
    """without an answer: why the box refused something that it could not trust, perhaps this"""


class Sender:
    """Signs with one key; numbers rise for the life of that key."""

    def __init__(
        self, settings: FleetSettings, database: Database, key: Ed25519PrivateKey
    ) -> None:  # fmt: skip
        self._settings = settings
        self._database = database
        self._key = key
        self._key_id = fleet_signature.key_id(key.public_key())

    def send(self, lines: Sequence[Line], asked: Wish, expires_s: int) -> Iterator[Answer]:
        """Send to each box; gives each answer as it comes, and then who did not answer."""
        name = f"nightporter-fleet-send-{uuid.uuid4().hex[:12]}"
        link = Link(self._settings.broker, name)
        try:
            link.open()
            link.subscribe(topic(line.box.site, line.box.box, "result") for line in lines)
            waiting = self._publish(link, lines, asked, expires_s)
            yield from self._wait(link, waiting, expires_s)
        finally:
            link.close()

    def _publish(
        self, link: Link, lines: Sequence[Line], asked: Wish, expires_s: int
    ) -> dict[str, tuple[Line, float]]:
        waiting = {}
        for line in lines:
            command = self._command(line, asked, expires_s)
            payload = fleet_signature.sign(command, self._key)
            waiting[command.id] = line, time.monotonic()
            place = topic(line.box.site, line.box.box, "command")
            link.publish(place, payload, expires_s=expires_s)
        return waiting

    def _command(self, line: Line, asked: Wish, expires_s: int) -> Command:
        now = datetime.now(UTC).replace(microsecond=0)
        with self._database.writing() as db:
            last = db.value("SELECT max(number) FROM commands WHERE key = ?", (self._key_id,))
            # Microseconds since 1970 still rise when this database is lost or another is used.
            number = max((last or 0) + 1, time.time_ns() // 1000)
            try:
                command = Command(
                    site=line.box.site, box=line.box.box, id=uuid.uuid4().hex, number=number,
                    issued=now, expires=now + timedelta(seconds=expires_s), command=asked.command,
                    **asked.fields,
                )  # fmt: skip
            except ValidationError as error:
                fields = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
                raise CommandFailed(f"wrong: {', '.join(sorted(fields))}") from error
            db.run(
                "INSERT INTO commands (id, key, number, site, box, command, argument, issued, "
                "expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    command.id, self._key_id, number, command.site, command.box,
                    command.command.value, asked.argument, command.issued.timestamp(),
                    command.expires.timestamp(),
                ),
            )  # fmt: skip
        return command

    def _wait(
        self, link: Link, waiting: dict[str, tuple[Line, float]], expires_s: int
    ) -> Iterator[Answer]:
        deadline = time.monotonic() + expires_s + LATE_S
        begun: set[str] = set()
        refused: dict[tuple[str, str], Refusal | None] = {}
        while waiting and time.monotonic() < deadline + (SETTLE_S if begun else 0):
            batch = link.read(0.2)
            apply(self._database, self._settings, batch, time.time())
            link.acknowledge(batch)
            for arrived in batch:
                try:
                    said = message.read(arrived.topic, arrived.payload)
                except MessageRefused:
                    continue  # counted by apply()
                if said is None or not isinstance(said.what, Result):
                    continue
                if said.what.id is None:
                    refused[said.site, said.box] = said.what.refusal
                    continue
                place = waiting.get(said.what.id)
                if place is None or (place[0].box.site, place[0].box.box) != (said.site, said.box):
                    continue
                line, sent = place
                took = time.monotonic() - sent
                if _goes_on(said.what):
                    begun.add(said.what.id)
                else:
                    del waiting[said.what.id]
                yield Answer(line.box.site, line.box.box, said.what.id, said.what, took)
        for id_, (line, sent) in waiting.items():
            site, box = line.box.site, line.box.box
            meanwhile = refused.get((site, box))
            yield Answer(site, box, id_, None, time.monotonic() - sent, meanwhile)


def _goes_on(result: Result) -> bool:
    """Whether another result will say what became of it."""
    return result.result == "started" and result.command is CommandName.SETTINGS
