"""Phrases are rendered when nobody is on the phone, and each once."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from gateway.switchboard import warm
from tests.switchboard.test_later_words import Morning

LIMIT_S = 60.0


def test_a_voice_that_keeps_nothing_is_not_asked_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = Morning(tmp_path)
    texts = ["One moment please.", "Goodbye."]
    monkeypatch.setattr(warm, "missing_phrases", lambda *_: texts)

    async def test() -> None:
        rendered: set[str] = set()
        await warm.render_phrases(morning.premises, lambda: True, rendered)
        assert morning.models.synthesized == [], "somebody is on the phone"
        for _ in range(3):
            await warm.render_phrases(morning.premises, lambda: False, rendered)
        assert morning.models.synthesized == texts

    morning.with_models(test)
    morning.premises.desk.close()


def test_calls_go_on_while_it_is_found_out_which_phrases_are_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = Morning(tmp_path)
    release, asked = threading.Event(), []

    def slow(*_: object) -> list[str]:
        asked.append("looked")
        assert release.wait(LIMIT_S), "nothing else could be done meanwhile"
        return []

    monkeypatch.setattr(warm, "missing_phrases", slow)

    async def test() -> None:
        assert not await warm.render_phrases(morning.premises, lambda: True, set())
        assert asked == [], "somebody is on the phone"
        looking = asyncio.create_task(warm.render_phrases(morning.premises, lambda: False, set()))
        while not asked:
            await asyncio.sleep(0.01)
        release.set()
        assert await looking

    morning.with_models(test)
    morning.premises.desk.close()


def test_phrases_that_are_all_there_are_not_counted_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning = Morning(tmp_path)
    looks: list[str] = []
    turns: list[str] = []

    async def turn(_premises: object) -> None:
        turns.append("turn")

    def missing(*_: object) -> list[str]:
        looks.append("look")
        return []

    async def after(more: int) -> None:
        wanted = len(turns) + more
        async with asyncio.timeout(LIMIT_S):
            while len(turns) < wanted:
                await asyncio.sleep(0.001)

    monkeypatch.setattr(warm, "LOOK_EVERY_S", 0.0)
    monkeypatch.setattr(warm, "render_greeting", turn)
    monkeypatch.setattr(warm, "missing_phrases", missing)

    async def test() -> None:
        warming = asyncio.create_task(warm.keep_warm(morning.premises, lambda: False))
        await after(20)
        assert looks == ["look"]
        morning.premises.health.voice = "another voice"
        await after(20)
        assert looks == ["look"] * 2
        warming.cancel()

    morning.with_models(test)
    morning.premises.desk.close()
