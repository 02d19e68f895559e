"""A box, a broker, a calendar server and the bridge in one process, each of which can be away."""

from __future__ import annotations

import contextlib
import random
import re
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from gateway.appointments.book import Book
from gateway.appointments.records import Appointment, Draft, Slot, Status
from gateway.calendar_bridge import broker_side
from gateway.calendar_bridge.bridge import Bridge
from gateway.calendar_bridge.broker_side import BrokerSide, subscriptions
from gateway.calendar_bridge.memory import Memory
from gateway.calendar_bridge.settings import BridgeBroker, BridgeSettings
from gateway.contract.settings_file import load_settings
from gateway.errors import (
    CalendarAway,
    CalendarChanged,
    CalendarGone,
    NotFound,
    SlotTaken,
    StoreError,
    SyncError,
)
from gateway.store.store import Store
from gateway.sync.connection import Address, Message, Will
from gateway.sync.drain import Drain, encode
from gateway.sync.inbound import Inbound
from gateway.sync.topics import Topics
from tests.calendar_bridge.conftest import ZONE, at
from tests.sync.conftest import SAMPLE

TOPICS = Topics("hillside", "front-desk")
WHO = ("weber", "patel")
SETTINGS = BridgeSettings.model_validate(
    {
        "site": "hillside",
        "box": "front-desk",
        "timezone": ZONE.key,
        "broker": BridgeBroker(host="broker.example"),
        "calendars": [
            {"practitioner": who, "url": f"http://calendar.example/{who}/"} for who in WHO
        ],
    }
)


class Server:
    """A calendar server; the bridge's Link to it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.away = False
        self.closed: set[str] = set()
        """calendars that nobody may read"""
        self.forgetful = 0.0
        """share of requests that are carried out and never answered"""
        self.breaks_over = ""
        """uid of an event over which it breaks"""
        self.rewrites = False
        """it drops properties that it does not know, folds anew, and tells no ETag"""
        self.confirms = False
        """it makes CONFIRMED of TENTATIVE, and calls it what it was given"""
        self.files: dict[str, tuple[str, str]] = {}
        """path -> (etag, text)"""
        self.version = 0

    def ask(self, do: str, **fields: Any) -> Any:
        if self.away or fields["calendar"] in self.closed:
            raise CalendarAway("switched off")
        answer = getattr(self, f"_{do}")(**fields)
        if self.chance.random() < self.forgetful:
            raise CalendarAway("no answer")
        return answer

    def write(self, path: str, text: str) -> str:
        self.version += 1
        self.files[path] = (f'"{self.version}"', text)
        return self.files[path][0]

    def remove(self, path: str) -> None:
        self.version += 1
        del self.files[path]

    def events(self) -> list[tuple[str, Any]]:
        """(path, event) of all, in order."""
        return [
            (path, Calendar.from_ical(text).walk("VEVENT")[0])
            for path, (_, text) in sorted(self.files.items())
        ]

    def _token(self, calendar: str) -> str:
        return f"{calendar}{self.version}"

    def _list(self, calendar: str) -> list[list[Any]]:
        paths = [p for p in sorted(self.files) if p.startswith(f"/{calendar}/")]
        return [[p, self.files[p][0], len(self.files[p][1])] for p in paths]

    def _get(self, calendar: str, href: str) -> dict[str, str]:
        if href not in self.files:
            raise CalendarGone("404")
        etag, text = self.files[href]
        return {"etag": etag, "text": text}

    def _put(self, calendar: str, href: str, text: str, etag: str | None) -> dict[str, str]:
        if self.breaks_over and self.breaks_over in href:
            raise CalendarAway("HTTP 500")
        there = self.files.get(href, (None, ""))[0]
        if (etag or None) != there:
            raise CalendarChanged("412")
        if self.confirms:
            text = text.replace("STATUS:TENTATIVE", "STATUS:CONFIRMED")
        if self.rewrites:
            self.write(href, rewritten(text))
            return {"etag": ""}
        return {"etag": self.write(href, text)}

    def _delete(self, calendar: str, href: str, etag: str) -> None:
        if self.files.get(href, (None, ""))[0] != etag:
            raise CalendarChanged("412")
        self.remove(href)


def rewritten(text: str) -> str:
    """As a gateway to another kind of calendar gives it back."""
    calendar = Calendar.from_ical(text)
    calendar["PRODID"] = "-//Another server//EN"
    calendar.subcomponents = calendar.walk("VEVENT")
    for event in calendar.subcomponents:
        for name in [name for name in event if name.startswith("X-")]:
            del event[name]
        start, end = event.pop("DTSTART").dt, event.pop("DTEND").dt
        event.add("DTSTART", start.astimezone(UTC))
        event.add("DURATION", end - start)
        event.add("X-APPLE-TRAVEL-ADVISORY-BEHAVIOR", "AUTOMATIC")
    return str(calendar.to_ical().decode())


class Broker:
    """Keeps retained messages and the two sessions."""

    def __init__(self) -> None:
        self.up = True
        self.retained: dict[str, bytes] = {}
        self.for_box: list[tuple[str, bytes]] = []
        self.for_bridge: list[tuple[str, bytes]] = []
        self.connection: Connection | None = None
        self.lives = 1
        self.said: list[tuple[str, bytes]] = []
        """all that the bridge ever published"""
        self.breaks = 0.1
        """share of the bridge's messages that are taken and never acknowledged"""

    def die(self, chance: random.Random) -> None:
        """Killed, and back: what it had acknowledged and not yet written is gone."""
        self.lives += 1
        self.connection = None
        for queue in (self.for_box, self.for_bridge):
            del queue[chance.randint(0, len(queue)) :]
        for topic in [t for t in self.retained if chance.random() < 0.5]:
            del self.retained[topic]

    def publish(self, topic: str, payload: bytes, retain: bool) -> None:
        if retain:
            self.retained[topic] = payload
        if topic.startswith(f"{TOPICS.base}/in/"):
            self.for_box.append((topic, payload))
        elif topic != TOPICS.calendar:
            self.for_bridge.append((topic, payload))


class Connection:
    """Stands in for gateway.sync.connection.Connection at the bridge's end."""

    broker: Broker
    chance: random.Random

    def __init__(self, address: Address, will: Will) -> None:
        self._acknowledged: set[int] = set()
        self._number = 0

    def open(self) -> None:
        if not self.broker.up:
            raise SyncError("broker away")
        self.broker.connection = self
        kept = [m for m in self.broker.retained.items() if m[0] != TOPICS.calendar]
        self.broker.for_bridge += kept

    def turn(self, _timeout_s: float) -> None:
        if not self.broker.up or self.broker.connection is not self:
            raise SyncError("connection lost")

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, wish: bool = False
    ) -> int:
        self._number += 1
        if not self.broker.up or self.broker.connection is not self:
            raise SyncError("connection lost")
        self.broker.publish(topic, payload, retain)
        self.broker.said.append((topic, payload))
        if self.chance.random() < self.broker.breaks:
            self.broker.connection = None  # it breaks before the acknowledgement
        else:
            self._acknowledged.add(self._number)
        return self._number

    def take_acknowledged(self) -> set[int]:
        taken, self._acknowledged = self._acknowledged, set()
        return taken

    def take_message(self) -> Message | None:
        if not self.broker.for_bridge:
            return None
        topic, payload = self.broker.for_bridge[0]
        return Message(topic, payload, 1)

    def acknowledge(self, _message: Message) -> None:
        self.broker.for_bridge.pop(0)

    def close(self, _last: Will | None = None) -> None:
        pass

    def drop(self) -> None:
        pass


class Inline:
    """A thread that works at once."""

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(work(*arguments))
        return future

    def shutdown(self, **_: object) -> None:
        pass


class World:
    """All four; the methods are what may happen."""

    def __init__(
        self, folder: Path, seed: int, patch: pytest.MonkeyPatch,
        settings: BridgeSettings = SETTINGS,
    ) -> None:  # fmt: skip
        self.bridge_settings = settings
        self.chance = random.Random(seed)
        self.folder = folder
        self.server = Server(self.chance)
        self.broker = Broker()
        self.box_on = True
        settings = load_settings(SAMPLE)
        self.store = Store.open(folder / "n.db", settings)
        self.inbound = Inbound(self.store, TOPICS, Book.from_settings(settings))
        self.drain = Drain(self.store, TOPICS)
        self.acknowledged: set[int] = set()
        self.connections = (0, 0)
        """of the box: how many, and to which of the broker's lives the last one was"""
        self.number = 0
        self.staffs: dict[str, tuple[str, datetime]] = {}
        patch.setattr(broker_side, "Connection", Connection)
        patch.setattr(Connection, "broker", self.broker, raising=False)
        patch.setattr(Connection, "chance", self.chance, raising=False)
        self.calls = 0
        self.memory: Memory | None = None
        self.start_bridge()

    # --- the programs

    def start_bridge(self) -> None:
        """Start, or kill and start again."""
        if self.memory is not None:
            self.memory.close()
        self.broker.connection = None
        self.memory = Memory(self.folder / "bridge.db")
        address = Address(
            self.bridge_settings.broker, "bridge", subscriptions=subscriptions(TOPICS)
        )
        side = BrokerSide(self.memory, TOPICS, address, 60.0)
        self.bridge = Bridge(self.bridge_settings, self.memory, side, self.server)
        self.bridge._thread = Inline()  # type: ignore[assignment]

    def run_bridge(self, turns: int = 4) -> None:
        for _ in range(turns):
            self.bridge._next_look = 0.0
            self.bridge._broker._next_try = 0.0
            for _ in range(3):  # look, write, and what came of it
                self.bridge.step()

    def run_box(self) -> None:
        """The sync program of the box: what came in, then what goes out."""
        if not self.box_on or not self.broker.up:
            return
        now = datetime.now(UTC)
        self.connect_box()
        while self.broker.for_box:
            topic, payload = self.broker.for_box[0]
            refusal = self.inbound.take(Message(topic, payload, 1), now)
            self.broker.for_box.pop(0)
            if refusal is not None:
                self.broker.publish(TOPICS.refused, refusal, False)
        while self.drain.turn(self, now):
            pass
        position = self.store.position()
        told = {"version": 1, "stream": self.store.stream(), "source": TOPICS.base,
                "sequence": position.sent, "oldest": position.oldest}  # fmt: skip
        self.broker.publish(TOPICS.sequence, encode(told), True)

    def connect_box(self) -> None:
        """It says its state with every connection."""
        count, life = self.connections
        if life == self.broker.lives:
            return
        self.connections = (count + 1, self.broker.lives)
        self.drain = Drain(self.store, TOPICS)
        self.acknowledged.clear()
        state = {"version": 1, "state": "ready", "session": "s", "connection": count + 1, "at": "x"}
        self.broker.publish(TOPICS.state, encode(state), True)

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, attributes: object = None
    ) -> int:
        """The drain's outlet."""
        self.broker.publish(topic, payload, retain)
        self.number += 1
        self.acknowledged.add(self.number)
        return self.number

    def take_acknowledged(self) -> set[int]:
        taken, self.acknowledged = self.acknowledged, set()
        return taken

    # --- what callers do

    def caller_books(self) -> None:
        slot = self._slot()
        draft = Draft("check-up", slot, "Ann Lee", "+12125550123",
                      tentative=self.chance.random() < 0.3)  # fmt: skip
        self._call(lambda call, now: self.store.book(draft, call, now=now))

    def caller_moves(self) -> None:
        if live := self._live():
            slot = self._slot()
            self._call(
                lambda call, now: self.store.move(live.uid, live.revision, slot, call, now=now)
            )

    def caller_cancels(self) -> None:
        if live := self._live():
            self._call(lambda call, now: self.store.cancel(live.uid, live.revision, call, now=now))

    # --- what staff do

    def staff_adds(self) -> None:
        slot = self._slot()
        uid = f"staff-{self.chance.randrange(10**9)}"
        start = slot.start.replace(tzinfo=ZONE)
        text = ics(uid, start, start + timedelta(minutes=30))
        self.server.write(f"/{slot.practitioner}/{uid}.ics", text)

    def staff_closes_a_day(self) -> None:
        day = at(3, 0)
        lines = (
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}\r\n"
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}\r\nSUMMARY:Closed\r\n"
        )
        text = re.sub(r"DTSTART.*\r\nDTEND.*\r\n", lines, ics("closed", day, day))
        self.server.write("/weber/closed.ics", text)

    def staff_moves(self) -> None:
        start = self._slot().start.replace(tzinfo=ZONE)
        self._edit(DTSTART=start, DTEND=start + timedelta(minutes=30))

    def staff_decides(self) -> None:
        self._edit(STATUS=self.chance.choice(["CONFIRMED", "CANCELLED"]))

    def staff_deletes(self) -> None:
        if self.server.files:
            self.server.remove(self.chance.choice(sorted(self.server.files)))

    def staff_hands_over(self) -> None:
        if not self.server.files:
            return
        path = self.chance.choice(sorted(self.server.files))
        name = path.rpartition("/")[2]
        other = f"/{WHO[path.startswith('/weber/')]}/{name}"
        if other not in self.server.files:
            self.server.write(other, self.server.files[path][1])
            self.server.remove(path)

    # --- what happens to machines

    def calendar_goes_or_comes(self) -> None:
        self.server.away = not self.server.away

    def broker_goes_or_comes(self) -> None:
        self.broker.up = not self.broker.up

    def broker_dies(self) -> None:
        self.broker.die(self.chance)

    def box_goes_or_comes(self) -> None:
        self.box_on = not self.box_on

    # --- the end

    def heal(self, rounds: int = 40) -> None:
        """Everybody is back, and has time."""
        self.server.away, self.server.forgetful = False, 0.0
        self.broker.up = self.box_on = True
        for _ in range(rounds):
            self.run_bridge(2)
            self.run_box()
            if not self.differences():
                return

    def differences(self) -> list[str]:
        """In what box and calendar do not agree."""
        found = []
        events = self.server.events()
        for stands in self.store.appointments():
            there = [(p, e) for p, e in events if str(e["UID"]) == stands.uid]
            if stands.status is Status.CANCELLED:
                if any(str(e["STATUS"]) != "CANCELLED" for _, e in there):
                    found.append(f"cancelled, but in the calendar: {stands}")
                continue
            same = [
                e
                for p, e in there
                if p.startswith(f"/{stands.practitioner}/")
                and e["DTSTART"].dt == stands.start.replace(tzinfo=ZONE)
                and e.end == stands.end.replace(tzinfo=ZONE)
                and str(e["STATUS"]) == stands.status.value.upper()
                and int(e["SEQUENCE"]) == stands.revision
            ]
            if len(same) != 1 or len(there) != 1:
                found.append(f"{stands}: {[(p, e.to_ical()) for p, e in there]}")
        known = {a.uid for a in self.store.appointments()}
        wanted = {
            (p.split("/")[1], str(e["UID"]), e["DTSTART"].dt.astimezone(UTC))
            for p, e in events
            if str(e["UID"]) not in known and str(e.get("STATUS")) != "CANCELLED"
        }
        if wanted != self.foreign():
            found.append(f"busy: {wanted ^ self.foreign()}")
        return found

    def foreign(self) -> set[tuple[str, str, datetime]]:
        """What the box knows of staff's own events: (practitioner, uid, start)."""
        with self.store._db.reading() as reader:
            return {
                (row["practitioner"], row["uid"], datetime.fromisoformat(row["starts"]))
                for row in reader.rows("SELECT * FROM foreign_busy")
            }

    def heard(self) -> dict[str, str]:
        """practitioner -> how fresh the box's knowledge of the calendar is."""
        with self.store._db.reading() as reader:
            rows = reader.rows("SELECT practitioner, as_of FROM calendar_state")
        return {row["practitioner"]: row["as_of"] for row in rows if row["practitioner"]}

    def _call(self, what: Callable[[str, datetime], object]) -> None:
        self.calls += 1
        with contextlib.suppress(SlotTaken, NotFound, StoreError):
            what(f"call-{self.calls}", datetime.now(UTC))

    def _slot(self) -> Slot:
        day, half = self.chance.randrange(2, 5), self.chance.randrange(16, 30)
        return Slot(at(day, half // 2, 30 * (half % 2)), 30, self.chance.choice(WHO))

    def _live(self) -> Appointment | None:
        live = [a for a in self.store.appointments() if a.status is not Status.CANCELLED]
        return self.chance.choice(live) if live else None

    def _edit(self, **properties: Any) -> None:
        if not self.server.files:
            return
        path = self.chance.choice(sorted(self.server.files))
        calendar = Calendar.from_ical(self.server.files[path][1])
        [event] = calendar.walk("VEVENT")
        if "DTEND" in properties:
            event.pop("DURATION", None)
        for name, value in properties.items():
            event.pop(name, None)
            event.add(name, value)
        self.server.write(path, calendar.to_ical().decode())


def ics(uid: str, start: datetime, end: datetime) -> str:
    """An event of staff."""
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//staff//EN\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nDTSTAMP:20261101T000000Z\r\n"
        f"DTSTART:{start.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\n"
        f"DTEND:{end.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
