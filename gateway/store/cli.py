"""Commands that show and mend what the store holds: bookings, follow-ups, calls, journal."""

from __future__ import annotations

import dataclasses
import getpass
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from gateway.appointments.calls import CallPage
from gateway.appointments.records import Appointment, FollowUp
from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.store.columns import plain
from gateway.store.store import Store

F = TypeVar("F", bound=Callable[..., Any])


def as_json_option(command: F) -> F:
    """Adds --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


@contextmanager
def opened() -> Iterator[Store]:
    """The store of this box."""
    paths = Paths.from_environment()
    store = Store.open(paths.database, load_settings(paths.settings), recordings=paths.recordings)
    try:
        yield store
    finally:
        store.close()


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


def _now() -> datetime:
    return datetime.now(UTC)


def _who() -> str:
    return getpass.getuser()


@click.group()
def bookings() -> None:
    """List, show, cancel and restore appointments."""


@bookings.command("list")
@click.option("--all", "everything", is_flag=True, help="Past and cancelled ones too.")
@as_json_option
def bookings_list(everything: bool, as_json: bool) -> None:
    """Appointments to come."""
    with opened() as store:
        found = store.appointments() if everything else store.find_appointments(now=_now())
    show(found, as_json, [_booking_line(appointment) for appointment in found])


@bookings.command("show")
@click.argument("uid")
@as_json_option
def bookings_show(uid: str, as_json: bool) -> None:
    """One appointment."""
    with opened() as store:
        appointment = store.appointment(uid)
    show(appointment, as_json, _fields(appointment))


@bookings.command("cancel")
@click.argument("uid")
@as_json_option
def bookings_cancel(uid: str, as_json: bool) -> None:
    """Cancel for the office; somebody then has to tell the client."""
    with opened() as store:
        appointment = store.cancel_by_office(uid, by=_who(), now=_now())
    show(appointment, as_json, [_booking_line(appointment)])


@bookings.command("undo")
@click.argument("uid")
@as_json_option
def bookings_undo(uid: str, as_json: bool) -> None:
    """Bring a cancelled appointment back."""
    with opened() as store:
        appointment = store.undo_cancel(uid, by=_who(), now=_now())
    show(appointment, as_json, [_booking_line(appointment)])


@click.group("follow-ups")
def follow_ups() -> None:
    """What somebody has to do."""


@follow_ups.command("list")
@as_json_option
def follow_ups_list(as_json: bool) -> None:
    """Everything still to be done, the most pressing first."""
    with opened() as store:
        found = store.open_follow_ups()
    show(found, as_json, [_follow_up_line(follow_up) for follow_up in found])


@follow_ups.command("close")
@click.argument("follow_up_id", metavar="ID")
@click.option("--by", default=None, help="Who did it; default: the user of this shell.")
@as_json_option
def follow_ups_close(follow_up_id: str, by: str | None, as_json: bool) -> None:
    """It is done."""
    with opened() as store:
        closed = store.close_follow_up(follow_up_id, by or _who(), now=_now())
    show(closed, as_json, [_follow_up_line(closed)])


@click.group()
def calls() -> None:
    """The calls of the night."""


@calls.command("list")
@click.option("--limit", default=50, show_default=True, help="How many.")
@as_json_option
def calls_list(limit: int, as_json: bool) -> None:
    """The newest calls, and how many of all nobody owns."""
    with opened() as store:
        found, unowned = store.calls(limit), store.unowned_calls(now=_now())
    if as_json:
        show(found, True, [])
        return
    lines = [
        f"{c.started_at:%Y-%m-%d %H:%M}Z  {c.id:36}  {c.caller or 'withheld':16} "
        f"{c.outcome or 'running':12} rung {c.lowest_rung if c.lowest_rung is not None else '-'}"
        for c in found
    ]
    show(found, False, [*lines, f"calls nobody owns: {len(unowned)}"])


@calls.command("show")
@click.argument("call_id", metavar="ID")
@as_json_option
def calls_show(call_id: str, as_json: bool) -> None:
    """Everything about one call; the beginning of its ID will do."""
    with opened() as store:
        page = store.call_page(call_id)
    show(page, as_json, _page_lines(page))


@click.group()
def journal() -> None:
    """The journal of decisions."""


@journal.command("verify")
@as_json_option
def journal_verify(as_json: bool) -> None:
    """Walk the hash chain; exit code 1 names the first row that was changed."""
    with opened() as store:
        rows = store.verify_journal()
    show({"rows": rows, "intact": True}, as_json, [f"{rows} rows, intact"])


def _booking_line(a: Appointment) -> str:
    return (
        f"{a.start:%a %Y-%m-%d %H:%M}  {a.minutes:3} min  {a.practitioner:12} {a.service:14} "
        f"{a.status:10} {a.name}, {a.phone}  {a.uid}"
    )


def _follow_up_line(f: FollowUp) -> str:
    done = f"  (done by {f.closed_by})" if f.closed_by else ""
    return f"{f.due:%a %Y-%m-%d %H:%M}  {f.owner:12} {f.reason:14} {f.text}  {f.id}{done}"


def _fields(record: Any) -> list[str]:
    return [f"{name:14} {value}" for name, value in dataclasses.asdict(record).items()]


def _message_lines(message: dict[str, Any]) -> list[str]:
    seconds = f"{message['seconds']:.0f} s: " if message["seconds"] else ""
    lines = [message["about"]]
    if message["recording"]:
        lines.append(f"{seconds}{message['recording']}")
    if message["transcript"]:
        lines.append(f'"{message["transcript"]}"')
    return [line for line in lines if line]


def _page_lines(page: CallPage) -> list[str]:
    lines = [*_fields(page.summary), f"{'reason':14} {page.reason}"]
    lines += [f"{'rung':14} {reason}" for reason in page.rung_reasons]
    if page.recording:
        lines.append(f"{'recording':14} {page.recording}")
    for turn in page.turns:
        lines.append("  " + "  ".join(f"{name}: {value}" for name, value in turn.items()))
    lines += [f"booking        {_booking_line(a)}" for a in page.appointments]
    for message in page.messages:
        lines += [f"message        {line}" for line in _message_lines(message)]
    lines += [f"follow-up      {_follow_up_line(f)}" for f in page.follow_ups]
    for d in page.decisions:
        lines.append(f"decision {d['id']:5} {d['at']}  {d['kind']}: {d['reason']}")
    return lines
