"""What was found: offered in the order of the wish, with the reason when it is not the wish."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from gateway.appointments.records import Slot
from gateway.appointments.slots import SlotWish
from gateway.conversation import message, questions, wishes
from gateway.conversation.booking_form import ANYBODY
from gateway.conversation.events import Event, SlotsFound
from gateway.conversation.memory import Task
from gateway.conversation.reply import Reply
from gateway.conversation.states import State


def no_such_wish(reply: Reply) -> Reply | None:
    """Say that the day does not exist, is over or is too far away; None when it is none of it."""
    day = reply.memory.form.day
    if day is None:
        return None
    horizon = timedelta(days=reply.memory.office.settings.booking.horizon_days)
    if day.value.impossible:
        key = "no-such-day"
    elif wishes.is_past(day.value, reply.now):
        key = "day-gone"
    elif day.value.days and min(day.value.days) > reply.now.date() + horizon:
        key = "too-far-ahead"
    else:
        return None
    return questions.ask(reply.form(day=None).say(key), State.DAY)


def offer(reply: Reply, slots: tuple[Slot, ...]) -> Reply:
    """Offer these times, in the order of the calendar as people name them."""
    slots = tuple(sorted(slots))
    reply = reply.remember(offers=slots)
    reply = reply.note("offered", "free", starts=[slot.start.isoformat() for slot in slots])
    return questions.ask(reply, State.CHOICE)


def nothing(reply: Reply) -> Reply:
    """No free time at all, or none besides those that were refused."""
    if reply.memory.refused or reply.memory.direction:
        reply = reply.remember(refused=(), direction=None).form(day=None, time=None)
        if reply.counts.silences == 0 and not reply.memory.keypad:
            return questions.ask(reply.say("no-more-times"), State.DAY)
    return message.offer(reply.say("nothing-free"))


def why_not(reply: Reply, wish: SlotWish, first: Slot) -> Reply:
    """Say why the first offer is not what was wished; nothing where it is."""
    who = reply.memory.form.practitioner
    service = reply.memory.form.service
    if who and service and who.value != ANYBODY:
        if not reply.memory.office.does(who.value, service.value):
            return reply.say("does-not-do", practitioner=who.value)
        if who.value != first.practitioner:
            return reply.say("other-practitioner", practitioner=first.practitioner)
    if wishes.is_wished(wish, first) or not (wish.days or wish.times or wish.weekdays):
        return reply if wishes.is_wished(wish, first) else reply.say("wish-missed")
    day = wishes.wished_day(reply.memory)
    if day is None:
        return reply.say("wish-missed")
    return _why_not_that_day(reply, day, wish, first)


def _why_not_that_day(reply: Reply, day: date, wish: SlotWish, first: Slot) -> Reply:
    opening = reply.memory.office.opening
    spans, special = opening.spans(day), opening.special_day(day)
    if not spans and special is not None:
        return reply.say("closed-holiday", on_day=day, holiday=special.name)
    if not spans:
        return reply.say("closed-day", on_day=day)
    if day == reply.now.date() and wish.times and max(wish.times) <= reply.now.time():
        return reply.say("time-gone")
    if wish.times and not any(span.holds(moment) for span in spans for moment in wish.times):
        return reply.say("open-then", on_day=day, hours=spans)
    target = reply.memory.target
    if reply.memory.task is Task.MOVE and target and _stands_then(target.start, day, wish):
        return reply.say("as-it-stands")
    if first.start.date() == day:
        return reply.say("time-taken" if wish.times else "wish-missed")
    return reply.say("day-full", on_day=day)


def _stands_then(start: datetime, day: date, wish: SlotWish) -> bool:
    """Whether the time wished is the one that is being moved."""
    return start.date() == day and wish.times == (start.time(),)


# --- rules of the table ---------------------------------------------------------------


def slots_found(reply: Reply, event: Event) -> Reply:
    """Take the one time that was named if it is free; otherwise offer what there is."""
    assert isinstance(event, SlotsFound)
    if not event.slots:
        return nothing(reply)
    wish = wishes.slot_wish(reply.memory)
    first, slots = event.slots[0], event.slots
    fitting = tuple(slot for slot in slots if wishes.is_wished(wish, slot))
    if wish.times and fitting:
        slots = fitting
    if wishes.settles(reply.memory.form, wish, slots) and not reply.memory.keypad:
        return wishes.hold(reply, first)
    if reply.memory.direction is None:
        reply = why_not(reply, wish, first)
    return offer(reply, slots)


def refuse(reply: Reply) -> Reply:
    """None of the offered times; do not offer them again."""
    refused = (*reply.memory.refused, *reply.memory.offers)
    return reply.remember(refused=refused, offers=())


def turn_to(reply: Reply, way: str) -> Reply:
    """ "Anything earlier?": look in that direction from what was offered or held."""
    slots = reply.memory.offers
    if reply.memory.form.slot is not None:
        slots = (reply.memory.form.slot,)
    if not slots:
        return reply
    if way == "other":
        return refuse(reply).form(slot=None)
    starts = [slot.start for slot in slots]
    edge = min(starts) if way in ("earlier", "sooner-day") else max(starts)
    return reply.remember(direction=(way, edge)).form(slot=None)
