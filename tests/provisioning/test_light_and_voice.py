"""The light and the loudspeaker say the same as the receipt."""

from __future__ import annotations

import array
import itertools
import json
import time
from pathlib import Path

import pytest

from gateway.contract.phrases import RATE, phrase_file, write_phrase
from provisioning import voice
from provisioning.__main__ import _show
from provisioning.light import Light
from provisioning.receipt import HEADLINES, SPOKEN, SPOKEN_KEY
from tests.provisioning.workshop import Bench, Technician


@pytest.fixture
def leds(tmp_path: Path) -> Path:
    """/sys/class/leds of a Raspberry Pi, as far as files can play it."""
    for name in ("ACT", "mmc0", "PWR"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "trigger").write_text("none timer [heartbeat] mmc0")
        (tmp_path / name / "max_brightness").write_text("255\n")
        for file in ("brightness", "delay_on", "delay_off"):
            (tmp_path / name / file).write_text("")
    return tmp_path


def state(leds: Path, *names: str) -> list[str]:
    return [(leds / "ACT" / name).read_text() for name in names]


def test_a_stick_that_is_read_blinks_evenly(leds: Path) -> None:
    light = Light(leds)
    light.reading()
    assert light.name == "ACT"
    assert state(leds, "trigger", "delay_on", "delay_off") == ["timer", "250", "250"]


def test_applied_is_lit_for_three_seconds_and_then_as_before(leds: Path) -> None:
    light = Light(leds)
    seen = []
    import provisioning.light as module

    def sleep(seconds: float) -> None:
        seen.append((seconds, *state(leds, "trigger", "brightness")))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.time, "sleep", sleep)
        light.applied()
    assert seen == [(3.0, "none", "255")]
    assert state(leds, "trigger") == ["heartbeat"]


def test_a_new_box_that_trusts_a_key_is_lit_twice_and_says_so(
    leds: Path, bench: Bench, technician: Technician, tmp_path: Path
) -> None:
    import provisioning.light as module

    technician.stick(tmp_path / "s", 1)
    receipt = bench.plug(tmp_path / "s")
    assert receipt.spoken.endswith("From now on this box trusts the key of this stick.")
    technician.stick(tmp_path / "s2", 2)
    assert not bench.plug(tmp_path / "s2").trusts_from_now, "the second stick is nothing special"
    light, seen = Light(leds), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.time, "sleep", lambda s: seen.append((s, *state(leds, "brightness"))))
        patch.setattr("provisioning.__main__.say", lambda *_, **__: None)
        _show(receipt, light, bench.paths)
    assert seen == [(3.0, "255"), (1.0, "0"), (3.0, "255")]


def test_refused_blinks_fast_and_unlike_reading(leds: Path) -> None:
    light = Light(leds)
    light.refused(0)
    assert state(leds, "delay_on", "trigger") == ["80", "heartbeat"]


def test_a_box_without_a_lamp_or_with_one_that_may_not_be_set_goes_on(tmp_path: Path) -> None:
    for light in (Light(tmp_path), Light(tmp_path / "missing")):
        light.reading()
        light.applied()
        light.refused()
        assert light.name is None


def test_every_headline_has_a_sentence_for_the_loudspeaker() -> None:
    assert SPOKEN.keys() == HEADLINES.keys()


def test_the_technicians_page_explains_every_headline_and_every_sentence() -> None:
    page = " ".join((Path(__file__).parents[2] / "docs" / "technician.md").read_text().split())
    for headline in HEADLINES.values():
        assert f"| {headline.split('.')[0]}. |" in page
    for sentence in (*SPOKEN.values(), SPOKEN_KEY):
        assert f'"{sentence}"' in page


def test_the_boxs_own_voice_is_used_where_the_phrase_is_on_disk(bench: Bench) -> None:
    bench.home.mkdir()
    bench.paths.make_folders()
    now = time.time()
    models = {"ready": True, "at": now + 600, "models": {"voice": "joe"}}
    bench.paths.status_file("models").write_text(json.dumps(models))
    write_phrase(phrase_file(bench.paths.phrases, "joe", SPOKEN["applied"]), b"\1\0" * 800)
    played: list[bytes] = []
    voice.say(SPOKEN["applied"], bench.paths, well=True, play=played.append)
    assert played == [b"\1\0" * 800]


def test_without_a_voice_three_notes_rise_or_fall(bench: Bench) -> None:
    played: list[bytes] = []
    voice.say("x", bench.paths, well=True, play=played.append)
    voice.say("x", bench.paths, well=False, play=played.append)
    first, last = (pitch(part) for part in (played[0][:8000], played[0][-8000:]))
    assert first < last
    assert pitch(played[1][:8000]) > pitch(played[1][-8000:])


def pitch(samples: bytes) -> float:
    """Hertz, by counting how often the samples change their sign."""
    values = array.array("h", samples)
    changes = sum((a < 0) != (b < 0) for a, b in itertools.pairwise(values))
    return changes / 2 / (len(values) / RATE)


def test_a_machine_without_a_loudspeaker_is_no_error(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_samples: bytes) -> None:
        raise OSError("no sound card")

    monkeypatch.setattr(voice, "loudspeaker", none)
    voice.say("x", bench.paths, well=True)


ASOUNDRC = """\
pcm.!default {{
    type plug
    slave.pcm {{ type file slave.pcm null file "{file}" format raw }}
    slave.rate 16000
    slave.channels 1
    slave.format S16_LE
}}
"""


def test_pyaudio_really_plays_into_alsas_file_plugin(tmp_path: Path) -> None:
    pytest.importorskip("pyaudio")
    import os
    import subprocess
    import sys

    heard = tmp_path / "heard.raw"
    (tmp_path / "asoundrc").write_text(ASOUNDRC.format(file=heard))
    code = (
        "from provisioning.voice import loudspeaker, notes, RISING; loudspeaker(notes(RISING, 0.5))"
    )
    alsa = "/usr/share/alsa/alsa.conf"
    if not Path(alsa).exists():
        pytest.skip("ALSA is not installed")
    (tmp_path / "alsa.conf").write_text(f"<{alsa}>\n<{tmp_path}/asoundrc>\n")
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(tmp_path / "alsa.conf")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr.decode()[-400:]
    samples = heard.read_bytes()
    assert len(samples) >= int(1.4 * RATE) * 2
    assert 480 < pitch(samples[3200:12800]) < 560, "the first of the three notes, 523 hertz"
