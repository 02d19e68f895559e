"""The gateway's end of the call link, as simple as can be: tests tell it what to say.

As a program (`python -m tests.fakes.scripted_gateway SOCKET`) it speaks a tone without end, so that
a test can kill it in mid-sentence.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TypeVar

from wyoming.event import read_event, write_event

from gateway.contract import call_link as link
from tests.sip.sound import wideband_sine

M = TypeVar("M", bound=link.Message)

PATIENCE_S = 60.0
"""A busy machine is slow; whatever comes ends the wait at once."""


class GatewayCall:
    """One connection from the line."""

    def __init__(self, connection: socket.socket, *, accept: bool, still_here: bool) -> None:
        self._socket = connection
        self._stream = connection.makefile("rwb")
        self._lock = threading.Lock()
        self._plays = 0
        self.received: list[link.Message] = []
        """Everything but audio, in order"""
        self.audio: list[link.Audio] = []
        """The caller's frames"""
        self.closed = threading.Event()
        """The line has closed the connection"""
        self.still_here = still_here
        """Send signs of life"""
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._live, daemon=True).start()
        offered = self.wait(link.CallOffered)
        if accept:
            self.send(link.Accept(offered.call_id))

    def send(self, message: link.Message) -> None:
        """Send one message."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            write_event(message.event(), self._stream)

    def play(self, pcm: bytes, *, end: bool = True) -> str:
        """Play 16 kHz PCM, faster than it is heard; the play id."""
        self._plays += 1
        play_id = f"p{self._plays}"
        self.send(link.Play(play_id))
        for start in range(0, len(pcm), 3200):
            self.send(link.Audio(pcm[start : start + 3200]))
        if end:
            self.send(link.PlayEnd(play_id))
        return play_id

    def wait(self, kind: type[M], timeout: float = PATIENCE_S, *, after: int = 0) -> M:
        """Wait for a message of this kind, leaving out the first `after` of the kind."""
        give_up = time.monotonic() + timeout
        while time.monotonic() < give_up:
            found = [message for message in self.received if isinstance(message, kind)]
            if len(found) > after:
                return found[after]
            time.sleep(0.005)
        raise AssertionError(f"no {kind.__name__} within {timeout} s; got {self.received}")

    def wait_finished(self, play_id: str, timeout: float = PATIENCE_S) -> link.PlaybackFinished:
        """Wait until the line says that this was heard or cut off."""
        give_up = time.monotonic() + timeout
        while time.monotonic() < give_up:
            for message in self.received:
                if isinstance(message, link.PlaybackFinished) and message.play_id == play_id:
                    return message
            time.sleep(0.005)
        raise AssertionError(f"{play_id} not finished within {timeout} s")

    def close(self) -> None:
        """Close the connection, as a dying gateway would."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (event := read_event(self._stream)) is not None:
                message = link.read_message(event)
                if isinstance(message, link.Audio):
                    self.audio.append(message)
                else:
                    self.received.append(message)
        self.closed.set()

    def _live(self) -> None:
        while not self.closed.is_set():
            if self.still_here:
                self.send(link.StillHere())
            time.sleep(link.STILL_HERE_EVERY_S)


class ScriptedGateway:
    """Listens on the gateway's socket; `call()` gives the connections one by one."""

    def __init__(self, path: Path, *, accept: bool = True, still_here: bool = True) -> None:
        self._path = path
        self._accept, self._still_here = accept, still_here
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(16)

    def __enter__(self) -> ScriptedGateway:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._path.unlink(missing_ok=True)

    def call(self, timeout: float = PATIENCE_S) -> GatewayCall:
        """Wait for the next call."""
        self._listener.settimeout(timeout)
        connection, _ = self._listener.accept()
        connection.setblocking(True)
        return GatewayCall(connection, accept=self._accept, still_here=self._still_here)


def _speak_for_ever() -> None:
    with ScriptedGateway(Path(sys.argv[1])) as gateway:
        while True:
            call = gateway.call(timeout=3600)
            call.send(link.Turn(ours=True))
            call.play(wideband_sine(30))


if __name__ == "__main__":
    _speak_for_ever()
