"""When a caller's turn is over, and what counts as an interruption."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.contract.call_link import FRAME_BYTES, Audio
from gateway.switchboard.ear import Ear, Turn, is_backchannel
from gateway.switchboard.wire import Address
from tests.fakes.scripted_models import ScriptedModels


class Notes:
    """A hearer that writes down what it is told."""

    def __init__(self, silence_ms: int = 50) -> None:
        self.silence_ms = silence_ms
        self.turns: list[Turn] = []
        self.told: list[str] = []
        self.turn = asyncio.Event()

    def caller_speaks(self) -> None:
        self.told.append("speaks")

    def interrupted(self) -> None:
        self.told.append("interrupted")

    def guessed(self, text: str) -> int:
        self.told.append(f"guessed {text}")
        return self.silence_ms

    def turn_over(self, turn: Turn) -> None:
        self.turns.append(turn)
        self.turn.set()

    def nothing_said(self) -> None:
        self.told.append("nothing")

    def hearing_failed(self, why: str) -> None:
        self.told.append("failed")
        self.turn.set()


async def with_ear(
    folder: Path, test: Callable[[ScriptedModels, Ear, Notes], Awaitable[None]], **options: bool
) -> None:
    """Run the test with a connected ear."""
    worker = ScriptedModels(folder / "models.sock")
    await worker.start()
    notes = Notes()
    ear = Ear(notes, "en")
    await ear.open(Address.of_socket(worker.socket), detects_voice=options.get("vad", True))
    await worker.wait_for_stream()
    ear.feed(Audio(bytes(FRAME_BYTES)))
    try:
        await asyncio.wait_for(test(worker, ear, notes), 5)
    finally:
        await ear.close()
        await worker.stop()


def test_a_turn_ends_after_the_silence_that_its_words_need(tmp_path: Path) -> None:
    async def test(worker: ScriptedModels, ear: Ear, notes: Notes) -> None:
        await worker.caller_says("tomorrow at ten", at_ms=150)
        await notes.turn.wait()
        turn = notes.turns[0]
        assert turn.text == "tomorrow at ten"
        assert turn.decided - turn.voice_stopped >= notes.silence_ms / 1000 - 0.005
        assert "guessed tomorrow at ten" in notes.told

    asyncio.run(with_ear(tmp_path, test))


def test_a_voice_that_goes_on_keeps_the_turn_open(tmp_path: Path) -> None:
    async def test(worker: ScriptedModels, ear: Ear, notes: Notes) -> None:
        notes.silence_ms = 300
        await worker.caller_says("tomorrow", at_ms=100)
        await worker.hear("voice-started", timestamp=200)
        await asyncio.sleep(0.4)
        assert not notes.turns
        await worker.hear("voice-stopped", timestamp=500)
        await worker.hear(
            "transcript-chunk", text="tomorrow at ten", replace=True, settled=True, upto_ms=500
        )
        await notes.turn.wait()
        assert [turn.text for turn in notes.turns] == ["tomorrow at ten"]

    asyncio.run(with_ear(tmp_path, test))


def test_words_over_our_sentence_interrupt_and_a_backchannel_does_not(tmp_path: Path) -> None:
    async def test(worker: ScriptedModels, ear: Ear, notes: Notes) -> None:
        ear.we_speak(True)
        await worker.caller_says("uh-huh", at_ms=200)
        while worker.utterances < 2:
            await asyncio.sleep(0.01)
        assert notes.told.count("nothing") == 1 and "interrupted" not in notes.told
        await worker.hear("voice-started", timestamp=100)
        await worker.hear("transcript-chunk", text="no wait", replace=True, upto_ms=300)
        while "interrupted" not in notes.told:
            await asyncio.sleep(0.01)
        await worker.hear("voice-stopped", timestamp=400)
        await worker.hear("transcript-chunk", text="no wait", replace=True, settled=True)
        await notes.turn.wait()
        assert notes.turns[0].over_us

    asyncio.run(with_ear(tmp_path, test))


def test_a_short_answer_for_which_we_fall_silent_is_over_our_sentence(tmp_path: Path) -> None:
    async def test(worker: ScriptedModels, ear: Ear, notes: Notes) -> None:
        ear.we_speak(True)
        await worker.hear("voice-started", timestamp=0)
        await worker.hear("transcript-chunk", text="yes book it", replace=True, upto_ms=100)
        while "interrupted" not in notes.told:
            await asyncio.sleep(0.005)
        ear.we_speak(False)  # as the call does when it is interrupted
        await worker.hear("voice-stopped", timestamp=150)
        await worker.hear("transcript-chunk", text="yes book it", replace=True, settled=True)
        await notes.turn.wait()
        assert notes.turns[0].over_us

    asyncio.run(with_ear(tmp_path, test))


def test_an_answer_that_comes_at_the_very_end_of_our_sentence_is_not_over_it(
    tmp_path: Path,
) -> None:
    async def test(worker: ScriptedModels, ear: Ear, notes: Notes) -> None:
        ear.we_speak(True)
        await asyncio.sleep(0.3)
        ear.we_speak(False)
        await worker.caller_says("yes please", at_ms=350)
        await notes.turn.wait()
        assert not notes.turns[0].over_us

    asyncio.run(with_ear(tmp_path, test))


def test_a_noise_without_words_is_no_turn(tmp_path: Path) -> None:
    async def test(worker: ScriptedModels, ear: Ear, notes: Notes) -> None:
        await worker.caller_says("", at_ms=200)
        while "nothing" not in notes.told:
            await asyncio.sleep(0.01)
        assert not notes.turns and not ear.caller_talks

    asyncio.run(with_ear(tmp_path, test))


def test_a_recogniser_that_never_settles_is_asked_for_its_last_word(tmp_path: Path) -> None:
    async def test(worker: ScriptedModels, ear: Ear, notes: Notes) -> None:
        worker.final_words = ["a cleaning please"]
        await worker.hear("voice-started", timestamp=20)
        await worker.hear("voice-stopped", timestamp=60)
        await notes.turn.wait()
        assert notes.turns[0].text == "a cleaning please"

    asyncio.run(with_ear(tmp_path, test))


def test_a_recogniser_without_a_detector_is_helped_by_loudness(tmp_path: Path) -> None:
    async def test(worker: ScriptedModels, ear: Ear, notes: Notes) -> None:
        worker.final_words = ["hello"]
        loud = b"\x00\x20\x00\xe0" * (FRAME_BYTES // 4)
        for frame in [bytes(FRAME_BYTES)] * 10 + [loud] * 20 + [bytes(FRAME_BYTES)] * 20:
            ear.feed(Audio(frame))
        await notes.turn.wait()
        assert notes.turns[0].text == "hello"
        assert worker.audio_bytes >= 50 * FRAME_BYTES

    asyncio.run(with_ear(tmp_path, test, vad=False))


def test_a_killed_recogniser_is_reported_once(tmp_path: Path) -> None:
    async def test(worker: ScriptedModels, ear: Ear, notes: Notes) -> None:
        await worker.stop()
        await notes.turn.wait()
        ear.feed(Audio(bytes(FRAME_BYTES)))
        assert notes.told.count("failed") == 1 and not ear.hears

    asyncio.run(with_ear(tmp_path, test))


@pytest.mark.parametrize("text", ["Mm-hm", "Okay.", "uh-huh", "Yeah, right."])
def test_sounds_of_listening_are_known(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize("text", ["", "Okay, Tuesday", "no", "yes that is right"])
def test_words_with_content_are_not_mere_listening(text: str) -> None:
    assert not is_backchannel(text)
