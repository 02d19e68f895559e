"""A person at another telephone, in a process of their own: answers every call, hangs up soon.

Prints the port of the telephone, then a line for each call that was answered and ended:
python -m tests.phone.person
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any

import baresip

TALKS_S = 1.0
"""How long the person stays on a call."""
PORTS = range(20_000, 30_000)
"""Below the ephemeral ports of Linux."""
TRIES = 20
"""Ports tried; the stack refuses to start on a taken one."""


async def main() -> None:
    """Answer until killed."""
    runtime, port = await _runtime()
    account = baresip.Account("oncall", "127.0.0.1", "", reg_interval=0)
    agent = await baresip.UserAgent.create(runtime, account)
    talks: set[asyncio.Task[None]] = set()

    def incoming(call: Any) -> None:
        talk = asyncio.create_task(_talk(call))
        talks.add(talk)
        talk.add_done_callback(talks.discard)

    agent.on_incoming(incoming)
    print(port, flush=True)
    await asyncio.Event().wait()


async def _talk(call: Any) -> None:
    await call.answer()
    await call.wait_established()
    await asyncio.sleep(TALKS_S)
    with contextlib.suppress(baresip.BaresipError):
        await call.hangup()
    print("answered", flush=True)


async def _runtime() -> tuple[baresip.Runtime, int]:
    for port in random.sample(PORTS, TRIES):
        runtime = baresip.Runtime(native_log_level="error")
        config = baresip.Config(
            net_interface="127.0.0.1", extra_config_text=f"sip_listen 127.0.0.1:{port}\n"
        )
        with contextlib.suppress(baresip.BaresipError):
            await runtime.start(config)
            return runtime, port
    raise SystemExit("no free port for the person's telephone")


if __name__ == "__main__":
    asyncio.run(main())
