"""The bridge: one loop that hears the box, looks at the calendars, tells and writes.

The calendars are asked in a thread of their own, one job at a time: a server that is slow keeps
nobody else waiting. Everything is decided, and written down, in the main thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.calendar_bridge import looking
from gateway.calendar_bridge.appointments import Appointments
from gateway.calendar_bridge.broker_side import BrokerSide
from gateway.calendar_bridge.entry import MARK, View, Words, read_entry
from gateway.calendar_bridge.looking import Ask, Found, Link, Wrote
from gateway.calendar_bridge.memory import Memory, Object
from gateway.calendar_bridge.settings import BridgeSettings
from gateway.calendar_bridge.telling import busy_times, days
from gateway.calendar_bridge.writing import Privacy, write_feed
from gateway.contract.service import log_fields, write_atomically
from gateway.errors import EntryRefused

log = logging.getLogger(__name__)

EVERYBODY = "*"
"""Key of the calendar that is the whole office's."""
BACK_DAYS = 1
"""Yesterday may not be over in another zone."""
FEED_BACK_DAYS = 30
"""What lies longer in the past is not in the feed."""
FEED_MODE = 0o640
"""It holds names: who may read it is a matter of its group."""
LIST_EVERY_S = 600.0
"""A server's token may lie; now and then everything is listed."""
READING_S = 5.0
"""For what one look found; the rest is fetched again with the next. The watchdog waits for this."""
SERIES_S = 0.5
"""For series in one turn."""
AWAY_S = 5.0
"""Pause between looks while a server does not answer."""


class Bridge:
    """step() is the loop's body."""

    def __init__(
        self, settings: BridgeSettings, memory: Memory, broker: BrokerSide, link: Link,
        *, clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._settings = settings
        self._memory = memory
        self._broker = broker
        self._link = link
        self._clock = clock
        self._appointments = Appointments(memory, settings)
        self._owners = {c.practitioner or EVERYBODY: c.practitioner for c in settings.calendars}
        self._thread = ThreadPoolExecutor(1, "calendars")
        self._job: Future[list[Found]] | Future[list[Wrote]] | None = None
        self._next_look = 0.0
        self._next_list = 0.0
        self._faults: dict[str, str] = dict.fromkeys(self._owners, "not looked at yet")
        self._pause = settings.look_every_s
        self._due = True
        self._busy: dict[str, dict[str, Any]] = {}
        self._busy_of: tuple[datetime, datetime] | None = None
        self._feed = b""
        self._series: list[tuple[str, str]] | None = None
        memory.forget_calendars(set(self._owners))

    def step(self) -> None:
        """One turn."""
        now = self._clock()
        if self._owners:
            self._read_series(now)
            self._work(now)
        self._broker.step()
        if self._broker.news:
            self._broker.news = False
            self._due = True
            self._busy.clear()
            self._write_feed(now)
        if self._owners:
            self._tell(now)
            self._broker.say_state(*self._state())

    @property
    def unreachable(self) -> int:
        """Calendars that did not answer the last look."""
        return sum(1 for fault in self._faults.values() if fault)

    def facts(self) -> dict[str, Any]:
        """For the status file: counts, no names."""
        entries = self._memory.objects()
        return {
            "connected": self._broker.connected,
            "calendars": len(self._owners),
            "unreachable": self.unreachable,
            "events": len(entries),
            "events_refused": sum(1 for entry in entries if entry.refused),
            "not_written": self._appointments.resting,
            "queued": self._memory.queued(),
            "refused": self._broker.refused,
            "refused_by_box": self._broker.box_refused,
        }

    def close(self) -> None:
        """Wait for no server."""
        self._broker.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _view(self, now: datetime) -> View:
        words = Words(tuple(self._settings.closed_words), tuple(self._settings.do_not_book_words))
        today = now.astimezone(self._settings.zone).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        start = today - timedelta(days=BACK_DAYS)
        end = today + timedelta(days=self._settings.horizon_days + 1)
        return View(self._settings.zone, start.astimezone(UTC), end.astimezone(UTC), words)

    # --- the calendars

    def _work(self, now: datetime) -> None:
        if self._job is not None:
            if not self._job.done():
                return
            job, self._job = self._job, None
            results = job.result()
            for done in results:
                if isinstance(done, Found):
                    self._found(done, now)
                else:
                    self._wrote(done, now)
            self._due = self._due or self._appointments.restless
            if results and isinstance(results[0], Found):
                self._pause = AWAY_S if self.unreachable else self._settings.look_every_s
                self._appointments.looked()
        if time.monotonic() >= self._next_look:
            self._job = self._thread.submit(looking.look, self._link, self._asks(now))
            self._next_look = time.monotonic() + self._pause
        elif self._due and self.unreachable < len(self._owners):
            away = {calendar for calendar, fault in self._faults.items() if fault}
            writings = self._appointments.next_writings(self._view(now), now, away)
            self._due = False
            if writings:
                self._job = self._thread.submit(looking.write, self._link, writings)

    def _asks(self, now: datetime) -> list[Ask]:
        everything = time.monotonic() >= self._next_list
        if everything:
            self._next_list = time.monotonic() + LIST_EVERY_S
        asks = []
        for calendar in self._owners:
            last = self._memory.look(calendar)
            token = last[0] if last and not everything else None
            asks.append(Ask(calendar, token, self._memory.known(calendar)))
        return asks

    def _found(self, found: Found, now: datetime) -> None:
        if found.fault != self._faults[found.calendar]:
            where = log_fields(calendar=found.calendar)
            if found.fault:
                log.warning("calendar-away: %s", found.fault, extra=where)
            else:
                log.info("calendar-reached", extra=where)
            self._due = True
        self._faults[found.calendar] = found.fault
        if found.fault:
            return
        view = self._view(now)
        known = len(self._memory.known(found.calendar))
        whole, end = found.whole, time.monotonic() + READING_S
        with self._memory.transaction():
            for href, etag, text in found.changed:
                if time.monotonic() > end:
                    whole = False
                    break
                self._read(found.calendar, href, etag, text, view)
            for href, etag, reason in found.refused:
                self._refuse(found.calendar, href, etag, reason)
            for href in found.gone:
                self._memory.drop(found.calendar, href)
            if len(found.gone) == known > 1 and not found.changed and not found.refused:
                self._appointments.emptied(found.calendar)
            if whole:
                self._memory.looked(found.calendar, found.token, found.as_of)
        if not whole:
            self._next_look = 0.0
        if found.changed or found.refused or found.gone:
            self._busy.clear()
            self._due = True

    def _read(self, calendar: str, href: str, etag: str, text: str, view: View) -> None:
        try:
            read = read_entry(text, view)
        except EntryRefused as refusal:
            self._refuse(calendar, href, etag, str(refusal))
            return
        ours = MARK in text or self._memory.is_ours(read.uid)
        days_closed = tuple((day.isoformat(), kind, word) for day, kind, word in read.days)
        self._memory.keep(
            Object(
                calendar, href, etag, read.uid, text if ours or read.recurring else "",
                read.times, days_closed, read.recurring,
            )
        )  # fmt: skip

    def _refuse(self, calendar: str, href: str, etag: str, reason: str) -> None:
        """What was known of it is kept; its new state is not fetched again until it changes."""
        known = self._memory.object_at(calendar, href)
        kept = known or Object(calendar, href, etag, "", "")
        self._memory.keep(replace(kept, etag=etag, refused=reason))
        log.warning("entry-refused", extra=log_fields(reason=reason))

    def _read_series(self, now: datetime) -> None:
        """Once a day series are expanded anew, for the horizon has moved: a few in each turn."""
        view = self._view(now)
        day = view.end.isoformat()
        if self._series is None:
            if self._memory.meta("expanded") == day:
                return
            self._series = [(e.calendar, e.href) for e in self._memory.objects() if e.recurring]
        end = time.monotonic() + SERIES_S
        with self._memory.transaction():
            while self._series and time.monotonic() < end:
                entry = self._memory.object_at(*self._series.pop())
                if entry is not None and entry.text and not entry.refused:
                    self._read(entry.calendar, entry.href, entry.etag, entry.text, view)
            if not self._series:
                self._series = None
                self._memory.set_meta("expanded", day)
        self._busy.clear()

    def _wrote(self, done: Wrote, now: datetime) -> None:
        self._appointments.wrote(done, self._view(now), now)
        self._due = True
        if done.fault == "away":
            self._faults[done.writing.calendar] = done.reason
        if done.fault in ("away", "changed") or not done.etag:
            self._next_look = 0.0

    # --- what the box and others are told

    def _tell(self, now: datetime) -> None:
        """Only of calendars that were looked at; as fresh as the oldest look."""
        looks = {calendar: self._memory.look(calendar) for calendar in self._owners}
        everybody = looks.get(EVERYBODY)
        if EVERYBODY in looks and everybody is None:
            return
        for calendar, practitioner in self._owners.items():
            look = looks[calendar]
            if practitioner is None or look is None or self._faults[calendar]:
                continue
            if everybody is not None and self._faults[EVERYBODY]:
                continue
            as_of = min(look[1], everybody[1]) if everybody else look[1]
            self._broker.tell_busy(practitioner, self._busy_of_one(calendar, now), as_of)
        if all(looks.values()):
            self._tell_days(now, min(look[1] for look in looks.values() if look))

    def _busy_of_one(self, calendar: str, now: datetime) -> dict[str, Any]:
        view = self._view(now)
        window = (view.start, view.end)
        if window != self._busy_of:
            self._busy, self._busy_of = {}, window
        if calendar not in self._busy:
            entries = self._memory.objects(calendar) + self._memory.objects(EVERYBODY)
            ours = self._memory.uids()
            self._busy[calendar] = busy_times(entries, ours, view.start, view.end)
        return self._busy[calendar]

    def _tell_days(self, now: datetime, as_of: datetime) -> None:
        if "days" not in self._busy:
            today = now.astimezone(self._settings.zone).date()
            last = today + timedelta(days=self._settings.horizon_days)
            found = days(
                self._memory.objects(), dict(self._owners), today.isoformat(), last.isoformat()
            )
            self._busy["days"] = {"found": found}
        self._broker.tell_days(self._busy["days"]["found"], as_of)

    def _state(self) -> tuple[str, list[dict[str, Any]]]:
        if "state" not in self._busy or self._busy["state"]["faults"] != self._faults:
            self._busy["state"] = {"faults": dict(self._faults), "told": self._calendar_states()}
        told: list[dict[str, Any]] = self._busy["state"]["told"]
        good = all(state["reachable"] and not state["refused"] for state in told)
        return "ready" if good else "alert", told

    def _calendar_states(self) -> list[dict[str, Any]]:
        states = []
        for calendar, practitioner in self._owners.items():
            entries = self._memory.objects(calendar)
            states.append(
                {
                    "practitioner": practitioner,
                    "reachable": not self._faults[calendar],
                    "entries": len(entries),
                    "refused": sum(1 for entry in entries if entry.refused),
                }
            )
        return states

    def _write_feed(self, now: datetime) -> None:
        if self._settings.feed is None:
            return
        shown = self._memory.appointments(now - timedelta(days=FEED_BACK_DAYS))
        text = write_feed(shown, Privacy(self._settings.summary), now=now)
        if text != self._feed:
            try:
                write_atomically(Path(self._settings.feed), text)
                Path(self._settings.feed).chmod(FEED_MODE)
            except OSError as error:
                log.warning("feed-not-written", extra=log_fields(reason=error.strerror))
                self._broker.news = True
                return
            self._feed = text
