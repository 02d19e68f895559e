"""What did not go as told in a call of the demo: its rows, messages, calendar and sound, judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.rehearsal.phone.evidence import Evidence, Row, is_audible
from gateway.rehearsal.phone.meeting import Meeting
from gateway.rehearsal.phone.scripted_call import CallReport, Mishap

if TYPE_CHECKING:
    from gateway.rehearsal.phone.demo_calls import DemoCall

APOLOGY_WITHIN_MS = 1000.0
"""The caller hears the apology within a second of the gateway's death."""

Check = Callable[["DemoCall", CallReport, Mishap | None, Evidence], Iterator[str]]
"""Faults of one call; none when it went as told."""


def _told_truly(report: CallReport, left: Evidence) -> Iterator[str]:
    if left.call is None:
        yield "there is no row of the call"
    elif left.call["outcome"] is None:
        yield "the row of the call has no outcome"
    if not report.turns:
        yield "the caller never got to speak"


def _names_a_time(call: DemoCall, said: str) -> bool:
    return call.facts.time in said or "first one" in said


def _booking_faults(call: DemoCall, report: CallReport, left: Evidence) -> Iterator[str]:
    booked = [a for a in left.appointments if a["status"] == "confirmed"]
    if not booked:
        yield "there is no confirmed appointment in the database"
        return
    made = booked[0]
    start = datetime.fromisoformat(made["start"])
    if call.facts.day_matters and start.date() != call.day:
        yield f"the appointment is on {start:%A, %d %B}, not on {call.facts.day}"
    wishes = [turn.said for turn in report.turns if _names_a_time(call, turn.said)]
    named = wishes and call.facts.day_matters and call.facts.time in wishes[-1]
    if named and start.hour != call.hour:
        yield f"the appointment is at {start:%H:%M}, not at {call.facts.time}"
    if made["service"] != call.facts.service:
        yield f"the appointment is for {made['service']}, not {call.facts.service}"
    sent = left.mqtt_of("appointment.booked")
    if sent is None or sent["payload"]["uid"] != made["uid"]:
        yield "the booking was not received over MQTT"
    yield from _calendar_faults(made, left)


def _calendar_faults(made: Row, left: Evidence) -> Iterator[str]:
    """The office's calendar says the same as the row."""
    zone, start = ZoneInfo(made["timezone"]), datetime.fromisoformat(made["start"])
    lies = [
        event.start.astimezone(zone).replace(tzinfo=None)
        for event in left.calendar
        if event.uid == made["uid"] and isinstance(event.start, datetime)
    ]
    if lies != [start]:
        yield f"Radicale has {made['uid'][:8]} at {lies or 'no time'}, not at {start}"


def beside_the_meeting(meeting: Meeting) -> Check:
    """A booking beside the time that staff have taken, which the caller wanted."""

    def faults(
        call: DemoCall, report: CallReport, mishap: Mishap | None, left: Evidence
    ) -> Iterator[str]:
        yield from booked(call, report, mishap, left)
        if not left.said("time-taken"):
            yield "the box never said that the wanted time is taken"
        for made in left.appointments:
            if meeting.overlaps(datetime.fromisoformat(made["start"]), made["minutes"]):
                yield f"the appointment at {made['start']} lies over the staff meeting"

    return faults


def moved(
    call: DemoCall, report: CallReport, mishap: Mishap | None, left: Evidence
) -> Iterator[str]:
    yield from _told_truly(report, left)
    if left.call and left.call["outcome"] != "moved":
        yield f"the outcome is {left.call['outcome']}, not moved"
    if not left.appointments:
        yield "no appointment was moved"
        return
    (moved,) = left.appointments
    start = datetime.fromisoformat(moved["start"])
    if (start.date(), start.hour) != (call.day, call.hour) or moved["revision"] < 1:
        yield f"the appointment lies on {start:%A, %d %B at %H:%M}, not where it was moved to"
    if left.mqtt_of("appointment.moved") is None:
        yield "the move was not received over MQTT"
    yield from _calendar_faults(moved, left)
    if not any(turn.over_box for turn in report.turns):
        yield "the caller never interrupted the box"


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


def booked(
    call: DemoCall, report: CallReport, mishap: Mishap | None, left: Evidence
) -> Iterator[str]:
    yield from _told_truly(report, left)
    yield from _booking_faults(call, report, left)


def booked_or_message(
    call: DemoCall, report: CallReport, mishap: Mishap | None, left: Evidence
) -> Iterator[str]:
    yield from _told_truly(report, left)
    yield from _kill_faults(mishap)
    wrong = list(_booking_faults(call, report, left))
    if wrong and (left.appointments or list(_message_faults(left))):
        yield from wrong
        yield from _message_faults(left)


def apologised(
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
