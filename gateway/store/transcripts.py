"""Words of recorded messages that nobody heard while they were left: found, then written beside."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from gateway.appointments.records import NoteDraft
from gateway.store.columns import utc_text
from gateway.store.database import Row, Transaction
from gateway.store.facts import Cause, record
from gateway.store.messages import Messages, message_document

_UNHEARD = """SELECT id, call_id, recording, phone FROM messages WHERE kind = 'voicemail'
    AND recording <> '' AND transcript = '' AND transcribed_at = '' ORDER BY taken_at DESC"""


@dataclass(frozen=True)
class Unheard:
    """A recording whose words are not known."""

    message_id: str
    """UUID of the message"""
    call_id: str | None
    """UUID of its call"""
    recording: str
    """path of the WAV file"""
    phone: str
    """number of the caller, empty when withheld"""


class Transcripts(Messages):
    """Message methods of the Store for what is recognised later."""

    def next_unheard(self, *, without: Collection[str] = ()) -> Unheard | None:
        """The newest recording that nobody has tried to recognise; `without`: messages left out."""
        with self._db.reading() as reader:
            rows = reader.rows(_UNHEARD)
        row = next((row for row in rows if row["id"] not in without), None)
        if row is None:
            return None
        return Unheard(row["id"], row["call_id"], row["recording"], row["phone"])

    def put_transcript(
        self, message_id: str, words: str, alert: NoteDraft | None, *, now: datetime
    ) -> bool:
        """Write the words beside the recording, once; whether the alert was raised.

        Empty words: nothing was understood, and nobody tries again. The alert (words for danger) is
        raised unless the call has one already or somebody has dealt with the message.
        """
        with self._db.transaction() as tx:
            before = tx.row("SELECT * FROM messages WHERE id = ?", (message_id,))
            if before is None or before["transcribed_at"]:
                return False  # erased, or heard, in the meantime
            tx.run(
                "UPDATE messages SET transcript = ?, transcribed_at = ? WHERE id = ?",
                (words, utc_text(now), message_id),
            )
            if words:
                self._tell(tx, before, words, now)
            if alert is None or not _is_news(tx, before):
                return False
            self._take(tx, "alert", alert, before["call_id"], now)
        return True

    def _tell(self, tx: Transaction, before: Row, words: str, now: datetime) -> None:
        after = message_document(before | {"transcript": words})
        cause = Cause(now, before["call_id"], "heard-later")
        record(tx, "message.transcribed", cause, uid=before["id"], after=after)


def _is_news(tx: Transaction, message: Row) -> bool:
    still_open = tx.row(
        "SELECT 1 FROM follow_ups WHERE message_id = ? AND closed_at IS NULL", (message["id"],)
    )
    known = tx.row(
        "SELECT 1 FROM messages WHERE kind = 'alert' AND call_id = ?", (message["call_id"],)
    )
    return still_open is not None and known is None
