"""The office as the conversation knows it: settings, the words callers use, who does what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from gateway.contract.opening_hours import OpeningHours
from gateway.contract.settings import Fact, Person, Practitioner, Service, Settings
from gateway.conversation.meaning import Vocabulary
from gateway.conversation.vocabulary import vocabulary_of

T = TypeVar("T", Service, Practitioner)


@dataclass(frozen=True)
class Office:
    """One office; made once and shared by all its calls."""

    settings: Settings
    """site.toml"""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The office's own words."""
        return vocabulary_of(self.settings)

    @cached_property
    def opening(self) -> OpeningHours:
        """When the office is open."""
        return self.settings.opening.hours()

    @property
    def country(self) -> str:
        """ISO 3166 code."""
        return self.settings.office.country

    def service(self, key: str) -> Service:
        """The service with this key; KeyError when there is none."""
        return _keyed(self.settings.services, key)

    def practitioner(self, key: str) -> Practitioner:
        """The practitioner with this key; KeyError when there is none."""
        return _keyed(self.settings.practitioners, key)

    def fact(self, topic: str) -> Fact | None:
        """What may be told about a topic."""
        return next((fact for fact in self.settings.facts if fact.topic == topic), None)

    def does(self, practitioner: str, service: str) -> bool:
        """Whether the practitioner does this service."""
        services = self.practitioner(practitioner).services
        return not services or service in services

    def who_does(self, service: str) -> tuple[Practitioner, ...]:
        """Practitioners who do the service, in the order of the settings."""
        return tuple(p for p in self.settings.practitioners if self.does(p.key, service))

    @cached_property
    def on_call(self) -> Person | None:
        """Who is told about urgent calls."""
        return next((person for person in self.settings.people if person.on_call), None)

    def person(self, key: str) -> Person | None:
        """A person that calls can be passed to."""
        return next((person for person in self.settings.people if person.key == key), None)


def _keyed(entries: list[T], key: str) -> T:
    for entry in entries:
        if entry.key == key:
            return entry
    raise KeyError(key)
