"""`nightporter talk`: talk to the box by typing or headset; real conversation, no phone."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.rehearsal.callers import EVENTS
from gateway.rehearsal.scenario import DEFAULT_CALLER
from gateway.rehearsal.stage import SAMPLE
from gateway.rehearsal.text_call import TextCall
from gateway.rehearsal.world import World
from gateway.store.store import Store

HELP = """Type what the caller says. /1 presses keys, an empty line is silence, /bye hangs up.
Things go wrong with: (recogniser fails) (voice fails) (model fails) (all back) (turn limit)."""


@click.command()
@click.option("--settings", type=click.Path(path_type=Path), help="A site.toml; default: sample.")
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="A NIGHTPORTER_HOME whose database is used; default: one that is thrown away.",
)
@click.option("--caller", default=DEFAULT_CALLER, help='Number that rings, or "withheld".')
@click.option("--at", help="Local wall time of the call, e.g. 2026-11-23T18:30; default: now.")
@click.option("--rung", default=4, type=click.IntRange(2, 5), help="Rung of the ladder.")
@click.option("--microphone", is_flag=True, help="Talk through a headset, with the models.")
@click.option("--headset", help="Part of its name; default: a USB headset, else the system's.")
def talk(
    settings: Path | None,
    home: Path | None,
    caller: str,
    at: str | None,
    rung: int,
    microphone: bool,
    headset: str | None,
) -> None:
    """Talk to the box by typing, or with --microphone through a headset, without a phone line."""
    if microphone:
        if at:
            raise click.UsageError("--at is for typing: a conversation by voice is now")
        from gateway.rehearsal.microphone import talk_by_headset

        talk_by_headset(settings, home, None if caller == "withheld" else caller, headset)
        return
    folder = None if home is not None else Path(tempfile.mkdtemp(prefix="talk-"))
    try:
        database = _database(home) if home is not None else Path(folder or ".") / "talk.db"
        office = load_settings(settings or _settings_of(home))
        store = Store.open(database, office)
        now = datetime.now(UTC)
        if at:
            now = datetime.fromisoformat(at).replace(tzinfo=office.office.zone)
        call = TextCall(World(office, store, now), None if caller == "withheld" else caller)
        click.echo(HELP)
        _converse(call, rung)
        _rows(call)
        store.close()
    finally:
        if folder is not None:
            shutil.rmtree(folder)


def _database(home: Path) -> Path:
    paths = Paths.from_environment({**os.environ, "NIGHTPORTER_HOME": str(home)})
    paths.database.parent.mkdir(parents=True, exist_ok=True)
    return paths.database


def _settings_of(home: Path | None) -> Path:
    if home is not None and (home / "site.toml").exists():
        return home / "site.toml"
    return SAMPLE


def _converse(call: TextCall, rung: int) -> None:
    call.answer(rung=rung)
    while not call.over:
        for line in call.spoken():
            click.secho(f"  box: {line.text}", fg="cyan")
        if call.over:
            return
        words = _typed("  (tone) " if call.recording is not None else "  you: ")
        if words is None or words == "/bye":
            call.hang_up()
        elif call.recording is not None:
            call.leave(words)
        else:
            _turn(call, words)
    for line in call.spoken():
        click.secho(f"  box: {line.text}", fg="cyan")


def _turn(call: TextCall, words: str) -> None:
    event = EVENTS.get(words.strip("()")) if words.startswith("(") else None
    if event is not None:
        call.feed(event)
    elif not words:
        call.stay_silent()
    elif words.startswith("/"):
        call.press("".join(c for c in words[1:] if c in "0123456789*#"))
    else:
        call.say(words)


def _typed(prompt: str) -> str | None:
    try:
        return input(prompt).strip()
    except (EOFError, KeyboardInterrupt):
        return None


def _rows(call: TextCall) -> None:
    """What the call has left."""
    store = call.world.store
    page = store.call_page(call.id)
    click.echo(f"\noutcome: {call.outcome or 'abandoned'} ({call.reason or 'hung up'})")
    for one in page.appointments:
        click.echo(
            f"appointment: {one.service} with {one.practitioner}, {one.start:%A %Y-%m-%d %H:%M}, "
            f"{one.name}, {one.phone}, {one.status.value}"
        )
    for task in page.follow_ups:
        click.echo(f"follow-up: {task.reason} for {task.owner}, due {task.due}: {task.text}")
