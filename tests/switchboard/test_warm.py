"""Phrases are rendered when nobody is on the phone, and each once."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.switchboard import warm
from tests.switchboard.test_later_words import Morning


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
