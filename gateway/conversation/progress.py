"""What is kept of a call that was cut off, so that the next one can go on from there."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from gateway.conversation.booking_form import BookingForm
from gateway.conversation.meaning import DayWish, Source, TimeWish, Value
from gateway.conversation.memory import Conversation, Task

VERSION = 1


def progress(memory: Conversation) -> str:
    """What is known of what is not finished, as JSON; empty when there is nothing.

    Of a move or a cancellation only that it was wanted: who rings back identifies it anew.
    """
    form = memory.form
    if memory.task in (Task.MOVE, Task.CANCEL):
        return json.dumps({"version": VERSION, "task": memory.task.value}, sort_keys=True)
    if memory.task is not Task.BOOK or form.service is None:
        return ""
    start = form.slot.start if form.slot else None
    data: dict[str, Any] = {
        "version": VERSION,
        "service": form.service.value,
        "practitioner": form.practitioner.value if form.practitioner else None,
        "start": start.isoformat() if start else None,
        "days": [day.isoformat() for day in form.day.value.days] if form.day else [],
        "times": [moment.isoformat() for moment in form.time.value.times] if form.time else [],
        "name": form.name.value if form.name else None,
        "name_checked": form.name_checked,
        "phone": form.phone.value if form.phone_checked and form.phone else None,
    }
    return json.dumps(data, sort_keys=True)


def resumed_change(blob: str | None) -> Task:
    """The move or cancellation that was begun; Task.NONE where none was."""
    try:
        data = json.loads(blob or "{}")
        task = Task(data.get("task", "none")) if data.get("version") == VERSION else Task.NONE
    except (ValueError, AttributeError):
        return Task.NONE
    return task if task in (Task.MOVE, Task.CANCEL) else Task.NONE


def resumed(blob: str | None) -> BookingForm | None:
    """The form as it was; None when nothing can be read (another version wrote it, or nothing)."""
    if not blob:
        return None
    try:
        data = json.loads(blob)
        if data["version"] != VERSION:
            return None
        return _form(data)
    except (ValueError, KeyError, TypeError):
        return None


def _form(data: dict[str, Any]) -> BookingForm:
    days = tuple(datetime.fromisoformat(day).date() for day in data["days"])
    times = tuple(datetime.fromisoformat(f"2000-01-01T{moment}").time() for moment in data["times"])
    if data["start"]:
        start = datetime.fromisoformat(data["start"])
        days, times = (start.date(),), (start.time(),)
    return BookingForm(
        service=_value(data["service"]),
        practitioner=_value(data["practitioner"]),
        day=Value(DayWish(days=days), "") if days else None,
        time=Value(TimeWish(times=times, half_day_said=True), "") if times else None,
        name=_value(data["name"]),
        name_checked=bool(data["name_checked"]),
        phone=_value(data["phone"]),
        phone_checked=data["phone"] is not None,
    )


def _value(text: str | None) -> Value[str] | None:
    return Value(text, "", Source.WORDS) if text else None
