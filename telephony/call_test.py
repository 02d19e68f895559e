"""`nightporter call-test`: the box calls itself, is answered, and asks for the opening hours."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import click

from gateway.contract import self_call
from gateway.contract.service import Paths, write_atomically
from gateway.contract.settings_file import load_secrets, load_settings
from telephony.call_report import CallReport
from telephony.self_caller import SelfCaller

RESULT = "call-test.json"
"""In the folder of sockets; the last try of the fallback."""
EXIT = {"understood": 0, "not-answered": 1, "not-understood": 3}
"""As `doctor`: well, failed, degraded."""


@click.command("call-test")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for other programs.")
@click.option(
    "--fallback",
    is_flag=True,
    help="Also leave the exchange for a moment and hear who answers instead (not while a call is "
    "on).",
)
def call_test(as_json: bool, fallback: bool) -> None:
    """Call the box by its own line: is it answered and understood? Nobody is called but itself,
    and with --fallback whoever the office's provider forwards to."""
    paths = Paths.from_environment()
    settings = load_settings(paths.settings)
    password = load_secrets(paths.secrets).line_password
    caller = SelfCaller(paths, settings, password.get_secret_value() if password else None)
    try:
        report = caller.run(fallback=fallback)
    finally:
        self_call.withdraw(paths)
    result = json.dumps(report.as_data(), indent=2)
    if fallback:
        with contextlib.suppress(OSError):  # only for `doctor`, which reminds of it
            write_atomically(paths.runtime / RESULT, result.encode(), sync=False)
    click.echo(result if as_json else "\n".join(_lines(report)))
    sys.exit(EXIT[report.result])


def _lines(report: CallReport) -> list[str]:
    signs = {"ok": "ok", "warn": "look", "fail": "BAD", "skipped": "not checked"}
    lines = []
    for check in report.checks:
        lines.append(f"{signs[check.result]:11} {check.name}: {check.what}")
        lines += [f"{'':11}   to mend: {check.mend}"] if check.mend else []
    words: dict[str, Any] = {"said": report.said, "heard": report.heard or "nothing"}
    return [*lines, *(f"{name}: {text}" for name, text in words.items())]
