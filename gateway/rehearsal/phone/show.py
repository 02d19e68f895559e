"""What the demo prints: steps, the live transcript, rows, messages, where everything lies."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from gateway.rehearsal.phone.result import CallResult, summary

_BEGAN = time.monotonic()
_ROW_KEYS = ("start", "service", "practitioner", "name", "phone", "status")
_SHOWN_OF_EVENT = ("SUMMARY", "DTSTART;", "DTEND;", "STATUS", "SEQUENCE", "UID")
_SHOWN_EVENTS = ("appointment.booked", "appointment.moved", "message.taken")


def step(text: str) -> None:
    """Progress."""
    click.echo(f"[{time.monotonic() - _BEGAN:5.1f} s] {text}")


def line(who: str, text: str, silence_s: float | None) -> None:
    """One line of a live transcript."""
    click.echo(_line(who, text, silence_s))


class Transcript:
    """What is shown of one call; of calls that overlap the later waits for the end of the first."""

    def __init__(self, title: str, after: Transcript | None = None) -> None:
        self._kept: list[str] = []
        self._next: Transcript | None = None
        self._closed = False
        self._open = after is None or after._closed
        if after is not None and not after._closed:
            after._next = self
        self._show("\n" + click.style(f"--- {title}", bold=True))
        self._show("silence    who     (the box's words are as the caller's recogniser heard them)")

    def line(self, who: str, text: str, silence_s: float | None) -> None:
        """One line of the call, as it is spoken."""
        self._show(_line(who, text, silence_s))

    def close(self, result: CallResult) -> None:
        """Show what the call has left behind, and then the call that came after."""
        for text in _left_behind(result):
            self._show(text)
        self._closed = True
        following = self._next
        if self._open and following is not None:
            following._begin()

    def _show(self, text: str) -> None:
        if self._open:
            click.echo(text)
        else:
            self._kept.append(text)

    def _begin(self) -> None:
        self._open = True
        for text in self._kept:
            click.echo(text)
        if self._closed and self._next is not None:
            self._next._begin()


def _line(who: str, text: str, silence_s: float | None) -> str:
    silence = "" if silence_s is None else f"{silence_s:6.2f} s"
    return f"{silence:8}   {who:7} {text}"


def _left_behind(result: CallResult) -> Iterator[str]:
    """Rows and messages of one call, and what is wrong."""
    left = result.left
    if result.mishap and result.mishap.speech_ms is not None:
        yield f"    from the kill to the next words: {result.mishap.speech_ms:.0f} ms"
    if left.call:
        yield (
            f"    database: call {left.call['id'][:8]}, outcome {left.call['outcome']}, "
            f"lowest rung {left.call['lowest_rung']}"
        )
    for row in left.appointments:
        yield "    database: appointment " + ", ".join(str(row[k]) for k in _ROW_KEYS)
    for row in left.messages:
        sound = f"{row['seconds']:.1f} s of sound" if row["seconds"] else "no sound"
        yield f"    database: message ({row['kind']}, {sound}): {row['about']}"
    for row in left.follow_ups:
        yield f"    database: follow-up for {row['owner']} until {row['due_at']}: {row['reason']}"
    for message in left.mqtt:
        if message["payload"].get("type") in _SHOWN_EVENTS:
            body = json.dumps(message["payload"].get("after"), ensure_ascii=False)
            yield f"    mosquitto_sub: {message['topic']}\n        {body}"
    for event in left.calendar:
        lines = [line for line in event.text.splitlines() if line.startswith(_SHOWN_OF_EVENT)]
        yield f"    Radicale: {event.href}"
        yield from (f"        {line}" for line in lines if "TZID" not in line.partition(":")[2])
    yield f"    recording: {result.recording} (caller left, box right)"
    if result.voicemail:
        yield f"    voicemail: {result.voicemail}"
    for fault in result.faults:
        yield click.style(f"    NOT AS TOLD: {fault}", fg="red")


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
