"""Figures, stages and evidence of rehearsed calls."""

from __future__ import annotations

import json
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from gateway.contract.settings_file import parse_settings
from gateway.rehearsal.phone.box import sample_site
from gateway.rehearsal.phone.demo_calls import calls, meeting_of
from gateway.rehearsal.phone.evidence import is_audible
from gateway.rehearsal.phone.figures import median_and_p95, percentile
from gateway.rehearsal.phone.scripted_call import Turn
from gateway.rehearsal.phone.stages import read_turns, shares
from tests.phone.test_caller import buzz


def test_percentiles_are_interpolated() -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5
    assert percentile([10.0], 0.95) == 10.0
    assert median_and_p95([None, 100.0, 300.0]) == {"median": 200, "p95": 290, "count": 2}
    assert median_and_p95([None])["median"] is None


def test_the_stages_of_a_silence_add_up_to_it(tmp_path: Path) -> None:
    noted = {
        "call_id": "x", "turn": 1, "voice_stopped": 100.05, "settled": 100.3, "decided": 100.45,
        "first_audio": 100.6, "model_ms": 100.0, "filler": False,
    }  # fmt: skip
    (tmp_path / "turns.jsonl").write_text(json.dumps(noted) + "\n")
    turn = Turn("yes", by_keys=False, ended=100.0, reply_ms=640.0, speech_ms=640.0)
    found = shares(turn, read_turns(tmp_path / "turns.jsonl"))
    assert found is not None
    assert sum(found.values()) == pytest.approx(640.0)
    assert found["language model"] == 100.0
    assert found["back"] == pytest.approx(40.0)
    later = Turn("no", by_keys=False, ended=105.0, reply_ms=640.0, speech_ms=640.0)
    assert shares(later, read_turns(tmp_path / "turns.jsonl")) is None


@pytest.mark.parametrize("offset", range(0, 366, 9))
def test_the_demo_can_be_played_on_any_day(offset: int) -> None:
    settings = parse_settings(sample_site(1883), "site.toml")
    start = datetime(2026, 7, 1, 3, 30, tzinfo=UTC)
    planned = calls(settings, start + timedelta(days=offset, hours=offset % 24))
    names = ["booking", "models-killed", "gateway-killed", "difficult"]
    assert [call.name for call in planned] == names
    assert len({call.number for call in planned}) == 3, "the last is the first again"
    booking, _, _, difficult = planned
    assert booking.number == difficult.number and booking.day != difficult.day
    meeting = meeting_of(settings, start + timedelta(days=offset, hours=offset % 24))
    assert (meeting.start.date(), meeting.start.hour) == (booking.day, booking.hour)
    for call in planned:
        if call.day:
            assert f"{call.day:%A}" == call.facts.day


def test_a_silent_recording_is_not_a_message(tmp_path: Path) -> None:
    for name, samples in (("silent", np.zeros(16000, np.int16)), ("spoken", buzz(2.0))):
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(16000)
            wav.writeframes(samples.tobytes())
    assert not is_audible(tmp_path / "silent.wav")
    assert is_audible(tmp_path / "spoken.wav")
