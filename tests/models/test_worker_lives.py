"""Starting, stopping, dying, doing without an engine; Vosk; a recogniser that is not ours."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncClient
from wyoming.event import Event

from gateway.contract.model_link import Capabilities
from gateway.contract.phrases import read_phrase
from models.catalog import load_catalog, model_folder
from models.loading import Wanted, load_engines
from tests.models.phone_audio import phone_speech
from tests.models.worker import Client, WorkerProcess

pytestmark = [pytest.mark.models, pytest.mark.timeout(900)]

SPEECH_MODELS = ("moonshine-tiny-en", "piper-en-us-joe", "silero-vad")


@pytest.fixture
def lesser_worker(tmp_path: Path, models_folder: Path) -> Iterator[WorkerProcess]:
    """A worker on a box without a language model."""
    folder = tmp_path / "m"
    folder.mkdir()
    for name in SPEECH_MODELS:
        (folder / name).symlink_to(models_folder / name)
    worker = WorkerProcess(tmp_path / "h", folder)
    try:
        worker.start()
        yield worker
    finally:
        worker.kill()


def test_without_a_language_model_the_rest_is_served(lesser_worker: WorkerProcess) -> None:
    async def talk() -> tuple[Event, Event, bytes]:
        async with Client(lesser_worker.socket) as client:
            info = await client.ask(Event("describe"))
            refused = await client.understand("hi", ("yes", "no"))
            return info, refused, (await client.speak("Good evening."))[0]

    info, refused, pcm = asyncio.run(talk())
    able = Capabilities.from_data(info.data["nightporter"])
    assert able.language_model is None
    assert "nightporter models fetch" in able.failed["language-model"]
    assert able.recogniser and able.voice
    assert refused.type == "error"
    assert len(pcm) > 16000
    status = json.loads((lesser_worker.home / "run" / "models.status.json").read_text())
    assert status["ready"]
    assert status["resident_mb"] < 600
    lesser_worker.stop()
    assert not lesser_worker.socket.exists()


def test_a_killed_worker_leaves_no_broken_phrase(lesser_worker: WorkerProcess) -> None:
    phrases = lesser_worker.home / "phrases"

    async def talk() -> None:
        async with Client(lesser_worker.socket) as client:
            for number in range(100):
                await client.speak(f"Phrase {number}.", keep=True)

    async def kill_in_the_middle() -> None:
        talking = asyncio.create_task(talk())
        while len(list(phrases.glob("*.wav"))) < 3:
            await asyncio.sleep(0.001)
        lesser_worker.kill()
        await asyncio.gather(talking, return_exceptions=True)

    asyncio.run(kill_in_the_middle())
    (phrases / ".half.wav.tmp").write_bytes(b"RIFF")
    kept = list(phrases.glob("*.wav"))
    assert kept
    assert all(len(read_phrase(file)) > 0 for file in kept)
    lesser_worker.start()
    assert not list(phrases.glob(".*"))


def test_a_worker_told_to_stop_while_it_loads_stops(tmp_path: Path, models_folder: Path) -> None:
    worker = WorkerProcess(tmp_path / "h", models_folder)
    worker.home.mkdir()
    environment = {"NIGHTPORTER_HOME": str(worker.home), "NIGHTPORTER_MODELS": str(models_folder)}
    with worker.log.open("ab") as log:
        worker.process = subprocess.Popen(
            [sys.executable, "-m", "models"], env={**environment, "PATH": "/usr/bin"}, stderr=log
        )
    while "engine-loaded" not in worker.log.read_text():
        assert worker.process.poll() is None, worker.log.read_text()
        time.sleep(0.02)
    worker.stop()


def test_an_office_can_do_without_models_of_ours(models_folder: Path) -> None:
    wanted = Wanted(recogniser="tcp://other-machine:10300", language_model="none", voice="nobody")
    engines = load_engines(wanted, models_folder)
    assert engines.recogniser is None
    assert engines.scorer is None
    assert set(engines.failed) == {"voice"}


@pytest.fixture(scope="module")
def korean(models_folder: Path) -> Path:
    """The folder of the Korean Vosk model; `make test` fetches it."""
    model = load_catalog().find(models_folder, "recogniser", "ko", "vosk")
    return model_folder(models_folder, model)


def test_vosk_hears_korean_with_partial_texts(korean: Path, tmp_path: Path) -> None:
    from models.vosk_engine import Vosk

    model = Vosk(korean, "vosk-small-ko", ("ko",))
    stream = model.stream()
    pcm = _korean_speech(tmp_path)
    partials = set()
    for at in range(0, len(pcm), 9600):
        stream.feed(pcm[at : at + 9600])
        partials.add(stream.so_far().text)
    heard = stream.final()
    assert any("\uac00" <= letter <= "\ud7a3" for letter in heard.text)
    assert heard.confidence is not None
    assert 0 < heard.confidence <= 1
    assert len(partials) >= 2
    silence = model.stream()
    silence.feed(np.zeros(16000, dtype="<i2").tobytes())
    assert silence.final().text == ""


def test_vosk_is_chosen_for_an_office_that_speaks_korean(models_folder: Path, korean: Path) -> None:
    wanted = Wanted(language="ko", language_model="none")
    catalog = load_catalog()
    from models.loading import RECOGNISERS, _first

    assert (
        _first(catalog, models_folder, "recogniser", wanted.language, RECOGNISERS).engine == "vosk"
    )


def _korean_speech(folder: Path) -> bytes:
    file = folder / "ko.wav"
    text = "안녕하세요. 내일 예약하고 싶습니다."
    command = ["espeak-ng", "-v", "ko", "-s", "130", "-w", str(file), text]
    subprocess.run(command, check=True, timeout=60)
    import wave

    from tests.models.phone_audio import through_phone

    with wave.open(str(file)) as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
        return through_phone(samples.astype(np.float32) / 32768, wav.getframerate())


def test_a_recogniser_that_is_not_ours_answers_a_wyoming_client(tmp_path: Path) -> None:
    uri = f"unix://{tmp_path}/asr.sock"
    command = [sys.executable, "-m", "tests.fakes.foreign_recogniser", uri, "hello there", "bye"]
    process = subprocess.Popen(command)

    async def utter(client: AsyncClient, pcm: bytes) -> str:
        await client.write_event(Transcribe().event())
        await client.write_event(AudioStart(rate=16000, width=2, channels=1).event())
        await client.write_event(AudioChunk(16000, 2, 1, pcm).event())
        await client.write_event(AudioStop().event())
        answer = await client.read_event()
        assert answer is not None
        return Transcript.from_event(answer).text

    async def talk() -> list[str]:
        async with AsyncClient.from_uri(uri) as client:
            voice = phone_speech("Yes please.")
            return [await utter(client, pcm) for pcm in (voice, bytes(3200), voice)]

    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "asr.sock").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert asyncio.run(talk()) == ["hello there", "", "bye"]
    finally:
        process.kill()
        process.wait()
