"""A box, a broker, a Radicale and the bridge between them: real programs, started once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.appointments.records import Appointment, Draft, Slot
from gateway.rehearsal.phone.office_calendar import OfficeCalendar
from gateway.rehearsal.phone.staff_calendar import CalendarEvent
from tests.sync import broker
from tests.sync.broker import Mosquitto
from tests.sync.conftest import Box
from tests.sync.relay import Relay

ZONE = ZoneInfo("America/New_York")
PHONE = "+12125550123"
FIRST = datetime.now(ZONE).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; several programs start anew, which takes long on a busy machine."""
    broker.until(condition, 240.0)


def at(days: int, hour: int, minute: int = 0) -> datetime:
    """Wall time of the office, so many days from now."""
    return FIRST + timedelta(days=days, hours=hour, minutes=minute)


def zoned(days: int, hour: int, minute: int = 0) -> datetime:
    """The same with its zone, as staff's program writes it."""
    return at(days, hour, minute).replace(tzinfo=ZONE)


class Office:
    """Everything that is to agree."""

    def __init__(self, folder: Path) -> None:
        self.broker = Mosquitto(folder / "broker").start()
        self.relay = Relay(self.broker.port, Random(1), repeat=0, delay=0, cut=0)
        self.box = Box(folder / "home", self.relay.port)
        self.box.start()
        self.calendar = OfficeCalendar(folder / "home", self.relay.port)
        self.staff = self.calendar.staff
        self.calls = 0

    def book(
        self, start: datetime, who: str = "weber", *, tentative: bool = False, name: str = "Ann Lee"
    ) -> str:
        """A caller books half an hour; gives the uid."""
        self.calls += 1
        draft = Draft("check-up", Slot(start, 30, who), name, PHONE, tentative=tentative)
        booked = self.box.store.book(draft, f"call-{self.calls}", now=datetime.now(UTC))
        return booked.appointment.uid

    def move(self, uid: str, start: datetime, who: str = "weber") -> None:
        """A caller moves an appointment."""
        self.calls += 1
        revision = self.stands(uid).revision
        now = datetime.now(UTC)
        self.box.store.move(uid, revision, Slot(start, 30, who), f"call-{self.calls}", now=now)

    def cancel(self, uid: str) -> None:
        """A caller cancels an appointment."""
        self.calls += 1
        revision = self.stands(uid).revision
        self.box.store.cancel(uid, revision, f"call-{self.calls}", now=datetime.now(UTC))

    def stands(self, uid: str) -> Appointment:
        """How the box has it."""
        return self.box.store.appointment(uid)

    def event(self, uid: str, who: str = "weber") -> CalendarEvent | None:
        """How the calendar has it."""
        return self.staff.event(who, uid)

    def shown(self, uid: str, who: str = "weber") -> CalendarEvent:
        """The event, once calendar and box agree about it."""
        until(lambda: self.agrees(self.stands(uid)))
        event = self.event(uid, who)
        assert event is not None
        return event

    def says(self, fact: str) -> Any:
        """What the bridge last said of itself; None while it is silent: it may have no turn."""
        return (self.calendar.status() or {}).get(fact)

    def busy(self, who: str = "weber") -> list[tuple[datetime, datetime]]:
        """What the box knows of staff's own events, wall time, in order."""
        with sqlite3.connect(self.box.paths.database) as db:
            rows = db.execute(
                "SELECT starts, ends FROM foreign_busy WHERE practitioner = ? ORDER BY starts",
                (who,),
            ).fetchall()
        return [(_local(start), _local(end)) for start, end in rows]

    def agrees(self, appointment: Appointment) -> bool:
        """Whether box and calendar say the same of an appointment."""
        found = {who: self.event(appointment.uid, who) for who in ("weber", "patel")}
        there = {who: event for who, event in found.items() if event is not None}
        if appointment.status.value == "cancelled":
            return all(event.status == "CANCELLED" for event in there.values())
        event = there.get(appointment.practitioner)
        return (
            event is not None
            and len(there) == 1
            and event.start == appointment.start.replace(tzinfo=ZONE)
            and event.end == appointment.end.replace(tzinfo=ZONE)
            and event.status == appointment.status.value.upper()
            and f"SEQUENCE:{appointment.revision}\r\n" in _lines(event.text)
        )

    def stop(self) -> None:
        """All of it."""
        self.calendar.stop()
        if self.box.process is not None and self.box.process.poll() is None:
            self.box.kill()
        self.box.store.close()
        self.relay.stop()
        self.broker.kill()


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(ZONE).replace(tzinfo=None)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    made.calendar.start()
    yield made
    made.stop()
