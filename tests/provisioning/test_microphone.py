"""`nightporter talk --microphone` with pyaudio for real: ALSA's file and null plugins are the
microphone and the loudspeaker; what the box says is recognised from the file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.contract.call_link import RATE_HZ
from gateway.rehearsal.phone.box import Box
from telephony.loudness import VOICE_LEVEL, level
from telephony.prompts import NEEDED, PACKAGE_GREETINGS
from telephony.reading import read_words
from tests.provisioning.workshop import SITE
from tests.sip.sound import wideband_sine

pytestmark = [pytest.mark.models, pytest.mark.processes, pytest.mark.timeout(400)]

PATIENT = "[conversation]\nsilence_seconds = 30\n"
LIMIT_S = 240
ALSA = Path("/usr/share/alsa/alsa.conf")
HEADSET = """\
pcm.loudspeaker {{
    type plug
    slave {{
        pcm {{ type file slave.pcm null file "{loudspeaker}" format raw }}
        rate 16000 channels 1 format S16_LE
    }}
}}
pcm.microphone {{
    type plug
    slave {{
        pcm {{ type file slave.pcm null file "/dev/null" infile "{microphone}" format raw }}
        rate 16000 channels 1 format S16_LE
    }}
}}
pcm.!default {{ type asym playback.pcm loudspeaker capture.pcm microphone }}
"""
SPEAKS_AT_S = 3.0
"""After a greeting of half a second."""
AGAIN_AFTER_S = 15.0
"""A machine that is too busy to hear at first asks for keys, then hears again."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with short greetings and a headset made of files."""
    home = tmp_path / "h"
    (home / "state" / "greetings").mkdir(parents=True)
    site = SITE.format(name="Old Mill Practice", site="mill", box="desk")
    (home / "site.toml").write_text(site + '[speech]\nlanguage_model = "none"\n' + PATIENT)
    for name in NEEDED:
        with wave.open(str(home / "state" / "greetings" / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes(wideband_sine(0.5))
    with wave.open(str(PACKAGE_GREETINGS / "self-call.wav")) as asked:
        words = asked.readframes(asked.getnframes())
    pause, patience = (bytes(int(s * RATE_HZ) * 2) for s in (SPEAKS_AT_S, AGAIN_AFTER_S))
    asked_again = (words + patience) * int(LIMIT_S / AGAIN_AFTER_S)
    (home / "microphone.raw").write_bytes(pause + asked_again)
    files = {name: home / f"{name}.raw" for name in ("loudspeaker", "microphone")}
    (home / "asoundrc").write_text(HEADSET.format(**files))
    (home / "alsa.conf").write_text(f"<{ALSA}>\n<{home}/asoundrc>\n")
    return home


@pytest.mark.skipif(not ALSA.exists(), reason="ALSA is not installed")
def test_a_technician_talks_with_the_box_through_a_headset(spoken_box: Box, home: Path) -> None:
    pytest.importorskip("pyaudio")
    environment = {
        **os.environ,
        "NIGHTPORTER_HOME": str(spoken_box.home),
        "ALSA_CONFIG_PATH": str(home / "alsa.conf"),
    }
    command = [sys.executable, "-m", "gateway.cli", "talk", "--microphone", "--home", str(home)]
    with (home / "said.txt").open("wb") as said, (home / "errors.txt").open("wb") as errors:
        talking = subprocess.Popen(command, env=environment, stdout=said, stderr=errors)
        try:
            heard, words = home / "loudspeaker.raw", ""
            while "monday" not in words:
                wait(more_said(heard), talking)
                read = read_words(after_the_question(heard), spoken_box.paths.models_socket, "en")
                words = (read or "").lower()
            talking.send_signal(signal.SIGINT)
            assert talking.wait(LIMIT_S) == 0, (home / "errors.txt").read_text()
        finally:
            if talking.poll() is None:
                talking.kill()
                talking.wait()
    assert "open" in words, words
    told = (home / "said.txt").read_text()
    assert "your opening hours?" in told
    assert "outcome: informed" in told


def more_said(heard: Path) -> Callable[[], bool]:
    """Whether a second more was said than now, and then nothing for a second."""
    before = loud_s(heard)
    return lambda: loud_s(heard) > before + 1 and quiet_at_the_end_s(heard) > 1


def wait(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + LIMIT_S
    while not condition():
        assert process.poll() is None, "the conversation ended by itself"
        assert time.monotonic() < give_up
        time.sleep(0.1)


def after_the_question(heard: Path) -> bytes:
    return heard.read_bytes()[int(SPEAKS_AT_S * RATE_HZ) * 2 :]


def frames(heard: Path) -> list[bool]:
    """Of each 20 ms after the question: whether there is a voice."""
    data = after_the_question(heard) if heard.exists() else b""
    return [level(data[at : at + 640]) > VOICE_LEVEL for at in range(0, len(data) - 639, 640)]


def loud_s(heard: Path) -> float:
    return sum(frames(heard)) * 0.02


def quiet_at_the_end_s(heard: Path) -> float:
    found = frames(heard)
    return (found[::-1].index(True) if True in found else 0) * 0.02
