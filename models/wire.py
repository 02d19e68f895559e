"""Wyoming frames in and out, with limits; wyoming's own reader is silent about bad input."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from wyoming.event import Event, async_write_event

from gateway.errors import LinkClosed, LinkError

LONGEST_LINE = 64 * 1024
"""Bytes of the JSON line."""
LONGEST_DATA = 256 * 1024
"""Bytes of the data block; an `understand` has a few thousand."""
LONGEST_PAYLOAD = 1024 * 1024
"""Bytes of audio in one event: half a minute at 16 kHz."""
FRAME_DEADLINE_S = 5.0
"""From a frame's first line to its last byte; on one machine it takes microseconds."""
SEND_DEADLINE_S = 5.0
"""A reader that takes nothing for so long is not in a call any more."""


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """The next event, None at the end of the stream; LinkError when it cannot be read."""
    try:
        line = await reader.readline()
    except ValueError as error:
        raise LinkError(f"a line of more than {LONGEST_LINE} bytes") from error
    except ConnectionError:
        return None
    if not line:
        return None
    head = _object(line)
    kind = head.get("type")
    if not isinstance(kind, str) or not kind:
        raise LinkError("a frame without a type")
    data = head.get("data") or {}
    if not isinstance(data, dict):
        raise LinkError("data is not an object")
    try:
        async with asyncio.timeout(FRAME_DEADLINE_S):
            block = await reader.readexactly(_length(head, "data_length", LONGEST_DATA))
            payload = await reader.readexactly(_length(head, "payload_length", LONGEST_PAYLOAD))
    except (asyncio.IncompleteReadError, TimeoutError) as error:
        raise LinkError("a frame that ends too early") from error
    except ConnectionError:
        return None
    if block:
        data = {**data, **_object(block)}
    return Event(type=kind, data=data, payload=payload or None)


async def send_event(event: Event, writer: asyncio.StreamWriter) -> None:
    """Write one event; LinkClosed when the reader is gone or takes nothing."""
    try:
        async with asyncio.timeout(SEND_DEADLINE_S):
            await async_write_event(event, writer)
    except (ConnectionError, RuntimeError) as error:
        raise LinkClosed("the client is gone") from error
    except TimeoutError as error:
        writer.transport.abort()
        raise LinkClosed("the client reads nothing") from error


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LinkError("a frame that is not JSON") from error
    if not isinstance(value, dict):
        raise LinkError("a frame that is not a JSON object")
    return value


def _length(head: dict[str, Any], key: str, longest: int) -> int:
    value = head.get(key) or 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= longest:
        raise LinkError(f"{key} is not a number from 0 to {longest}")
    return value
