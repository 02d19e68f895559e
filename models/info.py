"""The `info` answer: Wyoming's own description, and what our gateway wants to know."""

from __future__ import annotations

from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution, Info, TtsProgram, TtsVoice

from models.loading import Engines

PROJECT = Attribution(name="Nightporter", url="")


def info_event(engines: Engines) -> Event:
    """`info` with asr and tts programs, and the key `nightporter` with our Capabilities."""
    info = Info()
    if recogniser := engines.recogniser:
        model = AsrModel(
            name=recogniser.name,
            attribution=PROJECT,
            installed=True,
            description=None,
            version=None,
            languages=list(recogniser.languages),
        )
        info.asr = [
            AsrProgram(
                name="nightporter",
                attribution=PROJECT,
                installed=True,
                description="Speech recognition",
                version=None,
                models=[model],
                supports_transcript_streaming=False,
            )
        ]
    if voice := engines.voice:
        speaker = TtsVoice(
            name=voice.name,
            attribution=PROJECT,
            installed=True,
            description=None,
            version=None,
            languages=list(voice.languages),
        )
        info.tts = [
            TtsProgram(
                name="nightporter",
                attribution=PROJECT,
                installed=True,
                description="Speech synthesis",
                version=None,
                voices=[speaker],
            )
        ]
    event = info.event()
    event.data["nightporter"] = engines.capabilities().as_data()
    return event
