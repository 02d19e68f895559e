"""Wyoming events over asyncio streams; every failure is a LinkClosed."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from wyoming.event import Event, async_read_event, async_write_event, write_event

from gateway.contract.patience import PATIENCE
from gateway.errors import LinkClosed

CONNECT_DEADLINE_S = 0.5 * PATIENCE
"""A server on the same machine or in the same office accepts at once or not at all."""
LINE_LIMIT_BYTES = 2**20
"""Longest header line that is read; ours are below 1 kB."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Address:
    """Where a Wyoming server listens."""

    uri: str
    """unix:///path or tcp://host:port"""

    @classmethod
    def of_socket(cls, path: Path) -> Address:
        """A socket of our own."""
        return cls(f"unix://{path}")

    async def connect(self) -> Streams:
        """Open a connection; LinkClosed when nobody listens."""
        parts = urlsplit(self.uri)
        try:
            if parts.scheme == "unix":
                opening = asyncio.open_unix_connection(parts.path, limit=LINE_LIMIT_BYTES)
                return await asyncio.wait_for(opening, CONNECT_DEADLINE_S)
            tcp = asyncio.open_connection(parts.hostname, parts.port, limit=LINE_LIMIT_BYTES)
            return await asyncio.wait_for(tcp, CONNECT_DEADLINE_S)
        except (OSError, TimeoutError) as error:
            raise LinkClosed(f"{self.uri}: nobody answers") from error


async def read(reader: asyncio.StreamReader) -> Event:
    """One event; LinkClosed at the end of the stream or for something that is not Wyoming."""
    try:
        event = await async_read_event(reader)
    except (OSError, ValueError, KeyError, asyncio.IncompleteReadError) as error:
        raise LinkClosed("the other side broke off") from error
    if event is None:
        raise LinkClosed("the other side closed")
    return event


async def write(writer: asyncio.StreamWriter, event: Event) -> None:
    """Send one event; LinkClosed when nobody reads any more."""
    if writer.is_closing():
        raise LinkClosed("the connection is closed")
    try:
        await async_write_event(event, writer)
    except (OSError, RuntimeError) as error:
        raise LinkClosed("the other side is gone") from error


def write_soon(writer: asyncio.StreamWriter, event: Event) -> int:
    """Queue one event without waiting; returns the bytes that wait to be read by the other side."""
    buffer = io.BytesIO()
    write_event(event, buffer)
    writer.write(buffer.getvalue())
    return int(writer.transport.get_write_buffer_size())
