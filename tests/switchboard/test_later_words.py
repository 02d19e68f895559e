"""Messages that the line took alone get their words later, when nobody is on the phone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.contract.phrases import wav_bytes
from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.contract.spooled import SpooledMessage
from gateway.conversation.conversation import office_of
from gateway.store.store import Store
from gateway.switchboard.health import ModelsHealth
from gateway.switchboard.later_words import LONGEST_PIECE_S, TRIES, LaterWords, pieces
from gateway.switchboard.mailbox import Mailbox
from gateway.switchboard.premises import Premises
from gateway.switchboard.store_desk import StoreDesk
from tests.fakes.scripted_models import ScriptedModels
from tests.fakes.spoken_bytes import LOUD
from tests.store.conftest import SAMPLE

CALLER = "+12125550123"
MESSAGE = SpooledMessage(
    "m1", "call-1", CALLER, "100", time.time() - 3600, 2.0, "gateway-lost", "hash", None,
    forwarded_from="+12125550100", forward_reason="no-answer",
)  # fmt: skip
SECOND = 32_000
"""Bytes of a second of sound."""


class Morning:
    """A gateway's rooms with messages in the spool, without the gateway."""

    def __init__(self, home: Path) -> None:
        self.paths = Paths.from_environment({"NIGHTPORTER_HOME": str(home)})
        self.paths.make_folders()
        settings = load_settings(SAMPLE)
        self.store = Store.open(self.paths.database, settings, recordings=self.paths.recordings)
        desk = StoreDesk(self.store)
        self.mailbox = Mailbox(self.paths, desk, lambda _: False)
        health = ModelsHealth(
            settings.speech, self.paths.models_socket, self.paths.phrases, home / "voice"
        )
        self.models = ScriptedModels(self.paths.models_socket)
        self.premises = Premises(office_of(settings), self.paths, desk, health, self.mailbox)
        self.busy = False
        self.words = LaterWords(self.premises, lambda: self.busy)

    def spool(self, message: SpooledMessage = MESSAGE, pcm: bytes = LOUD * (SECOND // 2)) -> None:
        (self.paths.spool / f"{message.name}.wav").write_bytes(wav_bytes(pcm))
        (self.paths.spool / f"{message.name}.json").write_bytes(message.to_json())

    def with_models(self, test: Callable[[], Awaitable[None]]) -> None:
        async def whole() -> None:
            await self.models.start()
            await self.premises.health.look()
            await self.mailbox.look()
            try:
                await test()
            finally:
                await self.models.stop()

        asyncio.run(whole())

    @property
    def transcripts(self) -> list[str]:
        return [m["transcript"] for c in self.store.calls() for m in self._messages(c.id)]

    @property
    def reasons(self) -> list[tuple[str, str]]:
        return sorted((f.reason, f.owner) for f in self.store.open_follow_ups())

    def _messages(self, call_id: str) -> list[dict[str, str]]:
        return [m for m in self.store.call_page(call_id).messages if m["kind"] == "voicemail"]


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Morning]:
    made = Morning(tmp_path)
    yield made
    made.premises.desk.close()


@contextmanager
def told(morning: Morning) -> Iterator[list[str]]:
    """Types of the events that went out meanwhile."""
    before = len(morning.store.next_events(999))
    types: list[str] = []
    yield types
    types += [event.type for event in morning.store.next_events(999)][before:]


def test_a_message_that_nobody_heard_gets_its_words(morning: Morning) -> None:
    morning.spool()
    morning.models.final_words = ["my crown came loose"]

    async def test() -> None:
        with told(morning) as types:
            assert await morning.words.look()
        assert types == ["message.transcribed"]
        assert not await morning.words.look(), "once"

    morning.with_models(test)
    assert morning.transcripts == ["my crown came loose"]
    [to_do] = morning.store.to_do()
    assert (to_do.reason, to_do.phone) == ("voicemail", CALLER)
    assert to_do.transcript == "my crown came loose" and to_do.recording.endswith("m1.wav")
    page = morning.store.call_page("call-1")
    assert (page.called, page.forwarded_from, page.forward_reason) == (
        "100", "+12125550100", "no-answer",
    )  # fmt: skip


def test_words_for_danger_call_the_person_on_call_once(morning: Morning) -> None:
    morning.spool()
    morning.spool(replace(MESSAGE, name="m2", seconds=2.1))
    morning.models.final_words = ["hello", "I can't breathe"] * 2
    pause = bytes(SECOND)
    for name in ("m1", "m2"):
        loud = LOUD * (7 * SECOND // 4)
        (morning.paths.spool / f"{name}.wav").write_bytes(wav_bytes(loud + pause + loud))

    async def test() -> None:
        while await morning.words.look():
            pass

    morning.with_models(test)
    assert morning.transcripts == ["hello I can't breathe"] * 2
    listen = ("voicemail", "office")
    assert morning.reasons == [("urgent", "on-call"), listen, listen]
    alert = next(f for f in morning.store.to_do() if f.reason == "urgent")
    assert alert.phone == CALLER and "I can't breathe" in alert.text


def test_who_has_listened_already_is_not_alarmed(morning: Morning) -> None:
    morning.spool()
    morning.models.final_words = ["I can't breathe"]

    async def test() -> None:
        [follow_up] = morning.store.open_follow_ups()
        morning.store.close_follow_up(follow_up.id, "anna", now=morning.premises.now())
        assert await morning.words.look()

    morning.with_models(test)
    assert morning.transcripts == ["I can't breathe"] and morning.reasons == []


def test_a_call_goes_first(morning: Morning) -> None:
    morning.spool()
    morning.models.final_words = ["hello"]

    async def test() -> None:
        morning.busy = True
        assert not await morning.words.look()
        assert morning.models.utterances == 0
        morning.busy = False
        assert await morning.words.look()

    morning.with_models(test)
    assert morning.transcripts == ["hello"]


def test_a_recording_that_cannot_be_read_stops_no_other(morning: Morning) -> None:
    broken = replace(MESSAGE, name="m9", call_id="call-9", started_at=time.time())
    morning.spool(broken)
    (morning.paths.spool / "m9.wav").write_bytes(b"RIFF, or not")
    morning.spool()
    morning.models.final_words = ["hello"]

    async def test() -> None:
        for _ in range(TRIES):
            assert not await morning.words.look()
        assert await morning.words.look()
        assert not await morning.words.look()

    morning.with_models(test)
    assert sorted(morning.transcripts) == ["", "hello"]


def test_a_recogniser_that_dies_costs_nothing(morning: Morning) -> None:
    morning.spool()

    async def test() -> None:
        await morning.models.stop()
        assert not await morning.words.look()
        await morning.models.start()
        morning.models.final_words = ["hello"]
        assert await morning.words.look()

    morning.with_models(test)
    assert morning.transcripts == ["hello"]


def test_a_message_without_words_is_tried_once(morning: Morning) -> None:
    morning.spool()

    async def test() -> None:
        with told(morning) as types:
            assert await morning.words.look()
            assert not await morning.words.look()
        assert types == []

    morning.with_models(test)
    assert morning.transcripts == [""]


def test_sound_is_cut_at_its_pauses_and_nothing_is_lost() -> None:
    loud, quiet = LOUD * (SECOND // 4), bytes(SECOND)
    sound = quiet * 3 + loud * 4 + quiet + loud * 4 + quiet * 2 + loud * 40 + b"\1\0" * 37
    cut = list(pieces(sound))
    assert b"".join(cut) == sound
    assert len(cut) == 5  # at each pause after enough sound, then at the longest, twice
    assert max(map(len, cut)) <= LONGEST_PIECE_S * SECOND
    assert list(pieces(b"")) == []
