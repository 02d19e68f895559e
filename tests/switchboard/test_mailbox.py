"""The gateway's side of the spool: each message once, whatever was killed in between."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.appointments.records import NoteDraft
from gateway.contract.phrases import wav_bytes
from gateway.contract.service import Paths
from gateway.contract.settings_file import load_settings
from gateway.contract.spooled import SpooledMessage
from gateway.store.database import Database
from gateway.store.store import Store
from gateway.switchboard.mailbox import Mailbox
from gateway.switchboard.store_desk import StoreDesk
from tests.store.conftest import SAMPLE

CALL = "2f0c1f5e-0000-4000-8000-000000000001"
MESSAGE = SpooledMessage(
    "m1", CALL, "+12125550123", "100", time.time(), 2.0, "gateway-lost", "hash", None
)


class Post:
    """A spool, a store and a mailbox that can die and be born again."""

    def __init__(self, home: Path) -> None:
        self.paths = Paths.from_environment({"NIGHTPORTER_HOME": str(home)})
        self.paths.make_folders()
        self.settings = load_settings(SAMPLE)
        self.live: set[str] = set()
        self.desk = self._open()

    def _open(self) -> StoreDesk:
        store = Store.open(self.paths.database, self.settings, recordings=self.paths.recordings)
        return StoreDesk(store)

    def spool(self, message: SpooledMessage = MESSAGE) -> None:
        if message.has_audio:
            (self.paths.spool / f"{message.name}.wav").write_bytes(wav_bytes(bytes(64_000)))
        (self.paths.spool / f"{message.name}.json").write_bytes(message.to_json())

    def look(self) -> None:
        """A gateway that has just started looks once."""
        mailbox = Mailbox(self.paths, self.desk, self.live.__contains__)
        asyncio.run(mailbox.look())

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        database = Database(self.paths.database)
        with database.reading() as reader:
            rows = [tuple(row.values()) for row in reader.rows(sql)]
        database.close()
        return rows

    @property
    def messages(self) -> list[tuple[object, ...]]:
        return self.rows("SELECT spool_name, recording FROM messages")

    @property
    def follow_ups(self) -> list[tuple[object, ...]]:
        return self.rows("SELECT reason FROM follow_ups WHERE closed_at IS NULL")

    @property
    def left(self) -> list[str]:
        return sorted(file.name for file in self.paths.spool.glob("*.*"))


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(tmp_path)
    yield made
    made.desk.close()


def is_whole(post: Post) -> bool:
    """One message, one follow-up, one recording, an empty spool."""
    recording = post.paths.recordings / "m1.wav"
    return (
        post.messages == [("m1", str(recording))]
        and post.follow_ups == [("voicemail",)]
        and recording.exists()
        and not post.left
    )


def test_a_message_is_taken_over_once(post: Post) -> None:
    post.spool()
    post.look()
    post.look()
    assert is_whole(post)


def test_a_message_whose_recording_was_moved_before_a_kill_is_finished(post: Post) -> None:
    post.spool()
    (post.paths.spool / "m1.wav").replace(post.paths.recordings / "m1.wav")
    post.look()
    assert is_whole(post)


def test_a_message_that_was_committed_before_a_kill_is_not_taken_twice(post: Post) -> None:
    post.spool()
    post.look()
    (post.paths.spool / "m1.json").write_bytes(MESSAGE.to_json())
    post.look()
    assert is_whole(post)


def test_a_broken_side_file_stays_and_stops_no_other(post: Post) -> None:
    (post.paths.spool / "a-broken.json").write_bytes(b"{half")
    (post.paths.spool / "b-empty.json").write_bytes(b"")
    (post.paths.spool / "c-list.json").write_bytes(b"[]")
    (post.paths.spool / "d-number.json").write_bytes(b'{"name": 1}')
    post.spool()
    post.look()
    assert post.messages and post.follow_ups == [("voicemail",)]
    assert post.left == ["a-broken.json", "b-empty.json", "c-list.json", "d-number.json"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"started_at": "yesterday"},
        {"started_at": 1e300},
        {"seconds": None},
        {"call_id": 7},
        {"name": "another"},
    ],
)
def test_a_side_file_with_wrong_values_stops_no_other(post: Post, wrong: dict[str, object]) -> None:
    values = {**asdict(replace(MESSAGE, name="a1", call_id="a")), **wrong}
    (post.paths.spool / "a1.json").write_text(json.dumps(values))
    (post.paths.spool / "a1.wav").write_bytes(wav_bytes(bytes(64_000)))
    post.spool()
    post.look()
    assert post.messages == [("m1", str(post.paths.recordings / "m1.wav"))]
    assert post.left == ["a1.json", "a1.wav"]


def test_a_side_file_that_cannot_be_read_stops_no_other(post: Post) -> None:
    (post.paths.spool / "a1.json").mkdir()
    post.spool()
    post.look()
    assert post.messages == [("m1", str(post.paths.recordings / "m1.wav"))]


def test_a_message_without_its_recording_stops_no_other(post: Post) -> None:
    post.spool(replace(MESSAGE, name="a1", call_id="a"))
    (post.paths.spool / "a1.wav").unlink()
    post.spool()
    post.look()
    assert post.messages and post.left == ["a1.json"]


def test_a_caller_who_left_nothing_is_on_the_list_without_a_recording(post: Post) -> None:
    post.spool(replace(MESSAGE, seconds=0.0))
    post.look()
    assert post.messages == [("m1", "")] and post.follow_ups == [("voicemail",)]


def test_the_message_of_a_call_in_progress_is_left_to_the_call(post: Post) -> None:
    post.live.add(CALL)
    post.spool()
    post.look()
    assert not post.messages and post.left == ["m1.json", "m1.wav"]
    mailbox = Mailbox(post.paths, post.desk, post.live.__contains__)
    noted = asyncio.run(mailbox.take("m1", NoteDraft("Wants a filling.", "caller-asked"), "hello"))
    assert noted is not None and is_whole(post)
    post.live.clear()
    post.look()
    assert is_whole(post)


def test_an_abandoned_call_that_left_a_message_is_on_the_list_once(post: Post) -> None:
    post.spool()
    post.desk.store.call_started(CALL, "+12125550123", now=datetime.now(UTC))
    post.desk.store.close_orphans(now=datetime.now(UTC))
    assert post.follow_ups == [("abandoned",)]
    post.look()
    assert is_whole(post) and post.rows("SELECT outcome FROM calls") == [("voicemail",)]
