"""Booking: what is still missing is asked, times are found, offered, held, read back, committed."""

from __future__ import annotations

from gateway.appointments.names import phone_key, same_phone
from gateway.appointments.records import Booked, Draft
from gateway.conversation import actions as a
from gateway.conversation import message, questions, wishes
from gateway.conversation.booking_form import ANYBODY, BookingForm, absorb
from gateway.conversation.ending import anything_else, settle, take_receipt
from gateway.conversation.events import Committed, Event, NumberChecked, SlotHeld
from gateway.conversation.meaning import DayWish, Meaning, Source, TimeWish, Value
from gateway.conversation.memory import Task
from gateway.conversation.offering import no_such_wish
from gateway.conversation.reply import Reply
from gateway.conversation.sentences import say_booked
from gateway.conversation.states import State


def begin(reply: Reply) -> Reply:
    """The caller wants an appointment."""
    if reply.memory.task is not Task.BOOK:
        reply = reply.remember(task=Task.BOOK, target=None, offers=(), refused=(), direction=None)
    if over_cap(reply):
        return _refuse(reply)
    return carry_on(reply)


def begin_with(reply: Reply, meaning: Meaning) -> Reply:
    """A booking with everything that was said in the same breath."""
    form, caller = absorb(reply.memory.form, meaning), reply.memory.call.caller
    reply = reply.remember(form=form).count(misses=0)
    if meaning.same_number and caller and form.phone is None:
        reply = reply.form(phone=Value(caller, "", Source.CALLER_ID))
    return begin(reply)


def over_cap(reply: Reply) -> bool:
    """Whether this number has booked all that it may."""
    call, made = reply.memory.call, reply.counts.bookings
    return _too_many(reply, call.open_bookings + made, call.bookings_today + made)


def _too_many(reply: Reply, open_bookings: int, bookings_today: int) -> bool:
    rules = reply.memory.office.settings.booking
    return (
        open_bookings >= rules.max_open_per_caller or bookings_today >= rules.max_bookings_per_day
    )


def _refuse(reply: Reply) -> Reply:
    reply = reply.note("refused", "too-many-bookings").say("too-many-bookings")
    return message.take(reply, "too-many-bookings")


def carry_on(reply: Reply) -> Reply:
    """Ask for what is missing next, or read back when nothing is."""
    form = reply.memory.form
    if form.service is None:
        return questions.ask(reply, State.SERVICE)
    if form.slot is None:
        return find_time(reply)
    if reply.memory.task is Task.MOVE:
        return questions.ask(reply, State.COMMIT_MOVE)
    if form.name is None and not form.name_clip:
        return questions.ask(reply, State.NAME)
    if _name_is_doubtful(reply):
        return questions.ask(reply, State.NAME_CHECK)
    if not form.phone_checked and not form.phone_clip:
        return _ask_number(reply)
    if not number_allowed(reply):
        return reply.wait(State.CHECKING, a.CheckNumber(number_of(reply)))
    return questions.ask(reply, State.COMMIT_BOOKING)


def number_of(reply: Reply) -> str:
    """The number under which the office will find the booking."""
    phone = reply.memory.form.phone
    return phone.value if phone else reply.memory.call.caller or ""


def number_allowed(reply: Reply) -> bool:
    """Whether the caps were looked at for this number; that of the caller was at the start."""
    memory, number = reply.memory, number_of(reply)
    country = memory.office.country
    if memory.call.caller and same_phone(
        phone_key(number, country), phone_key(memory.call.caller, country)
    ):
        return True
    return number == memory.allowed


NAME_SURE = 0.6
"""Below this a name is read back by itself; above, it is part of the read-back."""


def _name_is_doubtful(reply: Reply) -> bool:
    form = reply.memory.form
    if form.name is None or form.name_checked or form.name_clip or reply.memory.keypad:
        return False
    return form.name.sure < NAME_SURE or reply.counts.name_tries > 0


def _ask_number(reply: Reply) -> Reply:
    """The number that the call comes from is offered; any number is read back."""
    form, caller = reply.memory.form, reply.memory.call.caller
    if form.phone is not None:
        return questions.ask(reply, State.PHONE_CHECK)
    if caller and not reply.counts.phone_tries:
        reply = reply.form(phone=Value(caller, "", Source.CALLER_ID))
        return questions.ask(reply, State.PHONE_CHECK)
    return questions.ask(reply, State.PHONE)


def find_time(reply: Reply) -> Reply:
    """Look for a time, once it is clear enough when; otherwise ask."""
    form = reply.memory.form
    wrong = no_such_wish(reply)
    if wrong is not None:
        return wrong
    if form.same_time:
        return questions.ask(reply, State.DAY)
    if form.day is not None and form.day.value.ambiguous:
        return questions.ask(reply, State.WHICH_DAY)
    if form.time is not None and form.time.value.ambiguous:
        return questions.ask(reply, State.WHICH_TIME)
    if not form.wished_anything and reply.memory.direction is None:
        return questions.ask(reply, State.DAY)
    return wishes.look(reply)


# --- rules of the table ---------------------------------------------------------------


def slot_held(reply: Reply, event: Event) -> Reply:
    """The time is kept for this call; the wish is what it is."""
    assert isinstance(event, SlotHeld)
    slot = event.slot
    form = reply.memory.form
    picked = slot in reply.memory.offers
    reply = reply.form(
        slot=slot,
        day=Value(DayWish(days=(slot.start.date(),)), form.day.words if form.day else ""),
        time=Value(TimeWish(times=(slot.start.time(),)), form.time.words if form.time else ""),
    )
    reply = reply.remember(offers=(), refused=(), direction=None).count(misses=0)
    if not picked and not _ready(reply):
        reply = reply.say("slot-free", on_day=slot.start.date(), at_time=slot.start.time())
    return carry_on(reply)


def _ready(reply: Reply) -> bool:
    """Whether the read-back comes next, which names the time anyway."""
    form = reply.memory.form
    named = (form.name is not None or form.name_clip) and (form.phone_checked or form.phone_clip)
    return reply.memory.task is Task.MOVE or named


def number_checked(reply: Reply, event: Event) -> Reply:
    """How many bookings the said number has: a withheld caller has no other cap."""
    assert isinstance(event, NumberChecked)
    if _too_many(reply, event.open_bookings, event.bookings_today):
        return _refuse(reply.form(slot=None))
    return questions.ask(reply.remember(allowed=number_of(reply)), State.COMMIT_BOOKING)


def commit(reply: Reply) -> Reply:
    """The caller has said yes to the read-back."""
    form = reply.memory.form
    assert form.slot is not None and form.service is not None
    if not number_allowed(reply):
        return carry_on(reply)
    phone = number_of(reply)
    draft = Draft(
        service=form.service.value,
        slot=form.slot,
        name=form.name.value if form.name else "",
        phone=phone,
        tentative=reply.memory.books_tentatively,
        note=draft_note(form),
    )
    reply = reply.note("commit", "caller-said-yes", start=form.slot.start.isoformat())
    return reply.wait(State.BOOKING, a.CommitBooking(draft))


def draft_note(form: BookingForm) -> str:
    """What the office should know besides."""
    notes = []
    if form.client:
        notes.append(f"For the caller's {form.client}.")
    if form.caller_name:
        notes.append(f"The caller is {form.caller_name}.")
    if form.name_clip:
        notes.append("The name is in a recording of this call.")
    if form.phone_clip:
        notes.append("The number is in a recording of this call.")
    if form.asked_for:
        notes.append(f"Asked for somebody called {form.asked_for}.")
    who = form.practitioner.value if form.practitioner else ANYBODY
    if form.slot and who not in (ANYBODY, form.slot.practitioner):
        notes.append("Asked for somebody else first.")
    return " ".join(notes)


def booked(reply: Reply, event: Event) -> Reply:
    """The row is there: now it may be said."""
    assert isinstance(event, Committed) and isinstance(event.receipt, Booked)
    reply = take_receipt(settle(reply), event.receipt)
    reply = reply.spoken(say_booked(reply.setting, event.receipt))
    name, phone = reply.memory.form.name, reply.memory.form.phone
    if reply.memory.form.client:  # the next one may be for somebody else
        name = None
    kept = BookingForm(name=name, name_checked=name is not None, phone=phone, phone_checked=True)
    clips = {"name_clip": reply.memory.form.name_clip, "phone_clip": reply.memory.form.phone_clip}
    return anything_else(reply.remember(form=kept, allowed="").form(**clips))


def slot_gone(reply: Reply, event: Event) -> Reply:
    """Somebody else was faster: the next one is offered."""
    taken = reply.memory.form.slot or getattr(event, "slot", None)
    refused = (*reply.memory.refused, taken) if taken else reply.memory.refused
    reply = settle(reply) if reply.memory.state in (State.BOOKING, State.MOVING) else reply
    reply = reply.form(slot=None).remember(refused=refused, offers=(), direction=None)
    return wishes.look(reply.note("slot-gone", "taken-meanwhile").say("just-gone"))
