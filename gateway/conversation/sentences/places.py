"""What a placeholder of a sentence is: how its value is spoken and what it can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from gateway.conversation.actions import Clause
from gateway.conversation.office import Office


@dataclass(frozen=True)
class Setting:
    """In which situation a sentence is spoken."""

    office: Office
    """whose sentence it is"""
    today: date
    """local date"""
    recorded: bool = False
    """True: there is no voice; only what can lie on disk may be spoken"""


@dataclass(frozen=True)
class Place:
    """A kind of placeholder."""

    say: Callable[[Setting, object], tuple[Clause, ...]]
    """clauses for a value"""
    finite: Callable[[Office], Iterable[str]] | None = None
    """every clause that it can be made of; None = personal data, never kept"""


def kept(*texts: str) -> tuple[Clause, ...]:
    """Clauses without personal data."""
    return tuple(Clause(text) for text in texts)


def a_or_an(noun: str) -> str:
    """ "a check-up", "an examination"."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def service_name(office: Office, key: str) -> str:
    """ "a check-up": a service as it is spoken."""
    return a_or_an(office.service(key).name)
