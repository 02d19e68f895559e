"""`nightporter fleet`: the operator's commands; each imports what it needs when it runs."""

from __future__ import annotations

import click

from gateway.lazy_group import LazyGroup

COMMANDS = {
    "key": ("gateway.fleet.cli_send:key", "Make the operator's key; print its public half."),
    "watch": ("gateway.fleet.cli_watch:watch", "A table that lives: problems first, filters."),
    "list": ("gateway.fleet.cli_look:list_boxes", "All boxes, problems first."),
    "show": ("gateway.fleet.cli_look:show", "All that is known of a box."),
    "alerts": ("gateway.fleet.cli_look:alerts", "What is wrong, the worst first."),
    "report": ("gateway.fleet.cli_look:report", "Calls, availability, worst boxes."),
    "send": ("gateway.fleet.cli_send:send", "Send a signed command to boxes."),
    "forget": ("gateway.fleet.cli_send:forget", "Forget a box that is gone for good."),
    "metrics": ("gateway.fleet.cli_watch:metrics", "Serve Prometheus metrics."),
    "simulate": ("gateway.fleet.cli_simulate:simulate", "Boxes that behave, for load and demos."),
}
"""Name -> (module:attribute, help)."""


@click.group(cls=LazyGroup, commands_at=COMMANDS)
def fleet() -> None:
    """Watch and command a fleet of boxes over the operator's broker."""
