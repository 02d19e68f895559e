"""`nightporter up`: the whole box from one terminal."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import click

from gateway.contract.service import Paths, read_status, start_logging
from gateway.contract.settings_file import load_secrets, load_settings
from gateway.errors import StartRefused
from gateway.supervisor.watch import Program, Supervisor

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "dental-practice" / "site.toml"

PROGRAMS = (
    Program("line", (sys.executable, "-m", "telephony")),
    Program("gateway", (sys.executable, "-m", "gateway")),
    Program("models", (sys.executable, "-m", "models"), niceness=5),
    Program("sync", (sys.executable, "-m", "gateway.sync"), niceness=5),
)
"""In the order of their start; stopped in reverse. Any of them may be missing for a while."""


@click.command()
@click.option("--home", type=click.Path(path_type=Path), help="Folder that holds everything.")
@click.option("--sample", is_flag=True, help="Run the sample office (in its own folder).")
@click.option("--without", multiple=True, type=click.Choice([p.name for p in PROGRAMS]))
def up(home: Path | None, sample: bool, without: tuple[str, ...]) -> None:
    """Run the whole box from this terminal; Ctrl-C stops it."""
    environment = prepare_home(home, sample=sample)
    paths = Paths.from_environment(environment)
    settings = load_settings(paths.settings)
    load_secrets(paths.secrets)
    paths.make_folders()
    start_logging("up")
    _refuse_second_box(paths)
    programs = tuple(program for program in PROGRAMS if program.name not in without)
    supervisor = Supervisor(programs, environment, paths.runtime / "notify.sock", _tell)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    _tell(f"{settings.office.name}: everything is in {paths.state.parent}; Ctrl-C stops the box")
    if sample:
        _tell(f"ring it: sip:{settings.line.user}@{settings.line.bind}:{settings.line.port}")
    supervisor.run()
    _tell("all programs have stopped")


def prepare_home(home: Path | None, *, sample: bool) -> dict[str, str]:
    """The environment of the programs; with `sample`, a folder with the sample's site.toml."""
    environment = dict(os.environ)
    if sample and home is None and "NIGHTPORTER_HOME" not in environment:
        state = Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        home = state / "nightporter" / "sample"
    if home is not None:
        environment["NIGHTPORTER_HOME"] = str(home.absolute())
    if sample:
        folder = Path(environment["NIGHTPORTER_HOME"])
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / "site.toml").exists():
            shutil.copy(SAMPLE, folder / "site.toml")
        environment.setdefault("NIGHTPORTER_PHRASES", str(user_phrases()))
    return environment


def user_phrases() -> Path:
    """Folder in the user's cache where rendered phrases are shared between homes."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "nightporter" / "phrases"


def _refuse_second_box(paths: Paths) -> None:
    for program in PROGRAMS:
        status = read_status(paths, program.name)
        if status is not None and _lives(int(status["pid"])):
            raise StartRefused(
                f"{paths.runtime}: {program.name} runs already (process {status['pid']}); "
                "stop that box first or choose another --home"
            )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _tell(text: str) -> None:
    click.echo(f"nightporter: {text}", err=True)
