"""The spoken result, played through pyaudio into a file, is understood by the recogniser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

from gateway.contract.service import Paths
from provisioning.receipt import SPOKEN
from tests.provisioning.test_light_and_voice import ASOUNDRC

pytestmark = pytest.mark.models

PLAY = (
    "import sys, wave; from provisioning.voice import loudspeaker; "
    "w = wave.open(sys.argv[1]); loudspeaker(w.readframes(w.getnframes()))"
)


@pytest.mark.parametrize("headline", sorted(SPOKEN))
def test_a_listener_understands_what_the_loudspeaker_says(tmp_path: Path, headline: str) -> None:
    pytest.importorskip("pyaudio")
    environment = {**os.environ, "NIGHTPORTER_HOME": str(tmp_path)}
    models = Paths.from_environment(environment).models
    if (
        not Path("/usr/share/alsa/alsa.conf").exists()
        or not (models / "moonshine-tiny-en").is_dir()
    ):
        pytest.skip("ALSA or the models are not installed")
    wav, heard = tmp_path / "said.wav", tmp_path / "heard.raw"
    command = [sys.executable, "-m", "gateway.cli", "say", SPOKEN[headline], "-o", str(wav)]
    subprocess.run(command, env=environment, check=True, timeout=60)
    (tmp_path / "asoundrc").write_text(ASOUNDRC.format(file=heard))
    config = tmp_path / "alsa.conf"
    config.write_text(f"</usr/share/alsa/alsa.conf>\n<{tmp_path}/asoundrc>\n")
    subprocess.run(
        [sys.executable, "-c", PLAY, str(wav)],
        env={**os.environ, "ALSA_CONFIG_PATH": str(config)},
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    words = words_of(recognised(heard.read_bytes(), models))
    closeness = {name: likeness(words, words_of(SPOKEN[name])) for name in SPOKEN}
    assert max(closeness, key=closeness.__getitem__) == headline, (words, closeness)
    assert closeness[headline] > 0.7, words


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def likeness(heard: list[str], said: list[str]) -> float:
    """Share of words that agree, in order, 0 to 1: a listener may mishear one."""
    return SequenceMatcher(None, heard, said, autojunk=False).ratio()


def recognised(samples: bytes, models: Path) -> str:
    from models.moonshine import Moonshine

    engine = Moonshine(models / "moonshine-tiny-en", "moonshine-tiny-en", ("en",))
    return engine.read(np.frombuffer(samples, np.int16).astype(np.float32) / np.float32(32768))
