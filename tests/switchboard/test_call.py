"""One call at the switchboard: limits, transfers, and what is kept of it while it goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.appointments.records import Outcome
from gateway.contract import call_link as link
from gateway.contract.model_link import Capabilities
from gateway.contract.service import Paths
from gateway.contract.settings import Settings
from gateway.contract.settings_file import load_settings
from gateway.conversation.conversation import office_of
from gateway.store.store import Store
from gateway.switchboard.call import Call
from gateway.switchboard.ear import Turn
from gateway.switchboard.health import ModelsHealth
from gateway.switchboard.mailbox import Mailbox
from gateway.switchboard.premises import Premises
from gateway.switchboard.store_desk import StoreDesk
from tests.fakes.scripted_models import ScriptedModels

SAMPLE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"
CALLER = "+12125550123"
PATIENCE_S = 60.0


class Office:
    """A switchboard with one call, without a line."""

    def __init__(self, home: Path, settings: Settings) -> None:
        self.paths = Paths.from_environment({"NIGHTPORTER_HOME": str(home)})
        self.paths.make_folders()
        self.store = Store.open(self.paths.database, settings, recordings=self.paths.recordings)
        speech, paths = settings.speech, self.paths
        self.health = ModelsHealth(speech, paths.models_socket, paths.phrases, home / "voice")
        desk = StoreDesk(self.store)
        self.premises = Premises(
            office_of(settings), paths, desk, self.health, Mailbox(paths, desk, lambda _: True)
        )
        self.sent: list[link.Message] = []
        self.call = Call(self.premises, link.CallOffered("call-1", CALLER, "100", 0.0), self._send)

    async def _send(self, message: link.Message) -> None:
        self.sent.append(message)

    def answered(self) -> None:
        self.call.received(link.CallAnswered("call-1", time.time(), "PCMU/8000", 1000))

    def says(self, text: str) -> None:
        now = asyncio.get_running_loop().time()
        self.call.turn_over(Turn(text, 1.0, False, now, now, now, now))

    async def sends(self, kind: type[link.Message]) -> Any:
        """What the line is told."""
        return await until(lambda: next((m for m in self.sent if isinstance(m, kind)), None))

    def hangs_up(self) -> None:
        self.call.received(link.CallEnded("call-1", "caller", time.time()))


async def until(look: Callable[[], Any]) -> Any:
    give_up = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < give_up, "it did not come"
        await asyncio.sleep(0.01)
    return found


def at_office(home: Path, settings: Settings, test: Callable[[Office], Awaitable[None]]) -> None:
    async def whole() -> None:
        office = Office(home, settings)
        models = ScriptedModels(office.paths.models_socket, Capabilities(None, "voice", None, None))
        await models.start()
        await office.health.look()
        running = asyncio.create_task(office.call.run())
        office.answered()
        await test(office)
        office.hangs_up()
        await asyncio.wait_for(running, PATIENCE_S)
        await models.stop()

    asyncio.run(whole())


def sample(**changes: dict[str, Any]) -> Settings:
    """The sample office with other limits, shorter ones than its file may hold too."""
    settings = load_settings(SAMPLE)
    tables = {k: getattr(settings, k).model_copy(update=v) for k, v in changes.items()}
    return settings.model_copy(update=tables)


def test_what_a_caller_has_said_is_kept_while_the_call_goes_on(tmp_path: Path) -> None:
    async def test(office: Office) -> None:
        def kept() -> Any:
            return office.store.recent_dropped_call(CALLER, now=datetime.now(UTC))

        office.says("a check-up please")
        dropped = await until(kept)
        assert dropped.call_id == "call-1" and '"check-up"' in dropped.progress

    at_office(tmp_path, sample(), test)


def test_a_caller_who_said_something_and_is_gone_has_an_owner(tmp_path: Path) -> None:
    async def test(office: Office) -> None:
        office.says("a check-up please")
        await office.sends(link.Play)

    settings = sample()
    at_office(tmp_path, settings, test)
    paths = Paths.from_environment({"NIGHTPORTER_HOME": str(tmp_path)})
    store = Store.open(paths.database, settings, recordings=paths.recordings)
    assert store.call_page("call-1").summary.outcome is Outcome.ABANDONED
    assert [f.reason for f in store.open_follow_ups()] == ["abandoned"]


def test_a_call_that_is_too_long_ends_with_a_message(tmp_path: Path) -> None:
    async def test(office: Office) -> None:
        taken = await office.sends(link.TakeMessage)
        assert taken.reason == "turn-limit" and taken.then_hang_up

    at_office(tmp_path, sample(conversation={"max_minutes": 0.005}), test)


def test_a_transfer_that_nobody_answers_comes_back_with_a_message(tmp_path: Path) -> None:
    async def test(office: Office) -> None:
        office.says("a person please")

        def announced() -> str | None:
            played = (m.play_id for m in office.sent if isinstance(m, link.PlayEnd))
            return next((play for play in played if "putting-through" in play), None)

        said = await until(announced)
        office.call.received(link.PlaybackFinished("greeting", False, 10))
        await asyncio.sleep(0.05)
        assert not any(isinstance(m, link.Transfer) for m in office.sent), "first it is announced"
        office.call.received(link.PlaybackFinished(said, True, 1500))
        await office.sends(link.Transfer)
        kinds = [m for m in office.sent if isinstance(m, link.Transfer | link.Turn)]
        assert kinds[-2:] == [link.Turn(ours=False), kinds[-1]], "ringing is not our silence"
        taken = await office.sends(link.TakeMessage)
        assert taken.reason == "transfer-failed"

    person = load_settings(SAMPLE).people[0].key
    handover = {"rule": "transfer", "person": person, "ring_seconds": 0.2}
    at_office(tmp_path, sample(handover=handover), test)


def test_nobody_talks_over_the_emergency_number(tmp_path: Path) -> None:
    async def test(office: Office) -> None:
        def plays() -> list[str]:
            return [m.play_id for m in office.sent if isinstance(m, link.PlayEnd)]

        office.says("I smell gas")
        danger, alerted = await until(lambda: plays()[-2:] if len(plays()) > 2 else None)
        assert "danger" in danger and "alerted" in alerted
        office.call.interrupted()
        await asyncio.sleep(0.05)
        assert not any(isinstance(m, link.StopPlaying) for m in office.sent)
        office.call.received(link.PlaybackFinished(danger, True, 5000))
        await asyncio.sleep(0.05)
        office.call.interrupted()
        await office.sends(link.StopPlaying)

    at_office(tmp_path, sample(), test)


def test_danger_said_into_a_message_is_answered_at_once_while_the_recording_goes_on(
    tmp_path: Path,
) -> None:
    async def test(office: Office) -> None:
        office.says("I'd like to leave a message")
        await office.sends(link.TakeMessage)
        office.says("my husband has chest pain and he can't")
        office.says("breathe")

        def answered() -> str | None:
            played = (m.play_id for m in office.sent if isinstance(m, link.PlayEnd))
            return next((play for play in played if "danger" in play), None)

        assert await until(answered)
        found = await until(office.store.open_follow_ups)
        assert [(f.reason, f.owner) for f in found] == [("urgent", "on-call")]
        await until(lambda: office.sent[-1] == link.Turn(ours=False))
        assert not any(isinstance(m, link.HangUp) for m in office.sent), "the recording goes on"
        office.says("please, he can't breathe")
        await until(
            lambda: sum("danger" in str(m) for m in office.sent if isinstance(m, link.Play)) > 1
        )
        assert len(office.store.open_follow_ups()) == 1, "one alert a call"

    at_office(tmp_path, sample(), test)


def test_words_of_a_message_that_are_recognised_late_are_no_new_wish(tmp_path: Path) -> None:
    async def test(office: Office) -> None:
        office.says("I'd like to leave a message")
        await office.sends(link.TakeMessage)
        spoken = asyncio.get_running_loop().time()
        office.call.received(link.MessageTaken("", 3.0, "hash"))
        late = "Please let me speak to a person"
        office.call.turn_over(Turn(late, 1.0, False, spoken, spoken, spoken, spoken))

    settings = sample()
    at_office(tmp_path, settings, test)
    paths = Paths.from_environment({"NIGHTPORTER_HOME": str(tmp_path)})
    store = Store.open(paths.database, settings, recordings=paths.recordings)
    turns = store.call_page("call-1").turns
    assert [t["text"] for t in turns if t["who"] == "message"] == [
        "Please let me speak to a person"
    ]
    assert [t["key"] for t in turns if t["who"] == "box"].count("leave-message") == 1
