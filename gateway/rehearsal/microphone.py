"""`nightporter talk --microphone`: the whole box but the phone line, through a headset."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gateway.contract.service import Paths, read_status
from gateway.contract.settings_file import load_settings
from gateway.errors import NotFound, StartRefused
from gateway.rehearsal.headset import Headset, HeadsetLeg, HeadsetPhone
from gateway.rehearsal.phone.programs import start_program, stop_program
from gateway.rehearsal.stage import SAMPLE
from gateway.store.store import Store
from telephony.line import Line
from telephony.prompts import Prompts
from telephony.spool import Spool
from telephony.surroundings import Surroundings

READY_LIMIT_S = 120.0
"""Models load in a few seconds from a warm disk, in a minute on a small box."""
LEAVE_LIMIT_S = 10.0
"""For the line to finish and the gateway to write the end of the call."""
LOOK_EVERY_S = 0.1
MOST_LETTERS = 80
"""Of a home folder; sockets lie in it."""


def talk_by_headset(
    settings: Path | None, home: Path | None, caller: str | None, headset: str | None
) -> None:
    """One conversation; Ctrl-C hangs up."""
    box = Paths.from_environment()
    with _home(home, settings or _settings(box, home), box) as paths, _programs(paths, box):
        sound = Headset(headset)
        leg = HeadsetLeg(sound, caller)
        try:
            _converse(paths, leg)
        finally:
            leg.hang_up()
            sound.stop()
        if sound.failed:
            click.echo(f"the headset broke off: {sound.failed}", err=True)
        _tell(paths)


def _settings(box: Paths, home: Path | None) -> Path:
    """The office of the home, of this box, or the sample."""
    places = [home / "site.toml"] if home is not None else []
    return next((place for place in (*places, box.settings) if place.exists()), SAMPLE)


@contextmanager
def _home(home: Path | None, settings: Path, box: Paths) -> Iterator[Paths]:
    """Folders of this conversation: the given ones, or some that are thrown away."""
    made = None if home is not None else Path(tempfile.mkdtemp(prefix="talk-"))
    folder = (home or made or Path()).absolute()
    if len(str(folder)) > MOST_LETTERS:
        raise StartRefused(f"{folder}: this path is too long for sockets; choose a shorter --home")
    environment = {
        **os.environ,
        "NIGHTPORTER_HOME": str(folder),
        "NIGHTPORTER_MODELS": str(box.models),
        "NIGHTPORTER_PHRASES": str(box.phrases),
    }
    environment.pop("NIGHTPORTER_SETTINGS", None)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / "site.toml").exists():
            shutil.copy(settings, folder / "site.toml")
        paths = Paths.from_environment(environment)
        paths.make_folders()
        yield paths
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _programs(paths: Paths, box: Paths) -> Iterator[None]:
    """Gateway and models: those that run, else our own for the time of this conversation."""
    started: list[subprocess.Popen[bytes]] = []
    home = paths.state.parent

    def start(name: str, module: str, phrases: Path) -> None:
        if read_status(paths, name) is None:
            environment = {
                **os.environ,
                "NIGHTPORTER_HOME": str(home),
                "NIGHTPORTER_MODELS": str(paths.models),
                "NIGHTPORTER_PHRASES": str(phrases),
            }
            command = [sys.executable, "-m", module]
            started.append(start_program(command, paths.state / f"{name}.log", environment))

    try:
        if read_status(box, "models") is None or box.models_socket == paths.models_socket:
            start("models", "models", home / "phrases")  # the box's own are not ours to write
            _until(lambda: paths.models_socket.exists(), "the models", paths)
        elif not paths.models_socket.exists():
            paths.models_socket.symlink_to(box.models_socket)
        start("gateway", "gateway", paths.phrases)
        _until(
            lambda: bool((read_status(paths, "gateway") or {}).get("ready")), "the gateway", paths
        )
        yield
    finally:
        for process in reversed(started):
            stop_program(process)


def _until(condition: Callable[[], bool], what: str, paths: Paths) -> None:
    give_up = time.monotonic() + READY_LIMIT_S
    while not condition():
        if time.monotonic() > give_up:
            raise StartRefused(f"{what} did not start; see the logs in {paths.state}")
        time.sleep(LOOK_EVERY_S)


def _converse(paths: Paths, leg: HeadsetLeg) -> None:
    settings = load_settings(paths.settings)
    spool = Spool(paths.spool)
    around = Surroundings(Prompts(paths.greetings), spool, settings.voicemail, paths.gateway_socket)
    line, phone = Line(settings, around, lambda: "on"), HeadsetPhone(leg)
    hung_up = False

    def hang_up(_signal: int, _frame: object) -> None:
        nonlocal hung_up
        hung_up = True

    before = [
        (number, signal.signal(number, hang_up)) for number in (signal.SIGINT, signal.SIGTERM)
    ]
    try:
        click.echo("You are through. Speak; Ctrl-C hangs up.", err=True)
        line.on_offer(leg)
        while line.facts(phone)["calls_active"]:
            if hung_up:
                leg.hang_up()
            line.turn(phone)
        line.stop(phone)
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _tell(paths: Paths) -> None:
    """What was said and what the call has left."""
    store = Store.open(paths.database, load_settings(paths.settings))
    try:
        give_up = time.monotonic() + LEAVE_LIMIT_S
        calls = store.calls(1)
        while time.monotonic() < give_up and not (calls and calls[0].outcome):
            time.sleep(LOOK_EVERY_S)
            calls = store.calls(1)
        if not calls:
            raise NotFound("the gateway has kept nothing of this conversation; see its log")
        page = store.call_page(calls[0].id)
    finally:
        store.close()
    for turn in page.turns:
        click.echo(f"  {'box' if turn['who'] == 'box' else 'you'}: {turn['text']}")
    outcome = page.summary.outcome.value if page.summary.outcome else "not ended"
    click.echo(f"\noutcome: {outcome} ({page.reason})")
    for one in page.appointments:
        click.echo(
            f"appointment: {one.service} with {one.practitioner}, {one.start:%A %Y-%m-%d %H:%M}, "
            f"{one.name}, {one.phone}, {one.status.value}"
        )
    for task in page.follow_ups:
        click.echo(f"follow-up: {task.reason} for {task.owner}, due {task.due}: {task.text}")
