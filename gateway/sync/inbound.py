"""What comes in from the broker: read strictly, applied in one transaction, refused whole."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from gateway.appointments.book import Book
from gateway.appointments.records import Appointment, OpeningException, Slot, Status
from gateway.contract import strict_json
from gateway.contract.opening_hours import parse_spans
from gateway.contract.service import log_fields
from gateway.errors import MessageRefused, NotFound, RowRefused, SlotTaken, StoreError
from gateway.store.decisions import Decision
from gateway.store.foreign import BusyTime
from gateway.store.inbox import Letter, Taken
from gateway.store.staff import StaffAppointment, StaffDecision
from gateway.store.store import Store
from gateway.sync import documents
from gateway.sync.connection import Message
from gateway.sync.drain import encode
from gateway.sync.topics import Topics

log = logging.getLogger(__name__)

FAULTS_NAMED = 3
"""A refusal names the first few faults; a broken sender makes thousands alike."""

D = TypeVar("D", bound=documents.Envelope)
Handler = Callable[[str, dict[str, Any], datetime], Taken]


class Inbound:
    """Takes messages for the box; a refused one changes nothing but a count."""

    def __init__(self, store: Store, topics: Topics, book: Book) -> None:
        self._store = store
        self._topics = topics
        self._book = book
        self._handlers: dict[str, Handler] = {
            "busy": self._busy,
            "appointment": self._appointment,
            "decision": self._decision,
            "exceptions": self._exceptions,
            "replay": self._replay,
        }
        self.refused = store.inbox_counts().get(Taken.REFUSED.value, 0)

    def take(self, message: Message, now: datetime) -> bytes | None:
        """Put it into the database; gives the refusal to publish, or None."""
        raw: dict[str, Any] = {}
        try:
            what, rest = self._name(message)
            raw = strict_json.read(message.payload)
            if type(raw.get("version")) is not int or raw["version"] != 1:
                raise MessageRefused("version: only version 1 is understood")
            taken = self._handlers[what](rest, raw, now)
        except MessageRefused as refusal:
            return self._refuse(message, raw, str(refusal), now)
        except (RowRefused, SlotTaken) as error:
            return self._refuse(message, raw, f"impossible: {error}", now)
        except StoreError:
            raise  # locked or full: it comes again after the next connection
        except Exception:  # a fault of ours: refused, so that it cannot come back for ever
            log.exception("message-broke-us", extra=log_fields(bytes=len(message.payload)))
            return self._refuse(message, raw, "internal: the box could not apply it", now)
        log.info("message-taken", extra=log_fields(what=what, result=taken.value))
        return None

    def _name(self, message: Message) -> tuple[str, str]:
        name = self._topics.name_of(message.topic)
        if name is None:
            raise MessageRefused("foreign-topic: not a topic of this box")
        what, _, rest = name.partition("/")
        if what not in self._handlers or bool(rest) != (what == "busy"):
            raise MessageRefused("unknown-topic: there is nothing by this name")
        if message.retained:
            raise MessageRefused("retained: messages to the box must not be retained")
        return what, rest

    def _refuse(self, message: Message, raw: dict[str, Any], reason: str, now: datetime) -> bytes:
        self.refused += 1
        claimed = raw.get("id")
        letter_id = claimed if isinstance(claimed, str) and len(claimed) <= 255 else ""
        topic = message.topic[:255]
        self._store.note_refused(Letter(letter_id, topic), reason, now=now)
        code = reason.partition(":")[0]
        log.warning("message-refused", extra=log_fields(code=code))
        return encode(
            {
                "version": 1,
                "id": letter_id or None,
                "topic": topic,
                "code": code,
                "reason": reason,
            }
        )

    def _busy(self, practitioner: str, raw: dict[str, Any], now: datetime) -> Taken:
        self._refuse_stranger(practitioner)
        busy = _parse(documents.Busy, raw)
        letter = _letter(busy, f"busy/{practitioner}")
        if busy.snapshot is not None:
            times = [BusyTime(e.uid, e.start, e.end) for e in busy.snapshot]
            return self._store.take_busy_snapshot(letter, practitioner, times, now=now)
        changes = busy.changes or []
        times = [BusyTime(c.uid, t.start, t.end) for c in changes for t in c.times]
        gone = [change.uid for change in changes]
        return self._store.take_busy_changes(letter, practitioner, gone, times, now=now)

    def _appointment(self, _rest: str, raw: dict[str, Any], now: datetime) -> Taken:
        word = _parse(documents.Appointment, raw)
        event = word.appointment
        self._refuse_stranger(event.practitioner)
        appointment = Appointment(
            uid=event.uid,
            revision=event.sequence,
            status=Status(event.status),
            service=event.service,
            practitioner=event.practitioner,
            start=documents.office_time(event.start, event.timeZone, self._book.zone),
            minutes=event.duration,
            timezone=self._book.timezone,
            name=event.client.name,
            phone=event.client.phone,
            source="staff",
            note=event.note,
        )
        staff = StaffAppointment(appointment, event.updated, word.basedOn)
        return self._store.take_appointment(Letter(word.id, "appointment"), staff, now=now)

    def _decision(self, _rest: str, raw: dict[str, Any], now: datetime) -> Taken:
        word = _parse(documents.Decision, raw)
        slot = None
        if word.start is not None:
            stands = self._stands(word.uid)
            practitioner = word.practitioner or stands.practitioner
            self._refuse_stranger(practitioner)
            slot = Slot(word.start, word.duration or stands.minutes, practitioner)
        decided = StaffDecision(word.uid, Decision(word.decision), word.by, slot, word.basedOn)
        return self._store.take_decision(Letter(word.id, "decision"), decided, now=now)

    def _exceptions(self, _rest: str, raw: dict[str, Any], now: datetime) -> Taken:
        word = _parse(documents.Exceptions, raw)
        for day in word.exceptions:
            if day.practitioner is not None:
                self._refuse_stranger(day.practitioner)
        exceptions = [
            OpeningException(
                practitioner=day.practitioner,
                day=day.day,
                closed=day.kind != "hours",
                spans=parse_spans(day.hours),
                office_open=day.kind == "do-not-book",
                name=day.name,
            )
            for day in word.exceptions
        ]
        return self._store.take_exceptions(_letter(word, "exceptions"), exceptions, now=now)

    def _replay(self, _rest: str, raw: dict[str, Any], _now: datetime) -> Taken:
        word = _parse(documents.Replay, raw)
        self._store.send_again(word.stream, word.fromSequence)
        return Taken.APPLIED

    def _stands(self, uid: str) -> Appointment:
        try:
            return self._store.appointment(uid)
        except NotFound as error:
            raise MessageRefused(f"unknown-appointment: {error}") from error

    def _refuse_stranger(self, practitioner: str) -> None:
        if practitioner not in {p.key for p in self._book.practitioners}:
            raise MessageRefused("unknown-practitioner: site.toml names nobody by this key")


def _parse(model: type[D], raw: dict[str, Any]) -> D:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)[:FAULTS_NAMED]
        named = "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)
        raise MessageRefused(f"schema: {named}") from error


def _letter(document: documents.CalendarEnvelope, topic: str) -> Letter:
    return Letter(document.id, topic, document.stream, document.sequence, document.asOf)
