"""Turns of real calls: two who want one slot, late replies, interruptions, keys, a locked store."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.contract import call_link as link
from gateway.switchboard.lateness import FILLERS
from tests.fakes import foreign_recogniser
from tests.fakes.fake_line import SOUND
from tests.fakes.spoken_bytes import LOUD
from tests.processes.gateway_process import (
    NO_MIND,
    GatewayProcess,
    book,
    running_gateway,
    site,
    until,
)
from tests.processes.side_by_side import running_together, together

pytestmark = [pytest.mark.processes, pytest.mark.timeout(1200)]
all_together = running_together()


@contextmanager
def locked(gateway: GatewayProcess) -> Iterator[sqlite3.Connection]:
    """Another program keeps the database for itself."""
    other = sqlite3.connect(gateway.paths.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


@together
async def test_two_callers_want_one_slot_and_one_is_offered_the_next() -> None:
    async with running_gateway() as gateway:
        lines = [await gateway.line(caller=f"+1212555200{n}").call() for n in (1, 2)]
        await asyncio.gather(*(book(line, "day") for line in lines))
        await asyncio.gather(*(line.say("tomorrow at ten") for line in lines))
        await asyncio.gather(*(line.hears("?") for line in lines))
        (first,) = [line for line in lines if line.heard_any("What name")]
        (second,) = [line for line in lines if line is not first]
        assert second.heard_any("Which suits you") or second.heard_any("suit you")
        await second.say("the first one please")
        await second.hears("What name")

        async def finish(line: object) -> None:
            assert line in lines
            chosen = lines[lines.index(line)]  # type: ignore[arg-type]
            await chosen.say("Jordan Miller")
            await chosen.hears("?")
            await chosen.say("yes that's right")
            await chosen.hears("Shall I book")
            await chosen.say("yes please")
            await chosen.hears("That's booked")
            await chosen.hang_up()

        await asyncio.gather(finish(first), finish(second))
        for line in lines:
            assert await gateway.outcome(line) == "booked"
        starts = {line: gateway.appointments(line)[0]["start"][11:16] for line in lines}
        assert starts[first] == "10:00" and starts[second] != "10:00"


async def message_when_locked(stage: str) -> None:
    async with running_gateway() as gateway:
        line = await gateway.line().call()
        await book(line, stage)
        with locked(gateway):
            await line.say("yes please" if stage == "read-back" else "tomorrow at ten")
            await line.hears("I can't reach the book just now")
            await line.ends()
            assert not line.dropped and not line.heard_any("booked")
            assert [m.reason for m in line.taken] == ["store-failed"]
            await asyncio.sleep(0.5)
        assert await gateway.outcome(line, "voicemail", "message") in ("voicemail", "message")
        await until(lambda: gateway.follow_ups(line) == ["voicemail"])
        assert not gateway.appointments(line) and not gateway.unowned()


@together
async def test_a_database_locked_while_looking_for_times_ends_in_a_message() -> None:
    await message_when_locked("day")


@together
async def test_a_database_locked_at_the_commit_ends_in_a_message_and_books_nothing() -> None:
    await message_when_locked("read-back")


@together
async def test_a_caller_who_hangs_up_while_the_database_is_locked_is_called_back() -> None:
    async with running_gateway() as gateway:
        with locked(gateway):
            line = await gateway.line().call()
            await line.say("I'd like to book a check-up please")
            await line.hears("When would you like to come?")
            await line.hang_up()
            await until(lambda: "event=call-ended" in gateway.log_file.read_text())
            await asyncio.sleep(4.2)  # the note and the end are both refused
        assert await gateway.outcome(line) == "abandoned"
        assert gateway.follow_ups(line) == ["abandoned"] and not gateway.unowned()


@together
async def test_a_late_reply_is_announced_by_a_tone_then_a_word_then_a_message() -> None:
    async with running_gateway(site()) as gateway:
        for text in FILLERS:
            gateway.write_phrase(text)
        line = await gateway.line().call()
        await book(line, "day")
        gateway.models.voice_delay_s = 2.0
        mark = len(line.heard)
        await line.say("tomorrow at ten")
        await line.hears("name")
        heard = [one.text for one in line.heard[mark:]]
        assert heard[0] == SOUND and heard[1] in FILLERS, heard
        assert "is free." in heard[2:] and FILLERS[0] not in heard[3:], heard
        gateway.models.voice_delay_s = 30.0
        mark = len(line.heard)
        await line.say("Jordan Miller")
        await line.ends()
        heard = [one.text for one in line.heard[mark:]]
        assert heard[0] == SOUND and heard[1] in FILLERS, heard
        (wish,) = line.got(link.TakeMessage)
        await gateway.outcome(line, "voicemail", "message")
        await until(lambda: gateway.follow_ups(line) == ["voicemail"])
        assert not gateway.unowned(), wish


@together
async def test_words_over_our_sentence_stop_it_and_mere_listening_does_not() -> None:
    async with running_gateway() as gateway:
        line = await gateway.line().call()
        await line.say("what are your opening hours")
        line.speed = 1.5
        await line.hears("o'clock")
        await asyncio.sleep(0.7)  # so late that it is not the same turn that goes on
        await line.say("uh-huh", at_once=True)
        await asyncio.sleep(0.5)
        assert not line.stopped_at
        await line.hears("anything else")
        await line.quiet()
        line.speed = 0.02
        await line.say("what are your opening hours")
        line.speed = 1.5
        await line.hears("o'clock")
        mark = len(line.heard)
        await asyncio.sleep(0.7)
        await line.say("I'd like to book a check-up please", at_once=True)
        await until(lambda: line.stopped_at)
        await line.hears("When would you like to come?")
        assert [one.text for one in line.heard[mark:]] == ["When would you like to come?"]


@together
async def test_a_yes_over_the_read_back_books_nothing() -> None:
    async with running_gateway() as gateway:
        line = await gateway.line().call()
        await book(line, "number")
        await line.say("yes that's right")
        line.speed = 2.0
        await line.hears("So that's")
        await asyncio.sleep(0.9)  # so late that it is not the same turn that goes on
        await line.say("yes please book it", at_once=True)
        await until(lambda: line.stopped_at)
        line.speed = 0.02
        await line.hears("please say yes, or press one")
        assert not gateway.appointments(line) and not line.heard_any("booked")
        await line.hears("press two")
        await line.say("yes please")
        await line.hears("booked")
        assert len(gateway.appointments(line)) == 1


@together
async def test_a_caller_who_goes_on_is_heard_as_one_turn() -> None:
    async with running_gateway() as gateway:
        line = await gateway.line().call()
        await book(line, "day")
        await line.say("tomorrow")
        await asyncio.sleep(0.5)
        await line.say("at ten in the morning", at_once=True)
        await line.hears("name")
        await line.hang_up()
        await gateway.outcome(line)
        said = gateway.call_row(line)["turns"]
        assert "tomorrow at ten in the morning" in said
        assert line.heard_any("at ten o'clock")


@together
async def test_a_foreign_recogniser_serves_the_gateway_in_place_of_ours() -> None:
    folder = Path(tempfile.mkdtemp(prefix="np-"))
    uri = f"unix://{folder}/asr.sock"
    words = ["I'd like to book a check-up please", "tomorrow at ten"]
    serving = asyncio.create_task(foreign_recogniser.serve(uri, words))
    await until((folder / "asr.sock").exists)
    text = site(f'recogniser = "{uri}"')
    try:
        async with running_gateway(text) as gateway:
            gateway.models.capabilities = replace(NO_MIND, recogniser=None)
            await gateway.rung(4)
            line = await gateway.line().call()
            loud = LOUD * (link.FRAME_BYTES // 4)
            await line.sound(loud, 25)
            await line.hears("When would you like to come?")
            await line.quiet()
            await asyncio.sleep(1.1)
            await line.sound(loud, 25)
            await line.hears("name")
            assert not line.dropped
    finally:
        serving.cancel()
        shutil.rmtree(folder, ignore_errors=True)


async def booking_by_keypad(voice: bool) -> None:
    async with running_gateway(phrases=True) as gateway:
        mute = replace(NO_MIND, recogniser=None, voice="voice" if voice else None)
        gateway.models.capabilities = mute
        await gateway.rung(3 if voice else 2)
        line = await gateway.line().call()
        await line.press_on()
        assert await gateway.outcome(line) == "booked"
        assert len(gateway.appointments(line)) == 1 and not gateway.unowned()
        assert gateway.call_row(line)["lowest_rung"] == (3 if voice else 2)
        assert gateway.models.synthesized if voice else not line.heard_any("Jordan")


@together
async def test_a_whole_booking_by_keypad_without_a_recogniser() -> None:
    await booking_by_keypad(voice=True)


@together
async def test_a_whole_booking_by_keypad_with_recorded_phrases_alone() -> None:
    await booking_by_keypad(voice=False)


@together
async def test_without_voice_and_phrases_the_line_takes_a_message() -> None:
    async with running_gateway(models=False) as gateway:
        line = gateway.line()
        await line.offer()
        await line.answer()
        await line.ends()
        (wish,) = line.got(link.TakeMessage)
        assert wish == link.TakeMessage("voice-failed", "apology")
        await gateway.outcome(line, "voicemail")
        assert gateway.follow_ups(line) == ["voicemail"] and not line.heard
