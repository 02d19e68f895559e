"""The worker with real models, over its socket.

Limits in seconds are wide: they tell "at once" from "computed again" on a machine that does other
things as well.
"""

from __future__ import annotations

import asyncio
import time
import wave
from itertools import pairwise

import numpy as np
import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.tts import Synthesize

from gateway.contract.model_link import Capabilities, Understood
from gateway.contract.phrases import phrase_file
from tests.busy_machine import again_when_late
from tests.models.phone_audio import phone_speech
from tests.models.worker import FORMAT, FRAME_BYTES, Client, WorkerProcess

pytestmark = [pytest.mark.models, pytest.mark.timeout(900)]

BOOKING = "I would like to book an appointment on Tuesday afternoon."
QUIET = np.random.default_rng(3).normal(size=16000).astype("<i2").tobytes()
"""A second of line noise."""


def plain(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum() or c == " ")


def heard(worker: WorkerProcess, pcm: bytes, pace: float = 1.0) -> list[Event]:
    async def talk() -> list[Event]:
        async with Client(worker.socket) as client:
            return await client.hear(pcm, pace=pace)

    return asyncio.run(talk())


def test_a_sentence_from_the_telephone_is_recognised(worker: WorkerProcess) -> None:
    text = plain(heard(worker, phone_speech(BOOKING))[-1].data["text"])
    assert all(word in text for word in ("appointment", "tuesday", "afternoon")), text


@again_when_late
def test_voice_starts_and_stops_where_the_speech_is(worker: WorkerProcess) -> None:
    pcm = phone_speech("Yes please.", before_s=0.5, after_s=0.6)
    events = [e for e in heard(worker, pcm) if e.type.startswith("voice-")]
    assert [e.type for e in events][:1] == ["voice-started"]
    assert events[-1].type == "voice-stopped"
    length_ms = len(pcm) // 32
    assert 450 <= events[0].data["timestamp"] <= 900
    assert length_ms - 1000 <= events[-1].data["timestamp"] <= length_ms - 500


@again_when_late
def test_partial_texts_come_while_the_caller_speaks_and_settle(worker: WorkerProcess) -> None:
    events = heard(worker, phone_speech(BOOKING))
    chunks = [e.data for e in events if e.type == "transcript-chunk"]
    assert len(chunks) >= 3
    assert all(chunk["replace"] for chunk in chunks)
    assert all(a["upto_ms"] <= b["upto_ms"] for a, b in pairwise(chunks))
    assert not chunks[0]["settled"]
    assert chunks[-1]["settled"]
    assert chunks[-1]["text"] == events[-1].data["text"]


@again_when_late
def test_the_transcript_follows_at_once_when_the_text_had_settled(worker: WorkerProcess) -> None:
    async def talk() -> float:
        async with Client(worker.socket) as client:
            pcm = phone_speech("Yes please.", after_s=0.2)
            await client.send(Event("transcribe"))
            await client.send(Event("audio-start", FORMAT))
            for at in range(0, len(pcm), FRAME_BYTES):
                await client.send(Event("audio-chunk", FORMAT, pcm[at : at + FRAME_BYTES]))
                await asyncio.sleep(0.01)
            settled = False
            while not settled:
                event = await client.read()
                settled = bool(event.data.get("settled"))
            started = time.monotonic()
            await client.send(Event("audio-stop"))
            while (await client.read()).type != "transcript":
                pass
            return time.monotonic() - started

    assert asyncio.run(talk()) < 0.5


def test_silence_and_noise_have_no_words(worker: WorkerProcess) -> None:
    events = heard(worker, QUIET * 2, pace=10)
    assert [e.type for e in events] == ["transcript"]
    assert events[0].data["text"] == ""


def test_one_connection_takes_utterance_after_utterance(worker: WorkerProcess) -> None:
    async def talk() -> list[str]:
        async with Client(worker.socket) as client:
            texts = []
            for said in ("Yes please.", "Ten thirty."):
                texts.append((await client.hear(phone_speech(said), pace=2))[-1].data["text"])
            return texts

    first, second = (plain(text) for text in asyncio.run(talk()))
    assert "yes" in first
    assert "ten" in second or "10" in second
    assert "yes" not in second


@again_when_late
def test_two_calls_at_once_are_both_heard(worker: WorkerProcess) -> None:
    async def one(said: str, voice: str) -> str:
        async with Client(worker.socket) as client:
            return str((await client.hear(phone_speech(said, voice)))[-1].data["text"])

    async def both() -> tuple[str, str]:
        return await asyncio.gather(
            one(BOOKING, "slt"), one("Can I cancel my appointment on Friday please?", "rms")
        )

    first, second = asyncio.run(both())
    assert "tuesday" in plain(first)
    assert "cancel" in plain(second)
    assert "cancel" not in plain(first) and "tuesday" not in plain(second)


@again_when_late
def test_a_ping_is_answered_while_all_engines_compute(worker: WorkerProcess) -> None:
    async def talk() -> float:
        async with Client(worker.socket) as busy, Client(worker.socket) as other:
            await busy.send(Event("synthesize", {"text": "This takes a while to say. " * 8}))
            scoring = asyncio.create_task(
                other.understand("hi", ("yes", "no"), instruction="Answer. " * 60)
            )
            longest = 0.0
            async with Client(worker.socket) as pinger:
                for _ in range(15):
                    started = time.monotonic()
                    answer = await pinger.ask(Event("ping", {"text": "there?"}))
                    assert (answer.type, answer.data["text"]) == ("pong", "there?")
                    longest = max(longest, time.monotonic() - started)
                    await asyncio.sleep(0.02)
            scoring.cancel()
            return longest

    assert asyncio.run(talk()) < 0.5


def test_a_ping_is_answered_on_the_connection_that_waits_for_audio(worker: WorkerProcess) -> None:
    async def talk() -> list[str]:
        async with Client(worker.socket) as client:
            await client.send(Event("synthesize", {"text": "A sentence that nobody has said yet."}))
            await client.send(Event("ping"))
            types = []
            while "audio-stop" not in types:
                types.append((await client.read()).type)
            return types

    types = asyncio.run(talk())
    assert types.index("pong") < types.index("audio-chunk")


@again_when_late
def test_speech_sounds_before_the_whole_text_is_spoken(worker: WorkerProcess) -> None:
    async def talk() -> tuple[bytes, float, float]:
        async with Client(worker.socket) as client:
            await client.speak("Warming up.")
            started = time.monotonic()
            text = "All right, " + "I have you down for a cleaning with Doctor Lee. " * 4
            pcm, first = await client.speak(text)
            return pcm, first, time.monotonic() - started

    pcm, first, whole = asyncio.run(talk())
    assert first < whole / 3
    assert 8 < len(pcm) / 32000 < 20
    peak = int(np.abs(np.frombuffer(pcm, dtype="<i2").astype(np.int32)).max())
    assert 8000 < peak < 30000


@again_when_late
def test_a_kept_phrase_comes_from_disk_the_next_time(worker: WorkerProcess) -> None:
    async def talk(text: str) -> tuple[bytes, bytes, float]:
        async with Client(worker.socket) as client:
            first, _ = await client.speak(text, keep=True)
            await asyncio.sleep(0.3)
            second, took = await client.speak(text)
            return first, second, took

    text = "One moment please, I am looking for a free time."
    first, second, took = asyncio.run(talk(text))
    assert first == second
    assert took < 0.5
    file = phrase_file(worker.home / "phrases", "piper-en-us-joe", text)
    with wave.open(str(file)) as wav:
        assert (wav.getframerate(), wav.getnframes() * 2) == (16000, len(first))


def test_a_phrase_that_is_not_to_be_kept_leaves_no_file(worker: WorkerProcess) -> None:
    text = "Thank you, Peter Miller."

    async def talk() -> None:
        async with Client(worker.socket) as client:
            await client.speak(text)

    asyncio.run(talk())
    assert not phrase_file(worker.home / "phrases", "piper-en-us-joe", text).exists()


def test_a_broken_phrase_file_is_spoken_anew(worker: WorkerProcess) -> None:
    text = "We are closed now."
    file = phrase_file(worker.home / "phrases", "piper-en-us-joe", text)
    file.write_bytes(b"RIFF\0\0\0\0WAVE")

    async def talk() -> bytes:
        async with Client(worker.socket) as client:
            return (await client.speak(text))[0]

    assert len(asyncio.run(talk())) > 16000
    assert not file.exists()


def test_scores_add_up_to_one_and_favour_what_was_said(worker: WorkerProcess) -> None:
    async def talk() -> Event:
        async with Client(worker.socket) as client:
            return await client.understand("please cancel it", ("book", "cancel", "other"))

    understood = Understood.from_event(asyncio.run(talk()))
    assert abs(sum(understood.scores) - 1) < 1e-6
    assert max(understood.scores) == understood.scores[1]


def test_choices_that_begin_alike_are_told_apart(worker: WorkerProcess) -> None:
    async def talk() -> Event:
        async with Client(worker.socket) as client:
            return await client.understand("on Friday", ("on Monday", "on Friday"))

    assert Understood.from_event(asyncio.run(talk())).scores[1] > 0.5


@again_when_late
def test_a_deadline_is_kept_and_the_next_request_does_not_suffer(worker: WorkerProcess) -> None:
    async def talk() -> tuple[Event, float, Event]:
        async with Client(worker.socket) as client:
            long = "A new instruction that nobody has read yet. " * 30
            started = time.monotonic()
            late = await client.understand("hi", ("yes", "no"), instruction=long, deadline_ms=100)
            took = time.monotonic() - started
            return late, took, await client.understand("please cancel it", ("book", "cancel"))

    late, took, good = asyncio.run(talk())
    assert late.type == "error"
    assert took < 1.0
    assert good.type == "understood"
    assert good.data["ms"] < 10_000


def test_malformed_input_gets_an_error_and_the_worker_lives(worker: WorkerProcess) -> None:
    broken = (
        b"not json\n",
        b"[]\n",
        b'{"type": 5}\n',
        b'{"type": "audio-chunk", "payload_length": 99999999999}\n',
        b'{"type": "synthesize", "data_length": 5}\n{nope',
        b'{"type": "synthesize"}\n',
        b'{"type": "understand", "data": {"choices": 3}}\n',
        b'{"type": "audio-start", "data": {"rate": 8000, "width": 2, "channels": 1}}\n',
        b"x" * 100_000 + b"\n",
    )

    async def talk() -> list[str]:
        types = []
        for line in broken:
            async with Client(worker.socket) as client:
                client.writer.write(line)
                event = await client.read()
                types.append(event.type)
                assert await asyncio.wait_for(client.reader.read(), 60) == b""
        async with Client(worker.socket) as client:
            types.append((await client.ask(Event("ping"))).type)
        return types

    assert asyncio.run(talk()) == ["error"] * len(broken) + ["pong"]


def test_a_client_that_reads_nothing_is_dropped(worker: WorkerProcess) -> None:
    async def talk() -> bool:
        async with Client(worker.socket) as client:
            client.reader._transport.pause_reading()  # type: ignore[attr-defined]
            try:
                for _ in range(2000):
                    await asyncio.wait_for(client.send(Event("ping", {"text": "x" * 9000})), 8)
            except (ConnectionError, TimeoutError):
                return True
            return False

    assert asyncio.run(talk())


def test_any_wyoming_client_is_served(worker: WorkerProcess) -> None:
    async def talk() -> tuple[Info, str, int]:
        async with AsyncClient.from_uri(f"unix://{worker.socket}") as client:
            await client.write_event(Describe().event())
            answer = await client.read_event()
            assert answer is not None
            await client.write_event(Transcribe(language="en").event())
            await client.write_event(AudioStart(rate=16000, width=2, channels=1).event())
            pcm = phone_speech("Yes please.")
            for at in range(0, len(pcm), 2048):
                chunk = AudioChunk(16000, 2, 1, pcm[at : at + 2048])
                await client.write_event(chunk.event())
            await client.write_event(AudioStop().event())
            text = ""
            while (event := await client.read_event()) is not None:
                if Transcript.is_type(event.type):
                    text = Transcript.from_event(event).text
                    break
            await client.write_event(Synthesize(text="Good evening.").event())
            size = 0
            while (event := await client.read_event()) and not AudioStop.is_type(event.type):
                size += len(event.payload or b"")
            return Info.from_event(answer), text, size

    info, text, size = asyncio.run(talk())
    assert info.asr[0].models[0].languages == ["en"]
    assert info.tts[0].voices[0].name == "piper-en-us-joe"
    assert "yes" in text.lower()
    assert size > 16000


def test_our_gateway_learns_what_is_loaded(worker: WorkerProcess) -> None:
    async def talk() -> Event:
        async with Client(worker.socket) as client:
            return await client.ask(Event("describe"))

    able = Capabilities.from_data(asyncio.run(talk()).data["nightporter"])
    assert able.recogniser == "moonshine-tiny-en"
    assert able.voice_activity == "silero-vad"
    assert able.language_model and able.voice
    assert able.failed == {}


def test_no_word_of_a_caller_is_in_the_log(worker: WorkerProcess) -> None:
    heard(worker, phone_speech("Yes please."), pace=4)
    log = worker.log.read_text().lower()
    assert "ready" in log
    assert "appointment" not in log
    assert "yes" not in log
