"""Calls by baresip: other transports and codecs, from a stack that shares no code with ours."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from gateway.contract import call_link as link
from tests.busy_machine import again_when_late
from tests.fakes.scripted_gateway import ScriptedGateway
from tests.sip.conftest import StartLine
from tests.sip.line_process import ROOT
from tests.sip.sound import level

pytestmark = [pytest.mark.sip, pytest.mark.processes]
pytest.importorskip("baresip")


@pytest.mark.parametrize(
    ("transport", "codec", "negotiated"),
    [
        ("udp", "pcma/8000/1", "PCMA/8000"),
        ("tcp", "pcmu/8000/1", "PCMU/8000"),
        ("udp", "g722/16000/1", "G722/16000"),
    ],
)
@again_when_late
def test_baresip_hears_the_greeting_and_is_heard(
    transport: str, codec: str, negotiated: str, start_line: StartLine
) -> None:
    line = start_line(short=False)
    with ScriptedGateway(line.paths.gateway_socket) as gateway:
        caller = subprocess.Popen(
            [sys.executable, "-m", "tests.sip.baresip_caller", str(line.port), transport, codec,
             "2.5"],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        call = gateway.call()
        assert call.wait(link.CallAnswered).codec == negotiated
        assert call.wait(link.Digit).digit == "5"
        assert call.wait(link.CallEnded).by == "caller"
        output, _ = caller.communicate(timeout=60)
    heard = json.loads(output.splitlines()[-1])
    print(negotiated, transport, heard)
    assert heard["first_sound_ms"] < 400, "300 ms, and what baresip's own buffer adds"
    loud = [frame for frame in call.audio if level(samples(frame.audio)) > 500]
    assert 0.35 < len(loud) * 0.02 < 0.75
    time.sleep(0.1)


def samples(audio: bytes) -> list[int]:
    """16 bit samples."""
    return memoryview(audio).cast("h").tolist()
