"""A TCP relay that knows MQTT packets: delays, repeats publishes, and breaks connections."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator

PUBLISH = 0x30
PUBACK = 0x40
DUPLICATE = 0x08
QOS_1 = 0x02
CONNECT_S = 2.0
"""Loopback connects at once or not at all."""


class Relay:
    """Listens on a free loopback port and passes everything on to another one, badly."""

    def __init__(
        self, target: int, rng: random.Random, *, repeat: float, delay: float, cut: float,
        fatal: bytes = b"",
    ) -> None:  # fmt: skip
        """repeat, delay, cut: chance for each packet; a packet with `fatal` in it is always cut."""
        self.target = target
        self.fatal = fatal
        self.rng = rng
        self.repeat, self.delay, self.cut = repeat, delay, cut
        self.repeated = self.delayed = self.cuts = 0
        self.calm = False
        self.lose = 0
        """so many acknowledgements still get lost, and the connection with each"""
        self._stopped = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """No more connections."""
        self._stopped = True
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopped:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), CONNECT_S)
            except OSError:
                near.close()
                continue
            near.settimeout(None)
            far.settimeout(None)
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(a, b), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            for packet in packets(source):
                if not self.calm:
                    if self.rng.random() < self.cut:
                        self.cuts += 1
                        break  # this packet is dropped, and the connection with it
                    if self.fatal and self.fatal in packet:
                        self.cuts += 1
                        break
                    if self.rng.random() < self.delay:
                        self.delayed += 1
                        time.sleep(self.rng.random() * 0.05)
                kind = packet[0] & 0xF0
                if kind == PUBACK and self.lose > 0:
                    self.lose -= 1
                    break
                sink.sendall(packet)
                if kind == PUBLISH and packet[0] & QOS_1 and self.rng.random() < self.repeat:
                    self.repeated += 1
                    sink.sendall(bytes([packet[0] | DUPLICATE]) + packet[1:])
        except OSError:
            pass
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def packets(source: socket.socket) -> Iterator[bytes]:
    """Whole MQTT packets from a socket (MQTT 5, section 2.1)."""
    buffer = b""
    while data := source.recv(65536):
        buffer += data
        while (size := _size(buffer)) is not None and len(buffer) >= size:
            yield buffer[:size]
            buffer = buffer[size:]


def _size(buffer: bytes) -> int | None:
    length = 0
    for n in range(4):
        if len(buffer) < n + 2:
            return None
        length |= (buffer[n + 1] & 0x7F) << (7 * n)
        if not buffer[n + 1] & 0x80:
            return n + 2 + length
    raise OSError("not MQTT")
