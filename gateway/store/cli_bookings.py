"""Commands about appointments, and the office's word on what callers asked for."""

from __future__ import annotations

from datetime import datetime

import click

from gateway.appointments.book import Book
from gateway.appointments.records import Appointment, Slot
from gateway.store.cli import (
    as_json_option,
    booking_line,
    by_option,
    fields,
    opened,
    present,
    show,
    who,
)
from gateway.store.decisions import Decision

TIME_FORMAT = "%Y-%m-%d %H:%M"


@click.group()
def bookings() -> None:
    """List, show, cancel and restore appointments."""


@bookings.command("list")
@click.option("--all", "everything", is_flag=True, help="Past and cancelled ones too.")
@as_json_option
def bookings_list(everything: bool, as_json: bool) -> None:
    """Appointments to come."""
    with opened() as store:
        found = store.appointments() if everything else store.find_appointments(now=present())
    show(found, as_json, [booking_line(appointment) for appointment in found])


@bookings.command("show")
@click.argument("uid")
@as_json_option
def bookings_show(uid: str, as_json: bool) -> None:
    """One appointment; the beginning of its UID will do."""
    with opened() as store:
        appointment = store.appointment(uid)
    show(appointment, as_json, fields(appointment))


@bookings.command("cancel")
@click.argument("uid")
@by_option
@as_json_option
def bookings_cancel(uid: str, by: str | None, as_json: bool) -> None:
    """Cancel for the office; somebody then has to tell the client."""
    with opened() as store:
        whole = store.appointment(uid).uid
        appointment = store.cancel_by_office(whole, by=who(by), now=present())
    show(appointment, as_json, [booking_line(appointment)])


@bookings.command("undo")
@click.argument("uid")
@by_option
@as_json_option
def bookings_undo(uid: str, by: str | None, as_json: bool) -> None:
    """Bring a cancelled appointment back."""
    with opened() as store:
        whole = store.appointment(uid).uid
        appointment = store.undo_cancel(whole, by=who(by), now=present())
    show(appointment, as_json, [booking_line(appointment)])


@click.group()
def requests() -> None:
    """Accept, decline or move what callers asked for."""


@requests.command("list")
@as_json_option
def requests_list(as_json: bool) -> None:
    """Requests that wait for the office's word."""
    with opened() as store:
        found = store.requests(now=present())
    show(found, as_json, [booking_line(appointment) for appointment in found])


@requests.command("accept")
@click.argument("uid")
@by_option
@as_json_option
def requests_accept(uid: str, by: str | None, as_json: bool) -> None:
    """It stands as asked for; tell the client."""
    _decide(uid, Decision.ACCEPTED, by, as_json)


@requests.command("decline")
@click.argument("uid")
@by_option
@as_json_option
def requests_decline(uid: str, by: str | None, as_json: bool) -> None:
    """It is cancelled; "tell the client" goes onto the list."""
    _decide(uid, Decision.DECLINED, by, as_json)


@requests.command("move")
@click.argument("uid")
@click.option(
    "--to", "start", required=True, type=click.DateTime([TIME_FORMAT]),
    help='New start, local time of the office: "2026-11-24 10:30".',
)  # fmt: skip
@click.option("--practitioner", default=None, help="Key of another practitioner.")
@by_option
@as_json_option
def requests_move(
    uid: str, start: datetime, practitioner: str | None, by: str | None, as_json: bool
) -> None:
    """It is confirmed at another time; "tell the client" goes onto the list."""
    _decide(uid, Decision.MOVED, by, as_json, start, practitioner)


def _decide(
    uid: str, decision: Decision, by: str | None, as_json: bool,
    start: datetime | None = None, practitioner: str | None = None,
) -> None:  # fmt: skip
    now = present()
    with opened() as store:
        asked = store.appointment(uid)
        slot = None
        if start is not None:
            if start <= store.local(now):
                raise click.BadParameter("the new time is over", param_hint="--to")
            slot = _slot(store.book_now(), asked, start, practitioner)
        settled = store.decide(asked.uid, decision, by=who(by), now=now, slot=slot)
    show(settled, as_json, [booking_line(settled)])


def _slot(book: Book, asked: Appointment, start: datetime, practitioner: str | None) -> Slot:
    known = [rule.key for rule in book.practitioners]
    if practitioner is not None and practitioner not in known:
        raise click.BadParameter(
            f"nobody has the key {practitioner}; known: {', '.join(known)}",
            param_hint="--practitioner",
        )
    return Slot(start, asked.minutes, practitioner or asked.practitioner)
