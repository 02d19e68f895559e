"""The `nightporter` command; every subcommand is imported only when it is used."""

from __future__ import annotations

import sys

import click

from gateway.errors import NightporterError
from gateway.lazy_group import LazyGroup

COMMANDS = {
    "up": ("gateway.supervisor.up:up", "Run the whole box from this terminal."),
    "demo": ("gateway.rehearsal.phone.demo:demo", "Four real calls on loopback."),
    "bench": ("gateway.rehearsal.bench:bench", "Measure the box."),
    "talk": ("gateway.rehearsal.talk:talk", "Talk to the box by typing or headset."),
    "rehearse": ("gateway.rehearsal.rehearse:rehearse", "Grade the box with simulated callers."),
    "understand": ("gateway.rehearsal.understand:understand", "JSON lines in, meaning out."),
    "states": ("gateway.rehearsal.states:states", "Draw the table of the conversation."),
    "sentences": ("gateway.rehearsal.states:sentences", "List every sentence a caller can hear."),
    "models": ("models.cli:models", "List, fetch and verify models."),
    "say": ("models.cli_say:say", "Render a sentence with the box's own voice."),
    "phrases": ("gateway.rehearsal.phrases:phrases", "Render the fixed phrases ahead of time."),
    "settings": ("gateway.settings_cli:settings", "Check and document site.toml."),
    "bookings": ("gateway.store.cli_bookings:bookings", "List, show, cancel, restore bookings."),
    "requests": ("gateway.store.cli_bookings:requests", "Accept, decline or move requests."),
    "follow-ups": ("gateway.store.cli_follow_ups:follow_ups", "What somebody has to do."),
    "calendar-bridge": (
        "gateway.calendar_bridge.cli:calendar_bridge",
        "Keep the office's calendar and the box in step.",
    ),
    "calls": ("gateway.store.cli_calls:calls", "The calls of the night."),
    "journal": ("gateway.store.cli_calls:journal", "Verify the journal of decisions."),
    "call-test": ("telephony.call_test:call_test", "The box calls itself and asks something."),
    "fleet": ("gateway.fleet.cli:fleet", "The operator's console: watch and command many boxes."),
    "doctor": ("provisioning.doctor:doctor", "Check the box; every fault with its mend."),
    "support-bundle": ("provisioning.support_bundle:support_bundle", "A file for whoever helps."),
    "upgrade": ("provisioning.upgrade:upgrade", "Install a signed package; goes back by itself."),
    "stick": ("provisioning.cli_stick:stick", "Make and check USB sticks for a box."),
}
"""Name -> (module:attribute, help). Other programs' commands are named here, never imported."""


@click.group(
    cls=LazyGroup,
    commands_at=dict(sorted(COMMANDS.items())),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="nightporter")
def nightporter() -> None:
    """The night porter of a small office's phone line."""


def main() -> None:
    """Run the command; our own errors are one clear message and exit code 1."""
    try:
        nightporter()
    except NightporterError as error:
        click.echo(f"nightporter: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
