"""What all calls of a rehearsal share: the real store, a virtual clock, what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.contract.settings import Settings
from gateway.conversation import actions as a
from gateway.conversation.conversation import office_of
from gateway.conversation.office import Office
from gateway.store.store import Store


@dataclass
class World:
    """What all calls of a scenario share."""

    settings: Settings
    """site.toml"""
    store: Store
    """the real database"""
    now: datetime
    """virtual time, aware"""
    scores: Callable[[a.AskModel], tuple[float, ...] | None] = lambda action: None
    """stands in for the language model; None = it fails"""
    failing: set[str] = field(default_factory=set)
    """names of actions that the database refuses"""
    between: dict[str, Callable[[], None]] = field(default_factory=dict)
    """action -> what somebody else does just before it is carried out, once"""
    transfer_code: int = 200
    """how transfers end"""
    stale: set[str] = field(default_factory=set)
    """"calendar" or "clock": what cannot be relied on"""
    office: Office = field(init=False)
    """as the conversation knows it"""

    def __post_init__(self) -> None:
        self.office = office_of(self.settings)

    @property
    def local(self) -> datetime:
        """Local wall time of the office, naive."""
        return self.now.astimezone(self.settings.office.zone).replace(tzinfo=None)

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
