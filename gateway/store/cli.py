"""What the commands about the store share: opening it, options, and lines for people."""

from __future__ import annotations

import dataclasses
import getpass
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from gateway.appointments.records import Appointment, FollowUp
from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.store.columns import plain
from gateway.store.keys import SHOWN
from gateway.store.store import Store

F = TypeVar("F", bound=Callable[..., Any])


def as_json_option(command: F) -> F:
    """Adds --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def by_option(command: F) -> F:
    """Adds --by; None means the user of this shell."""
    return click.option("--by", default=None, help="Who decided; default: the user of this shell.")(
        command
    )


def who(by: str | None) -> str:
    """The name for the journal."""
    return by or getpass.getuser()


@contextmanager
def opened() -> Iterator[Store]:
    """The store of this box."""
    paths = Paths.from_environment()
    store = Store.open(paths.database, load_settings(paths.settings), recordings=paths.recordings)
    try:
        yield store
    finally:
        store.close()


def present() -> datetime:
    """Now, UTC, aware."""
    return datetime.now(UTC)


def show(value: Any, as_json: bool, lines: Sequence[str]) -> None:
    """Print a value as JSON or as lines for people."""
    if as_json:
        click.echo(json.dumps(_jsonable(value), indent=2, ensure_ascii=False, default=plain))
    else:
        click.echo("\n".join(lines) if lines else "nothing")


def _jsonable(value: Any) -> Any:
    if isinstance(value, list):
        return [_jsonable(entry) for entry in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value


def time_of(local: datetime) -> str:
    """A local wall time as people read it."""
    return f"{local:%a %Y-%m-%d %H:%M}"


def key_of(key: str | None) -> str:
    """The beginning of a key, enough to type it."""
    return (key or "")[:SHOWN]


def client_of(name: str, phone: str) -> str:
    """A client in a list."""
    return ", ".join(part for part in (name, phone) if part) or "number withheld"


def booking_line(a: Appointment) -> str:
    """An appointment in a list."""
    return (
        f"{time_of(a.start)}  {a.minutes:3} min  {a.practitioner:12} {a.service:14} "
        f"{a.status:10} {key_of(a.uid):8}  {client_of(a.name, a.phone)}"
    )


def follow_up_line(f: FollowUp) -> str:
    """A follow-up, without whom it is about."""
    done = f"  (done by {f.closed_by})" if f.closed_by else ""
    return f"{time_of(f.due)}  {f.owner:12} {f.reason:14} {key_of(f.id):8}  {f.text}{done}"


def fields(record: Any) -> list[str]:
    """Every field of a record, a line each."""
    return [f"{name:14} {value}" for name, value in dataclasses.asdict(record).items()]
