"""Our appointments in the calendars: decides, with reconcile.py, what is said and what is written.

All of it happens in the main thread and in the database; the writing itself is done by looking.py.
"""

from __future__ import annotations

import hashlib
import logging
import re
import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from gateway.calendar_bridge.entry import Ours, Standing, View, read_entry
from gateway.calendar_bridge.looking import Writing, Wrote
from gateway.calendar_bridge.memory import Memory, Object, Word, Written, ends_at
from gateway.calendar_bridge.reconcile import (
    Box,
    Nothing,
    Put,
    Remove,
    Say,
    Seen,
    Understand,
    arrived,
    in_doubt,
    reconcile,
)
from gateway.calendar_bridge.settings import BridgeSettings
from gateway.calendar_bridge.telling import instant
from gateway.calendar_bridge.writing import (
    Privacy,
    description_of,
    standing_of,
    summary_of,
    write_event,
)
from gateway.contract.service import log_fields
from gateway.errors import EntryRefused
from gateway.sync.documents import StaffEvent
from gateway.sync.drain import encode

log = logging.getLogger(__name__)

STEPS = 5
"""Remembering steps for one appointment in one turn; two are the most that follow each other."""
WRITE = 20
"""Events written by one job."""
EMPTIED = 3
"""More of our events than this gone at one look, and more than half of them: that is a calendar
that was emptied or replaced, not staff cancelling. They are written anew."""
REST = timedelta(minutes=10)
"""Before an event is tried again that the server does not accept, or that never comes to rest."""
TRIES = 20
"""Of writing one event, or of hearing something new about it from the calendar, within REST: a
server that rewrites what it gets would otherwise keep box and bridge busy for ever, and one that
breaks over an event would get no other."""
SEQUENCE_AHEAD = 1000
"""A SEQUENCE further ahead of the box's revision is an accident of some program."""


class Appointments:
    """Compares box and calendars; next_writings() and wrote() carry out what follows."""

    def __init__(self, memory: Memory, settings: BridgeSettings) -> None:
        self._memory = memory
        self._zone = settings.zone
        self._privacy = Privacy(settings.summary, settings.details)
        self._urls = {c.practitioner: c.url for c in settings.calendars if c.practitioner}
        self._cache: dict[tuple[str, str], tuple[str, Ours]] = {}
        self._missing: set[str] = set()
        self._absent_before: set[str] = set()
        self._resting: dict[str, datetime] = {}
        self._tries: dict[str, list[datetime]] = {}

    @property
    def restless(self) -> bool:
        """Whether there is something to look into though nothing has changed."""
        return bool(self._absent_before or self._resting)

    @property
    def resting(self) -> int:
        """Appointments that cannot be written just now."""
        return len(self._resting)

    def next_writings(self, view: View, now: datetime, away: Collection[str]) -> list[Writing]:
        """Say what is to be said (in the outbox), and give what is to be written.

        away: keys of calendars that cannot be reached; their appointments wait.
        """
        found: list[Writing] = []
        self._resting = {uid: until for uid, until in self._resting.items() if until > now}
        with self._memory.transaction():
            known = {a.uid: a for a in self._memory.appointments(now - timedelta(days=1))}
            self._restore_emptied(known, now)
            for appointment in known.values():
                if appointment.uid in self._resting or self._is_away(appointment, away):
                    continue
                writing = self._next(appointment, view, now)
                if writing is not None:
                    found.append(writing)
                    if writing.after is not None:
                        self._memory.begin(writing.uid, writing.after.revision)
                if len(found) == WRITE:
                    break
        return found

    def looked(self) -> None:
        """The calendars were looked at; what was missing at the look before, and is, counts."""
        absent = set(self._absent())
        self._missing = absent & self._absent_before
        self._absent_before = absent

    def emptied(self, calendar: str) -> None:
        """Everything has vanished from a calendar: it was replaced, and nobody cancelled anything.
        What is still to come is written anew."""
        log.warning("calendar-emptied")
        self._memory.db.execute(
            "DELETE FROM written WHERE calendar = ? AND NOT gone AND status <> 'cancelled'",
            (calendar,),
        )

    def _is_away(self, appointment: StaffEvent, away: Collection[str]) -> bool:
        written = self._memory.written(appointment.uid) if away else None
        at = {appointment.practitioner, written.calendar if written else ""}
        return not at.isdisjoint(away)

    def _try(self, uid: str, now: datetime) -> None:
        """Count a try; too many, and the appointment rests."""
        tries = [moment for moment in self._tries.get(uid, []) if moment > now - REST]
        self._tries[uid] = [*tries, now]
        if len(self._tries[uid]) > TRIES:
            self._resting[uid] = now + REST
            log.warning("event-does-not-come-to-rest")

    def wrote(self, done: Wrote, view: View, now: datetime) -> None:
        """Remember what was written, and what the server made of it; a fault leaves everything as
        it was."""
        writing = done.writing
        if done.fault:
            if done.fault == "refused":
                self._memory.end(writing.uid)
                self._resting[writing.uid] = now + REST
                log.warning("event-refused", extra=log_fields(reason=done.reason))
            if done.fault == "changed":
                self._memory.read_again(writing.calendar, writing.href)
            if done.fault in ("changed", "away"):  # or this event alone is what breaks the server
                self._try(writing.uid, now)
            return
        with self._memory.transaction():
            if writing.text is None:
                self._memory.drop(writing.calendar, writing.href)
                return
            given = _given(done, view)
            if given is not None:
                self._memory.end(writing.uid)
            else:
                self._try(writing.uid, now)
            self._remember(writing, done.etag, done.text if given else writing.text, given)

    def _remember(self, writing: Writing, etag: str, text: str, given: Standing | None) -> None:
        there = self._memory.object_at(writing.calendar, writing.href)
        kept = there or Object(writing.calendar, writing.href, etag, writing.uid, text)
        self._memory.keep(replace(kept, etag=etag, uid=writing.uid, text=text, refused=""))
        if writing.after is not None:
            changed = given if given != writing.after.standing else None
            self._memory.set_written(replace(writing.after, etag=etag, given=changed))

    def _next(self, appointment: StaffEvent, view: View, now: datetime) -> Writing | None:
        memory, uid = self._memory, appointment.uid
        for _ in range(STEPS):
            word, written = memory.word(uid), memory.written(uid)
            box = Box(
                uid,
                appointment.sequence,
                appointment.practitioner if appointment.practitioner in self._urls else None,
                standing_of(appointment, self._zone),
                ends_at(appointment) <= now,
            )
            seen = self._seen(uid, view)
            if seen is None:
                return None
            waiting = word is not None and word.open
            begun = memory.begun(uid)
            if not waiting and (begun is not None or written is None):
                doubted = in_doubt(box, seen, begun)
                if doubted is not None:
                    return self._put(appointment, box, written, Put(doubted.calendar, doubted), now)
                if begun is not None and arrived(seen, begun):
                    memory.end(uid)
            step = reconcile(box, written, seen, waiting=waiting)
            if isinstance(step, Nothing):
                return None
            if isinstance(step, Understand):
                memory.set_written(step.written)
            elif isinstance(step, Say):
                if step.seen is None and uid not in self._missing:
                    return None  # perhaps on its way to another calendar: look once more
                self._say(appointment, step, word, now)
            elif isinstance(step, Remove):
                there = step.seen
                return Writing(uid, there.calendar, there.href, None, there.etag, None)
            else:
                return self._put(appointment, box, written, step, now)
        return None

    def _seen(self, uid: str, view: View) -> list[Seen] | None:
        """How it stands in the calendars; None when that is not known just now."""
        seen = []
        for found in self._memory.objects_of(uid):
            if not found.text:
                self._memory.read_again(found.calendar, found.href)
                return None
            if found.calendar not in self._urls:
                continue
            key = (found.calendar, found.href)
            etag, ours = self._cache.get(key, ("", None))
            if ours is None or etag != found.etag or not etag:
                if found.refused:
                    return None
                try:
                    ours = read_entry(found.text, view).ours
                except EntryRefused:
                    return None
                self._cache[key] = (found.etag, ours)
            seen.append(Seen(found.calendar, found.href, found.etag, ours))
        return seen

    def _say(self, appointment: StaffEvent, step: Say, word: Word | None, now: datetime) -> None:
        written, standing = step.written, step.standing
        said = Word(
            appointment.uid, str(uuid.uuid4()), appointment.sequence,
            instant(self._updated(appointment, step, word, now)), True,
        )  # fmt: skip
        self._memory.set_written(written)
        document: dict[str, Any] = {"version": 1, "id": said.id, "basedOn": step.based_on}
        place = {"start": standing.start.isoformat(), "practitioner": step.calendar,
                 "duration": f"PT{standing.minutes}M"}  # fmt: skip
        if step.topic == "decision":
            document |= {"uid": appointment.uid, "decision": step.decision, "by": "calendar"}
            if step.decision == "moved":
                document |= place
        else:
            sequence = max(appointment.sequence + 1, step.seen.ours.sequence if step.seen else 0)
            if sequence > appointment.sequence + SEQUENCE_AHEAD:
                sequence = appointment.sequence + 1
            document["appointment"] = {
                "uid": appointment.uid,
                "sequence": sequence,
                "updated": said.updated,
                "timeZone": self._zone.key,
                "status": standing.status,
                "service": appointment.service,
                "client": {"name": appointment.client.name, "phone": appointment.client.phone},
                "note": appointment.note,
                **place,
            }
        self._memory.say(said, step.topic, encode(document))
        self._try(appointment.uid, now)
        log.info("staff-said", extra=log_fields(topic=step.topic, decision=step.decision))

    def _updated(
        self, appointment: StaffEvent, step: Say, word: Word | None, now: datetime
    ) -> datetime:
        """When staff did it: as the calendar says, if it says so; later than the last word."""
        moment = step.seen.ours.modified if step.seen else None
        if moment is None or not appointment.updated < moment <= now:  # many programs leave ours
            moment = now
        if word is not None:
            moment = max(moment, datetime.fromisoformat(word.updated) + timedelta(milliseconds=1))
        return moment.astimezone(UTC)

    def _put(
        self, appointment: StaffEvent, box: Box, written: Written | None, step: Put, now: datetime
    ) -> Writing:
        over = step.over
        there = self._memory.object_at(step.calendar, over.href) if over else None
        wrote = (written.summary, written.description) if written else ("", "")
        text = write_event(
            appointment, self._privacy, self._zone, now=now, there=there.text if there else None,
            wrote=wrote,
        )  # fmt: skip
        href = over.href if over else self._href(step.calendar, appointment.uid)
        after = Written(
            appointment.uid, step.calendar, href, "", appointment.sequence, box.standing,
            summary_of(appointment, self._privacy), description_of(appointment, self._privacy),
        )  # fmt: skip
        etag = over.etag if over else None
        return Writing(appointment.uid, step.calendar, href, text, etag, after)

    def _href(self, calendar: str, uid: str) -> str:
        plain = re.fullmatch(r"[A-Za-z0-9-]{1,100}", uid)
        name = uid if plain else hashlib.sha256(uid.encode()).hexdigest()
        folder = urlsplit(self._urls[calendar]).path.split("/")
        return f"{'/'.join(quote(unquote(part), safe='') for part in folder)}{name}.ics"

    def _absent(self) -> list[str]:
        rows = self._memory.db.execute(
            "SELECT uid FROM written WHERE NOT gone AND uid NOT IN (SELECT uid FROM objects)"
        )
        return [str(row[0]) for row in rows]

    def _restore_emptied(self, known: dict[str, StaffEvent], now: datetime) -> None:
        """Events that vanished all at once were not cancelled one by one."""
        live: Counter[str] = Counter()
        lost: dict[str, list[str]] = {}
        absent = set(self._absent())
        for uid, appointment in known.items():
            written = self._memory.written(uid)
            if written is None or written.gone or ends_at(appointment) <= now:
                continue
            if written.standing.status == "cancelled":
                continue
            live[written.calendar] += 1
            if uid in absent:
                lost.setdefault(written.calendar, []).append(uid)
        for calendar, uids in lost.items():
            if len(uids) > EMPTIED and len(uids) * 2 > live[calendar]:
                log.warning("calendar-emptied", extra=log_fields(events=len(uids)))
                for uid in uids:
                    self._memory.forget_written(uid)


def _given(done: Wrote, view: View) -> Standing | None:
    """How the server shows what was just written; None when it does not say so."""
    try:
        read = read_entry(done.text, view) if done.text else None
    except EntryRefused:
        return None
    after = done.writing.after
    if read is None or after is None or read.uid != after.uid:
        return None
    overwritten = read.ours.base is not None and read.ours.base[0] < after.revision
    return None if overwritten else read.ours.standing
