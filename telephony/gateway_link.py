"""The line's end of one call's connection to the gateway: two threads, bounded queues, no waiting.

A reader thread turns events into messages for the main loop; a writer thread sends. The main loop
and the bridge's clock thread only touch the queues, so a gateway that hangs cannot hold a call.
"""

from __future__ import annotations

import contextlib
import io
import logging
import queue
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from wyoming.event import read_event, write_event

from gateway.contract.call_link import GATEWAY_SILENT_S, Audio, Message, read_message
from gateway.contract.patience import PATIENCE
from gateway.contract.service import log_fields
from gateway.errors import LinkClosed, LinkError

log = logging.getLogger(__name__)

AUDIO_QUEUE_FRAMES = int(100 * PATIENCE)
"""Caller's audio waiting to be sent: 2 s, after which the gateway counts as lost anyway."""
INBOX_MESSAGES = 4000
"""Messages waiting for the main loop; it empties the box every few milliseconds."""
FAREWELL_S = 1.0
"""How long a closing link tries to send its last messages to a gateway that does not read."""


class GatewayLink:
    """One connection for one call."""

    def __init__(self, link: socket.socket, call_id: str) -> None:
        self._socket = link
        self._call_id = call_id
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._inbox: deque[Message] = deque(maxlen=INBOX_MESSAGES)
        self._heard_at = time.monotonic()
        self._lost = threading.Event()
        self._closing = False
        self.dropped_frames = 0
        """Frames of the caller that the gateway was too slow for"""
        for work in (self._read, self._write):
            threading.Thread(target=work, name=f"link-{work.__name__}", daemon=True).start()

    @classmethod
    def connect(cls, path: Path, call_id: str) -> GatewayLink:
        """Connect at once or not at all; LinkClosed when nobody listens.

        A Unix socket connects immediately or refuses, so nothing is waited for.
        """
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        link.setblocking(False)
        try:
            link.connect(str(path))
        except OSError as error:
            link.close()
            raise LinkClosed(f"gateway does not listen: {error.strerror}") from error
        link.setblocking(True)
        return cls(link, call_id)

    @property
    def lost(self) -> str | None:
        """Why the gateway counts as gone, None while it is there."""
        if self._lost.is_set():
            return "gateway-lost"
        if time.monotonic() - self._heard_at > GATEWAY_SILENT_S:
            return "gateway-silent"
        return None

    def send(self, message: Message) -> None:
        """Queue a message; audio is dropped when the gateway does not keep up."""
        if self._closing:
            return
        if isinstance(message, Audio) and self._outbox.qsize() > AUDIO_QUEUE_FRAMES:
            self.dropped_frames += 1
            return
        self._outbox.put(message)

    def received(self) -> Iterator[Message]:
        """Messages that have arrived, in order."""
        while self._inbox:
            yield self._inbox.popleft()

    def close(self) -> None:
        """Send what is queued, then close; returns at once."""
        if not self._closing:
            self._closing = True
            self._outbox.put(None)

    def _read(self) -> None:
        with self._socket.makefile("rb") as stream, contextlib.suppress(OSError):
            while (event := read_event(stream)) is not None:
                self._heard_at = time.monotonic()
                try:
                    self._inbox.append(read_message(event))
                except LinkError:
                    log.warning("message-not-understood", extra=log_fields(call_id=self._call_id))
        self._lost.set()
        self._outbox.put(None)

    def _write(self) -> None:
        try:
            while (message := self._outbox.get()) is not None:
                frame = io.BytesIO()
                write_event(message.event(), frame)
                if self._closing:
                    self._socket.settimeout(FAREWELL_S)
                self._socket.sendall(frame.getvalue())
        except OSError:
            self._lost.set()
        finally:
            with contextlib.suppress(OSError):  # the other end was faster
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
