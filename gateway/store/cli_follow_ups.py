"""Commands about what somebody has to do."""

from __future__ import annotations

import textwrap

import click

from gateway.appointments.calls import ToDo
from gateway.store.cli import (
    as_json_option,
    by_option,
    client_of,
    follow_up_line,
    key_of,
    opened,
    present,
    show,
    time_of,
    who,
)

WORDS_SHOWN = 120
"""Letters of a message's words in the list; `calls show` has all."""


@click.group("follow-ups")
def follow_ups() -> None:
    """What somebody has to do."""


@follow_ups.command("list")
@as_json_option
def follow_ups_list(as_json: bool) -> None:
    """How many calls nobody owns, and everything still to be done, the most pressing first."""
    with opened() as store:
        found, unowned = store.to_do(), store.unowned_calls(now=present())
    lines = [f"calls nobody owns: {len(unowned)}"]
    lines += [f"  call {key_of(call_id)}" for call_id in unowned]
    lines += [_line(to_do) for to_do in found] or ["nothing to do"]
    show(found, as_json, lines)


@follow_ups.command("close")
@click.argument("follow_up_id", metavar="ID")
@by_option
@as_json_option
def follow_ups_close(follow_up_id: str, by: str | None, as_json: bool) -> None:
    """It is done; the beginning of its ID will do."""
    with opened() as store:
        closed = store.close_follow_up(follow_up_id, who(by), now=present())
    show(closed, as_json, [follow_up_line(closed)])


def _line(f: ToDo) -> str:
    parts = [
        f"{time_of(f.due)}  {f.owner:12} {f.reason:14} {key_of(f.id):8}",
        client_of(f.name, f.phone),
        f.text,
    ]
    if f.transcript:
        parts.append(f'"{textwrap.shorten(f.transcript, WORDS_SHOWN, placeholder=" ...")}"')
    if f.uid:
        parts.append(f"booking {key_of(f.uid)}")
    if f.call_id:
        parts.append(f"call {key_of(f.call_id)}")
    return "  ".join(parts)
