"""A socket that asks the system for many packets at once, where the MQTT library asks for bytes."""

from __future__ import annotations

import ssl
from socket import socket

CHUNK = 65_536
"""Bytes asked for at once; TLS gives at most a record of 16 kB."""


class BufferedSocket:
    """Not blocking; what is sent waits for flush(). recv() raises what the socket within raises."""

    def __init__(self, inner: socket) -> None:
        self._inner = inner
        self._come = b""
        self._taken = 0
        self._unsent = bytearray()

    def recv(self, size: int) -> bytes:
        """At most so many bytes; b"" when the other side has closed."""
        if self._taken >= len(self._come):
            self._come, self._taken = self._inner.recv(CHUNK), 0
        part = self._come[self._taken : self._taken + size]
        self._taken += len(part)
        return part

    def pending(self) -> int:
        """Bytes that can be had although the system knows of none."""
        within = self._inner.pending() if isinstance(self._inner, ssl.SSLSocket) else 0
        return len(self._come) - self._taken + within

    def send(self, data: bytes) -> int:
        """Take all of it; flush() sends it."""
        self._unsent += data
        return len(data)

    @property
    def unsent(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._unsent)

    def flush(self) -> None:
        """Send what the system takes now. That the connection is broken is told by recv() alone,
        after what the other side said last."""
        try:
            while self._unsent:
                del self._unsent[: self._inner.send(self._unsent)]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass  # later
        except OSError:
            self._unsent.clear()

    def fileno(self) -> int:
        """For select."""
        return self._inner.fileno()

    def setblocking(self, flag: bool) -> None:
        """As of any socket."""
        self._inner.setblocking(flag)

    def close(self) -> None:
        """Send what can be sent, and close."""
        self.flush()
        self._inner.close()
