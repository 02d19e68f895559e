"""Columns and documents: times as text, rows as records, records as JSON for MQTT."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.appointments.records import Appointment, FollowUp, Slot, Status
from gateway.appointments.wall_time import to_utc

Document = dict[str, Any]
"""JSON values under the names of docs/asyncapi.yaml."""


def utc_text(moment: datetime) -> str:
    """An aware moment as UTC text of fixed width, so that text order is time order."""
    if moment.tzinfo is None:
        raise ValueError("now must be aware, e.g. datetime.now(UTC)")
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    )


def utc_time(text: str) -> datetime:
    """The aware moment of a UTC text."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def local_text(moment: datetime) -> str:
    """Naive local wall time as text (JSCalendar's LocalDateTime)."""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def canonical(data: Any) -> str:
    """JSON in one spelling: sorted keys, no spaces, no NaN."""
    return json.dumps(
        data,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=plain,
    )


def plain(value: Any) -> Any:
    """Times and dates inside JSON details."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON value")


def instants(slot: Slot, zone: ZoneInfo) -> tuple[str, str]:
    """UTC texts of a slot's start and end; real minutes, so that it never ends before it begins."""
    start = to_utc(slot.start, zone)
    end = max(to_utc(slot.end, zone), start + timedelta(minutes=1))
    return utc_text(start), utc_text(end)


def appointment_from(row: dict[str, Any]) -> Appointment:
    """The record of a row of `appointments`."""
    return Appointment(
        uid=row["uid"],
        revision=row["revision"],
        status=Status(row["status"]),
        service=row["service"],
        practitioner=row["practitioner"],
        start=datetime.fromisoformat(row["start"]),
        minutes=row["minutes"],
        timezone=row["timezone"],
        name=row["name"],
        phone=row["phone"],
        call_id=row["call_id"],
        source=row["source"],
        note=row["note"],
    )


def appointment_document(appointment: Appointment, updated: datetime) -> Document:
    """An appointment under JSCalendar's names (RFC 8984), ours added."""
    hours, minutes = divmod(appointment.minutes, 60)
    return {
        "uid": appointment.uid,
        "sequence": appointment.revision,
        "updated": utc_text(updated),
        "start": local_text(appointment.start),
        "timeZone": appointment.timezone,
        "duration": "PT" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else ""),
        "status": appointment.status.value,
        "service": appointment.service,
        "practitioner": appointment.practitioner,
        "client": {"name": appointment.name, "phone": appointment.phone},
        "source": appointment.source,
        "callId": appointment.call_id,
        "note": appointment.note,
    }


def follow_up_from(row: dict[str, Any]) -> FollowUp:
    """The record of a row of `follow_ups`."""
    return FollowUp(
        reason=row["reason"],
        owner=row["owner"],
        due=datetime.fromisoformat(row["due"]),
        text=row["text"],
        call_id=row["call_id"],
        id=row["id"],
        uid=row["uid"],
        closed_by=row["closed_by"],
    )


def follow_up_document(follow_up: FollowUp, zone: str) -> Document:
    """A follow-up for MQTT."""
    return {
        "id": follow_up.id,
        "reason": follow_up.reason,
        "owner": follow_up.owner,
        "due": local_text(follow_up.due),
        "timeZone": zone,
        "text": follow_up.text,
        "callId": follow_up.call_id,
        "appointment": follow_up.uid,
        "closedBy": follow_up.closed_by,
    }
