"""One message being recorded: when it is over, and its way into the spool."""

from __future__ import annotations

import logging
import queue
import threading
import time
from dataclasses import replace

from gateway.contract.call_link import RATE_HZ, WIDTH_BYTES
from gateway.contract.service import log_fields
from gateway.contract.settings import Voicemail
from gateway.contract.spooled import SpooledMessage
from gateway.errors import RecordingError
from telephony import wav_repair
from telephony.answering import Event
from telephony.loudness import SilenceMeter
from telephony.sip.interface import Leg, Recorder
from telephony.spool import Spool

log = logging.getLogger(__name__)

VOICED_MIN_S = 0.2
"""A recording shorter than `min_seconds` needs so much voice; a click is less."""
BEHIND_MAX_S = 2.0
"""The file may lag so far behind what was heard before it counts as broken (PJSIP writes every
125 ms; a busy SD card stalls for about a second)."""
HEADER_WAIT_S = 0.5
"""PJSIP closes the file on its clock thread, one 20 ms tick after we let go of it."""
ENDINGS = {
    Event.HASH: "hash",
    Event.SILENCE: "silence",
    Event.LENGTH: "limit",
    Event.BROKEN: "broken",
    Event.CALLER_GONE: "hang-up",
    Event.STOP: "stopped",
}


class Recording:
    """A message from the tone to the spool."""

    def __init__(self, spool: Spool, limits: Voicemail, message: SpooledMessage, leg: Leg) -> None:
        self.message = message
        self._spool = spool
        self._limits = limits
        self._meter = SilenceMeter()
        self._outcome: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._path = spool.begin(message)
        try:
            self._recorder: Recorder | None = leg.record(self._path)
        except RecordingError:
            spool.discard(message.name)
            raise

    def hear(self, frame: bytes) -> None:
        """A frame of the caller, on the bridge's clock thread."""
        self._meter.hear(frame)

    def over(self) -> Event | None:
        """SILENCE, LENGTH or BROKEN when the recording has to end, else None."""
        if self._meter.seconds >= self._limits.max_seconds:
            return Event.LENGTH
        if self._meter.silent_seconds >= self._limits.silence_seconds:
            return Event.SILENCE
        if self._meter.seconds - self._written_seconds() > BEHIND_MAX_S:
            return Event.BROKEN
        return None

    def finish(self, ending: Event) -> None:
        """Stop recording; a thread syncs and moves the file (a disk may take its time)."""
        if self._recorder:
            self._recorder.stop()
            self._recorder = None
        self.message = replace(self.message, ended_by=ENDINGS[ending])
        threading.Thread(target=self._file, name="spool").start()

    def outcome(self) -> Event | None:
        """SAVED, NOTHING_LEFT or BROKEN once the thread is through."""
        try:
            return self._outcome.get_nowait()
        except queue.Empty:
            return None

    def on_disk(self) -> bool:
        """Sound of a broken recording is still in the spool's tmp: the next start files it."""
        return self._written_seconds() > 0

    def _file(self) -> None:
        broken = self.message.ended_by == ENDINGS[Event.BROKEN]
        try:
            self._await_header()
            if not self._worth_keeping():
                self._spool.discard(self.message.name)
                self._outcome.put(Event.BROKEN if broken else Event.NOTHING_LEFT)
                return
            self.message = self._spool.commit(self.message)
            self._outcome.put(Event.BROKEN if broken else Event.SAVED)
        except (RecordingError, OSError) as error:
            log.error(
                "message-not-saved", extra=log_fields(call_id=self.message.call_id, why=error)
            )
            self._outcome.put(Event.BROKEN)

    def _worth_keeping(self) -> bool:
        if self._meter.seconds < self._limits.min_seconds:
            return self._meter.voiced_seconds >= VOICED_MIN_S
        return self._meter.voiced > 0

    def _await_header(self) -> None:
        give_up = time.monotonic() + HEADER_WAIT_S
        while time.monotonic() < give_up and wav_repair.data_bytes(self._path) == 0:
            time.sleep(0.01)

    def _written_seconds(self) -> float:
        try:
            size = self._path.stat().st_size
        except OSError:
            return 0.0
        return max(0, size - wav_repair.HEADER_BYTES) / (RATE_HZ * WIDTH_BYTES)
