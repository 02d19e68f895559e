"""Takes finished messages from the line's spool into the store; each exactly once.

The WAV moves first, then the row is committed, then the side file goes: whatever is killed in
between, the next look finds the side file and finishes the work.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gateway.appointments.records import Noted, NoteDraft
from gateway.contract.service import Paths, log_fields
from gateway.contract.spooled import SpooledMessage
from gateway.errors import NightporterError, RecordingError
from gateway.store.messages import Voicemail
from gateway.switchboard.store_desk import StoreDesk

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""How soon a message that the line took alone is on the office's list."""


class Mailbox:
    """The spool, seen from the gateway."""

    def __init__(self, paths: Paths, desk: StoreDesk, is_live: Callable[[str], bool]) -> None:
        self._paths = paths
        self._desk = desk
        self._is_live = is_live
        self._refused: set[str] = set()

    async def run(self) -> None:
        """Look for messages for ever; those of a call in progress are left to the call."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Take over everything that lies finished in the spool."""
        for side_file in sorted(self._paths.spool.glob("*.json")):
            name = side_file.stem
            if name in self._refused:
                continue
            try:
                message = SpooledMessage.from_json(side_file.read_bytes())
                if message.name != name:
                    raise RecordingError(f"{side_file}: speaks of another message")
                if not self._is_live(message.call_id):
                    await self._import(message, None, "", ends_call=True)
            except FileNotFoundError:
                continue  # taken by the call itself in the meantime
            except RecordingError:
                self._refused.add(name)  # once in the log is enough; the files stay for a person
                log.exception("side-file-refused")
            except (NightporterError, OSError) as error:
                log.error("message-not-imported", extra=log_fields(kind=type(error).__name__))

    async def take(self, name: str, note: NoteDraft, transcript: str) -> Noted | None:
        """Take over the message of a call in progress; None when it could not be (it stays)."""
        try:
            data = (self._paths.spool / f"{name}.json").read_bytes()
            message = SpooledMessage.from_json(data)
            return await self._import(message, note, transcript, ends_call=False)
        except (OSError, NightporterError) as error:
            log.error("message-not-imported", extra=log_fields(kind=type(error).__name__))
            return None

    async def _import(
        self, message: SpooledMessage, note: NoteDraft | None, transcript: str, *, ends_call: bool
    ) -> Noted:
        recording = ""
        if message.has_audio:  # in a thread: calls' audio never waits for the disk
            recording = str(await asyncio.to_thread(self._move, message.name))
        voicemail = Voicemail(
            spool_name=message.name,
            caller=(note.phone if note else "") or message.caller,
            taken_at=datetime.fromtimestamp(message.started_at, UTC),
            seconds=message.seconds,
            reason=note.reason if note else message.reason,
            recording=recording,
            call_id=message.call_id,
            transcript=transcript,
            about=note.about if note else _about(message),
            name=note.name if note else "",
            for_whom=note.for_whom if note else "",
            called=message.called,
            forwarded_from=message.forwarded_from,
            forward_reason=message.forward_reason,
        )
        now = datetime.now(UTC)
        noted = await self._desk.do(
            lambda store: store.import_voicemail(voicemail, now=now, ends_call=ends_call)
        )
        (self._paths.spool / f"{message.name}.json").unlink(missing_ok=True)
        log.info("message-imported", extra=log_fields(call_id=message.call_id))
        return noted

    def _move(self, name: str) -> Path:
        source = self._paths.spool / f"{name}.wav"
        target = self._paths.recordings / f"{name}.wav"
        if source.exists():
            source.replace(target)
            for folder in (target.parent, source.parent):
                handle = os.open(folder, os.O_RDONLY)
                os.fsync(handle)
                os.close(handle)
        if not target.exists():
            raise RecordingError(f"{source}: the recording of this message is missing")
        return target


def _about(message: SpooledMessage) -> str:
    if not message.has_audio:
        return "A caller reached the voicemail and left nothing."
    return "Listen to the recorded message."
