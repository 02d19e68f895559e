"""The names in the table, and the functions that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.conversation import (
    asking,
    booking,
    changing,
    details,
    ending,
    keypad,
    ladder,
    message,
    offering,
    opening,
    person,
    repair,
    turns,
    urgent,
)
from gateway.conversation.events import Event
from gateway.conversation.reply import Reply


def nothing(reply: Reply, event: Event) -> Reply:
    """The event changes nothing."""
    return reply


RULES: Mapping[str, Callable[[Reply, Event], Reply]] = {
    "alert_failed": urgent.alert_failed,
    "alert_failed_in_message": urgent.alert_failed_in_message,
    "alerted": urgent.alerted,
    "answered": opening.answered,
    "appointments_found": changing.appointments_found,
    "booked": booking.booked,
    "cancelled": changing.cancelled,
    "confirmed": changing.confirmed,
    "heard": turns.heard,
    "heard_in_message": urgent.heard_in_message,
    "hung_up": ending.hung_up,
    "key": keypad.key,
    "last_message_recorded": message.last_message_recorded,
    "late_answer": ending.late_answer,
    "late_failure": ending.late_failure,
    "message_recorded": message.message_recorded,
    "model_answered": turns.model_answered,
    "model_back": ladder.model_back,
    "model_failed": ladder.model_failed,
    "model_lost": ladder.model_lost,
    "moved": changing.moved,
    "name_recorded": details.name_recorded,
    "noted": asking.noted,
    "nothing": nothing,
    "number_checked": booking.number_checked,
    "overheard": turns.overheard,
    "silent": repair.silent,
    "slot_gone": booking.slot_gone,
    "slot_held": booking.slot_held,
    "slots_found": offering.slots_found,
    "store_failed": message.store_failed,
    "transfer_progressed": person.transfer_progressed,
    "turn_limit": message.turn_limit,
    "turn_limit_later": message.turn_limit_later,
}
"""Name -> rule; a test finds names without a function and functions without a row."""
