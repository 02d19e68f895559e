"""What the fleet's commands share: --config, --json, the database, how a table is printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.fleet.collector import Collector
from gateway.fleet.database import Database
from gateway.fleet.settings import FleetSettings, default_path, load
from gateway.fleet.view import View

F = TypeVar("F", bound=Callable[..., Any])


def config_option(command: F) -> F:
    """Adds --config."""
    return click.option(
        "--config", type=click.Path(path_type=Path, dir_okay=False),
        help="fleet.toml; default: NIGHTPORTER_FLEET, or ~/.config/nightporter/fleet.toml.",
    )(command)  # fmt: skip


def json_option(command: F) -> F:
    """Adds --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def stored_option(command: F) -> F:
    """Adds --stored."""
    return click.option(
        "--stored", is_flag=True,
        help="Ask the database alone, not the broker: as the last console left it.",
    )(command)  # fmt: skip


def settings(config: Path | None) -> FleetSettings:
    """fleet.toml, read."""
    return load(config or default_path())


@contextmanager
def opened(chosen: FleetSettings, beside: Database | None = None) -> Iterator[Database]:
    """The console's database; `beside` another connection of this process."""
    database = Database(Path(chosen.console.database), beside.cache if beside else None)
    try:
        yield database
    finally:
        database.close()


def looked(chosen: FleetSettings, database: Database, topics: Sequence[str], stored: bool) -> View:
    """All boxes, after a look at what the broker keeps of these topics."""
    if not stored:
        every = any("/+/+/" in topic for topic in topics)
        Collector(chosen, database).take_snapshot(list(topics), all_alerts=every)
    view = View(database)
    view.refresh()
    return view


def put(value: Any, as_json: bool, lines: Sequence[str]) -> None:
    """Print a value as JSON, or as lines for people."""
    if as_json:
        click.echo(json.dumps(value, indent=2))
    else:
        click.echo("\n".join(lines))
