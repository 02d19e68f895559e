"""A telephone on baresip: places calls, speaks exact samples, hears with exact times."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import baresip
import numpy as np
from numpy.typing import NDArray

from gateway.errors import TelephonyError
from gateway.rehearsal.phone.ear import Ear
from gateway.rehearsal.phone.recording import Recording

ANSWER_DEADLINE_S = 30.0
"""The box answers within a second; a SIP request is repeated for half a minute."""
MEDIA_DEADLINE_S = 20.0
"""Both directions of sound stand a few packets after the answer."""
PUMP_S = 0.004
"""How often sound is fetched and fed: a fifth of a packet, the error of our times."""
AHEAD_S = 1.0
"""Speech handed to the stack ahead; its buffer holds two seconds."""
ENCODE_LAG_S = 0.015
"""From the stack's fetch of the last frame to its packet on the wire: 5 or 25 ms, constant within
a call, by the phase of two clocks of the stack that we cannot see. We take the middle, so every
silence is right to 10 ms; measured against packets by tests/phone/test_caller.py."""
HANG_UP_DEADLINE_S = 3.0
"""For the other side to confirm the end; past it the call is over for us anyway."""
FRAME_MS = 20
"""Packet time of both codecs."""
STACK = """\
audio_jitter_buffer_type off
audio_txmode thread
"""
"""No jitter buffer of our own: on loopback it would add its own length to every figure. Packets
leave when their samples are fetched, so that the end of our words is known."""

Samples = NDArray[np.int16]


class Telephone:
    """The SIP stack of this process; one at a time, several calls."""

    def __init__(self, codec: str = "pcmu", answer_deadline_s: float = ANSWER_DEADLINE_S) -> None:
        self._codec = codec
        self._deadline_s = answer_deadline_s
        self._runtime = baresip.Runtime(native_log_level="error")

    async def __aenter__(self) -> Self:
        await self._runtime.start(
            baresip.Config(
                net_interface="127.0.0.1", max_concurrent_calls=None, extra_config_text=STACK
            )
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(baresip.BaresipError):
            await self._runtime.close()

    async def ring(self, uri: str, number: str) -> PhoneCall:
        """Call a SIP URI as `number`; returns when it was answered and sound flows both ways.

        Who is put through to somebody else goes along: this call is over then.
        """
        account = baresip.Account(
            number, "127.0.0.1", "", reg_interval=0, audio_codecs=(self._codec,)
        )
        agent = await baresip.UserAgent.create(self._runtime, account, transfer_policy="auto")
        rang = time.monotonic()
        try:
            call = await self._dial(agent, uri)
            await call.wait_established(self._deadline_s)
        except baresip.BaresipError as error:
            raise TelephonyError(f"{uri} was not answered: {error}") from error
        return await PhoneCall.start(call, rang)

    async def _dial(self, agent: baresip.UserAgent, uri: str) -> baresip.Call:
        """Dial; on loopback the answer can be here before baresip-python 0.5.2a3 has made its
        Call object, which then never hears of it: what came too early is told again."""
        early: list[baresip.StackEvent] = []
        self._runtime.subscribe(early.append)
        try:
            call = await agent.dial(uri)
        finally:
            self._runtime.unsubscribe(early.append)
        for event in early:
            call._on_stack_event(event)  # ignores what is about other calls
        return call


class PhoneCall:
    """One call that was answered."""

    @classmethod
    async def start(cls, call: baresip.Call, rang: float) -> PhoneCall:
        """Wait for sound in both directions and begin to listen."""
        established = time.monotonic()
        while True:
            with contextlib.suppress(baresip.AudioNotActive):
                info = call.audio.info()
                if info.tx_ready and info.rx_ready:
                    return cls(call, info.rx_sample_rate, established, rang)
            if time.monotonic() - established > MEDIA_DEADLINE_S:
                raise TelephonyError("the call was answered but no sound came")
            await asyncio.sleep(PUMP_S)

    def __init__(self, call: baresip.Call, rate_hz: int, established: float, rang: float) -> None:
        self._call = call
        self.rate_hz = rate_hz
        self.established = established
        """monotonic seconds at which the call was answered"""
        self.answer_ms = (established - rang) * 1000
        """from the first ring to the answer, milliseconds"""
        self.ear = Ear(rate_hz)
        self.recording = Recording(rate_hz, established)
        self._frame = rate_hz * FRAME_MS // 1000
        self._to_say: Samples = np.zeros(0, np.int16)
        self._handed = 0
        self._spoken: asyncio.Future[float] | None = None
        self._tick = asyncio.Event()
        self._over = False
        self._task = asyncio.create_task(self._pump(), name="pump")

    @property
    def over(self) -> bool:
        """Whether the call has ended, from whichever side."""
        return self._over

    async def until(self, condition: Callable[[], bool], deadline_s: float) -> bool:
        """Wait until something is so; False when the deadline came or the call ended first."""
        end = time.monotonic() + deadline_s
        while not condition():
            if self._over or time.monotonic() > end:
                return condition()
            self._tick.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._tick.wait(), PUMP_S * 10)
        return True

    async def say(self, samples: Samples) -> float:
        """Speak; returns the moment at which the last sample left, monotonic seconds."""
        if self._over:
            return time.monotonic()
        padding = -len(samples) % self._frame
        self._to_say = np.concatenate((samples, np.zeros(padding, np.int16)))
        self._handed, self._spoken = 0, asyncio.get_running_loop().create_future()
        began = time.monotonic()
        drained = await self._spoken
        end = drained + ENCODE_LAG_S - padding / self.rate_hz
        if not len(self._to_say):  # stopped in the middle
            samples = samples[: max(0, int((end - began) * self.rate_hz))]
        self.recording.said(end - len(samples) / self.rate_hz, samples)
        return end

    def stop_speaking(self) -> None:
        """Fall silent in the middle of a word; `say` returns."""
        self._to_say = np.zeros(0, np.int16)
        self._handed = 0
        with contextlib.suppress(baresip.BaresipError):
            self._call.audio.flush_tx()

    async def press(self, keys: str) -> None:
        """Press keys (RFC 4733)."""
        with contextlib.suppress(baresip.StaleHandleError):
            await self._call.send_dtmf(keys)

    async def hang_up(self) -> None:
        """End the call, if it still stands, and stop listening."""
        with contextlib.suppress(baresip.BaresipError):
            await self._call.hangup()
        await self.until(lambda: self._over, HANG_UP_DEADLINE_S)
        self._over = True
        await self._task

    async def _pump(self) -> None:
        while not self._over and self._call.state is not baresip.CallState.CLOSED:
            try:
                self._listen()
                self._speak()
            except baresip.AudioRestarted:
                continue
            except baresip.AudioNotActive:
                break
            self._tick.set()
            await asyncio.sleep(PUMP_S)
        self._over = True
        if self._spoken and not self._spoken.done():
            self._spoken.set_result(time.monotonic())
        self._tick.set()

    def _listen(self) -> None:
        data = self._call.audio.read(self.rate_hz * 4)
        if data:
            now = time.monotonic()
            samples = np.frombuffer(data, np.int16)
            if len(samples) > self._frame * 5:  # what piled up before we listened
                now -= (len(samples) - self._frame) / self.rate_hz
            self.recording.heard(now, samples)
            self.ear.feed(now, samples)

    def _speak(self) -> None:
        if self._spoken is None or self._spoken.done():
            return
        buffered = self._call.audio.info().tx_buffered
        if self._handed >= len(self._to_say):
            if buffered == 0:
                self._spoken.set_result(time.monotonic())
            return
        room = int(AHEAD_S * self.rate_hz) - buffered // 2
        if room > 0:
            part = self._to_say[self._handed : self._handed + room]
            self._handed += self._call.audio.write(part.tobytes()) // 2
