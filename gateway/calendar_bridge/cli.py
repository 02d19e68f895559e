"""`nightporter calendar-bridge`: run the bridge, or check its settings and calendars."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from gateway.calendar_bridge.__main__ import FILE, broker_address, make_link, run
from gateway.calendar_bridge.broker_side import last_words
from gateway.calendar_bridge.looking import Ask, look
from gateway.calendar_bridge.settings import load_bridge_settings
from gateway.contract.service import Paths
from gateway.errors import SyncError
from gateway.sync.connection import Address, Connection
from gateway.sync.topics import Topics


@click.command("calendar-bridge")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Try the file, the broker and each calendar, and end.")
def calendar_bridge(file: Path | None, check: bool) -> None:
    """Keep the office's calendar and the box in step, until stopped.

    FILE is calendar-bridge.toml; without it, the one beside site.toml. Runs on the box or on any
    PC of the office that reaches the broker and the calendar; one bridge for each box.
    """
    if not check:
        sys.exit(run(file))
    path = file or Paths.from_environment().settings.with_name(FILE)
    settings = load_bridge_settings(path)
    folder = path.absolute().parent
    link = make_link(settings, folder)
    problem = broker_problem(broker_address(settings, folder), Topics(settings.site, settings.box))
    click.echo(problem or f"broker {settings.broker.host}: reached")
    keys = [calendar.practitioner or "*" for calendar in settings.calendars]
    found = look(link, [Ask(key, None, {}) for key in keys])
    link.close()
    for one in found:
        named = "the whole office's" if one.calendar == "*" else one.calendar
        seen = f"{len(one.changed)} events" + ("" if one.whole else " and more")
        click.echo(f"calendar of {named}: {one.fault or seen}")
    if problem or any(one.fault for one in found):
        sys.exit(1)
    click.echo(f"{path}: good")


def broker_problem(address: Address, topics: Topics) -> str:
    """Why the broker cannot be reached, empty when it can; a running bridge is not disturbed."""
    aside = replace(address, client_id=f"{address.client_id}-check", subscriptions=())
    connection = Connection(aside, last_words(topics, "lost", 0))
    try:
        connection.open()
    except SyncError as error:
        connection.drop()
        return str(error)
    connection.close()
    return ""
