"""Danger said into a message: nobody can answer it there, but the on-call person is told."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.appointments.records import NoteDraft
from gateway.conversation.meaning import Context
from gateway.conversation.understanding import understand
from gateway.switchboard.premises import Premises


def alert_about(said: Iterable[str], premises: Premises, phone: str) -> NoteDraft | None:
    """The alert for the first of these utterances that speaks of danger, None without any."""
    context = Context(premises.wall_time(), premises.office.vocabulary)
    for text in said:
        if understand(text, context).danger:
            return NoteDraft(f'Said in a message: "{text}"', "urgent", phone=phone, urgent=True)
    return None
