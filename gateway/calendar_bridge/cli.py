"""`nightporter calendar-bridge`: run the bridge, or check its settings and calendars."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gateway.calendar_bridge.__main__ import FILE, make_link, run
from gateway.calendar_bridge.looking import Ask, look
from gateway.calendar_bridge.settings import load_bridge_settings
from gateway.contract.service import Paths


@click.command("calendar-bridge")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Check the file, look at each calendar once, and end.")
def calendar_bridge(file: Path | None, check: bool) -> None:
    """Keep the office's calendar and the box in step, until stopped.

    FILE is calendar-bridge.toml; without it, the one beside site.toml. Runs on the box or on any
    PC of the office that reaches the broker and the calendar; one bridge for each box.
    """
    if not check:
        sys.exit(run(file))
    path = file or Paths.from_environment().settings.with_name(FILE)
    settings = load_bridge_settings(path)
    link = make_link(settings, path.absolute().parent)
    keys = [calendar.practitioner or "*" for calendar in settings.calendars]
    found = look(link, [Ask(key, None, {}) for key in keys])
    link.close()
    for one in found:
        named = "the whole office's" if one.calendar == "*" else one.calendar
        seen = f"{len(one.changed)} events" + ("" if one.whole else " and more")
        click.echo(f"calendar of {named}: {one.fault or seen}")
    if any(one.fault for one in found):
        sys.exit(1)
    click.echo(f"{path}: good")
