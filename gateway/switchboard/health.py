"""What the models worker can do right now, and so on which rung of the ladder calls start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from gateway.contract.model_link import Capabilities
from gateway.contract.service import log_fields, write_atomically
from gateway.contract.settings import Speech
from gateway.errors import LinkError, ModelError
from gateway.switchboard.model_client import ModelClient
from gateway.switchboard.wire import Address

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""How soon a call in progress can have its recogniser back."""
OURS = ("auto", "moonshine", "vosk", "none")
"""Values of speech.recogniser that our own worker serves; all others are addresses."""


class ModelsHealth:
    """Looks at the worker every second; knows the rung; tells those who wait for a change."""

    def __init__(self, speech: Speech, socket: Path, phrases: Path, remembered_voice: Path) -> None:
        self.client = ModelClient(Address.of_socket(socket))
        self.phrases = phrases
        self.capabilities = Capabilities()
        self._speech = speech
        self._remembered = remembered_voice
        self._watchers: set[Callable[[], None]] = set()
        self.voice = _remembered(remembered_voice)
        self.foreign_recogniser_up = False

    @property
    def recogniser(self) -> Address | None:
        """Where to have speech recognised, None when nowhere."""
        if self._speech.recogniser not in OURS:
            return Address(self._speech.recogniser) if self.foreign_recogniser_up else None
        return self.client.address if self.capabilities.recogniser else None

    @property
    def detects_voice(self) -> bool:
        """Whether the recogniser tells when a voice starts and stops."""
        return self._speech.recogniser in OURS and self.capabilities.voice_activity is not None

    @property
    def rung(self) -> int:
        """5 everything, 4 no language model, 3 no recogniser, 2 no voice (but recorded phrases)."""
        if self.capabilities.voice is None:
            return 2
        if self.recogniser is None:
            return 3
        return 5 if self.capabilities.language_model else 4

    @property
    def missing(self) -> str:
        """What calls have to do without, for their record; empty on the highest rung."""
        if self.capabilities == Capabilities():
            return "models-not-there"
        return {2: "no-voice", 3: "no-recogniser", 4: "no-language-model"}.get(self.rung, "")

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Be called at each change; returns how to stop that."""
        self._watchers.add(changed)
        return lambda: self._watchers.discard(changed)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look once."""
        try:
            found = await self.client.capabilities()
        except (LinkError, ModelError):
            found = Capabilities()
        foreign = await self._foreign_answers()
        if found == self.capabilities and foreign == self.foreign_recogniser_up:
            return
        self.capabilities, self.foreign_recogniser_up = found, foreign
        if found.voice and found.voice != self.voice:
            self.voice = found.voice
            write_atomically(self._remembered, found.voice.encode())
        log.info("rung", extra=log_fields(rung=self.rung))
        for changed in tuple(self._watchers):
            changed()

    def lost(self) -> None:
        """A call has noticed that the worker is gone: do not wait for the next look."""
        self.capabilities = Capabilities()

    async def _foreign_answers(self) -> bool:
        if self._speech.recogniser in OURS:
            return False
        try:
            _, writer = await Address(self._speech.recogniser).connect()
        except LinkError:
            return False
        writer.close()
        return True


def _remembered(file: Path) -> str | None:
    try:
        return file.read_text().strip() or None
    except OSError:
        return None
