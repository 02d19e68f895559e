"""A conversation for tests: the sample office on a Monday evening, receipts as from the store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from gateway.appointments.records import (
    AlertNoted,
    Appointment,
    Booked,
    Cancelled,
    Confirmed,
    Draft,
    FollowUp,
    Moved,
    Noted,
    Slot,
    Status,
    seal_for_store,
)
from gateway.contract.settings import Settings
from gateway.contract.settings_file import load_settings
from gateway.conversation import actions as a
from gateway.conversation import events as e
from gateway.conversation.conversation import Conversation, office_of, start, step
from gateway.conversation.office import Office

NOW = datetime(2026, 11, 23, 18, 30)
TODAY = date(2026, 11, 23)
TUESDAY = datetime(2026, 11, 24, 10, 0)
CALLER = "+12125550123"
SAMPLE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"


@cache
def office() -> Office:
    return office_of(load_settings(SAMPLE))


def changed(**tables: dict[str, Any]) -> Settings:
    """The sample office with fields of some tables changed."""
    data = office().settings.model_dump(by_alias=True, exclude_none=True)
    for name, fields in tables.items():
        data[name].update(fields)
    return Settings.model_validate(data)


def answered(settings: Settings | None = None, **facts: Any) -> Conversation:
    """A call that was just answered."""
    call = e.CallAnswered(**({"caller": CALLER} | facts))
    return step(start(settings or office()), call, NOW)[0]


def slot(start: datetime = TUESDAY, who: str = "weber", minutes: int = 30) -> Slot:
    return Slot(start, minutes, who)


def slots(first: datetime = TUESDAY) -> tuple[Slot, ...]:
    return tuple(slot(first + timedelta(hours=n)) for n in range(3))


def appointment(status: Status = Status.CONFIRMED, **fields: Any) -> Appointment:
    known: dict[str, Any] = {
        "uid": "u1", "revision": 0, "status": status, "service": "check-up",
        "practitioner": "weber",
        "start": TUESDAY, "minutes": 30, "timezone": "America/New_York", "name": "Anna Brown",
        "phone": CALLER,
    }  # fmt: skip
    return Appointment(**(known | fields))


def booked(draft: Draft | None = None) -> Booked:
    one = appointment()
    if draft is not None:
        status = Status.TENTATIVE if draft.tentative else Status.CONFIRMED
        one = appointment(
            status, service=draft.service, start=draft.slot.start, name=draft.name,
            practitioner=draft.slot.practitioner,
        )  # fmt: skip
    return Booked(1, datetime.now(UTC), seal_for_store(), one)


def moved() -> Moved:
    return Moved(1, datetime.now(UTC), seal_for_store(), appointment(), appointment())


def cancelled(late: bool = False) -> Cancelled:
    one = appointment(Status.CANCELLED)
    return Cancelled(1, datetime.now(UTC), seal_for_store(), one, late)


def confirmed() -> Confirmed:
    return Confirmed(1, datetime.now(UTC), seal_for_store(), appointment())


def noted() -> Noted:
    return Noted(1, datetime.now(UTC), seal_for_store(), FollowUp("message", "office", NOW))


def alert_noted() -> AlertNoted:
    return AlertNoted(1, datetime.now(UTC), seal_for_store(), FollowUp("urgent", "on-call", NOW))


def answer_to(action: a.Action) -> e.Event | None:
    """What a store and a line that work would answer."""
    match action:
        case a.FindSlots():
            return e.SlotsFound(slots(), exact=True)
        case a.HoldSlot(slot=held):
            return e.SlotHeld(held)
        case a.CommitBooking(draft=draft):
            return e.Committed(booked(draft))
        case a.CommitMove():
            return e.Committed(moved())
        case a.CommitCancel():
            return e.Committed(cancelled())
        case a.CommitConfirm():
            return e.Committed(confirmed())
        case a.CommitNote():
            return e.Committed(noted())
        case a.CommitAlert():
            return e.Committed(alert_noted())
        case a.CheckNumber():
            return e.NumberChecked()
        case a.FindAppointments():
            return e.AppointmentsFound((appointment(),))
        case a.RecordMessage():
            return e.MessageRecorded("clip", 5.0, noted())
        case a.TransferCall():
            return e.TransferProgressed(200, final=True)
        case a.AskModel(question=question):
            return e.ModelAnswered(tuple(1 / len(question.choices) for _ in question.choices))
    return None


def talk(conversation: Conversation, *turns: str | e.Event) -> tuple[Conversation, list[a.Action]]:
    """Words and events one after the other, everything answered; the actions of the last turn."""
    actions: list[a.Action] = []
    for turn in turns:
        event = e.Heard(turn) if isinstance(turn, str) else turn
        actions = []
        waiting: list[e.Event] = [event]
        while waiting:
            conversation, done = step(conversation, waiting.pop(0), NOW)
            actions += done
            waiting += [answer for action in done if (answer := answer_to(action)) is not None]
    return conversation, actions


def keys_said(actions: list[a.Action] | tuple[a.Action, ...]) -> list[str]:
    return [action.key for action in actions if isinstance(action, a.Say)]
