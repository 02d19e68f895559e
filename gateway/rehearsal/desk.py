"""Carries out on the real store what a rehearsed call wants."""

from __future__ import annotations

from datetime import timedelta

from gateway.appointments.records import Slot
from gateway.appointments.slots import free_slots
from gateway.conversation import actions as a
from gateway.conversation import events as e
from gateway.rehearsal.world import World


def carry_out(world: World, call: str, action: a.Action) -> e.Event:
    """Do what a call wants of the store; errors as the store raises them."""
    store, now = world.store, world.now
    match action:
        case a.FindSlots(wish=wish):
            first = world.local.date()
            last = first + timedelta(days=world.settings.booking.horizon_days + 1)
            busy = store.busy(first, last, for_call=call, now=now)
            offer = free_slots(store.book_now(), wish, busy, now)
            return e.SlotsFound(offer.slots, bool(offer.exact))
        case a.HoldSlot(slot=slot):
            store.hold(slot, call, now=now)
            return e.SlotHeld(slot)
        case a.CommitBooking(draft=draft):
            return e.Committed(store.book(draft, call, now=now))
        case a.CommitMove(uid=uid, revision=revision, slot=slot, tentative=tentative):
            moved = store.move(uid, revision, slot, call, now=now, tentative=tentative)
            return e.Committed(moved)
        case a.CommitCancel(uid=uid, revision=revision):
            return e.Committed(store.cancel(uid, revision, call, now=now))
        case a.CommitConfirm(uid=uid):
            return e.Committed(store.confirm(uid, call, now=now))
        case a.CommitNote(note=note):
            return e.Committed(store.note(note, call, now=now))
        case a.CommitAlert(note=note):
            return e.Committed(store.alert(note, call, now=now))
        case a.CheckNumber(phone=phone):
            limits = store.caller_limits(phone, now=now)
            return e.NumberChecked(limits.open_bookings, limits.bookings_today)
        case a.FindAppointments(phone=phone, name=name):
            found = store.find_appointments(phone=phone, name=name, now=now)
            return e.AppointmentsFound(tuple(found))
    raise TypeError(f"{type(action).__name__} is not known here")


def slot_of(action: a.Action) -> Slot:
    """The slot that an action is about."""
    if isinstance(action, a.CommitBooking):
        return action.draft.slot
    assert isinstance(action, a.HoldSlot | a.CommitMove)
    return action.slot
