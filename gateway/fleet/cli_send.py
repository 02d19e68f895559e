"""`nightporter fleet key | send | forget`: what an operator does to boxes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from gateway.contract import fleet_signature
from gateway.contract.fleet import AlertKind, Result, topic
from gateway.fleet import keys
from gateway.fleet.broker import Link
from gateway.fleet.cli_look import health_words
from gateway.fleet.cli_settings import config_option, json_option, looked, opened, put, settings
from gateway.fleet.message import EVERYTHING
from gateway.fleet.sender import CAREFUL, Answer, Sender, parse_words
from gateway.fleet.settings import FleetSettings
from gateway.fleet.view import Line, View

EXPIRES_S = 60
"""A box that does not answer within a minute is not there; --expires for one that sleeps."""
MEANWHILE = (
    "  meanwhile it refused something that it could not trust: {}; is your key in its "
    "[fleet] operator_keys?"
)
"""A box names no command that it cannot trust, so it may have been another one."""


@click.command()
@config_option
def key(config: Path | None) -> None:
    """Make the operator's key (file mode 0600); print the public half for the boxes."""
    path = Path(settings(config).console.key_file)
    public = fleet_signature.public_text(keys.make(path))
    click.echo(f"{path}: written; keep a copy where you keep passwords")
    click.echo("in site.toml of every box that shall obey you:\n")
    click.echo(f'[fleet]\noperator_keys = ["{public}"]')


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="BOX... COMMAND [ARGUMENT]")
@click.option("--yes", is_flag=True, help="restart or settings to many boxes at once.")
@click.option(
    "--expires", type=click.IntRange(5, 7 * 86_400), default=EXPIRES_S, show_default=True,
    help="Seconds in which the boxes may still obey, and for which to wait.",
)  # fmt: skip
@config_option
@json_option
def send(
    words: tuple[str, ...], yes: bool, expires: int, config: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Sign a command for each box, send it, and wait for what becomes of it.

    BOX is SITE/BOX, a site, or a box's name; * and ? stand for anything. COMMAND is ping, diagnose,
    restart PROGRAM, night-mode on|off|auto, settings FILE, test-call or report.
    """
    chosen = settings(config)
    patterns, asked = parse_words(words)
    signer = keys.load(Path(chosen.console.key_file))
    with opened(chosen) as database:
        lines = _find(looked(chosen, database, [EVERYTHING], False), patterns)
        if asked.command in CAREFUL and len(lines) > chosen.console.ask_above and not yes:
            raise click.UsageError(
                f"{asked.command.value} would go to {len(lines)} boxes, more than "
                f"console.ask_above = {chosen.console.ask_above}; add --yes if you mean it"
            )
        answers = {}
        for answer in Sender(chosen, database, signer).send(lines, asked, expires):
            answers[answer.site, answer.box] = answer
            if not as_json:
                click.echo("\n".join(answer_lines(answer)))
    if as_json:
        put([_answer_json(answer) for answer in answers.values()], True, [])
    well = all(answer.result and answer.result.result != "refused" for answer in answers.values())
    sys.exit(0 if well else 1)


def _find(view: View, patterns: list[str]) -> list[Line]:
    found = {line.name: line for pattern in patterns for line in view.find(pattern)}
    return list(found.values())


def answer_lines(answer: Answer) -> list[str]:
    """What became of a command, for people."""
    name, result = f"{answer.site}/{answer.box}", answer.result
    if result is None:
        lines = [f"{name}: no answer in {answer.after_s:.0f} s"]
        if answer.meanwhile is not None:
            lines.append(MEANWHILE.format(answer.meanwhile.value))
        return lines
    refusal = f": {result.refusal.value}" if result.refusal else ""
    lines = [f"{name}: {result.result}{refusal} ({answer.after_s:.2f} s)"]
    lines += [f"  {check.name}: {check.result}" for check in result.checks]
    if result.health is not None:
        lines += [f"  {field}: {value}" for field, value in health_words(_plain(result))]
    return lines


def _plain(result: Result) -> dict[str, Any]:
    return result.health.model_dump() if result.health else {}


def _answer_json(answer: Answer) -> dict[str, Any]:
    return {
        "site": answer.site,
        "box": answer.box,
        "id": answer.id,
        "afterSeconds": round(answer.after_s, 3),
        "result": answer.result.model_dump(mode="json") if answer.result else None,
        "meanwhile": answer.meanwhile.value if answer.meanwhile else None,
    }


@click.command()
@click.argument("box")
@config_option
def forget(box: str, config: Path | None) -> None:
    """Take SITE/BOX out of the broker and the database: dismantled, or set up anew.

    A box that still runs is back as soon as it speaks.
    """
    chosen = settings(config)
    with opened(chosen) as database:
        found = looked(chosen, database, [EVERYTHING], False).find(box)
        if len(found) > 1 or found[0].name != box:
            raise click.UsageError("say SITE/BOX, one at a time, without * and ?")
        _clear(chosen, found[0])
        with database.writing() as db:
            db.remove_box(found[0].box.site, found[0].box.box)
    click.echo(f"{box}: forgotten")


def _clear(chosen: FleetSettings, line: Line) -> None:
    link = Link(chosen.broker, f"nightporter-fleet-forget-{line.box.site}-{line.box.box}")
    names = ["health", *(f"alert/{kind.value}" for kind in AlertKind), "state"]
    try:
        link.open()
        for name in names:
            link.publish(topic(line.box.site, line.box.box, name), b"", retain=True)
    finally:
        link.close()
