"""The first words of a call: rendered once for the line, which plays them by itself."""

from __future__ import annotations

from gateway.conversation.office import Office

GREETING = (
    "Hello, this is the automated assistant of {office}. "
    "You can ask for a person at any time. Calls may be recorded. How can I help you?"
)
"""Says first that it is a machine, second where the way out is."""


def greeting(office: Office) -> str:
    """The greeting of this office."""
    return GREETING.format(office=office.settings.office.name)
