"""The demo itself, end to end: real calls to a whole box, rows, MQTT, voicemail."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path

import pytest

pytestmark = [pytest.mark.processes, pytest.mark.sip, pytest.mark.models]

DEMO_DEADLINE_S = 400
"""The demo takes under three minutes alone on two cores; tests share them."""


@pytest.mark.timeout(DEMO_DEADLINE_S + 30)
@pytest.mark.parametrize("name", ["booking", "models-killed", "gateway-killed"])
def test_a_call_of_the_demo_ends_as_told(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "demo", "--out", str(out), "--only", name],
        capture_output=True,
        text=True,
        timeout=DEMO_DEADLINE_S,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    result = json.loads((out / "result.json").read_text())
    (call,) = result["calls"]
    assert call["name"] == name and call["as_told"] and not call["faults"]
    if name == "booking":
        assert call["outcome"] == "booked" and call["appointment"]["status"] == "confirmed"
        assert any(m["payload"].get("type") == "appointment.booked" for m in call["mqtt"])
        assert result["reply_ms"]["median"] > 0
    if name == "gateway-killed":
        assert call["voicemail_seconds"] > 1 and call["follow_ups"]
        assert call["killed_to_speech_ms"] < 1000
    with wave.open(call["recording"]) as wav:
        assert wav.getnchannels() == 2
