"""Carries out what the conversation wants from store and models; answers with the next event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta

from gateway.appointments.records import Slot
from gateway.appointments.slots import SlotWish, free_slots
from gateway.contract.model_link import Understand
from gateway.contract.service import log_fields
from gateway.conversation import actions as a
from gateway.conversation import events as e
from gateway.errors import LinkError, ModelError, NightporterError, SlotTaken
from gateway.store.store import Store
from gateway.switchboard.premises import Premises

log = logging.getLogger(__name__)

OLDEST_YEAR = 2026
"""This program did not exist before: a clock that says so is wrong."""

READS = (a.FindSlots, a.AskModel, a.FindAppointments, a.CheckNumber)
"""Actions that change nothing: they may be begun before the caller's turn is surely over."""


class Performer:
    """Does the work of one call."""

    def __init__(self, premises: Premises, call_id: str) -> None:
        self._premises = premises
        self._call_id = call_id
        self._begun: dict[a.Action, asyncio.Task[e.Event]] = {}
        self.model_ms = 0.0

    def begin(self, action: a.Action) -> asyncio.Task[e.Event] | None:
        """Start a read ahead of time; `perform` will find its result. None for anything else."""
        if not isinstance(action, READS):
            return None
        if action not in self._begun:
            loop = asyncio.get_running_loop()
            self._begun[action] = loop.create_task(self._perform(action))
        return self._begun[action]

    async def perform(self, action: a.Action) -> e.Event | None:
        """Carry it out; the event that answers it, None when there is none."""
        begun = self._begun.pop(action, None) if isinstance(action, READS) else None
        if begun is not None:
            return await begun
        if isinstance(action, a.Note):
            self._journal(action)
            return None
        return await self._perform(action)

    async def facts(self, caller: str | None, rung: int) -> e.CallAnswered:
        """What the conversation has to know at the start; careful when the store is silent."""
        now, call = self._premises.now(), self._call_id

        def look(store: Store) -> e.CallAnswered:
            limits = store.caller_limits(caller, now=now)
            dropped = store.recent_dropped_call(caller, now=now, for_call=call)
            return e.CallAnswered(
                caller=caller,
                rung=rung,
                calendar_fresh=store.calendar_fresh(now=now),
                clock_trusted=clock_is_trusted(now),
                open_bookings=limits.open_bookings,
                bookings_today=limits.bookings_today,
                calls_last_hour=limits.calls_last_hour,
                withheld_last_hour=limits.withheld_last_hour,
                progress=dropped.progress if dropped else None,
            )

        try:
            return await self._premises.desk.do(look)
        except NightporterError:
            return e.CallAnswered(caller=caller, rung=rung, calendar_fresh=False)

    def forget(self) -> None:
        """What was begun ahead of time is of no use: the world may have changed."""
        for task in self._begun.values():
            task.cancel()
        self._begun.clear()

    async def _perform(self, action: a.Action) -> e.Event:
        if isinstance(action, a.AskModel):
            return await self._ask_model(action)
        try:
            return await self._premises.desk.do(self._work(action), self._too_late)
        except SlotTaken:
            slot = _slot_of(action)
            if slot is None:
                raise
            return e.SlotGone(slot)
        except NightporterError as error:
            log.error(
                "store-failed",
                extra=log_fields(call_id=self._call_id, kind=type(error).__name__),
            )
            return e.StoreFailed(type(action).__name__)

    def _too_late(self, store: Store, event: e.Event) -> None:
        """It was written after all, when the caller had been told that it could not be."""
        if isinstance(event, e.Committed):
            log.warning("written-too-late", extra=log_fields(call_id=self._call_id))
            store.written_too_late(event.receipt, self._call_id, now=self._premises.now())

    def _work(self, action: a.Action) -> Callable[[Store], e.Event]:
        call, now = self._call_id, self._premises.now()
        match action:
            case a.FindSlots(wish=wish):
                return lambda store: self._find(store, wish)
            case a.HoldSlot(slot=slot):

                def hold(store: Store) -> e.Event:
                    store.hold(slot, call, now=now)
                    return e.SlotHeld(slot)

                return hold
            case a.CommitBooking(draft=draft):
                return lambda store: e.Committed(store.book(draft, call, now=now))
            case a.CommitMove(uid=uid, revision=revision, slot=slot, tentative=tentative):
                return lambda store: e.Committed(
                    store.move(uid, revision, slot, call, now=now, tentative=tentative)
                )
            case a.CommitCancel(uid=uid, revision=revision):
                return lambda store: e.Committed(store.cancel(uid, revision, call, now=now))
            case a.CommitConfirm(uid=uid):
                return lambda store: e.Committed(store.confirm(uid, call, now=now))
            case a.CommitNote(note=note):
                return lambda store: e.Committed(store.note(note, call, now=now))
            case a.CommitAlert(note=note):
                return lambda store: e.Committed(store.alert(note, call, now=now))
            case a.CheckNumber(phone=number):
                return lambda store: _counted(store, number, now)
            case a.FindAppointments(phone=phone, name=name):
                return lambda store: e.AppointmentsFound(
                    tuple(store.find_appointments(phone=phone, name=name, now=now))
                )
        raise TypeError(f"{type(action).__name__} is not for the performer")

    def _find(self, store: Store, wish: SlotWish) -> e.Event:
        now = self._premises.now()
        book = store.book_now()
        first, last = _days(now.date(), self._premises.settings.booking.horizon_days)
        busy = store.busy(first, last, for_call=self._call_id, now=now)
        offer = free_slots(book, wish, busy, now)
        return e.SlotsFound(slots=offer.slots, exact=bool(offer.exact))

    async def _ask_model(self, action: a.AskModel) -> e.Event:
        question = action.question
        request = Understand(question.instruction, question.context, action.said, question.choices)
        started = asyncio.get_running_loop().time()
        try:
            answer = await self._premises.health.client.understand(request)
        except (LinkError, ModelError) as error:
            log.warning(
                "model-failed",
                extra=log_fields(call_id=self._call_id, kind=type(error).__name__),
            )
            return e.ModelFailed("language-model")
        self.model_ms = (asyncio.get_running_loop().time() - started) * 1000
        return e.ModelAnswered(answer.scores)

    def _journal(self, note: a.Note) -> None:
        """Write a decision down, without keeping the reply waiting for it."""
        call, now = self._call_id, self._premises.now()

        def failed(error: Exception) -> None:
            log.error("journal-failed", extra=log_fields(call_id=call, kind=type(error).__name__))

        self._premises.desk.soon(
            lambda store: store.journal(call, note.kind, note.reason, dict(note.data), now=now),
            failed,
        )


def _counted(store: Store, phone: str, now: datetime) -> e.Event:
    limits = store.caller_limits(phone, now=now)
    return e.NumberChecked(limits.open_bookings, limits.bookings_today)


def clock_is_trusted(now: datetime) -> bool:
    """A box without a battery wakes up in the past until the network tells it the time."""
    return now.year >= OLDEST_YEAR


def _slot_of(action: a.Action) -> Slot | None:
    if isinstance(action, a.CommitBooking):
        return action.draft.slot
    return action.slot if isinstance(action, a.HoldSlot | a.CommitMove) else None


def _days(today: date, horizon: int) -> tuple[date, date]:
    return today, today + timedelta(days=horizon + 1)
