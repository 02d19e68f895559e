"""Times and drafts that the tests of the store share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.appointments.records import Draft, Slot

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
"""Sunday, 15:00 in New York: the office is closed."""
TEN = Slot(datetime(2026, 11, 24, 10), 30, "weber")
"""Tuesday at ten."""
PHONE = "+12125550123"


def later(**time: float) -> datetime:
    return NOW + timedelta(**time)


def slot(hour: int, minute: int = 0, *, minutes: int = 30, who: str = "weber") -> Slot:
    return Slot(datetime(2026, 11, 24, hour, minute), minutes, who)


def draft(at: Slot = TEN, *, name: str = "Anna Brown", phone: str = PHONE, **more: bool) -> Draft:
    return Draft("check-up", at, name, phone, **more)
