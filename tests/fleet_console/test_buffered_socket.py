"""The console's socket: packets in one piece, however they come and go."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from gateway.fleet.buffered_socket import BufferedSocket

Pair = tuple[BufferedSocket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(60)
    buffered = BufferedSocket(ours)
    buffered.setblocking(False)
    yield buffered, theirs
    buffered.close()
    theirs.close()


def test_what_came_at_once_is_read_bit_by_bit(pair: Pair) -> None:
    ours, theirs = pair
    theirs.sendall(b"abcdef")
    assert ours.recv(1) == b"a"
    assert ours.pending() == 5, "the system knows of none of them any more"
    assert ours.recv(3) == b"bcd"
    assert ours.recv(100) == b"ef"
    assert ours.pending() == 0
    with pytest.raises(BlockingIOError):
        ours.recv(1)


def test_what_is_sent_goes_out_together_and_all_of_it(pair: Pair) -> None:
    ours, theirs = pair
    assert ours.send(b"ab") == 2
    assert ours.unsent
    ours.close()
    assert theirs.recv(10) == b"ab"
    assert theirs.recv(10) == b""


def test_a_slow_reader_gets_the_rest_later(pair: Pair) -> None:
    ours, theirs = pair
    much = bytes(range(256)) * 20_000
    ours.send(much)
    ours.flush()
    assert ours.unsent, "more than the system takes at once"
    got = b""
    while len(got) < len(much):
        got += theirs.recv(1 << 20)
        ours.flush()
    assert got == much
    assert not ours.unsent


def test_the_last_words_of_a_broker_that_has_gone_are_heard(pair: Pair) -> None:
    ours, theirs = pair
    theirs.sendall(b"not authorized")
    theirs.close()
    ours.send(b"x" * 10)
    ours.flush()
    assert ours.recv(100) == b"not authorized"
    assert ours.recv(100) == b""
