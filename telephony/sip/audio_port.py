"""The bridge's port of one call: frames in, frames out, on PJSIP's clock thread."""

from __future__ import annotations

from typing import Any

import pjsua2 as pj

from gateway.contract.call_link import FRAME_BYTES, FRAME_MS, RATE_HZ, WIDTH_BYTES
from telephony.sip import vector
from telephony.sip.interface import FrameSink, FrameSource

_SILENCE = bytes(FRAME_BYTES)


class AudioPort(pj.AudioMediaPort):  # type: ignore[misc]  # pjsua2 has no types
    """Moves bytes and does nothing else; lives as long as the program, lent to call after call."""

    heard: FrameSink | None = None
    spoken: FrameSource | None = None
    """On the class as well: PJSIP still asks while Python takes its objects apart at exit."""

    def __init__(self, name: str) -> None:
        super().__init__()
        shape = pj.MediaFormatAudio()
        shape.type = pj.PJMEDIA_TYPE_AUDIO
        shape.clockRate = RATE_HZ
        shape.channelCount = 1
        shape.bitsPerSample = 8 * WIDTH_BYTES
        shape.frameTimeUsec = FRAME_MS * 1000
        self.createPort(name, shape)

    def onFrameRequested(self, frame: Any) -> None:
        """PJSIP wants the next 20 ms for the caller."""
        source = self.spoken
        data = source() if source else None
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        vector.write(frame.buf, data or _SILENCE)

    def onFrameReceived(self, frame: Any) -> None:
        """PJSIP has 20 ms of the caller."""
        sink = self.heard
        if sink:
            data = vector.read(frame.buf)
            sink(data if len(data) == FRAME_BYTES else _SILENCE)


class AudioPorts:
    """Ports that no call uses now.

    They are never destroyed: the bridge would have to be asked to forget them first, on another
    thread, and a call that ends is no moment to wait for it.
    """

    def __init__(self) -> None:
        self._free: list[AudioPort] = []
        self._made = 0

    def lend(self) -> AudioPort:
        """A port that is connected to nothing."""
        if self._free:
            return self._free.pop()
        self._made += 1
        return AudioPort(f"call-{self._made}")

    def take_back(self, port: AudioPort) -> None:
        """The call is over."""
        port.heard = port.spoken = None
        self._free.append(port)

    def clear(self) -> None:
        """Forget all ports, before the endpoint is destroyed."""
        self._free.clear()
