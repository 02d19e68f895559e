"""`nightporter bench`: measurements of the whole box; each is imported when it is asked for."""

from __future__ import annotations

import importlib

import click

BENCHES = {
    "call": ("gateway.rehearsal.phone.bench_call:bench_call", "Silences at the caller's ear."),
    "understanding": (
        "gateway.rehearsal.bench_understanding:understanding",
        "How well callers are understood.",
    ),
    "scoring": (
        "gateway.rehearsal.phone.bench_scoring:bench_scoring",
        "How long the language model takes.",
    ),
    "fleet": ("gateway.fleet.bench:bench_fleet", "Thousands of boxes and one console."),
}
"""Name -> (module:attribute, help)."""


class LazyBenches(click.Group):
    """Measurements that are imported when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(BENCHES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in BENCHES:
            return None
        module, _, attribute = BENCHES[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Measurements"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(BENCHES.items())])


@click.group(cls=LazyBenches)
def bench() -> None:
    """Measure the box."""
