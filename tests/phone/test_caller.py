"""The caller's clock is right, its keys arrive, its recording is aligned."""

from __future__ import annotations

import asyncio
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from gateway.errors import TelephonyError
from gateway.rehearsal.phone.caller import PhoneCall, Telephone
from tests.busy_machine import again_when_late
from tests.phone.answerer import RATE_HZ, Answerer, Samples

pytestmark = pytest.mark.sip

DELAY_S = 0.4
"""How long the answerer waits after the last loud sample."""
TOLERANCE_MS = 40.0
"""Twice a packet: end and start each lie on the grid of packets of 20 ms."""
LENGTHS_S, MOST_ROUNDS = (0.5, 1.234, 2.1, 0.777), 10
"""What is said, in seconds, and how often until one reply of them was not late."""
PATIENCE_S = 60.0
"""For a reply that comes after DELAY_S."""


def tone(hertz: float, seconds: float) -> Samples:
    """A sine that is loud from its first to its last sample."""
    phase = np.arange(int(RATE_HZ * seconds)) * 2 * np.pi * hertz / RATE_HZ
    return (9000 * np.cos(phase)).astype(np.int16)


def buzz(seconds: float) -> Samples:
    """As broad as speech: noise, loud throughout."""
    noise = np.random.default_rng(7).normal(0, 3000, int(RATE_HZ * seconds))
    return noise.clip(-12000, 12000).astype(np.int16)


async def silence_before_reply(call: PhoneCall, said: Samples) -> float:
    """One turn: milliseconds from the last sample to the first sound of the reply."""
    end = await call.say(said)
    assert await call.until(lambda: call.ear.sound_after(end) is not None, PATIENCE_S)
    began = call.ear.sound_after(end)
    assert began is not None
    await call.until(lambda: call.ear.quiet_for(time.monotonic()) > 0.3, PATIENCE_S)
    return (began - end) * 1000


def is_right(ms: float) -> bool:
    """Whether the measure is that of a machine that was not busy."""
    return abs(ms - DELAY_S * 1000) < TOLERANCE_MS


def test_a_reply_after_400_ms_is_measured_as_400_ms() -> None:
    """A busy machine replies late now and then, never early; a wrong clock is wrong each time."""

    async def measure(port: int) -> list[float]:
        async with Telephone() as telephone:
            call = await telephone.ring(f"sip:nightporter@127.0.0.1:{port}", "5550100")
            await call.until(lambda: call.ear.sound_after(0) is not None, PATIENCE_S)
            await call.until(lambda: call.ear.quiet_for(time.monotonic()) > 0.3, PATIENCE_S)
            measured: list[float] = []
            for length in LENGTHS_S * MOST_ROUNDS:
                measured.append(await silence_before_reply(call, buzz(length)))
                if len(measured) >= len(LENGTHS_S) and is_right(min(measured)):
                    break
            await call.hang_up()
            return measured

    with Answerer(lambda turn: buzz(0.3), DELAY_S) as answerer:
        measured = asyncio.run(measure(answerer.port))
        assert answerer.heard.bye
    assert is_right(min(measured)), measured


@again_when_late
def test_keys_arrive_in_order_and_the_far_end_can_hang_up() -> None:
    async def press(port: int) -> bool:
        async with Telephone() as telephone:
            call = await telephone.ring(f"sip:nightporter@127.0.0.1:{port}", "5550100")
            await call.until(lambda: call.ear.sound_after(0) is not None, PATIENCE_S)
            await call.press("17#")
            await call.say(buzz(0.3))
            return await call.until(lambda: call.over, PATIENCE_S)

    with Answerer(lambda turn: buzz(0.3) if turn == 0 else None, DELAY_S) as answerer:
        assert asyncio.run(press(answerer.port))
        assert answerer.heard.digits == ["1", "7", "#"]


@again_when_late
def test_the_recording_has_both_voices_where_they_were(tmp_path: Path) -> None:
    async def talk(port: int) -> tuple[float, float]:
        async with Telephone() as telephone:
            call = await telephone.ring(f"sip:nightporter@127.0.0.1:{port}", "5550100")
            await call.until(lambda: call.ear.sound_after(0) is not None, PATIENCE_S)
            await call.until(lambda: call.ear.quiet_for(time.monotonic()) > 0.3, PATIENCE_S)
            end = await call.say(buzz(0.5))
            await call.until(lambda: call.ear.sound_after(end) is not None, PATIENCE_S)
            await call.until(lambda: call.ear.quiet_for(time.monotonic()) > 0.3, PATIENCE_S)
            await call.hang_up()
            call.recording.write(tmp_path / "call.wav")
            began = call.ear.sound_after(end)
            assert began is not None
            return end - call.established, began - call.established

    with Answerer(lambda turn: buzz(0.3), DELAY_S) as answerer:
        end, began = asyncio.run(talk(answerer.port))
    with wave.open(str(tmp_path / "call.wav")) as wav:
        assert wav.getnchannels() == 2 and wav.getframerate() == RATE_HZ
        both = np.frombuffer(wav.readframes(wav.getnframes()), np.int16).reshape(-1, 2)
    caller, box = (np.flatnonzero(np.abs(both[:, side]) > 500) for side in (0, 1))
    assert abs(caller[-1] / RATE_HZ - end) < 0.03
    later = box[box / RATE_HZ > end]
    assert abs(later[0] / RATE_HZ - began) < TOLERANCE_MS / 1000


def test_a_call_that_nobody_answers_is_a_clear_error() -> None:
    async def ring() -> None:
        async with Telephone(answer_deadline_s=1.0) as telephone:
            await telephone.ring("sip:nightporter@127.0.0.1:9", "5550100")

    with pytest.raises(TelephonyError, match="was not answered"):
        asyncio.run(ring())
