"""A recorded message gets its words from the real recogniser."""

from __future__ import annotations

import asyncio

import pytest

from gateway.switchboard.later_words import hear, pieces
from gateway.switchboard.wire import Address
from tests.models.phone_audio import phone_speech
from tests.models.worker import WorkerProcess

pytestmark = pytest.mark.models

SAID = (
    "Hello, this is Margaret Brown. My crown has come loose and I would like to see the dentist.",
    "Please call me back tomorrow morning.",
)


def test_a_long_message_is_recognised_piece_by_piece(worker: WorkerProcess) -> None:
    sound = b"".join(phone_speech(text, before_s=0.4, after_s=1.0) for text in SAID)
    cut = list(pieces(sound))
    assert len(cut) == 2

    async def recognise() -> str:
        address = Address.of_socket(worker.socket)
        return " ".join([await hear(address, piece, "en") for piece in cut]).lower()

    words = asyncio.run(recognise())
    for expected in ("my crown", "see the dentist", "tomorrow morning"):
        assert expected in words
