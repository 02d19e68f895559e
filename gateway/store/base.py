"""What every noun of the store shares: the connection, the book, who we are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.appointments.book import Book
from gateway.contract.settings import Retention
from gateway.store.database import Database


@dataclass(frozen=True)
class StoreSettings:
    """What the store needs of site.toml."""

    book: Book
    """opening hours and booking rules, without exceptions"""
    site: str
    """short name of the site"""
    box: str
    """short name of the box"""
    retention: Retention
    """how long things are kept"""
    recordings: Path | None = None
    """folder of the recordings; only files in it are ever erased"""


class Base:
    """One connection and the office's settings."""

    def __init__(self, db: Database, settings: StoreSettings) -> None:
        self._db = db
        self._settings = settings
        self._book = settings.book

    @property
    def _zone(self) -> ZoneInfo:
        return self._book.zone

    def local(self, moment: datetime) -> datetime:
        """An aware moment as the office's wall time, naive."""
        return self._book.local(moment)
