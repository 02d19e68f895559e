"""What is kept of a call: its row from start to end, and the times of each turn (never words)."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from gateway.appointments.records import Outcome
from gateway.contract.call_link import CallEnded, CallOffered
from gateway.contract.service import log_fields
from gateway.errors import NightporterError
from gateway.switchboard.premises import Premises

log = logging.getLogger(__name__)

TRY_AGAIN_S = (2.0, 5.0, 15.0, 60.0, 300.0)
"""Pauses before an end that the database refused is written again; then the next start does it."""
_ENDING: set[asyncio.Task[None]] = set()
"""Ends that are still to be written; a task nobody holds may vanish."""

CALLERS = ("caller", "key", "message")
"""Whose turns show that somebody was there and wanted something."""


@dataclass
class TurnTimes:
    """When the stages of one reply were over; seconds of the event loop, 0 = did not happen."""

    call_id: str
    """UUID of the call"""
    turn: int
    """counted from 1"""
    voice_stopped: float
    """the caller's voice ended (detector's word)"""
    settled: float
    """the recogniser had settled on the words"""
    decided: float
    """the turn was taken to be over"""
    first_audio: float = 0.0
    """the first sound of the reply went to the line"""
    model_ms: float = 0.0
    """the language model scored choices for so long"""
    filler: bool = False
    """the caller heard a tone or filler first"""

    def silence_ms(self) -> int | None:
        """From the caller's last sound to the first of the reply; None when there was no reply."""
        if not self.first_audio or not self.voice_stopped:
            return None
        return max(0, round((self.first_audio - self.voice_stopped) * 1000))


@dataclass
class CallRecord:
    """Collects what the row of the call needs."""

    premises: Premises
    """what all calls share"""
    offered: CallOffered
    """the line's first message"""
    outcome: Outcome | None = None
    """set by EndCall"""
    reason: str = ""
    """why it ended"""
    lowest_rung: int = 5
    """lowest rung of the ladder in this call"""
    rung_reasons: list[str] = field(default_factory=list)
    """why it went down"""
    turns: list[dict[str, Any]] = field(default_factory=list)
    """what was said by whom, for the office's page of this call"""
    times: list[TurnTimes] = field(default_factory=list)
    """one entry a reply"""

    async def started(self) -> None:
        """Write the row of the call; a failing database does not stop the call."""
        offered, now = self.offered, self.premises.now()
        try:
            await self.premises.desk.do(
                lambda store: store.call_started(
                    offered.call_id,
                    caller=offered.caller,
                    called=offered.called,
                    forwarded_from=offered.forwarded_from,
                    forward_reason=offered.forward_reason,
                    now=now,
                )
            )
        except NightporterError as error:
            self._failed("call-started", error)

    async def keep_progress(self, known: str) -> None:
        """Keep what the conversation knows, for a caller who is cut off and rings back."""
        call_id, now = self.offered.call_id, self.premises.now()
        try:
            await self.premises.desk.do(lambda store: store.save_progress(call_id, known, now=now))
        except NightporterError as error:
            self._failed("progress", error)

    async def ended(self, ended: CallEnded | None) -> None:
        """Close the row; the store opens a follow-up where nobody owns the call yet."""
        outcome = self.outcome or Outcome.ABANDONED
        if not await self._write_end(outcome, ended, self.premises.now()):
            again = asyncio.create_task(self._end_later(outcome, ended, self.premises.now()))
            _ENDING.add(again)
            again.add_done_callback(_ENDING.discard)
        self._write_times()
        log.info(
            "call-over",
            extra=log_fields(
                call_id=self.offered.call_id,
                outcome=outcome.value,
                rung=self.lowest_rung,
                turns=len(self.times),
            ),
        )

    async def _write_end(self, outcome: Outcome, ended: CallEnded | None, now: datetime) -> bool:
        reason = self.reason or (ended.by if ended else "line-lost")
        dropped = ended is None  # by us, whatever the caller had said so far
        try:
            await self.premises.desk.do(
                lambda store: store.call_ended(
                    self.offered.call_id,
                    outcome,
                    reason=reason,
                    lowest_rung=self.lowest_rung,
                    rung_reasons=self.rung_reasons,
                    turns=self.turns,
                    replies_ms=[ms for t in self.times if (ms := t.silence_ms()) is not None],
                    said_something=dropped or any(t["who"] in CALLERS for t in self.turns),
                    now=now,
                )
            )
        except NightporterError as error:
            self._failed("call-ended", error)
            return False
        return True

    async def _end_later(self, outcome: Outcome, ended: CallEnded | None, now: datetime) -> None:
        """The database may be free again soon; the mailbox may also have ended the call by then."""
        for pause in TRY_AGAIN_S:
            await asyncio.sleep(pause)
            if await self._write_end(outcome, ended, now):
                return

    def went_down(self, rung: int, why: str) -> None:
        """The call goes on on a lower rung."""
        if rung < self.lowest_rung:
            self.lowest_rung = rung
            self.rung_reasons.append(why)
            log.warning(
                "rung-down", extra=log_fields(call_id=self.offered.call_id, rung=rung, why=why)
            )

    def said(self, who: str, text: str, **facts: Any) -> None:
        """Note a sentence for the page of the call; goes into the database only."""
        self.turns.append({"who": who, "text": text, **facts})

    def _write_times(self) -> None:
        lines = "".join(json.dumps(asdict(entry)) + "\n" for entry in self.times)
        try:
            with (self.premises.paths.runtime / "turns.jsonl").open("a") as file:
                file.write(lines)
        except OSError as error:
            log.warning("turn-times-not-kept", extra=log_fields(kind=type(error).__name__))

    def _failed(self, what: str, error: NightporterError) -> None:
        log.error(
            "store-failed",
            extra=log_fields(call_id=self.offered.call_id, event=what, kind=type(error).__name__),
        )
