"""The ear tells speech from tones and knows when each began."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.rehearsal.phone.ear import Ear
from gateway.rehearsal.phone.voice import speak
from tests.phone.test_caller import buzz, tone

RATE = 8000


def hear(*sounds: np.ndarray, chunk: int = 160) -> Ear:
    ear = Ear(RATE)
    line = np.concatenate(sounds).astype(np.int16)
    for start in range(0, len(line), chunk):
        ear.feed(100 + start / RATE, line[start : start + chunk])
    return ear


def quiet(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 8, int(RATE * seconds)).astype(np.int16)


def test_the_first_sound_is_found_to_ten_milliseconds() -> None:
    ear = hear(quiet(1.003), buzz(0.5), quiet(1))
    began = ear.sound_after(100)
    assert began == pytest.approx(101.003, abs=0.011)
    assert ear.quiet_for(102.503) == pytest.approx(1.0, abs=0.011)


@pytest.mark.parametrize("hertz", [425, 440, 600, 1000, 1400])
@pytest.mark.parametrize("seconds", [0.15, 0.5, 1.0])
def test_a_tone_is_sound_but_not_speech(hertz: float, seconds: float) -> None:
    ear = hear(quiet(0.5), tone(hertz, seconds), quiet(1))
    assert ear.sound_after(100) == pytest.approx(100.5, abs=0.011)
    assert ear.speech_after(100) is None


@pytest.mark.parametrize("gap", [0.0, 0.1, 0.6])
def test_a_beep_behind_words_is_found_and_a_soft_tone_is_none(gap: float) -> None:
    words = speak("Please speak after the tone.", "slt", RATE)
    soft = hear(quiet(0.5), tone(440, 0.18), quiet(0.3), words, quiet(1))
    assert soft.beep_ended_after(100) is None
    ear = hear(quiet(0.5), words, quiet(gap), tone(1000, 0.4), quiet(1))
    end = 100.5 + len(words) / RATE + gap + 0.4
    assert ear.beep_ended_after(100) == pytest.approx(end, abs=0.02)


@pytest.mark.parametrize("voice", ["slt", "rms"])
@pytest.mark.parametrize(
    "text", ["Yes.", "One moment.", "Who is calling?", "I am sorry.", "Monday or Tuesday?", "Oh."]
)
def test_speech_is_speech_from_its_first_sound(text: str, voice: str) -> None:
    ear = hear(quiet(0.5), speak(text, voice, RATE), quiet(1))
    assert ear.speech_after(100) == ear.sound_after(100)


def test_speech_after_a_tone_is_told_apart() -> None:
    ear = hear(quiet(0.5), tone(440, 0.3), quiet(0.7), speak("Please wait.", "slt", RATE), quiet(1))
    assert ear.sound_after(100) == pytest.approx(100.5, abs=0.011)
    assert ear.speech_after(100) == pytest.approx(101.5, abs=0.03)
    assert ear.sound_after(101) == ear.speech_after(100)


def test_chunks_of_any_size_give_the_same_answer() -> None:
    sounds = (quiet(0.5), tone(440, 0.3), quiet(0.7), speak("Hello.", "rms", RATE), quiet(1))
    answers = {hear(*sounds, chunk=size).speech_after(100) for size in (80, 160, 333, 4000)}
    assert len({round(answer or 0, 3) for answer in answers}) == 1
