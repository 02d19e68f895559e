"""One call by baresip-python, a SIP stack that shares no code with ours; prints what it heard.

As a program, because its native part wants a process of its own:
python -m tests.sip.baresip_caller PORT TRANSPORT CODEC SECONDS
"""

from __future__ import annotations

import asyncio
import json
import math
import struct
import sys
import time

from baresip import Account, Config, Runtime, UserAgent

POLL_S = 0.01


async def main(port: str, transport: str, codec: str, seconds: float) -> dict[str, object]:
    """Call, listen, speak a 440 Hz tone, press 5."""
    runtime = Runtime()
    await runtime.start(Config(net_interface="127.0.0.1"))
    account = Account(
        "5550100", f"127.0.0.1:{port}", "", reg_interval=0, transport=transport,
        audio_codecs=(codec,),
    )  # fmt: skip
    agent = await UserAgent.create(runtime, account)
    call = await agent.dial(f"sip:700@127.0.0.1:{port};transport={transport}")
    await call.wait_established(10)
    answered = time.monotonic()
    first, heard = None, b""
    spoken = False
    while time.monotonic() - answered < seconds:
        info = call.audio.info()
        data = call.audio.read(64000) if info.rx_ready else b""
        if data and first is None and max(memoryview(data).cast("h")) > 1000:
            first = (time.monotonic() - answered) * 1000
        heard += data
        if info.tx_ready and not spoken:
            spoken = True
            rate = info.tx_sample_rate
            samples = [int(8000 * math.sin(2 * math.pi * 440 * i / rate)) for i in range(rate // 2)]
            call.audio.write(struct.pack(f"<{len(samples)}h", *samples))
            await call.send_dtmf("5")
        await asyncio.sleep(POLL_S)
    rate = call.audio.info().rx_sample_rate
    await call.hangup()
    await runtime.close()
    return {"first_sound_ms": first, "rate": rate, "bytes": len(heard)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(*sys.argv[1:4], float(sys.argv[4])))))
