"""Commands about calls, and the journal of what was decided in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from gateway.appointments.calls import CallPage, CallSummary
from gateway.store.cli import (
    as_json_option,
    booking_line,
    follow_up_line,
    key_of,
    opened,
    present,
    show,
    time_of,
)
from gateway.store.columns import utc_time

Local = Callable[[datetime], datetime]


@click.group()
def calls() -> None:
    """The calls of the night."""


@calls.command("list")
@click.option("--limit", default=50, show_default=True, help="How many.")
@as_json_option
def calls_list(limit: int, as_json: bool) -> None:
    """The newest calls in local time, and how many of all nobody owns."""
    with opened() as store:
        found, unowned = store.calls(limit), store.unowned_calls(now=present())
        lines = [_call_line(call, store.local) for call in found]
    lines.append(f"calls nobody owns: {len(unowned)}")
    show(found, as_json, lines)


@calls.command("show")
@click.argument("call_id", metavar="ID")
@as_json_option
def calls_show(call_id: str, as_json: bool) -> None:
    """Everything about one call; the beginning of its ID will do."""
    with opened() as store:
        page = store.call_page(call_id)
        lines = _page_lines(page, store.local)
    show(page, as_json, lines)


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


def _call_line(call: CallSummary, local: Local) -> str:
    rung = call.lowest_rung if call.lowest_rung is not None else "-"
    return (
        f"{time_of(local(call.started_at))}  {key_of(call.id):8}  {call.caller or 'withheld':16} "
        f"{call.outcome or 'running':12} rung {rung}"
    )


def _page_lines(page: CallPage, local: Local) -> list[str]:
    call = page.summary
    ended = time_of(local(call.ended_at)) if call.ended_at else "runs"
    lines = [
        f"{'call':14} {call.id}",
        f"{'caller':14} {call.caller or 'withheld'}",
        f"{'called':14} {page.called}",
        f"{'started':14} {time_of(local(call.started_at))}",
        f"{'ended':14} {ended}",
        f"{'outcome':14} {call.outcome or 'running'}",
        f"{'reason':14} {page.reason}",
        f"{'lowest rung':14} {call.lowest_rung if call.lowest_rung is not None else '-'}",
    ]
    if page.forwarded_from:
        why = f" ({page.forward_reason})" if page.forward_reason else ""
        lines.insert(3, f"{'forwarded from':14} {page.forwarded_from}{why}")
    lines += [f"{'rung':14} {reason}" for reason in page.rung_reasons]
    if page.recording:
        lines.append(f"{'recording':14} {page.recording}")
    for turn in page.turns:
        lines.append("  " + "  ".join(f"{name}: {value}" for name, value in turn.items()))
    lines += [f"{'booking':14} {booking_line(a)}" for a in page.appointments]
    for message in page.messages:
        lines += [f"{'message':14} {line}" for line in _message_lines(message)]
    lines += [f"{'follow-up':14} {follow_up_line(f)}" for f in page.follow_ups]
    for d in page.decisions:
        at = local(utc_time(d["at"]))
        lines.append(f"decision {d['id']:5} {time_of(at)}:{at:%S}  {d['kind']}: {d['reason']}")
    return lines


def _message_lines(message: dict[str, Any]) -> list[str]:
    seconds = f"{message['seconds']:.0f} s: " if message["seconds"] else ""
    lines = [message["about"]]
    if message["recording"]:
        lines.append(f"{seconds}{message['recording']}")
    if message["transcript"]:
        lines.append(f'"{message["transcript"]}"')
    return [line for line in lines if line]
