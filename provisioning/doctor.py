"""`nightporter doctor`: every check with its mend; safe to paste into a ticket."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import click

from gateway.contract.service import Paths
from gateway.contract.settings import Settings
from gateway.contract.settings_file import load_settings
from gateway.errors import SettingsError
from provisioning import checks, checks_machine
from provisioning.checks import Ground
from provisioning.finding import Finding, worst
from provisioning.programs import Run, run

EXIT = {"ok": 0, "fail": 1, "warn": 3}
"""As monitoring expects of us: well, failed, degraded."""

Check = Callable[[Ground], Finding]

CHECKS: tuple[Check, ...] = (
    checks_machine.settings_proved,
    checks.secrets_private,
    checks.line_registered,
    checks.night_mode_off,
    checks_machine.port_free,
    checks_machine.fallback_reminder,
    checks.models_loaded,
    checks.models_verified,
    checks.broker_reached,
    checks.calendar_fresh,
    checks_machine.messages_taken_over,
    checks.clock_trusted,
    checks.disk_free,
    checks.memory_free,
    checks_machine.libraries,
    checks_machine.units,
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for other programs.")
@click.option("--quick", is_flag=True, help="Do not hash the models.")
def doctor(as_json: bool, quick: bool) -> None:
    """Check the box; every fault with its mend. Exit code 0 well, 3 degraded, 1 failed."""
    findings = examine(Paths.from_environment(), quick=quick)
    result = worst(findings)
    if as_json:
        data = {"result": result, "about": about(), "checks": [f.as_data() for f in findings]}
        click.echo(json.dumps(data, indent=2))
    else:
        click.echo("\n".join(report(findings)))
    sys.exit(EXIT[result])


def examine(paths: Paths, *, quick: bool = False, run: Run = run) -> list[Finding]:
    """Every finding. No name, number, host or password of an office is in any of them."""
    settings, finding = _settings(paths)
    ground = Ground(paths, settings, run)
    findings = [finding]
    for check in CHECKS:
        if quick and check is checks.models_verified:
            findings.append(Finding("models", "skipped", "not hashed (--quick)"))
            continue
        findings.append(check(ground))
    findings += checks.programs_alive(ground)
    return findings


def about() -> dict[str, Any]:
    """What runs here: versions only."""
    try:
        ours = version("nightporter")
    except PackageNotFoundError:
        ours = "from a checkout"
    return {
        "nightporter": ours,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "system": platform.system(),
        "kernel": platform.release(),
    }


def report(findings: list[Finding]) -> list[str]:
    """For people: the bad first."""
    versions = ", ".join(f"{name} {value}" for name, value in about().items())
    order = {"fail": 0, "warn": 1, "ok": 2, "skipped": 3}
    lines = [versions, ""]
    for finding in sorted(findings, key=lambda f: order[f.result]):
        lines += finding.lines()
    bad = sum(f.result == "fail" for f in findings)
    look = sum(f.result == "warn" for f in findings)
    return [*lines, "", f"{bad} bad, {look} to look at, {len(findings)} checks"]


def _settings(paths: Paths) -> tuple[Settings | None, Finding]:
    if not paths.settings.exists():
        mend = "plug in a stick made with `nightporter stick make`"
        return None, Finding("settings", "fail", "this box was never set up", mend)
    try:
        settings = load_settings(paths.settings)
    except SettingsError as error:
        faults = str(error).splitlines()
        # Names of files and fields only: what stands behind them may be a name or a number.
        where = sorted({":".join(fault.split(": ")[:2]).rpartition("/")[2] for fault in faults})
        what = f"{len(faults)} faults in site.toml: {'; '.join(where[:5])}"
        mend = "run `nightporter settings check`; the line goes on with the last good settings"
        return None, Finding("settings", "fail", what, mend)
    return settings, Finding("settings", "ok", "site.toml can be read and agrees with itself")
