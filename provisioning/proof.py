"""How the box proves itself after new settings: the line first, then everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.errors import SettingsError
from provisioning import checks
from provisioning.call_test import BY_HAND, TRY_FALLBACK, call_to_itself
from provisioning.checks import Ground
from provisioning.finding import Finding
from provisioning.programs import LINE_LIMIT_S, PROGRAMS_LIMIT_S, Programs


@dataclass(frozen=True)
class Proof:
    """Whether the line is back, and what else was found."""

    line: bool
    """The line is on duty"""
    findings: tuple[Finding, ...]
    """Each check with its result"""


Prove = Callable[[Paths, float], Proof]
"""(paths, when the programs were restarted) -> the proof."""


def prove(
    paths: Paths,
    since: float,
    *,
    programs: Programs | None = None,
    line_limit_s: float = LINE_LIMIT_S,
    all_limit_s: float = PROGRAMS_LIMIT_S,
) -> Proof:
    """Wait for the line, then for the others, then look at everything."""
    programs = programs or Programs(paths)
    try:
        settings = load_settings(paths.settings)
    except SettingsError:
        settings = None
    ground = Ground(paths, settings, programs.run)
    if not programs.wait_for_line(since, line_limit_s):
        return Proof(False, _without_line(ground))
    programs.wait_for_all(since, all_limit_s)
    return Proof(
        True,
        (
            checks.line_registered(ground),
            *checks.programs_alive(ground),
            checks.models_loaded(ground),
            *call_to_itself(ground),
            checks.broker_reached(ground),
            checks.calendar_fresh(ground),
            checks.clock_trusted(ground),
            checks.disk_free(ground),
            checks.memory_free(ground),
            checks.models_verified(ground),
        ),
    )


def _without_line(ground: Ground) -> tuple[Finding, ...]:
    """What can be said at once: the old settings may be waiting to come back."""
    why = "not checked, because the line is not on duty"
    return (
        checks.line_registered(ground),
        *checks.programs_alive(ground),
        Finding("test call", "skipped", why, BY_HAND),
        Finding("fallback", "skipped", why, TRY_FALLBACK),
        checks.broker_reached(ground),
        checks.calendar_fresh(ground),
        checks.clock_trusted(ground),
        checks.disk_free(ground),
        checks.memory_free(ground),
        Finding("models", "skipped", why, "`nightporter models verify`"),
    )
