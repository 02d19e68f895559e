"""A fact: one event for the outside and one row in the journal, written together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.appointments.records import Appointment
from gateway.store import journal, outbox
from gateway.store.columns import Document, appointment_document
from gateway.store.database import Transaction


@dataclass(frozen=True)
class Cause:
    """When and why something happened."""

    now: datetime
    """UTC, aware"""
    call_id: str | None = None
    """call in which it happened"""
    reason: str = ""
    """why, without personal data"""


def record(
    tx: Transaction,
    kind: str,
    cause: Cause,
    *,
    uid: str,
    revision: int | None = None,
    before: Document | None = None,
    after: Document | None = None,
) -> int:
    """Queue the event and write the journal; gives the id of the journal's row."""
    outbox.add(tx, kind, now=cause.now, uid=uid, revision=revision, before=before, after=after)
    details = {"uid": uid, "revision": revision, "before": before, "after": after}
    return journal.append(tx, cause.call_id, kind, cause.reason, details, cause.now)


def record_appointment(
    tx: Transaction, kind: str, cause: Cause, before: Appointment | None, after: Appointment
) -> int:
    """A change of an appointment."""
    journal_id = record(
        tx,
        kind,
        cause,
        uid=after.uid,
        revision=after.revision,
        before=appointment_document(before, cause.now) if before else None,
        after=appointment_document(after, cause.now),
    )
    tx.run(
        "UPDATE appointments SET journal_id = ? WHERE uid = ? AND journal_id = 0",
        (journal_id, after.uid),
    )
    return journal_id
