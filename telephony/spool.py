"""The spool: where finished voicemail waits for the gateway, and unfinished for its end.

    spool/tmp/NAME.wav    being recorded
    spool/tmp/NAME.json   written when the recording starts, so that a kill loses no caller
    spool/NAME.wav        finished: 16 kHz, 16 bit, mono, synced
    spool/NAME.json       side file (gateway.contract.spooled); it is moved last and so is the
                          commit mark: what has no .json does not exist yet

NAME is the UTC time and the first letters of the call id, so that names sort by time. A caller who
left nothing has a side file with `seconds` 0 and no WAV. The gateway takes an entry over by moving
the WAV to `recordings/` and deleting the side file after its own commit.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

from gateway.contract.service import log_fields, write_atomically
from gateway.contract.spooled import SpooledMessage
from gateway.errors import RecordingError
from telephony import wav_repair

log = logging.getLogger(__name__)

FREE_BYTES = 8 * 1024 * 1024
"""Below this no recording is begun: four minutes of sound, and SQLite needs room as well."""
NAME_ID_LETTERS = 12
"""Letters of the call id in a name: enough to tell two calls of the same second apart."""


class Spool:
    """The folder of finished messages and its `tmp` folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tmp = folder / "tmp"

    def name(self, call_id: str, at: float) -> str:
        """Name for a new entry."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
        return f"{stamp}-{call_id.replace('-', '')[:NAME_ID_LETTERS]}"

    def count(self) -> int:
        """Finished entries that nobody has taken over yet."""
        return sum(1 for entry in os.scandir(self.folder) if entry.name.endswith(".json"))

    def begin(self, message: SpooledMessage) -> Path:
        """Write the side file of a recording that starts; where the recorder shall write."""
        try:
            self._tmp.mkdir(parents=True, exist_ok=True, mode=0o700)
            free = shutil.disk_usage(self._tmp).free
            if free < FREE_BYTES:
                raise RecordingError(f"only {free} bytes are free for recordings")
            write_atomically(self._tmp / f"{message.name}.json", message.to_json())
        except OSError as error:
            raise RecordingError(f"no recording can be begun: {error.strerror}") from error
        return self._tmp / f"{message.name}.wav"

    def commit(self, message: SpooledMessage) -> SpooledMessage:
        """Move a finished recording into the spool, whole; the entry with its real length."""
        wav, side = self._pair(message.name)
        seconds = wav_repair.repair(wav)
        if seconds == 0:
            raise RecordingError(f"{message.name}: nothing was written")
        message = replace(message, seconds=round(seconds, 2))
        try:
            write_atomically(side, message.to_json())
            wav.rename(self.folder / wav.name)
            side.rename(self.folder / side.name)
            self._sync()
        except OSError as error:
            raise RecordingError(f"{message.name}: not spooled: {error.strerror}") from error
        return message

    def note(self, message: SpooledMessage) -> None:
        """Enter a caller who left nothing."""
        self.discard(message.name)
        try:
            write_atomically(self.folder / f"{message.name}.json", message.to_json())
        except OSError as error:
            raise RecordingError(f"{message.name}: not spooled: {error.strerror}") from error

    def discard(self, name: str) -> None:
        """Forget what was begun under this name."""
        for path in self._pair(name):
            path.unlink(missing_ok=True)

    def recover(self) -> int:
        """At start: bring recordings that a kill cut off into the spool; how many."""
        recovered = 0
        for leftover in self._tmp.glob(".*"):
            leftover.unlink(missing_ok=True)
        for side in sorted(self._tmp.glob("*.json")):
            try:
                self._recover_one(side)
            except RecordingError as error:
                log.error("recording-not-recovered", extra=log_fields(name=side.stem, why=error))
                continue
            recovered += 1
        return recovered

    def _recover_one(self, side: Path) -> None:
        finished = self.folder / f"{side.stem}.wav"
        wav = side.with_suffix(".wav")
        if finished.exists() and not wav.exists():  # killed between the two renames
            finished.rename(wav)
        message = SpooledMessage.from_json(side.read_bytes())
        if wav.exists() and wav_repair.repair(wav) > 0:
            self.commit(message)
        else:
            self.note(message)

    def _pair(self, name: str) -> tuple[Path, Path]:
        return self._tmp / f"{name}.wav", self._tmp / f"{name}.json"

    def _sync(self) -> None:
        for folder in (self.folder, self._tmp):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
