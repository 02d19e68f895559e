"""Messages for the office: notes, alerts, voicemail; each with its follow-up."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from gateway.appointments.names import phone_key
from gateway.appointments.records import (
    AlertNoted,
    FollowUp,
    Noted,
    NoteDraft,
    Outcome,
    seal_for_store,
)
from gateway.store import calls, untold
from gateway.store.base import Base
from gateway.store.calls import ensure_call
from gateway.store.columns import Document, follow_up_from, utc_text
from gateway.store.database import Row, Transaction
from gateway.store.facts import Cause, record
from gateway.store.follow_ups import Task, close_about, open_task


@dataclass(frozen=True)
class Voicemail:
    """A finished message from the spool."""

    spool_name: str
    """its name in the spool without suffix; imported once"""
    caller: str | None
    """number as the network claims it, None when withheld"""
    taken_at: datetime
    """UTC, aware: when the recording began"""
    seconds: float
    """length of the recording"""
    reason: str
    """why it was taken: caller-asked, gateway-dead, models-failed, ..."""
    recording: str
    """path of the WAV file, under Paths.recordings"""
    call_id: str | None = None
    """UUID of the call"""
    transcript: str = ""
    """the words as recognised, empty when nobody tried"""
    about: str = ""
    """what the conversation knew already"""
    name: str = ""
    """who it is from, as far as known"""
    for_whom: str = ""
    """key of a practitioner or person, empty = the office"""
    called: str = ""
    """number that was dialled"""
    forwarded_from: str | None = None
    """number first dialled, where the network said so"""
    forward_reason: str | None = None
    """why it was sent on to us"""


class Messages(Base):
    """Message methods of the Store."""

    def note(self, draft: NoteDraft, call_id: str, *, now: datetime) -> Noted:
        """Put a message or wish on the office's list, due when it opens next."""
        with self._db.transaction() as tx:
            journal_id, follow_up = self._take(tx, "note", draft, call_id, now)
        return Noted(journal_id, now, seal_for_store(), follow_up)

    def alert(self, draft: NoteDraft, call_id: str, *, now: datetime) -> AlertNoted:
        """Tell the on-call person (event alert.raised), due at once."""
        with self._db.transaction() as tx:
            journal_id, follow_up = self._take(tx, "alert", draft, call_id, now)
        return AlertNoted(journal_id, now, seal_for_store(), follow_up)

    def import_voicemail(
        self, voicemail: Voicemail, *, now: datetime, ends_call: bool = True
    ) -> Noted:
        """Take a message over from the spool; the same spool name gives the same receipt again.

        `ends_call`: the call has no conversation any more (the gateway died or never had it), so
        its outcome becomes voicemail. False while the conversation goes on and ends it itself.
        """
        with self._db.transaction() as tx:
            known = tx.row(
                "SELECT m.journal_id message_journal, f.* FROM messages m "
                "JOIN follow_ups f ON f.message_id = m.id WHERE m.spool_name = ?",
                (voicemail.spool_name,),
            )
            if known is not None:
                journal_id = known.pop("message_journal")
                return Noted(journal_id, now, seal_for_store(), follow_up_from(known))
            journal_id, follow_up = self._take_voicemail(tx, voicemail, now)
            if ends_call and voicemail.call_id is not None:
                self._end_as_voicemail(tx, voicemail, now)
        return Noted(journal_id, now, seal_for_store(), follow_up)

    def _take_voicemail(
        self, tx: Transaction, voicemail: Voicemail, now: datetime
    ) -> tuple[int, FollowUp]:
        draft = NoteDraft(
            about=voicemail.about,
            reason=voicemail.reason,
            name=voicemail.name,
            phone=voicemail.caller or "",
            for_whom=voicemail.for_whom,
        )
        more: Row = {
            "taken_at": utc_text(voicemail.taken_at),
            "seconds": voicemail.seconds,
            "recording": voicemail.recording,
            "transcript": voicemail.transcript,
            "spool_name": voicemail.spool_name,
        }
        if voicemail.call_id is not None:  # unknown when the line took the call alone
            ensure_call(tx, voicemail.call_id, voicemail.taken_at)
        return self._take(tx, "voicemail", draft, voicemail.call_id, now, more)

    def _end_as_voicemail(self, tx: Transaction, voicemail: Voicemail, now: datetime) -> None:
        """The line went on alone: what seemed abandoned is a message after all."""
        assert voicemail.call_id is not None
        row = tx.row("SELECT * FROM calls WHERE id = ?", (voicemail.call_id,))
        assert row is not None, "written with the message"
        if row["outcome"] == Outcome.VOICEMAIL.value:
            # The line died in the middle of it: here it is, the call need not be made good.
            reason = "unfinished"
            close_about(tx, self._book, "call_id", voicemail.call_id, reason, "voicemail", now)
        if row["outcome"] not in (None, Outcome.ABANDONED.value):
            return
        self._complete(tx, row, voicemail)
        written = untold.written(tx, voicemail.call_id)
        outcome = Outcome.VOICEMAIL if written is Outcome.ABANDONED else written
        ended: Row = {"outcome": outcome.value, "reason": voicemail.reason}
        ended |= {"lowest_rung": 1, "said_something": 1, "recording": voicemail.recording}
        calls.end(tx, self, voicemail.call_id, ended, now)
        cause = Cause(now, voicemail.call_id, voicemail.reason)
        untold.tell(tx, self._book, voicemail.call_id, written, cause)
        abandoned = Outcome.ABANDONED.value
        close_about(tx, self._book, "call_id", voicemail.call_id, abandoned, "voicemail", now)

    def _complete(self, tx: Transaction, row: Row, voicemail: Voicemail) -> None:
        """What call_started() would have written, had there been a gateway."""
        known: Row = {
            "caller": voicemail.caller,
            "phone": phone_key(voicemail.caller, self._book.country),
            "called": voicemail.called,
            "forwarded_from": voicemail.forwarded_from,
            "forward_reason": voicemail.forward_reason,
        }
        missing = {name: value for name, value in known.items() if value and not row[name]}
        if missing:
            changes = ", ".join(f"{name} = :{name}" for name in missing)
            tx.run(f"UPDATE calls SET {changes} WHERE id = :id", missing | {"id": row["id"]})

    def _take(
        self,
        tx: Transaction,
        kind: str,
        draft: NoteDraft,
        call_id: str | None,
        now: datetime,
        more: Row | None = None,
    ) -> tuple[int, FollowUp]:
        if call_id is not None:
            ensure_call(tx, call_id, now)
        message: Row = {
            "id": str(uuid.uuid4()),
            "call_id": call_id,
            "kind": kind,
            "about": draft.about,
            "reason": draft.reason,
            "name": draft.name,
            "phone": draft.phone,
            "for_whom": draft.for_whom,
            "urgent": int(draft.urgent or kind == "alert"),
            "taken_at": utc_text(now),
        }
        message |= more or {}
        tx.insert("messages", message)
        cause = Cause(now, call_id, draft.reason)
        name = "alert.raised" if kind == "alert" else "message.taken"
        journal_id = record(tx, name, cause, uid=message["id"], after=message_document(message))
        tx.run("UPDATE messages SET journal_id = ? WHERE id = ?", (journal_id, message["id"]))
        return journal_id, open_task(tx, self._book, _task(kind, draft, message["id"]), cause)


def message_document(row: Row) -> Document:
    """A message for MQTT; recordings stay on the box."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "about": row["about"],
        "reason": row["reason"],
        "name": row["name"],
        "phone": row["phone"],
        "forWhom": row["for_whom"],
        "urgent": bool(row["urgent"]),
        "takenAt": row["taken_at"],
        "seconds": row.get("seconds"),
        "transcript": row.get("transcript", ""),
        "callId": row["call_id"],
    }


def _task(kind: str, draft: NoteDraft, message_id: str) -> Task:
    if kind == "alert":
        return Task("urgent", draft.about, "on-call", None, message_id, at_once=True)
    reason = "voicemail" if kind == "voicemail" else draft.reason
    about = draft.about or "Listen to the recorded message."
    return Task(reason, about, draft.for_whom, None, message_id, at_once=draft.urgent)
