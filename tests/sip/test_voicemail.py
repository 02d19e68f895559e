"""Messages taken by the line alone, in real calls."""

from __future__ import annotations

import json
import resource
import time

import pytest

from telephony import wav_repair
from tests.busy_machine import again_when_late
from tests.sip.conftest import Call, StartLine
from tests.sip.sound import level, sine, wav_samples

pytestmark = [pytest.mark.sip, pytest.mark.processes]


@again_when_late
def test_without_a_gateway_the_caller_leaves_a_message(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line()
    caller = place_call(line, number="+15551234567", dialled="frontdesk")
    assert caller.tone()
    caller.say(sine(2.0))
    assert caller.wait_end(), "the line says thank you and hangs up"
    (message,) = line.spooled()
    assert (message.caller, message.called) == ("+15551234567", "frontdesk")
    assert (message.reason, message.ended_by, message.prompt) == (
        "gateway-refused", "silence", "alone",
    )  # fmt: skip
    samples = wav_samples(line.paths.spool / f"{message.name}.wav")
    assert len(samples) / 16000 == pytest.approx(message.seconds, abs=0.02)
    loud = sum(level(samples[i : i + 320]) > 500 for i in range(0, len(samples), 320)) * 0.02
    assert loud == pytest.approx(2.0, abs=0.3), "the message is whole"
    assert not list((line.paths.spool / "tmp").iterdir())


@again_when_late
def test_hash_ends_the_message_at_once(start_line: StartLine, place_call: Call) -> None:
    line = start_line(voicemail={"silence_seconds": 8})
    caller = place_call(line)
    assert caller.tone()
    caller.say(sine(1.0))
    time.sleep(1.2)
    caller.press("#")
    (message,) = line.spooled()
    assert message.ended_by == "hash"
    assert 0.8 < message.seconds < 2.8
    assert caller.wait_end()


@again_when_late
def test_hash_during_the_prompt_skips_to_the_tone(start_line: StartLine, place_call: Call) -> None:
    line = start_line(short=False)  # the real prompt is twelve seconds long
    caller = place_call(line)
    assert caller.first_sound()
    caller.press("#")
    tone = caller.tone()
    assert tone and tone - caller.answered_at < 2.5


def test_hanging_up_keeps_what_was_said(start_line: StartLine, place_call: Call) -> None:
    line = start_line()
    caller = place_call(line)
    assert caller.tone()
    caller.say(sine(1.5))
    time.sleep(1.7)
    caller.hang_up()
    (message,) = line.spooled()
    assert message.ended_by == "hang-up" and message.seconds > 1


@again_when_late
def test_the_length_limit_ends_the_message(start_line: StartLine, place_call: Call) -> None:
    line = start_line(voicemail={"max_seconds": 10, "silence_seconds": 20})
    caller = place_call(line)
    assert caller.tone()
    caller.say(sine(14))
    (message,) = line.spooled()
    assert message.ended_by == "limit"
    assert message.seconds == pytest.approx(10, abs=0.3)


def test_a_caller_who_says_nothing_is_noted_without_a_recording(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line()
    caller = place_call(line, number="+15550009999")
    assert caller.tone()
    assert caller.wait_end()
    (message,) = line.spooled()
    assert (message.caller, message.seconds, message.has_audio) == ("+15550009999", 0, False)
    assert not list(line.paths.spool.glob("*.wav"))


def test_a_caller_who_hangs_up_before_the_tone_is_noted(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line()
    caller = place_call(line)
    time.sleep(0.2)
    caller.hang_up()
    (message,) = line.spooled()
    assert (message.seconds, message.ended_by) == (0, "hang-up")


@again_when_late
def test_a_kill_during_the_recording_loses_neither_words_nor_caller(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line()
    caller = place_call(line, number="+15557654321")
    assert caller.tone()
    caller.say(sine(5))
    time.sleep(2.5)
    line.kill()
    (wav,) = (line.paths.spool / "tmp").glob("*.wav")
    size = wav.stat().st_size
    assert wav_repair.data_bytes(wav) != size - wav_repair.HEADER_BYTES, "PJSIP had no time"
    line.start()
    (message,) = line.spooled()
    assert (message.caller, message.ended_by) == ("+15557654321", "cut-off")
    assert 1.5 < message.seconds < 3.0
    samples = wav_samples(line.paths.spool / f"{message.name}.wav")
    assert level(samples[16000:32000]) > 500
    assert "recordings-recovered" in line.log


@again_when_late
def test_stopping_the_line_keeps_the_message_that_is_being_left(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line()
    caller = place_call(line)
    assert caller.tone()
    caller.say(sine(5))
    time.sleep(1.5)
    assert line.stop() < 5
    (message,) = line.spooled(timeout=0)
    assert message.ended_by == "stopped" and message.seconds > 1
    assert caller.wait_end(), "the caller was hung up on, not left in silence"


def test_a_full_disk_is_said_and_leaves_the_spool_whole(
    start_line: StartLine, place_call: Call
) -> None:
    line = start_line()
    for folder in (line.paths.runtime,):
        assert folder.exists()
    limit = 64 * 1024  # no file may grow beyond two seconds of sound
    resource.prlimit(line.pid, resource.RLIMIT_FSIZE, (limit, limit))
    caller = place_call(line)
    assert caller.tone()
    caller.say(sine(8))
    assert caller.wait_end(), "the line says sorry and hangs up"
    assert "event=BROKEN" in line.log
    for side in line.paths.spool.glob("*.json"):
        message = json.loads(side.read_bytes())
        wav = side.with_suffix(".wav")
        assert wav.exists() == (message["seconds"] > 0)
        if wav.exists():
            assert len(wav_samples(wav)) / 16000 == pytest.approx(message["seconds"], abs=0.02)
    assert place_call(line).first_sound(), "the next caller is answered"
