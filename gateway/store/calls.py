"""Calls: each begins once, ends with exactly one outcome, and has an owner afterwards."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any

from gateway.appointments.calls import FINISHED, CallerLimits, DroppedCall
from gateway.appointments.names import phone_key
from gateway.appointments.records import Outcome
from gateway.appointments.wall_time import to_utc
from gateway.errors import NotFound, StoreError
from gateway.store import untold
from gateway.store.base import Base
from gateway.store.columns import Document, canonical, follow_up_from, utc_text, utc_time
from gateway.store.database import Reader, Row, Transaction
from gateway.store.facts import Cause, record
from gateway.store.follow_ups import Task, close, close_about, open_task

RESUME_WITHIN = timedelta(minutes=10)
"""A caller who rings back within this time goes on where the call broke off."""
TAKEN_UP = {Outcome.BOOKED.value: "book", Outcome.MOVED.value: "move",
            Outcome.CANCELLED.value: "cancel"}  # fmt: skip
"""Outcome -> task of a call that broke off before, which is settled by it."""
DROPPED = (None, Outcome.ABANDONED.value, Outcome.VOICEMAIL.value)
"""Outcomes of a call that broke off: the line may have taken a message afterwards."""
NO_TURNS = "[]"
"""As long as nobody has told what was said."""
TALK = ("turns", "replies_ms", "lowest_rung", "rung_reasons")
"""What only the conversation knows of a call, whoever ends it."""
CLIP = "name-clip"
"""Reason of a recording that holds only a name or number."""
_BOOKED_BY = (
    "appointments WHERE (phone_key = :key OR call_id IN (SELECT id FROM calls WHERE phone = :key))"
)
"""What a number has booked: under itself, or in its calls under any other number."""
ENDED_SURELY_AFTER = timedelta(hours=1)
"""Longest call is 60 minutes (conversation.max_minutes); without outcome then, it has no owner."""


class Calls(Base):
    """Call methods of the Store."""

    def call_started(
        self, call_id: str, caller: str | None, *, now: datetime, called: str = "",
        forwarded_from: str | None = None, forward_reason: str | None = None,
    ) -> None:  # fmt: skip
        """A call came in; caller is the number as the network claims it, None when withheld."""
        row = {
            "caller": caller,
            "phone": phone_key(caller, self._book.country),
            "called": called,
            "forwarded_from": forwarded_from,
            "forward_reason": forward_reason,
        }
        with self._db.transaction() as tx:
            ensure_call(tx, call_id, now)
            changes = ", ".join(f"{name} = :{name}" for name in row)
            tx.run(f"UPDATE calls SET {changes} WHERE id = :id", row | {"id": call_id})

    def save_progress(self, call_id: str, progress: str, *, now: datetime) -> None:
        """Keep what the conversation knows, for a caller who rings back after a break."""
        with self._db.transaction() as tx:
            ensure_call(tx, call_id, now)
            tx.run(
                "UPDATE calls SET progress = ?, progress_at = ? WHERE id = ?",
                (progress, utc_text(now), call_id),
            )

    def call_ended(
        self, call_id: str, outcome: Outcome, *, now: datetime, lowest_rung: int = 5,
        rung_reasons: Collection[str] = (), turns: Collection[dict[str, Any]] = (),
        reason: str = "", said_something: bool | None = None, recording: str = "",
        replies_ms: Collection[int] = (),
    ) -> None:  # fmt: skip
        """The call is over; its holds are released.

        An outcome that leaves something to do opens a follow-up unless the call has one. A caller
        who hung up without a word (`said_something`; default: any turn of the caller) owes nothing.
        Repeating the same outcome changes nothing; another one is refused (StoreError). A call that
        its message or a new gateway has ended meanwhile keeps that outcome and gets its turns.
        `replies_ms`: the silence before each reply, milliseconds.
        """
        said = said_something
        if said is None:
            said = any(turn.get("said") or turn.get("who", "box") != "box" for turn in turns)
        row: Row = {
            "outcome": outcome.value,
            "reason": reason,
            "lowest_rung": lowest_rung,
            "rung_reasons": canonical(list(rung_reasons)),
            "turns": canonical(list(turns)),
            "said_something": int(said),
            "recording": recording,
            "replies_ms": canonical(list(replies_ms)),
        }
        with self._db.transaction() as tx:
            ensure_call(tx, call_id, now)
            [before] = tx.rows("SELECT outcome, turns FROM calls WHERE id = ?", (call_id,))
            stands = before["outcome"]
            if stands is not None and turns and before["turns"] == NO_TURNS:
                _complete(tx, call_id, row)
                return
            if stands == outcome.value:
                return
            if stands is not None:
                raise StoreError(f"call {call_id} has ended already, with outcome {stands}")
            end(tx, self, call_id, row, now)

    def close_orphans(self, *, now: datetime, live: Collection[str] = ()) -> list[str]:
        """Calls without outcome (the gateway died in them) end as what they have written, else as
        abandoned; with a follow-up, because the caller may not have heard it.

        Call it at the start of the gateway, after the spool was imported; gives their ids.
        """
        with self._db.transaction() as tx:
            ids = [row["id"] for row in tx.rows("SELECT id FROM calls WHERE outcome IS NULL")]
            orphans = [call_id for call_id in ids if call_id not in live]
            for call_id in orphans:
                outcome = untold.written(tx, call_id)
                row = {"outcome": outcome.value, "reason": "gateway-died", "said_something": 1}
                end(tx, self, call_id, row, now)
                cause = Cause(now, call_id, "gateway-died")
                untold.tell(tx, self._book, call_id, outcome, cause)
        return orphans

    def unowned_calls(self, *, now: datetime) -> list[str]:
        """Calls that nobody owns: must be empty. Without outcome for an hour, or with an outcome
        that leaves something to do but no follow-up."""
        with self._db.reading() as reader:
            return [
                row["id"]
                for row in reader.rows(
                    "SELECT id, outcome, said_something, started_at, EXISTS "
                    "(SELECT 1 FROM follow_ups f WHERE f.call_id = calls.id) owned FROM calls"
                )
                if _is_unowned(row, utc_text(now - ENDED_SURELY_AFTER))
            ]

    def caller_limits(self, phone: str | None, *, now: datetime) -> CallerLimits:
        """Counts of one number for the caps, also of what its calls booked for other numbers; for a
        withheld one, what all of those booked."""
        key = phone_key(phone, self._book.country)
        if not key:
            return self._withheld_limits(now)
        midnight = to_utc(datetime.combine(self.local(now).date(), time(0)), self._zone)
        values = {
            "key": key,
            "now": utc_text(now),
            "today": utc_text(midnight),
            "hour": utc_text(now - timedelta(hours=1)),
        }
        with self._db.reading() as reader:
            counts = [
                int(reader.value(f"SELECT count(*) FROM {condition}", values))
                for condition in (
                    f"{_BOOKED_BY} AND status <> 'cancelled' AND ends > :now",
                    f"{_BOOKED_BY} AND created_at >= :today AND source = 'phone'",
                    "calls WHERE phone = :key AND started_at > :hour",
                )
            ]
        return CallerLimits(*counts)

    def _withheld_limits(self, now: datetime) -> CallerLimits:
        with self._db.reading() as reader:
            booked = reader.value(
                "SELECT count(*) FROM appointments a JOIN calls c ON c.id = a.call_id "
                "WHERE a.created_at > ? AND a.source = 'phone' AND c.phone = ''",
                (utc_text(now - timedelta(hours=1)),),
            )
        return CallerLimits(withheld_last_hour=int(booked))

    def recent_dropped_call(
        self, phone: str | None, *, now: datetime, for_call: str = ""
    ) -> DroppedCall | None:
        """The number's last call before `for_call`, if it was dropped within RESUME_WITHIN."""
        key = phone_key(phone, self._book.country)
        with self._db.reading() as reader:
            row = reader.row(
                "SELECT id, progress, outcome, max(coalesce(progress_at, ''), "
                "coalesce(ended_at, '')) last FROM calls WHERE phone = ? AND id <> ? "
                "ORDER BY started_at DESC LIMIT 1",
                (key, for_call),
            )
        if not key or row is None or not row["progress"]:
            return None
        if row["outcome"] not in DROPPED:
            return None
        if row["last"] < utc_text(now - RESUME_WITHIN):
            return None
        return DroppedCall(row["id"], row["progress"])


def ensure_call(tx: Transaction, call_id: str, now: datetime) -> None:
    """A row for the call, whatever happened to call_started(): nothing may lack its call."""
    tx.run(
        "INSERT INTO calls (id, started_at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
        (call_id, utc_text(now)),
    )


def _complete(tx: Transaction, call_id: str, row: Row) -> None:
    changes = ", ".join(f"{name} = :{name}" for name in TALK)
    tx.run(f"UPDATE calls SET {changes} WHERE id = :id", row | {"id": call_id})


def end(tx: Transaction, base: Base, call_id: str, row: Row, now: datetime) -> None:
    """Write the outcome within a transaction, with follow-up, event and journal."""
    changes = ", ".join(f"{name} = :{name}" for name in row)
    tx.run(
        f"UPDATE calls SET {changes}, ended_at = :ended_at WHERE id = :id",
        row | {"id": call_id, "ended_at": utc_text(now)},
    )
    tx.run("DELETE FROM holds WHERE call_id = ?", (call_id,))
    cause = Cause(now, call_id, row["reason"] or row["outcome"])
    ended = tx.row("SELECT * FROM calls WHERE id = ?", (call_id,))
    if ended is None:
        raise NotFound(f"there is no call {call_id}")
    _join_clips(tx, base, call_id, now)
    if _leaves_something(ended) and not _is_owned(tx, call_id):
        open_task(tx, base._book, Task(row["outcome"], _what_to_do(ended)), cause)
    if row["outcome"] in TAKEN_UP:
        _settle_dropped(tx, base, ended, now)
    record(tx, "call.ended", cause, uid=call_id, after=call_document(ended))


def _join_clips(tx: Transaction, base: Base, call_id: str, now: datetime) -> None:
    """A recorded name and a message of one call are one thing to do: that of the message."""
    rows = tx.rows(
        "SELECT f.id, m.reason cause FROM follow_ups f JOIN messages m ON m.id = f.message_id "
        "WHERE f.call_id = ? AND f.closed_at IS NULL AND m.kind <> 'alert'",
        (call_id,),
    )
    clips = [row["id"] for row in rows if row["cause"] == CLIP]
    if len(clips) == len(rows):
        clips = clips[1:]  # two clips, no message: one of them stays
    for follow_up in clips:
        [row] = tx.rows("SELECT * FROM follow_ups WHERE id = ?", (follow_up,))
        close(tx, base._book, follow_up_from(row), "with-the-message", now)


def call_document(row: Row) -> Document:
    """A call for MQTT, without what was said."""
    return {
        "id": row["id"],
        "caller": row["caller"],
        "startedAt": row["started_at"],
        "endedAt": row["ended_at"],
        "outcome": row["outcome"],
        "reason": row["reason"],
        "lowestRung": row["lowest_rung"],
        "rungReasons": json.loads(row["rung_reasons"]),
    }


def _what_to_do(row: Row) -> str:
    texts = {
        Outcome.ABANDONED: "The call broke off; call back and ask what was wanted.",
        Outcome.URGENT: "An urgent call; call back at once.",
        Outcome.VOICEMAIL: "A message was left; listen to it and call back.",
    }
    return texts.get(Outcome(row["outcome"]), "Call back.")


def _leaves_something(row: Row) -> bool:
    outcome = Outcome(row["outcome"])
    return outcome not in FINISHED and (outcome is not Outcome.ABANDONED or row["said_something"])


def _settle_dropped(tx: Transaction, base: Base, ended: Row, now: datetime) -> None:
    """What broke off was done after all, in the call that took it up: nobody need call back."""
    booked = {
        row["service"]
        for row in tx.rows(
            "SELECT service FROM appointments WHERE call_id = ? AND status <> 'cancelled'",
            (ended["id"],),
        )
    }
    taken_up = utc_time(ended["started_at"])
    for call in tx.rows(
        "SELECT id, outcome, progress, started_at, coalesce(ended_at, started_at) last FROM calls "
        "WHERE phone = ? AND phone <> '' AND started_at <= ? AND id <> ? "
        "ORDER BY started_at DESC",
        (ended["phone"], ended["started_at"], ended["id"]),
    ):
        dropped = call["outcome"] in DROPPED and call["progress"]
        if not dropped or call["last"] < utc_text(taken_up - RESUME_WITHIN):
            return
        before, task = json.loads(call["progress"]), TAKEN_UP[ended["outcome"]]
        if before.get("task", "book") == task and (task != "book" or before["service"] in booked):
            reason = Outcome.ABANDONED.value
            close_about(tx, base._book, "call_id", call["id"], reason, "called-back", now)
        taken_up = utc_time(call["started_at"])


def _is_owned(reader: Reader, call_id: str) -> bool:
    return bool(reader.row("SELECT 1 FROM follow_ups WHERE call_id = ?", (call_id,)))


def _is_unowned(row: Row, surely_ended_before: str) -> bool:
    if row["outcome"] is None:
        return bool(row["started_at"] < surely_ended_before)
    return not row["owned"] and _leaves_something(row)
