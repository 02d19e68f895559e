"""What all calls share: settings, store, models, clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.contract.service import Paths
from gateway.contract.settings import Settings
from gateway.conversation.office import Office
from gateway.switchboard.health import ModelsHealth
from gateway.switchboard.mailbox import Mailbox
from gateway.switchboard.store_desk import StoreDesk


@dataclass(frozen=True)
class Premises:
    """What all calls share."""

    office: Office
    """the office as the conversation knows it"""
    paths: Paths
    """folders"""
    desk: StoreDesk
    """the database"""
    health: ModelsHealth
    """the models worker"""
    mailbox: Mailbox
    """the spool of the line"""

    @property
    def settings(self) -> Settings:
        """site.toml"""
        return self.office.settings

    def now(self) -> datetime:
        """Local wall time of the office, aware."""
        return datetime.now(UTC).astimezone(self.settings.office.zone)

    def wall_time(self) -> datetime:
        """Local wall time of the office, naive: what the conversation reckons in."""
        return self.now().replace(tzinfo=None)
