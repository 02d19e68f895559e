"""A team meeting that staff type into the office's calendar: it blocks the time on the phone."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from gateway.contract.settings import Settings
from gateway.errors import StartRefused
from gateway.rehearsal.phone.staff_calendar import StaffCalendar

TITLE = "Team meeting"
MINUTES = 30
"""Its length."""
KNOWN_DEADLINE_S = 60.0
"""From the calendar over bridge and broker into the box: a second, on busy cores some more."""
STEP_S = 0.1
"""Between two looks."""


@dataclass(frozen=True)
class Meeting:
    """Everybody's time is taken."""

    start: datetime
    """with the office's time zone"""
    practitioners: tuple[str, ...]
    """whose"""

    @classmethod
    def at(cls, day: date, hour: int, settings: Settings) -> Meeting:
        """Of the whole office."""
        start = datetime(day.year, day.month, day.day, hour, tzinfo=settings.office.zone)
        return cls(start, tuple(practitioner.key for practitioner in settings.practitioners))

    def write(self, staff: StaffCalendar) -> None:
        """Staff type it, by hand, into each calendar."""
        for practitioner in self.practitioners:
            staff.add(practitioner, self.start, MINUTES, TITLE)

    def wait(self, database: Path, tell: Callable[[str], None]) -> None:
        """Until the box knows; StartRefused after KNOWN_DEADLINE_S."""
        began = time.monotonic()
        while set(self.practitioners) - _busy(database):
            if time.monotonic() - began > KNOWN_DEADLINE_S:
                raise StartRefused("the team meeting never came from the calendar to the box")
            time.sleep(STEP_S)
        when = f"{self.start:%A, %d %B at %H:%M}"
        tell(f"Radicale: {TITLE}, {when}, typed by staff; the box knows that the time is taken")

    def overlaps(self, start: datetime, minutes: int) -> bool:
        """Whether an appointment (local wall time) would lie over it."""
        begin = self.start.replace(tzinfo=None)
        apart = (start - begin).total_seconds() / 60
        return -minutes < apart < MINUTES


def _busy(database: Path) -> set[str]:
    """Practitioners for whom the calendar has told of busy times."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT DISTINCT practitioner FROM foreign_busy").fetchall()
    return {practitioner for (practitioner,) in rows}
