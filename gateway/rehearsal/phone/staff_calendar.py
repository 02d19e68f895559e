"""A Radicale of our own on loopback, and what staff do in it by hand, over plain CalDAV."""

from __future__ import annotations

import base64
import os
import random
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from icalendar import Calendar, Event

from gateway.errors import StartRefused
from gateway.rehearsal.phone.programs import start_program, stop_program

START_S = 120.0
"""Radicale listens within half a second; two busy cores take longer. One that ends is noticed."""
REQUEST_S = 30.0
"""For one request to it."""
TRIES = 20
"""Ports tried; a taken one is refused by Radicale itself."""
PORTS = range(20_000, 30_000)
"""Below the ephemeral ports of Linux."""
USER = "office"
PASSWORD = "rehearsal only"
"""Of a server that lives on loopback for a minute."""
DAV = "{DAV:}"


@dataclass(frozen=True)
class CalendarEvent:
    """An event as staff see it."""

    practitioner: str
    """in whose calendar"""
    href: str
    """its path"""
    uid: str
    """of the event"""
    summary: str
    """title"""
    start: datetime | date
    """as it stands there: with its zone, or a whole day"""
    end: datetime | date | None
    """likewise"""
    status: str
    """CONFIRMED, TENTATIVE, CANCELLED, or empty"""
    text: str
    """all of it"""


class StaffCalendar:
    """Runs until stop(); its files stay, so that it can be started again."""

    def __init__(self, folder: Path, practitioners: tuple[str, ...]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._practitioners = practitioners
        self._server: subprocess.Popen[bytes] | None = None
        self.port = 0
        self.password_file = folder / "password"
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(f"{PASSWORD}\n")

    def start(self) -> None:
        """Listen, on the port of before if there was one; make the calendars."""
        program = shutil.which("radicale")
        if program is None:
            raise StartRefused("radicale is not installed; run `make setup`")
        for port in [self.port] if self.port else random.sample(PORTS, TRIES):
            if self._listens(program, port):
                break
        else:
            raise StartRefused(f"Radicale did not start; see {self._folder / 'radicale.log'}")
        for practitioner in self._practitioners:
            self._request("MKCALENDAR", self.path(practitioner), allowed=(403, 405, 409))

    def stop(self) -> None:
        """Stop the server."""
        stop_program(self._server)
        self._server = None

    def url(self, practitioner: str) -> str:
        """Address of a practitioner's calendar."""
        return f"http://127.0.0.1:{self.port}{self.path(practitioner)}"

    def path(self, practitioner: str) -> str:
        """Path of a practitioner's calendar."""
        return f"/{USER}/{practitioner}/"

    def events(self, practitioner: str) -> list[CalendarEvent]:
        """All events of a practitioner, in order of their paths."""
        query = '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
        listing = self._request("PROPFIND", self.path(practitioner), query, {"Depth": "1"})
        hrefs = [found.text or "" for found in ElementTree.fromstring(listing).iter(f"{DAV}href")]
        texts = [(h, self._request("GET", h, allowed=(404,))) for h in hrefs if h.endswith(".ics")]
        return [_event(practitioner, href, text) for href, text in sorted(texts) if text]

    def event(self, practitioner: str, uid: str) -> CalendarEvent | None:
        """One event, None when it is not there. Bridge and add() name files after the UID."""
        href = f"{self.path(practitioner)}{uid}.ics"
        text = self._request("GET", href, allowed=(404,))
        return _event(practitioner, href, text) if text else None

    def add(
        self, practitioner: str, start: datetime | date, minutes: int = 60,
        title: str = "Staff meeting", more: str = "",
    ) -> CalendarEvent:  # fmt: skip
        """Staff type an event; a date is a whole day, `more` are further lines of iCalendar."""
        event = Event()
        event.add("UID", str(uuid.uuid4()))
        event.add("DTSTAMP", datetime.now(UTC))
        event.add("SUMMARY", title)
        event.add("DTSTART", start)
        event.add("DTEND", start + _length(start, minutes))
        calendar = Calendar()
        calendar.add("PRODID", "-//Staff//EN")
        calendar.add("VERSION", "2.0")
        calendar.add_component(event)
        calendar.add_missing_timezones(date(2020, 1, 1), date(2040, 1, 1))
        text = calendar.to_ical().decode()
        if more:
            text = text.replace("END:VEVENT", f"{more}\r\nEND:VEVENT")
        href = f"{self.path(practitioner)}{event['UID']}.ics"
        self.write(href, text)
        return _event(practitioner, href, text)

    def move(self, event: CalendarEvent, start: datetime, minutes: int = 60) -> None:
        """Staff drag an event to another time."""
        self.change(event, {"DTSTART": start, "DTEND": start + timedelta(minutes=minutes)})

    def change(self, event: CalendarEvent, properties: dict[str, object]) -> None:
        """Staff edit an event, as their program writes it: with a higher SEQUENCE."""
        calendar = Calendar.from_ical(event.text)
        for found in calendar.walk("VEVENT"):
            changes = {"SEQUENCE": int(found.get("SEQUENCE", 0)) + 1} | properties
            for name, value in changes.items():
                found.pop(name, None)
                found.add(name, value)
        self.write(event.href, calendar.to_ical().decode())

    def remove(self, event: CalendarEvent) -> None:
        """Staff delete an event."""
        self._request("DELETE", event.href)

    def write(self, href: str, text: str) -> None:
        """Put any text there."""
        self._request("PUT", href, text, {"Content-Type": "text/calendar; charset=utf-8"})

    def _listens(self, program: str, port: int) -> bool:
        config = self._folder / "radicale.conf"
        users = self._folder / "radicale.users"
        users.touch(mode=0o600)
        users.write_text(f"{USER}:{PASSWORD}\n")
        config.write_text(
            f"[server]\nhosts = 127.0.0.1:{port}\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\nhtpasswd_encryption = plain\n"
            "delay = 0\n"
            f"[storage]\nfilesystem_folder = {self._folder / 'collections'}\n"
            "[rights]\ntype = owner_only\n[logging]\nlevel = warning\n"
        )
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRT"))}
        log = self._folder / "radicale.log"
        self._server = start_program([program, "--config", str(config)], log, environment)
        deadline = time.monotonic() + START_S
        while self._server.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
                continue
            self.port = port
            return self._server.poll() is None
        stop_program(self._server)
        return False

    def _request(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None,
        allowed: tuple[int, ...] = (),
    ) -> str:  # fmt: skip
        secret = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=body.encode() if body else None,
            headers={"Authorization": f"Basic {secret}", **(headers or {})},
            method=method,
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=REQUEST_S) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            if error.code in allowed:
                return ""
            raise


def _length(start: datetime | date, minutes: int) -> timedelta:
    return timedelta(minutes=minutes) if isinstance(start, datetime) else timedelta(days=1)


def _event(practitioner: str, href: str, text: str) -> CalendarEvent:
    found: Any = next(iter(Calendar.from_ical(text).walk("VEVENT")))
    return CalendarEvent(
        practitioner=practitioner,
        href=href,
        uid=str(found.get("UID")),
        summary=re.sub(r"\s+", " ", str(found.get("SUMMARY", ""))),
        start=found["DTSTART"].dt,
        end=found["DTEND"].dt if "DTEND" in found else None,
        status=str(found.get("STATUS", "")),
        text=text,
    )
