"""A message that the line took alone gets its words from the real recogniser."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from gateway.switchboard.later_words import pieces
from tests.models.phone_audio import phone_speech
from tests.models.worker import WorkerProcess
from tests.switchboard.test_later_words import Morning

pytestmark = [pytest.mark.models, pytest.mark.timeout(900)]

SAID = (
    "Hello, this is Margaret Brown. My crown has come loose and I would like to see the dentist.",
    "And please hurry, because my husband cannot breathe.",
)


def test_a_recording_is_recognised_piece_by_piece_and_danger_in_it_raises_the_alert(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    sound = b"".join(phone_speech(text, before_s=0.4, after_s=1.0) for text in SAID)
    assert len(list(pieces(sound))) == 2
    morning = Morning(tmp_path)
    morning.paths.models_socket.symlink_to(worker.socket)
    morning.spool(pcm=sound)

    async def later() -> None:
        give_up = time.monotonic() + 240
        await morning.mailbox.look()
        while not morning.transcripts[0]:  # a busy machine answers late, and is asked again
            assert time.monotonic() < give_up, "the recogniser never answered"
            await morning.premises.health.look()
            await morning.words.look()

    asyncio.run(later())
    (words,) = morning.transcripts
    for expected in ("crown", "dentist", "breathe"):
        assert expected in words.lower()
    assert morning.reasons == [("urgent", "on-call"), ("voicemail", "office")]
    morning.premises.desk.close()
