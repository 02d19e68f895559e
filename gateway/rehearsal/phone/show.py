"""What the demo prints: steps, the live transcript, rows, messages, where everything lies."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import click

from gateway.rehearsal.phone.result import CallResult, summary

_BEGAN = time.monotonic()
_ROW_KEYS = ("start", "service", "practitioner", "name", "phone", "status")


def step(text: str) -> None:
    """Progress."""
    click.echo(f"[{time.monotonic() - _BEGAN:5.1f} s] {text}")


def title(text: str) -> None:
    """A call begins."""
    click.echo()
    click.secho(f"--- {text}", bold=True)
    click.echo("silence    who     (the box's words are as the caller's own recogniser heard them)")


def line(who: str, text: str, silence_s: float | None) -> None:
    """One line of the live transcript."""
    silence = "" if silence_s is None else f"{silence_s:6.2f} s"
    click.echo(f"{silence:8}   {who:7} {text}")


def left_behind(result: CallResult) -> None:
    """Rows and messages of one call, and what is wrong."""
    left = result.left
    if result.mishap and result.mishap.speech_ms is not None:
        click.echo(f"    from the kill to the next words: {result.mishap.speech_ms:.0f} ms")
    if left.call:
        click.echo(
            f"    database: call {left.call['id'][:8]}, outcome {left.call['outcome']}, "
            f"lowest rung {left.call['lowest_rung']}"
        )
    for row in left.appointments:
        click.echo("    database: appointment " + ", ".join(str(row[k]) for k in _ROW_KEYS))
    for row in left.messages:
        sound = f"{row['seconds']:.1f} s of sound" if row["seconds"] else "no sound"
        click.echo(f"    database: message ({row['kind']}, {sound}): {row['about']}")
    for row in left.follow_ups:
        click.echo(
            f"    database: follow-up for {row['owner']} until {row['due_at']}: {row['reason']}"
        )
    for message in left.mqtt:
        if message["payload"].get("type") in ("appointment.booked", "message.taken"):
            body = json.dumps(message["payload"].get("after"), ensure_ascii=False)
            click.echo(f"    mosquitto_sub: {message['topic']}\n        {body}")
    click.echo(f"    recording: {result.recording} (caller left, box right)")
    if result.voicemail:
        click.echo(f"    voicemail: {result.voicemail}")
    for fault in result.faults:
        click.secho(f"    NOT AS TOLD: {fault}", fg="red")


def ending(results: Sequence[CallResult], out: Path, seconds: float) -> None:
    """The last lines."""
    figures = summary(results)
    click.echo()
    for name, text in (("reply_ms", "first sound"), ("speech_ms", "first words")):
        values = figures[name]
        if values["count"]:
            click.echo(
                f"silence before a reply ({text}): median {values['median']} ms, "
                f"P95 {values['p95']} ms over {values['count']} turns"
            )
    good = sum(not result.faults for result in results)
    verdict = "all went as told" if good == len(results) else "NOT all went as told"
    click.secho(
        f"{good} of {len(results)} calls: {verdict}; {seconds:.0f} s; see {out / 'result.json'}",
        fg="green" if good == len(results) else "red",
        bold=True,
    )
