"""Retention: what is too old is erased, from the file and the disk as well as from the tables."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway.store import outbox
from gateway.store.base import Base
from gateway.store.columns import utc_text
from gateway.store.database import Transaction

SENT_DAYS = 7
"""Acknowledged events are kept this long, so that the office can see what went out."""
EVENTS_AT_ONCE = 2000
"""Erased in one transaction: after days without a broker a million are due in the same hour, and no
caller's booking may wait for them."""
INBOX_DAYS = 30
"""Messages from outside are known as repeated for this long; brokers keep sessions for less."""
CHECKPOINT_S = 10.0
"""Readers are done within milliseconds; the watchdog of the gateway allows 30 s."""


@dataclass(frozen=True)
class Erased:
    """What a run of retention removed."""

    recordings: int = 0
    """sound files"""
    calls: int = 0
    """call records with their turns and messages"""
    appointments: int = 0
    """appointments"""
    details: int = 0
    """details of journal rows; the rows themselves stay"""
    complete: bool = True
    """False: old pages are still in the write-ahead log because somebody reads; run it again"""
    more: bool = False
    """True: there were more old events than one transaction shall hold; run it again soon"""


_SETTLED = """NOT EXISTS (SELECT 1 FROM follow_ups f WHERE f.closed_at IS NULL
    AND (f.call_id = {call} OR f.message_id = {message}))"""
_MESSAGE_SETTLED = _SETTLED.format(call="messages.call_id", message="messages.id")
_CALL_SETTLED = _SETTLED.format(call="calls.id", message="NULL")
_OLD_MESSAGES = f"messages WHERE taken_at < :t AND recording <> '' AND {_MESSAGE_SETTLED}"
_OLD_CALLS = f"calls WHERE started_at < :t AND recording <> '' AND {_CALL_SETTLED}"
"""A recording stays while somebody still has to act on its call."""


class Retention(Base):
    """Retention method of the Store."""

    def run_retention(self, *, now: datetime) -> Erased:
        """Erase what is older than the [retention] table allows; run it daily.

        `secure_delete` overwrites the rows, the checkpoint empties the write-ahead log. Open
        follow-ups, and what they are about, stay until somebody has closed them.
        """
        days = self._settings.retention
        sounds_before = utc_text(now - timedelta(days=days.recordings_days))
        calls_before = utc_text(now - timedelta(days=days.calls_days))
        with self._db.transaction() as tx:
            sounds = self._old_recordings(tx, sounds_before)
            for path in sounds:  # within: whoever closes a follow-up meanwhile waits
                path.unlink(missing_ok=True)
            _forget_recordings(tx, sounds_before)
            appointments = _erase_appointments(tx, now, timedelta(days=days.appointments_days))
            calls = _erase_calls(tx, calls_before)
            details = tx.run(
                "DELETE FROM journal_details WHERE journal_id < coalesce((SELECT id FROM journal "
                "WHERE at >= ? ORDER BY id LIMIT 1), (SELECT max(id) + 1 FROM journal))",
                (calls_before,),
            )
            more = _erase_traffic(tx, now, calls_before)
        complete = self._empty_log()
        return Erased(len(sounds), calls, appointments, details, complete, more)

    def _old_recordings(self, tx: Transaction, before: str) -> list[Path]:
        folder = self._settings.recordings
        if folder is None or not folder.is_dir():
            return []
        rows = tx.rows(
            f"SELECT recording path FROM {_OLD_MESSAGES} UNION SELECT recording FROM {_OLD_CALLS}",
            {"t": before},
        )
        paths = {(folder / row["path"]).resolve() for row in rows}
        return [p for p in sorted(paths) if p.is_relative_to(folder.resolve()) and p.is_file()]

    def _empty_log(self) -> bool:
        deadline = time.monotonic() + CHECKPOINT_S
        while not self._db.checkpoint():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


def _forget_recordings(tx: Transaction, before: str) -> None:
    """Only of what is settled; a closed message keeps its file while its call is still open."""
    for old in (_OLD_MESSAGES, _OLD_CALLS):
        table, _, which = old.partition(" WHERE ")
        tx.run(f"UPDATE {table} SET recording = '' WHERE {which}", {"t": before})


def _erase_appointments(tx: Transaction, now: datetime, keep: timedelta) -> int:
    """Each one is told to the outside, so that the broker forgets its retained document too."""
    uids = [
        row["uid"]
        for row in tx.rows(
            "SELECT uid FROM appointments WHERE ends < ? AND NOT EXISTS (SELECT 1 FROM follow_ups f"
            " WHERE f.uid = appointments.uid AND f.closed_at IS NULL)",
            (utc_text(now - keep),),
        )
    ]
    for uid in uids:
        tx.run("DELETE FROM appointments WHERE uid = ?", (uid,))
        outbox.add(tx, "appointment.erased", now=now, uid=uid)
    return len(uids)


def _erase_calls(tx: Transaction, before: str) -> int:
    tx.run(
        "DELETE FROM follow_ups WHERE closed_at IS NOT NULL AND opened_at < ?",
        (before,),
    )
    tx.run(f"DELETE FROM messages WHERE taken_at < ? AND {_MESSAGE_SETTLED}", (before,))
    return tx.run(
        f"DELETE FROM calls WHERE started_at < ? AND outcome IS NOT NULL AND {_CALL_SETTLED}",
        (before,),
    )


def _erase_traffic(tx: Transaction, now: datetime, calls_before: str) -> bool:
    """Events that no broker ever took are personal data too; they go with the calls.

    True when a batch of events was full and there may be more.
    """
    unsent = tx.run(
        "DELETE FROM outbox WHERE time < ? AND sequence IN "
        "(SELECT sequence FROM outbox ORDER BY sequence LIMIT ?)",
        (calls_before, EVENTS_AT_ONCE),
    )
    sent = tx.run(
        "DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM outbox "
        "WHERE sent_at IS NOT NULL AND sent_at < ? ORDER BY sent_at LIMIT ?)",
        (utc_text(now - timedelta(days=SENT_DAYS)), EVENTS_AT_ONCE),
    )
    tx.run("DELETE FROM inbox WHERE received_at < ?", (utc_text(now - timedelta(days=INBOX_DAYS)),))
    tx.run("DELETE FROM foreign_busy WHERE ends < ?", (utc_text(now - timedelta(days=1)),))
    return EVENTS_AT_ONCE in (unsent, sent)
