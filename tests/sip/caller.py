"""A caller for tests: speaks SIP and RTP by itself, so that every header and packet can be chosen.

It knows just enough of RFC 3261 for one call over UDP: INVITE with an SDP of PCMU, ACK, BYE, INFO,
and answers to what comes. It hears everything and keeps when it came.
"""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.sip.sound import FRAME_SAMPLES, level, linear, purity, ulaw

SOUND_LEVEL = 100
"""Mean of the absolute samples above which a frame counts as sound."""
PATIENCE_S = 60.0
"""A busy machine is slow; whatever comes ends the wait at once."""
_KEYS = "0123456789*#ABCD"


@dataclass
class Heard:
    """One frame from the line."""

    at: float
    """Monotonic seconds"""
    samples: list[int] = field(repr=False)
    """8 kHz"""

    @property
    def loud(self) -> bool:
        """Whether it holds a sound."""
        return level(self.samples) > SOUND_LEVEL


class Caller:
    """One call to the line."""

    def __init__(
        self,
        port: int,
        *,
        bind: str = "127.0.0.1",
        number: str = "+15551230001",
        headers: tuple[str, ...] = (),
        uri_extra: str = "",
        dialled: str = "nightporter",
        rtp: bool = True,
        seen_as: str | None = None,
    ) -> None:
        """`seen_as`: our address as the line sees it, where it is not the one that we bind; then
        RTP goes back to where it comes from, as through any NAT."""
        self._peer = ("127.0.0.1", port)
        self._bind = bind
        self._seen_as = seen_as or bind
        self._symmetric = seen_as is not None
        self._sip = _udp(bind)
        self._rtp = _udp(bind)
        self._number = number
        self._extra = headers
        self._uri = f"sip:{dialled}@127.0.0.1:{port}{uri_extra}"
        self._call_id = uuid.uuid4().hex
        self._tag = uuid.uuid4().hex[:8]
        self._to = f"<{self._uri}>"
        self._cseq = 1
        self._branch = ""
        self._rtp_peer: tuple[str, int] | None = None
        self._speech = bytearray()
        self._events: list[tuple[int, int, bool]] = []
        self._answers: dict[int, int] = {}
        self._done = threading.Event()
        self._sends_rtp = rtp
        self.status = 0
        """Final answer to the INVITE"""
        self.answered_at = 0.0
        """When the 200 came (monotonic)"""
        self.heard: list[Heard] = []
        """Every frame from the line"""
        self.ended_at: float | None = None
        """When the line hung up (monotonic)"""
        self.referred_to: str | None = None
        """Refer-To of a REFER from the line"""
        self.on_refer: Callable[[], None] | None = None

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- the call -----------------------------------------------------------------

    def call(self, timeout: float = PATIENCE_S) -> int:
        """INVITE; the final status. 200 is acknowledged and media starts."""
        rtp_port = self._rtp.getsockname()[1]
        body = (
            f"v=0\r\no=- 1 1 IN IP4 {self._seen_as}\r\ns=-\r\n"
            f"c=IN IP4 {self._seen_as}\r\nt=0 0\r\n"
            f"m=audio {rtp_port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        )
        self._request("INVITE", self._extra, "application/sdp", body)
        threading.Thread(target=self._listen_sip, daemon=True).start()
        if self._sends_rtp:
            threading.Thread(target=self._listen_rtp, daemon=True).start()
        give_up = time.monotonic() + timeout
        while not self.status and time.monotonic() < give_up:
            time.sleep(0.002)
        if self.status == 200 and self._sends_rtp:
            threading.Thread(target=self._talk, daemon=True).start()
        return self.status

    def say(self, samples: list[int]) -> None:
        """Speak 8 kHz samples, after what is still being said."""
        self._speech += ulaw(samples)

    def press(self, digit: str, how: str = "rfc4733") -> None:
        """Press a key by "rfc4733", "relay" (INFO dtmf-relay) or "dtmf" (INFO dtmf)."""
        if how == "rfc4733":
            code = _KEYS.index(digit)
            self._events += [(code, 160 * (i + 1), i >= 5) for i in range(8)]
        elif how == "relay":
            body = f"Signal={digit}\r\nDuration=160\r\n"
            self._request("INFO", (), "application/dtmf-relay", body)
        else:
            self._request("INFO", (), "application/dtmf", f"{digit}\r\n")

    def tell(self, kind: str = "", body: str = "") -> int | None:
        """INFO with anything or nothing; the status of the answer."""
        self._request("INFO", (), kind, body)
        return self.answer_to(self.cseq)

    def hang_up(self) -> None:
        """BYE."""
        if self.status == 200 and self.ended_at is None:
            self._request("BYE")
            self.ended_at = time.monotonic()

    def close(self) -> None:
        """Hang up and close the sockets."""
        self.hang_up()
        self._done.set()
        time.sleep(0.03)
        self._sip.close()
        self._rtp.close()

    def go_silent(self) -> None:
        """Vanish without a BYE: no RTP, no SIP."""
        self._done.set()
        self.ended_at = time.monotonic()

    def notify(self, code: int, *, final: bool) -> None:
        """Report how the transfer goes."""
        state = "terminated;reason=noresource" if final else "active;expires=60"
        self._request(
            "NOTIFY",
            ("Event: refer", f"Subscription-State: {state}"),
            "message/sipfrag;version=2.0",
            f"SIP/2.0 {code} Whatever\r\n",
        )

    # --- what was heard -----------------------------------------------------------

    def first_sound(self, since: float | None = None, timeout: float = PATIENCE_S) -> float | None:
        """When the first sound after `since` came."""
        after = self.answered_at if since is None else since
        return self._wait(lambda frame: frame.at >= after and frame.loud, timeout)

    def quiet_for(self, seconds: float, timeout: float = PATIENCE_S) -> bool:
        """Wait until nothing has been heard for so long."""
        give_up = time.monotonic() + timeout
        while time.monotonic() < give_up:
            now = time.monotonic()
            if self.answered_at < now - seconds and not any(
                frame.loud for frame in self.heard[-400:] if frame.at > now - seconds
            ):
                return True
            time.sleep(0.02)
        return False

    def tone(self, since: float = 0.0, timeout: float = PATIENCE_S) -> float | None:
        """Wait for the tone before a message; when it was heard."""
        return self._wait(lambda f: f.at >= since and f.loud and purity(f.samples) > 0.9, timeout)

    def loud_seconds(self, since: float) -> float:
        """Seconds of sound since then."""
        return sum(frame.loud for frame in self.heard if frame.at >= since) * 0.02

    def wait_end(self, timeout: float = PATIENCE_S) -> bool:
        """Wait until the line hangs up."""
        give_up = time.monotonic() + timeout
        while self.ended_at is None and time.monotonic() < give_up:
            time.sleep(0.01)
        return self.ended_at is not None

    def answer_to(self, cseq: int, timeout: float = PATIENCE_S) -> int | None:
        """Status that the line gave to the request of this number."""
        give_up = time.monotonic() + timeout
        while cseq not in self._answers and time.monotonic() < give_up:
            time.sleep(0.01)
        return self._answers.get(cseq)

    @property
    def cseq(self) -> int:
        """Number of the last request."""
        return self._cseq

    def _wait(self, wanted: Callable[[Heard], bool], timeout: float) -> float | None:
        give_up = time.monotonic() + timeout
        seen = 0
        while time.monotonic() < give_up:
            while seen < len(self.heard):
                frame = self.heard[seen]
                seen += 1
                if wanted(frame):
                    return frame.at
            time.sleep(0.005)
        return None

    # --- SIP ----------------------------------------------------------------------

    def _request(
        self, method: str, headers: tuple[str, ...] = (), kind: str = "", body: str = ""
    ) -> None:
        if method not in ("INVITE", "ACK"):
            self._cseq += 1
        cseq = 1 if method == "ACK" else self._cseq
        branch = "z9hG4bK" + uuid.uuid4().hex[:12]
        if method == "INVITE":
            self._branch = branch
        host, port = self._sip.getsockname()
        lines = [
            f"{method} {self._uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};rport;branch={branch}",
            "Max-Forwards: 70",
            f"From: <sip:{self._number}@{host}>;tag={self._tag}",
            f"To: {self._to}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:tester@{self._seen_as}:{port}>",
            *headers,
            *([f"Content-Type: {kind}"] if kind else []),
            f"Content-Length: {len(body)}",
        ]
        self._send("\r\n".join(lines) + "\r\n\r\n" + body)

    def _send(self, text: str) -> None:
        self._sip.sendto(text.encode(), self._peer)

    def _listen_sip(self) -> None:
        self._sip.settimeout(0.2)
        while not self._done.is_set():
            try:
                data, source = self._sip.recvfrom(65535)
                text = data.decode(errors="replace")
            except TimeoutError:
                continue
            except OSError:
                return
            if text.startswith("SIP/2.0"):
                self._on_answer(text)
            else:
                self._on_request(text, source)

    def _on_answer(self, text: str) -> None:
        code = int(text[8:11])
        cseq = _header(text, "CSeq")
        self._answers[int(cseq.split()[0])] = code
        if "INVITE" not in cseq or code < 200:
            return
        now = time.monotonic()
        self._to = _header(text, "To")
        if code == 200:
            contact = re.search(r"<([^>]+)>", _header(text, "Contact"))
            if contact:
                self._uri = contact.group(1)
            port = re.search(r"m=audio (\d+)", text)
            if port:
                self._rtp_peer = ("127.0.0.1", int(port.group(1)))
        self._request("ACK")
        if not self.status:
            self.answered_at = now
            self.status = code

    def _on_request(self, text: str, source: tuple[str, int]) -> None:
        method = text.split(" ", 1)[0]
        code = "202 Accepted" if method == "REFER" else "200 OK"
        names = ("Via", "From", "To", "Call-ID", "CSeq")
        copied = "".join(f"{name}: {_header(text, name)}\r\n" for name in names)
        contact = f"Contact: <sip:tester@{self._seen_as}:{self._sip.getsockname()[1]}>\r\n"
        if method != "ACK":
            answer = f"SIP/2.0 {code}\r\n{copied}{contact}Content-Length: 0\r\n\r\n"
            self._sip.sendto(answer.encode(), source)
        if method == "BYE":
            self.ended_at = self.ended_at or time.monotonic()
        elif method == "REFER":
            self.referred_to = _header(text, "Refer-To")
            if self.on_refer:
                threading.Thread(target=self.on_refer, daemon=True).start()

    # --- RTP ----------------------------------------------------------------------

    def _listen_rtp(self) -> None:
        self._rtp.settimeout(0.2)
        while not self._done.is_set():
            try:
                packet, source = self._rtp.recvfrom(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            if self._symmetric:
                self._rtp_peer = source
            if len(packet) > 12 and packet[1] & 0x7F == 0:
                self.heard.append(Heard(time.monotonic(), linear(packet[12:])))

    def _talk(self) -> None:
        sequence, stamp, source = random.randrange(1000), 0, random.randrange(1 << 31)
        event_stamp = 0
        due = time.monotonic()
        while not self._done.is_set() and self._rtp_peer:
            frame = bytes(self._speech[:FRAME_SAMPLES]).ljust(FRAME_SAMPLES, b"\xff")
            del self._speech[:FRAME_SAMPLES]
            kind, payload, sent = 0, frame, stamp
            if self._events:
                code, length, end = self._events.pop(0)
                if length == 160:
                    event_stamp = stamp
                kind, sent = 101, event_stamp
                payload = struct.pack("!BBH", code, (0x80 if end else 0) | 10, length)
                marker = 0x80 if length == 160 else 0
                kind |= marker
            packet = struct.pack("!BBHII", 0x80, kind, sequence & 0xFFFF, sent, source) + payload
            try:
                self._rtp.sendto(packet, self._rtp_peer)
            except OSError:
                return
            sequence += 1
            stamp += FRAME_SAMPLES
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))


def _udp(bind: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((bind, 0))
    return sock


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}\s*:\s*(.*?)\r?$", text, re.IGNORECASE | re.MULTILINE)
    return found.group(1) if found else ""
