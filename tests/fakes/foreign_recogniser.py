"""A speech recogniser that is not ours: only the wyoming package's own server classes.

    python -m tests.fakes.foreign_recogniser unix:///tmp/asr.sock "first utterance" "second" ...

It answers one text an utterance, in order, the last one again and again; silence gets no words. It
sends neither partial texts nor voice activity and knows no event of ours.
"""

from __future__ import annotations

import array
import asyncio
import sys
from functools import partial

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution, Describe, Info
from wyoming.server import AsyncEventHandler, AsyncServer

SOMEBODY = Attribution(name="Somebody else", url="https://example.org")
LOUD = 500
"""A sample above this is taken for voice."""


class ForeignRecogniser(AsyncEventHandler):
    """One connection."""

    def __init__(self, texts: list[str], *streams: object) -> None:
        super().__init__(*streams)  # type: ignore[arg-type]
        self._texts = texts
        self._loud = False

    async def handle_event(self, event: Event) -> bool:
        if Describe.is_type(event.type):
            await self.write_event(_info().event())
        elif Transcribe.is_type(event.type) or AudioStart.is_type(event.type):
            self._loud = False
        elif AudioChunk.is_type(event.type):
            samples = array.array("h", AudioChunk.from_event(event).audio)
            self._loud = self._loud or any(abs(sample) > LOUD for sample in samples)
        elif AudioStop.is_type(event.type):
            text = ""
            if self._loud:
                text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
            await self.write_event(Transcript(text=text).event())
        return True


def _info() -> Info:
    model = AsrModel(
        name="foreign",
        attribution=SOMEBODY,
        installed=True,
        description=None,
        version=None,
        languages=["en"],
    )
    program = AsrProgram(
        name="foreign",
        attribution=SOMEBODY,
        installed=True,
        description=None,
        version=None,
        models=[model],
    )
    return Info(asr=[program])


async def serve(uri: str, texts: list[str]) -> None:
    """Until cancelled. All connections take their texts from the same list."""
    await AsyncServer.from_uri(uri).run(partial(ForeignRecogniser, texts))


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2:] or ["hello"]))
