"""`nightporter fleet`: the operator's commands; each imports what it needs when it runs."""

from __future__ import annotations

import importlib

import click

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


class LazyFleet(click.Group):
    """Commands that are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyFleet)
def fleet() -> None:
    """Watch and command a fleet of boxes over the operator's broker."""
