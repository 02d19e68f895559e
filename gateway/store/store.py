"""The store: one object per program, every change in one transaction with its event and journal.

    store = Store.open(paths.database, settings, recordings=paths.recordings)

`now` is always an aware moment; slots and days are the office's local wall time. Methods may be
called from any thread, one at a time. Every method raises StoreError (or a kind of it) and never
waits longer than database.BUSY_S. Receipts are returned after COMMIT only.

    appointments  book(draft, call_id, *, now) -> Booked
                  move(uid, revision, slot, call_id, *, now, tentative=False) -> Moved
                  cancel(uid, revision, call_id, *, now) -> Cancelled
                  confirm(uid, call_id, *, now) -> Confirmed
                  find_appointments(*, phone=None, name=None, day=None, now) -> list[Appointment]
    office        undo_cancel(uid, *, by, now)   cancel_by_office(uid, *, by, now)
                  decide(uid, decision, *, by, now, slot=None) -> Appointment
    holds         hold(slot, call_id, *, now) -> Hold        release_holds(call_id)
    calendar      book_now() -> Book        calendar_fresh(practitioner=None, *, now) -> bool
                  busy(start_day, end_day, *, for_call=None, now) -> list[Busy]
    messages      note(draft, call_id, *, now) -> Noted
                  alert(draft, call_id, *, now) -> AlertNoted
                  import_voicemail(Voicemail(...), *, now, ends_call=True) -> Noted
                  next_unheard(*, without=()) -> Unheard | None
                  put_transcript(message_id, words, alert, *, now) -> bool
    follow-ups    open_follow_ups() -> list[FollowUp]       close_follow_up(id, by, *, now)
                  to_do() -> list[ToDo]
    calls         call_started(call_id, caller, *, now, called, forwarded_from, forward_reason)
                  save_progress(call_id, progress, *, now)
                  call_ended(call_id, outcome, *, now, lowest_rung, rung_reasons, turns, reason,
                             said_something, recording)
                  close_orphans(*, now, live=()) -> list[str]     unowned_calls(*, now) -> list[str]
                  caller_limits(phone, *, now) -> CallerLimits
                  recent_dropped_call(phone, *, now, for_call="") -> DroppedCall | None
                  written_too_late(receipt, call_id, *, now)
    journal       journal(call_id, kind, reason, data, *, now) -> int       verify_journal() -> int
    outbox        next_events(limit, *, after=0)   mark_sent(sequences, *, now)
                  outbox_state(*, now) -> OutboxState       stream() -> str
                  position() -> Position
                  send_again(stream, from_sequence) -> int       next_connection(*, above=0) -> int
    inbox         take_appointment(letter, word, *, now)      take_decision(letter, word, *, now)
                  take_busy_snapshot(letter, practitioner, busy, *, now)
                  take_busy_changes(letter, practitioner, gone, busy, *, now)
                  take_exceptions(letter, exceptions, *, now) -> Taken
    fleet         accept_command(key, number, id, *, now) -> bool       figures(*, now) -> Figures
                  open_alert(kind, severity, value, *, now)     close_alert(kind, *, now)
                  open_alerts()  untold_alerts() -> list[AlertRow]
                  alert_told(number, *, closing)                tell_alerts_again()
                  tell_office(reason, text, *, now)             untell_office(reason, *, now)
                  remember(name, value)                         recall(name) -> str
                  note_refused(letter, reason, *, now)        inbox_counts() -> dict
    pages         appointment(uid)  appointments(*, since=None)  requests(*, now)
                  calls(limit)  call_page(call_id)
    retention     run_retention(*, now) -> Erased
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from gateway.appointments.book import Book
from gateway.store.appointments import Appointments
from gateway.store.base import StoreSettings
from gateway.store.calendar import Calendar
from gateway.store.database import BUSY_S, Database
from gateway.store.decisions import Decisions
from gateway.store.fleet import Fleet
from gateway.store.follow_ups import FollowUps
from gateway.store.foreign import Foreign
from gateway.store.holds import Holds
from gateway.store.inbox import Inbox
from gateway.store.journal import Journal
from gateway.store.outbox import Outbox
from gateway.store.pages import Pages
from gateway.store.retention import Retention
from gateway.store.staff import Staff
from gateway.store.transcripts import Transcripts
from gateway.store.untold import Untold

if TYPE_CHECKING:
    from gateway.contract.settings import Settings


class Store(
    Appointments, Decisions, Holds, Calendar, Transcripts, FollowUps, Fleet, Journal, Outbox, Pages,
    Retention, Inbox, Foreign, Staff, Untold,
):  # fmt: skip
    """See the module."""

    @classmethod
    def open(
        cls, path: Path, settings: Settings, *, recordings: Path | None = None,
        busy_s: float = BUSY_S,
    ) -> Self:  # fmt: skip
        """Open or create the database and bring its tables up to date; StoreError if it cannot.

        `busy_s`: seconds to wait for another program's transaction.
        """
        needed = StoreSettings(
            book=Book.from_settings(settings),
            site=settings.office.site,
            box=settings.office.box,
            retention=settings.retention,
            recordings=recordings,
        )
        return cls(Database(path, busy_s=busy_s), needed)

    def close(self) -> None:
        """Close the connection."""
        self._db.close()
