"""The calls of the demo: who rings, what is done to the box meanwhile, what must be true after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from gateway.appointments.book import Book
from gateway.contract.settings import Settings
from gateway.errors import StartRefused
from gateway.rehearsal.phone.evidence import Evidence, is_audible
from gateway.rehearsal.phone.script import Facts
from gateway.rehearsal.phone.scripted_call import CallReport, Mishap

APOLOGY_WITHIN_MS = 1000.0
"""The caller hears the apology within a second of the gateway's death."""
EARLIEST_DAYS, LATEST_DAYS = 2, 6
"""A bare weekday means the same day for caller and box, also if midnight passes meanwhile."""
WISHED_HOUR = 10
"""The callers ask for ten in the morning where they are offered it."""
LONG_ENOUGH_MIN = 60
"""The longest service that is asked for, with room, in minutes."""


@dataclass(frozen=True)
class Kill:
    """A program killed with SIGKILL while the caller speaks."""

    program: str
    """models or gateway"""
    turn: int
    """in which spoken turn of the caller"""
    share: float = 0.5
    """how far into the words"""


@dataclass(frozen=True)
class DemoCall:
    """One call of the demo."""

    name: str
    """short name, of the files too"""
    title: str
    """what is shown"""
    number: str
    """the caller's, different in each call"""
    voice: str
    """of flite"""
    facts: Facts
    """what the caller wants"""
    day: date | None
    """local day of the wanted appointment, None when none is expected"""
    faults: Callable[[DemoCall, CallReport, Mishap | None, Evidence], Iterator[str]]
    """what did not go as told"""
    kill: Kill | None = None
    """what happens meanwhile"""


def calls(settings: Settings, now: datetime) -> list[DemoCall]:
    """The three calls, on days on which the sample office can do it, whatever today is."""
    first, second = morning_days(settings, now)[:2]
    paul = Facts(
        name="Paul Green",
        service="cleaning",
        day=f"{first:%A}",
        time="ten in the morning",
        phone="2125550101",
        message="This is Paul Green. I would like to book a cleaning. Please call me back.",
        opening=f"I need a cleaning on {first:%A} morning, please.",
    )
    mark = replace(
        paul,
        name="Mark Miller",
        service="check-up",
        day=f"{second:%A}",
        phone="2125550102",
        message="This is Mark Miller. I would like to book a check-up. Please call me back.",
        opening=f"I would like a check-up on {second:%A} morning, please.",
        wish=f"I need a check-up on {second:%A} morning, please.",
    )
    susan = replace(
        paul,
        name="Susan Miller",
        phone="2125550103",
        opening="I would like to book a cleaning, please.",
        message="This is Susan Miller. I would like to book a cleaning. Please call me back.",
    )
    return [
        DemoCall(
            "booking", "Paul Green books a cleaning", paul.phone, "rms", paul, first, _booked,
        ),
        DemoCall(
            "models-killed", "Mark Miller books a check-up; the models are killed in mid-sentence",
            mark.phone, "rms", mark, second, _booked_or_message, Kill("models", turn=1),
        ),
        DemoCall(
            "gateway-killed", "Susan Miller wants to book; the gateway is killed in mid-sentence",
            susan.phone, "slt", susan, None, _apologised, Kill("gateway", turn=1),
        ),
    ]  # fmt: skip


def morning_days(settings: Settings, now: datetime) -> list[date]:
    """Days soon on which everybody who works can be booked at ten, in order."""
    book = Book.from_settings(settings)
    found = []
    for offset in range(EARLIEST_DAYS, LATEST_DAYS + 1):
        day = book.local(now).date() + timedelta(days=offset)
        from_ten = [
            1
            for practitioner in book.practitioners
            for start, end in book.bookable(practitioner, day)
            if start <= WISHED_HOUR * 60 and end >= WISHED_HOUR * 60 + LONG_ENOUGH_MIN
        ]
        if from_ten:
            found.append(day)
    if not found:
        raise StartRefused("the sample office is closed all of next week; see its site.toml")
    return found * 2 if len(found) == 1 else found


def _told_truly(report: CallReport, left: Evidence) -> Iterator[str]:
    if left.call is None:
        yield "there is no row of the call"
    elif left.call["outcome"] is None:
        yield "the row of the call has no outcome"
    if not report.turns:
        yield "the caller never got to speak"


def _booking_faults(call: DemoCall, report: CallReport, left: Evidence) -> Iterator[str]:
    booked = [a for a in left.appointments if a["status"] == "confirmed"]
    if not booked:
        yield "there is no confirmed appointment in the database"
        return
    made = booked[0]
    start = datetime.fromisoformat(made["start"])
    if start.date() != call.day:
        yield f"the appointment is on {start:%A, %d %B}, not on {call.facts.day}"
    if any(call.facts.time in turn.said for turn in report.turns) and start.hour != WISHED_HOUR:
        yield f"the appointment is at {start:%H:%M}, not at {call.facts.time}"
    if made["service"] != call.facts.service:
        yield f"the appointment is for {made['service']}, not {call.facts.service}"
    sent = left.mqtt_of("appointment.booked")
    if sent is None or sent["payload"]["uid"] != made["uid"]:
        yield "the booking was not received over MQTT"


def _message_faults(left: Evidence) -> Iterator[str]:
    message = left.voicemail
    if message is None:
        yield "there is no recorded message in the store"
        return
    recording = Path(message["recording"])
    if not recording.exists() or not is_audible(recording):
        yield f"nobody is to be heard on {recording}"
    if not any(f["message_id"] == message["id"] and f["owner"] for f in left.follow_ups):
        yield "nobody owns the message: there is no follow-up"
    if left.mqtt_of("message.taken") is None:
        yield "the message was not received over MQTT"


def _kill_faults(mishap: Mishap | None) -> Iterator[str]:
    if mishap is None or mishap.at is None:
        yield "nothing was killed: the call was over before"


def _booked(
    call: DemoCall, report: CallReport, mishap: Mishap | None, left: Evidence
) -> Iterator[str]:
    yield from _told_truly(report, left)
    yield from _booking_faults(call, report, left)


def _booked_or_message(
    call: DemoCall, report: CallReport, mishap: Mishap | None, left: Evidence
) -> Iterator[str]:
    yield from _told_truly(report, left)
    yield from _kill_faults(mishap)
    wrong = list(_booking_faults(call, report, left))
    if wrong and (left.appointments or list(_message_faults(left))):
        yield from wrong
        yield from _message_faults(left)


def _apologised(
    call: DemoCall, report: CallReport, mishap: Mishap | None, left: Evidence
) -> Iterator[str]:
    yield from _told_truly(report, left)
    yield from _kill_faults(mishap)
    if mishap and mishap.at:
        if mishap.speech_ms is None:
            yield "the caller heard no apology"
        elif mishap.speech_ms > APOLOGY_WITHIN_MS:
            yield f"the apology came only after {mishap.speech_ms:.0f} ms"
    yield from _message_faults(left)
