"""The office's own words, taken from its settings."""

from __future__ import annotations

from gateway.contract.settings import Settings
from gateway.conversation.meaning import Named, Vocabulary


def vocabulary_of(settings: Settings) -> Vocabulary:
    """What callers may name in this office: services, practitioners, facts, people, dangers."""
    return Vocabulary(
        services=tuple(Named(s.key, s.name, tuple(s.asked_as)) for s in settings.services),
        practitioners=tuple(
            Named(p.key, p.name, tuple(p.asked_as)) for p in settings.practitioners
        ),
        facts=tuple(
            Named(f.topic, f.topic.replace("-", " "), tuple(f.asked_as)) for f in settings.facts
        ),
        people=tuple(Named(p.key, p.name) for p in settings.people),
        danger_words=tuple(settings.danger_words),
        opening=settings.opening.hours(),
        country=settings.office.country,
        office_name=settings.office.name,
    )
