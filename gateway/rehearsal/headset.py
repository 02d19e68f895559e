"""A headset as a telephone: microphone and loudspeaker by pyaudio, a leg as the line knows it."""

from __future__ import annotations

import contextlib
import threading
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from gateway.contract.call_link import FRAME_BYTES, FRAME_MS, RATE_HZ, WIDTH_BYTES
from gateway.errors import RecordingError, StartRefused, TelephonyError
from telephony.sip.interface import FrameSink, FrameSource, LegListener, Offer, Registration

FRAME_S = FRAME_MS / 1000
LATE_S = 1.0
"""A sound card that is behind by more than this has stood still: time starts anew."""
_SILENCE = bytes(FRAME_BYTES)
_ENDED = 200
"""SIP status of a call that ended as it should."""


class Direction:
    """One stream of a sound device, as frames of 16 kHz whatever the device can do."""

    def __init__(self, sound: Any, device: int | None, *, microphone: bool) -> None:
        self._microphone = microphone
        self._rate, self._stream = _opened(sound, device, microphone=microphone)
        there, here = (self._rate, RATE_HZ) if microphone else (RATE_HZ, self._rate)
        self._resample = (
            None if self._rate == RATE_HZ else soxr.ResampleStream(there, here, 1, dtype="int16")
        )
        self._left = bytearray()

    def read(self) -> bytes:
        """The next 20 ms of the microphone."""
        while len(self._left) < FRAME_BYTES:
            count = round(self._rate * FRAME_S)
            data: bytes = self._stream.read(count, exception_on_overflow=False)
            self._left += self._resampled(data)
        frame = bytes(self._left[:FRAME_BYTES])
        del self._left[:FRAME_BYTES]
        return frame

    def write(self, frame: bytes) -> None:
        """20 ms for the loudspeaker."""
        self._stream.write(self._resampled(frame))

    def close(self) -> None:
        """Let go of the device."""
        with contextlib.suppress(OSError):
            self._stream.stop_stream()
        self._stream.close()

    def _resampled(self, data: bytes) -> bytes:
        if self._resample is None:
            return data
        samples = self._resample.resample_chunk(np.frombuffer(data, np.int16))
        return bytes(np.asarray(samples, np.int16).tobytes())


class Headset:
    """Both directions, each on a thread of its own, twenty milliseconds at a time.

    The threads keep time themselves: a real device makes them wait anyway, ALSA's null device would
    let an hour pass in a second.
    """

    def __init__(self, name: str | None) -> None:
        try:
            import pyaudio
        except ImportError as error:
            raise StartRefused("pyaudio is not installed: pip install pyaudio") from error
        self._sound = pyaudio.PyAudio()
        device = _device(self._sound, name)
        self.failed: str | None = None
        """Why there is no sound any more, e.g. the headset was pulled out"""
        self._ended = threading.Event()
        try:
            self._microphone = Direction(self._sound, device, microphone=True)
            self._loudspeaker = Direction(self._sound, device, microphone=False)
        except BaseException:
            self._sound.terminate()
            raise
        self._threads: list[threading.Thread] = []

    def start(self, hear: FrameSink, speak: FrameSource) -> None:
        """Let the sound flow."""

        def listen() -> None:
            hear(self._microphone.read())

        def talk() -> None:
            self._loudspeaker.write(speak() or _SILENCE)

        for work in (listen, talk):
            thread = threading.Thread(target=self._keep_time, args=(work,), name=work.__name__)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Silence, and let go of the devices."""
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._microphone.close()
        self._loudspeaker.close()
        self._sound.terminate()

    def _keep_time(self, work: Callable[[], None]) -> None:
        due = time.monotonic()
        while not self._ended.is_set():
            try:
                work()
            except OSError as error:
                self.failed = str(error)
                return
            due = max(due + FRAME_S, time.monotonic() - LATE_S)
            self._ended.wait(max(0.0, due - time.monotonic()))


class WavRecorder:
    """A message into the headset."""

    def __init__(self, path: Path) -> None:
        try:
            self._file: wave.Wave_write | None = wave.open(str(path), "wb")  # noqa: SIM115 - stop
        except OSError as error:
            raise RecordingError(f"{path.name}: {error.strerror}") from error
        self._file.setparams((1, WIDTH_BYTES, RATE_HZ, 0, "NONE", ""))
        self._lock = threading.Lock()

    def hear(self, frame: bytes) -> None:
        """A frame, on the microphone's thread."""
        with self._lock:
            if self._file is not None:
                self._file.writeframes(frame)

    def stop(self) -> None:
        """Write the header."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None


class HeadsetLeg:
    """A leg, as in telephony.sip.interface.Leg, whose caller wears a headset."""

    def __init__(self, headset: Headset, caller: str | None) -> None:
        self.offer = Offer(caller, "headset", None, None)
        self.listener: LegListener | None = None
        self._headset = headset
        self._heard: FrameSink = lambda _: None
        self._spoken: FrameSource = lambda: None
        self._recorder: WavRecorder | None = None
        self._frames = 0
        self._answered = self._told = self._over = False

    def set_sound(self, heard: FrameSink, spoken: FrameSource) -> None:
        """Where frames go and come from."""
        self._heard, self._spoken = heard, spoken

    def answer(self) -> None:
        """Begin."""
        self._answered = True
        self._headset.start(self._hear, lambda: self._spoken())

    def refuse(self, code: int) -> None:
        """Not answered."""
        self._over = True

    def hang_up(self) -> None:
        """End."""
        self._over = True

    def transfer(self, target: str) -> None:
        """Nobody can be reached without a phone line."""
        raise TelephonyError("a headset cannot be put through")

    def record(self, path: Path) -> WavRecorder:
        """Record what is said."""
        self._recorder = WavRecorder(path)
        return self._recorder

    def packets_received(self) -> int:
        """Frames so far."""
        return self._frames

    def tick(self) -> None:
        """Tell the line what has happened."""
        if self._headset.failed is not None:
            self._over = True
        if self._answered and not self._told and self.listener:
            self._told = True
            self.listener.on_answered("headset")
        if self._over and self.listener:
            listener, self.listener = self.listener, None
            listener.on_ended(_ENDED)

    def _hear(self, frame: bytes) -> None:
        self._frames += 1
        self._heard(frame)
        if self._recorder is not None:
            self._recorder.hear(frame)


class HeadsetPhone:
    """A phone, as in telephony.sip.interface.Phone, with one leg and no network."""

    port = 0
    registration = Registration()
    calls_possible = 1
    refused_peers = 0

    def __init__(self, leg: HeadsetLeg) -> None:
        self._leg = leg

    def pump(self, timeout_s: float) -> None:
        """Pass the time."""
        time.sleep(timeout_s)
        self._leg.tick()

    def leave(self) -> None:
        """There is no registrar."""

    def come_back(self) -> None:
        """There is no registrar."""

    def stop(self) -> None:
        """The end."""
        self._leg.hang_up()
        self._leg.tick()


def _opened(sound: Any, device: int | None, *, microphone: bool) -> tuple[int, Any]:
    """Rate in hertz and stream; a device that cannot do 16 kHz is opened at its own rate."""
    import pyaudio

    which = "input" if microphone else "output"
    rates = [RATE_HZ]
    with contextlib.suppress(OSError):
        found = (
            sound.get_device_info_by_index(device)
            if device is not None
            else getattr(sound, f"get_default_{which}_device_info")()
        )
        rates.append(round(found["defaultSampleRate"]))
    why: object = ""
    for rate in rates:
        try:
            stream = sound.open(
                rate=rate,
                channels=1,
                format=pyaudio.paInt16,
                frames_per_buffer=round(rate * FRAME_S),
                **{which: True, f"{which}_device_index": device},
            )
            return rate, stream
        except (OSError, ValueError) as error:
            why = error
    part = "microphone" if microphone else "loudspeaker"
    raise StartRefused(f"{part}: cannot be opened ({why}); plug the headset in, or name it")


def _device(sound: Any, name: str | None) -> int | None:
    """The named device, else a USB headset, else None for the system's default."""
    infos = [sound.get_device_info_by_index(n) for n in range(sound.get_device_count())]
    both = [i for i in infos if i["maxInputChannels"] and i["maxOutputChannels"]]
    wanted = (name or "usb").casefold()
    found = next((i for i in both if wanted in str(i["name"]).casefold()), None)
    if found is None and name is not None:
        names = ", ".join(f'"{i["name"]}"' for i in both) or "none"
        raise StartRefused(
            f'--headset: there is no "{name}" with both directions; there is: {names}'
        )
    return None if found is None else int(found["index"])
