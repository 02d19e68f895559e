"""A telephone that answers with known timing: SIP and RTP by hand, so that it shares no code with
the caller under test."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
FRAME_SAMPLES = 160
FRAME_S = FRAME_SAMPLES / RATE_HZ
LOUD = 500
"""Peak above which a frame holds speech (of 32768)."""
TELEPHONE_EVENT = 101
"""RTP payload type of keys (RFC 4733) in our SDP."""

Samples = NDArray[np.int16]


def ulaw_decode(data: bytes) -> Samples:
    """ITU-T G.711 µ-law to 16-bit samples."""
    code = ~np.frombuffer(data, np.uint8)
    exponent, mantissa = (code >> 4) & 7, (code & 15).astype(np.int32)
    value = (((mantissa << 3) + 132) << exponent) - 132
    return np.where(code & 0x80, -value, value).astype(np.int16)


def ulaw_encode(samples: Samples) -> bytes:
    """16-bit samples to ITU-T G.711 µ-law."""
    table = ulaw_decode(bytes(range(256))).astype(np.int32)
    order = np.argsort(table, kind="stable")
    edges = (table[order][1:] + table[order][:-1]) / 2
    return order[np.searchsorted(edges, samples.astype(np.int32))].astype(np.uint8).tobytes()


@dataclass
class Heard:
    """What the answerer can say about the call afterwards."""

    digits: list[str] = field(default_factory=list)
    """keys in the order in which they were released"""
    utterance_ends: list[float] = field(default_factory=list)
    """time.monotonic of the packet with the last loud sample of each utterance, seconds"""
    reply_starts: list[float] = field(default_factory=list)
    """time.monotonic when the first loud packet of each reply was sent, seconds"""
    bye: bool = False
    """the caller hung up"""


class Answerer:
    """Answers one call at a time on a port of its own choice.

    `replies(turn)` gives the sound of the box's turn N (0 = greeting; None = hang up); it starts
    exactly `delay_s` after the last loud sample of the caller's utterance.
    """

    def __init__(self, replies: Callable[[int], Samples | None], delay_s: float) -> None:
        self._replies, self._delay_s = replies, delay_s
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for sock in (self._sip, self._rtp):
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(0.05)
        self.port: int = self._sip.getsockname()[1]
        self.heard = Heard()
        self._peer: tuple[str, int] | None = None
        self._dialog = ""
        self._remote: tuple[str, int] = ("", 0)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=t, daemon=True) for t in (self._signal, self._talk)
        ]

    def __enter__(self) -> Answerer:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(2)
        self._sip.close()
        self._rtp.close()

    def _signal(self) -> None:
        while not self._stopping.is_set():
            try:
                data, source = self._sip.recvfrom(4096)
            except TimeoutError:
                continue
            text = data.decode()
            if text.startswith("INVITE "):
                self._remote, self._dialog = source, text
                self._sip.sendto(self._answer(text), source)
                port = next(ln for ln in text.splitlines() if ln.startswith("m=audio")).split()[1]
                self._peer = ("127.0.0.1", int(port))
            elif text.startswith("BYE "):
                self.heard.bye, self._peer = True, None
                self._sip.sendto(_reply(text, "200 OK"), source)

    def _answer(self, invite: str) -> bytes:
        sdp = (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self._rtp.getsockname()[1]} RTP/AVP 0 {TELEPHONE_EVENT}\r\n"
            f"a=rtpmap:0 PCMU/8000\r\na=rtpmap:{TELEPHONE_EVENT} telephone-event/8000\r\n"
            "a=ptime:20\r\n"
        )
        contact = f"Contact: <sip:box@127.0.0.1:{self.port}>"
        return _reply(invite, "200 OK", sdp, contact)

    def _hang_up(self) -> None:
        headers = {
            line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip()
            for line in self._dialog.split("\r\n\r\n")[0].splitlines()[1:]
            if ":" in line
        }
        target = headers["contact"].split("<")[1].split(">")[0]
        self._peer = None
        self._sip.sendto(
            (
                f"BYE {target} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bKbye\r\n"
                f"Max-Forwards: 70\r\nFrom: {headers['to']};tag=box\r\nTo: {headers['from']}\r\n"
                f"Call-ID: {headers['call-id']}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
            ).encode(),
            self._remote,
        )

    def _talk(self) -> None:
        while self._peer is None and not self._stopping.is_set():
            time.sleep(0.005)
        turn, sequence, sound = 0, 0, self._replies(0)
        position, due, last_loud, armed, key_down = 0, time.monotonic(), 0.0, False, False
        while not self._stopping.is_set() and self._peer is not None:
            now = time.monotonic()
            armed_due = armed and now - last_loud >= self._delay_s - FRAME_S
            if sound is None and armed_due:
                turn, armed = turn + 1, False
                self.heard.utterance_ends.append(last_loud)
                sound, position = self._replies(turn), 0
                due = last_loud + self._delay_s
                if sound is None:
                    self._hang_up()
                    return
                self.heard.reply_starts.append(due)
            if now >= due:
                frame = np.zeros(FRAME_SAMPLES, np.int16)
                if sound is not None:
                    part = sound[position : position + FRAME_SAMPLES]
                    frame[: len(part)] = part
                    position += FRAME_SAMPLES
                    sound = sound if position < len(sound) else None
                header = struct.pack("!BBHII", 0x80, 0, sequence & 0xFFFF, sequence * 160, 7)
                self._rtp.sendto(header + ulaw_encode(frame), self._peer)
                sequence, due = sequence + 1, due + FRAME_S
            self._rtp.settimeout(max(0.001, min(due - time.monotonic(), 0.002)))
            try:
                packet = self._rtp.recv(2048)
            except TimeoutError:
                continue
            kind = packet[1] & 0x7F
            if kind == TELEPHONE_EVENT:
                released = bool(packet[13] & 0x80)
                if released and key_down:
                    self.heard.digits.append("0123456789*#ABCD"[packet[12]])
                key_down = not released
            elif kind == 0 and np.abs(ulaw_decode(packet[12:]).astype(np.int32)).max() > LOUD:
                last_loud, armed = time.monotonic(), True


def _reply(request: str, status: str, body: str = "", extra: str = "") -> bytes:
    kept = []
    for line in request.split("\r\n\r\n")[0].splitlines()[1:]:
        name = line.split(":", 1)[0].lower()
        if name in ("via", "from", "call-id", "cseq"):
            kept.append(line)
        elif name == "to":
            kept.append(line if "tag=" in line else line + ";tag=box")
    kept += [extra] if extra else []
    kept += ["Content-Type: application/sdp"] if body else []
    return (
        f"SIP/2.0 {status}\r\n"
        + "\r\n".join(kept)
        + f"\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
