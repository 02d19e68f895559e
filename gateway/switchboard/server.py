"""Listens for the line: one connection per call, one Call per connection."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from gateway.contract import call_link as link
from gateway.contract.service import log_fields
from gateway.errors import LinkClosed, LinkError
from gateway.switchboard.call import Call
from gateway.switchboard.mouth import Send
from gateway.switchboard.premises import Premises
from gateway.switchboard.self_call import premises_for
from gateway.switchboard.wire import LINE_LIMIT_BYTES, Streams, read, write

log = logging.getLogger(__name__)

OFFER_DEADLINE_S = 2.0
"""The line sends call-offered right after it has connected."""


class Switchboard:
    """All calls in progress."""

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.total = 0

    def is_live(self, call_id: str) -> bool:
        """Whether a conversation of this call is going on."""
        return call_id in self.calls

    async def serve(self, premises: Premises) -> asyncio.Server:
        """Listen on the gateway's socket."""
        path = premises.paths.gateway_socket
        path.unlink(missing_ok=True)

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await self._one_call(premises, (reader, writer))
            finally:
                writer.close()

        server = await asyncio.start_unix_server(connected, path, limit=LINE_LIMIT_BYTES)
        path.chmod(0o600)
        return server

    async def _one_call(self, premises: Premises, streams: Streams) -> None:
        reader, writer = streams
        try:
            first = await asyncio.wait_for(read(reader), OFFER_DEADLINE_S)
            offered = link.read_message(first)
        except (LinkError, TimeoutError):
            return
        if not isinstance(offered, link.CallOffered):
            log.error("call-without-offer")
            return
        sending = asyncio.Lock()

        async def send(message: link.Message) -> None:
            _trace("to-line", offered.call_id, message)
            async with sending:
                await write(writer, message.event())

        async with premises_for(premises, offered) as theirs:
            await self._live(Call(theirs, offered, send), offered, reader, send)

    async def _live(
        self, call: Call, offered: link.CallOffered, reader: asyncio.StreamReader, send: Send
    ) -> None:
        self.calls[offered.call_id] = call
        self.total += not offered.self_call
        log.info("call-offered", extra=log_fields(call_id=offered.call_id))
        pulse = asyncio.create_task(_pulse(send))
        reading = asyncio.create_task(_read_all(reader, call))
        try:
            await call.run()
        finally:
            pulse.cancel()
            reading.cancel()
            del self.calls[offered.call_id]


async def _pulse(send: Send) -> None:
    with contextlib.suppress(LinkClosed):
        while True:
            await send(link.StillHere())
            await asyncio.sleep(link.STILL_HERE_EVERY_S)


async def _read_all(reader: asyncio.StreamReader, call: Call) -> None:
    try:
        while True:
            message = link.read_message(await read(reader))
            _trace("from-line", call.call_id, message)
            call.received(message)
    except LinkError:
        call.line_gone()
    except Exception:  # a fault of ours: without the line's messages there is no call
        log.exception("reading-broke", extra=log_fields(call_id=call.call_id))
        call.line_gone()


def _trace(direction: str, call_id: str, message: link.Message) -> None:
    if not isinstance(message, link.Audio | link.StillHere):
        kind = message.event_type
        log.debug(direction, extra=log_fields(call_id=call_id, event=kind))
