"""`nightporter fleet watch | metrics`: consoles that live until they are stopped."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gateway.errors import StartRefused
from gateway.fleet import words
from gateway.fleet.cli_look import table
from gateway.fleet.cli_settings import config_option, opened, settings
from gateway.fleet.collector import Collector
from gateway.fleet.database import Database
from gateway.fleet.settings import FleetSettings
from gateway.fleet.view import Filter, View

PLAIN_EVERY_S = 0.5
"""How often changes are looked for when they are printed as lines."""
EXTRA = "is not installed; run: pip install 'nightporter[fleet]'"
"""What to do about a missing library."""


@contextmanager
def collecting(chosen: FleetSettings, database: Database) -> Iterator[Collector]:
    """A collector in a thread of its own."""
    collector = Collector(chosen, database)
    stop = threading.Event()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            collector.run(stop.is_set)
        except BaseException as error:  # noqa: BLE001  # shown to the operator, who sees old numbers
            collector.fault = str(error) or type(error).__name__
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        stop.set()
        thread.join(10)


@click.command()
@click.option("--plain", is_flag=True, help="Lines instead of a screen, as when not at a terminal.")
@click.option("--json", "as_json", is_flag=True, help="Each change as a line of JSON.")
@click.option("--site", default="", help="Pattern of sites, e.g. north-*.")
@click.option("--state", default="", help="ready, alert, init, disconnected, lost, silent.")
@click.option("--alert", default="", help="Kind of an open alert; any.")
@click.option("--text", default="", help="Part of anything in the row.")
@click.option("--problems", is_flag=True, help="Only what needs somebody.")
@config_option
def watch(
    plain: bool, as_json: bool, site: str, state: str, alert: str, text: str, problems: bool,
    config: Path | None,
) -> None:  # fmt: skip
    """A table that lives: problems first.

    Keys: p problems, s state, a alert, i site, / text, enter the box, escape all, q quit.
    """
    chosen = settings(config)
    filtered = Filter(site, state, alert, text, problems)
    screen = sys.stdout.isatty() and not plain and not as_json
    with (
        opened(chosen) as database,
        opened(chosen, database) as reading,
        collecting(chosen, database) as collector,
    ):
        if screen:
            _screen(View(reading), lambda: collector.fault, filtered)
        else:
            _lines(View(reading), collector, filtered, as_json, _stop_on_signals())


def _screen(view: View, fault: Callable[[], str], filtered: Filter) -> None:
    try:
        from gateway.fleet.screen import FleetScreen
    except ImportError as error:
        raise StartRefused(f"textual {EXTRA}; or add --plain") from error
    FleetScreen(view, fault, filtered).run()


def _lines(
    view: View, collector: Collector, filtered: Filter, as_json: bool,
    stopped: Callable[[], bool],
) -> None:  # fmt: skip
    """The table once the broker has told all, then a line for each change."""
    while not (collector.complete or stopped()):
        time.sleep(0.05)
    view.refresh()
    lines = view.shown(filtered)
    click.echo(
        "\n".join(json.dumps(words.line_json(line)) for line in lines)
        if as_json
        else "\n".join(table(lines))
    )
    fault = ""
    while not stopped():
        if collector.fault != fault:
            fault = collector.fault
            click.echo(f"broker: {fault or 'connected'}", err=True)
        for before, after in view.refresh():
            changes = words.change_words(before, after)
            if not changes or not (filtered.lets(after) or (before and filtered.lets(before))):
                continue
            stamp = words.moment(time.time())
            told = [f"{stamp} {change}" for change in changes]
            click.echo(json.dumps(words.line_json(after)) if as_json else "\n".join(told))
        time.sleep(PLAIN_EVERY_S)


def _stop_on_signals() -> Callable[[], bool]:
    event = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: event.set())
    return event.is_set


@click.command()
@click.option("--listen", default="127.0.0.1:9464", show_default=True, help="Address and port.")
@config_option
def metrics(listen: str, config: Path | None) -> None:
    """Serve Prometheus metrics at /metrics; /healthz and /readyz beside it. The console at work."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise click.UsageError("--listen needs ADDRESS:PORT, e.g. 127.0.0.1:9464")
    try:
        from gateway.fleet.metrics import Endpoint, FleetMetrics
    except ImportError as error:
        raise StartRefused(f"prometheus-client {EXTRA}") from error
    chosen = settings(config)
    stopped = _stop_on_signals()
    with (
        opened(chosen) as database,
        opened(chosen, database) as reading,
        collecting(chosen, database) as collector,
    ):
        source = FleetMetrics(View(reading), lambda: not collector.fault)
        endpoint = Endpoint(
            host, int(port), source, lambda: collector.complete and not collector.fault
        )
        endpoint.start()
        click.echo(f"http://{host}:{endpoint.port}/metrics")
        while not stopped():
            time.sleep(0.1)
        endpoint.stop()
