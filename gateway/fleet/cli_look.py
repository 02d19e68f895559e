"""`nightporter fleet list | show | alerts | report`: look once and print."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from gateway.contract.fleet import ROOT, VERSION
from gateway.fleet import words
from gateway.fleet.cli_settings import (
    config_option,
    json_option,
    looked,
    opened,
    put,
    settings,
    stored_option,
)
from gateway.fleet.database import SELECT_EPISODE, Database, episode_of
from gateway.fleet.message import EVERYTHING
from gateway.fleet.report import lines as report_lines
from gateway.fleet.report import parse_since
from gateway.fleet.report import report as make_report
from gateway.fleet.view import Filter, Line, View

BASE = f"{ROOT}/v{VERSION}"
COMMANDS_SHOWN = 5
"""Commands of the past that `show` prints."""


@click.command("list")
@click.option("--site", default="", help="Pattern of sites, e.g. north-*.")
@click.option("--state", default="", help="ready, alert, init, disconnected, lost, silent.")
@click.option("--alert", default="", help="Kind of an open alert; any.")
@click.option("--text", default="", help="Part of anything in the row.")
@click.option("--problems", is_flag=True, help="Only what needs somebody.")
@config_option
@json_option
@stored_option
def list_boxes(
    site: str, state: str, alert: str, text: str, problems: bool, config: Path | None,
    as_json: bool, stored: bool,
) -> None:  # fmt: skip
    """All boxes, problems first."""
    chosen = settings(config)
    with opened(chosen) as database:
        view = looked(chosen, database, [EVERYTHING], stored)
        lines = view.shown(Filter(site, state, alert, text, problems))
    put([words.line_json(line) for line in lines], as_json, table(lines))


def table(lines: list[Line]) -> list[str]:
    """Rows for people."""
    now = time.time()
    if not lines:
        return ["no boxes"]
    return words.columns(words.COLUMNS, [words.cells(line, now) for line in lines])


@click.command()
@click.argument("box")
@config_option
@json_option
@stored_option
def show(box: str, config: Path | None, as_json: bool, stored: bool) -> None:
    """All that is known of a box; BOX is SITE/BOX, or either when it is the only one."""
    chosen = settings(config)
    with opened(chosen) as database:
        found = looked(chosen, database, _topics(box), stored).find(box)
        if len(found) > 1:
            names = ", ".join(line.name for line in found[:10])
            raise click.UsageError(f'"{box}" can be {names}; say SITE/BOX')
        line = found[0]
        sent = _commands(database, line)
    put(words.line_json(line) | {"commands": sent}, as_json, [*_box_lines(line), *_sent(sent)])


def _topics(box: str) -> list[str]:
    site, _, name = box.partition("/")
    plain = name and not any(sign in box for sign in "*?[+#")
    return [f"{BASE}/{site}/{name}/#"] if plain else [EVERYTHING]


def _commands(database: Database, line: Line) -> list[dict[str, Any]]:
    with database.reading() as db:
        rows = db.rows(
            "SELECT id, command, argument, issued, expires, result, answered FROM commands "
            "WHERE site = ? AND box = ? ORDER BY issued DESC LIMIT ?",
            (line.box.site, line.box.box, COMMANDS_SHOWN),
        )
    return [
        {
            "id": row[0], "command": row[1], "argument": row[2], "issued": words.iso(row[3]),
            "expires": words.iso(row[4]), "result": json.loads(row[5]) if row[5] else None,
            "answered": words.iso(row[6]),
        }
        for row in rows
    ]  # fmt: skip


def _box_lines(line: Line) -> list[str]:
    box, health = line.box, line.health
    lines = [
        f"{line.name}: {box.status} since {words.moment(box.changed)}, "
        f"last heard {words.moment(box.heard) if box.heard else 'never'}"
    ]
    for episode in line.alerts:
        lines.append(
            f"  {episode.severity.value}: {words.alert_words(episode)} since "
            f"{words.moment(episode.opened)}: {words.MEANINGS[episode.kind]}"
        )
    if health is not None:
        lines += [f"  {name}: {value}" for name, value in health_words(health.model_dump())]
    if box.stale:
        lines.append(
            f"  {box.stale} messages of an older connection were ignored; if this box was set up "
            f"anew: nightporter fleet forget {line.name}"
        )
    return lines


def health_words(health: dict[str, Any]) -> list[tuple[str, str]]:
    """Each field of a health, in words."""
    told = []
    for name, value in health.items():
        if name in ("version", "connection") or value is None:
            continue
        if name == "programs":
            value = ", ".join(
                f"{key} {'ready' if program['ready'] else 'NOT READY'} ({program['starts']} "
                f"starts, {program['memory_mb']} MB)"
                for key, program in value.items()
            )
        elif name == "models":
            value = ", ".join(f"{model['kind']} {model['key']}" for model in value)
        elif isinstance(value, dict):
            value = ", ".join(f"{key} {number}" for key, number in value.items()) or "none"
        elif isinstance(value, bool):
            value = "yes" if value else "no"
        elif name == "at":
            value = words.moment(value.timestamp())
        elif name.endswith("_s"):
            name, value = name.removesuffix("_s"), words.span(value)
        told.append((name.replace("_", " "), str(value)))
    return told


def _sent(commands: list[dict[str, Any]]) -> list[str]:
    lines = []
    for command in commands:
        result = command["result"]
        became = "no answer" if result is None else result["result"]
        if result and result.get("refusal"):
            became += f" ({result['refusal']})"
        asked = f"{command['command']} {command['argument'] or ''}".strip()
        lines.append(f"  command {asked} of {command['issued']}: {became}")
    return lines


@click.command()
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@config_option
@json_option
@stored_option
def alerts(everything: bool, config: Path | None, as_json: bool, stored: bool) -> None:
    """What is wrong, the worst first."""
    chosen = settings(config)
    topics = [f"{BASE}/+/+/state", f"{BASE}/+/+/alert/#"]
    with opened(chosen) as database:
        view = looked(chosen, database, topics, stored)
        found = _all_alerts(database, view) if everything else _open_alerts(view)
    head = ("severity", "alert", "box", "opened", "closed", "what it says")
    rows = [
        (
            episode.severity.value, words.alert_words(episode), line.name,
            words.moment(episode.opened), words.moment(episode.closed),
            words.MEANINGS[episode.kind],
        )
        for line, episode in found
    ]  # fmt: skip
    listed = [words.episode_json(episode, line) for line, episode in found]
    put(listed, as_json, words.columns(head, rows) if rows else ["no alerts"])


def _open_alerts(view: View) -> list[tuple[Line, Any]]:
    lines = view.shown(Filter(alert="any"))
    return [(line, episode) for line in lines for episode in line.alerts]


def _all_alerts(database: Database, view: View) -> list[tuple[Line, Any]]:
    with database.reading() as db:
        rows = db.rows(f"{SELECT_EPISODE}, box_id FROM episodes ORDER BY last_opened DESC")
    return [
        (view.lines[box_id], episode_of(tuple(row)))
        for *row, box_id in rows
        if box_id in view.lines
    ]


@click.command()
@click.option("--since", default="7d", show_default=True, help="How far back: 24h, 7d, 4w.")
@config_option
@json_option
def report(since: str, config: Path | None, as_json: bool) -> None:
    """Calls by outcome, availability, unowned calls, worst boxes: as the consoles have seen it."""
    chosen = settings(config)
    now = time.time()
    with opened(chosen) as database:
        made = make_report(database, now - parse_since(since), now)
    put(made.as_json(), as_json, report_lines(made))
