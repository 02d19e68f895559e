"""`nightporter understand` and `nightporter bench understanding`."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import nightporter
from gateway.conversation.meaning import ModelQuestion
from gateway.rehearsal import bench_understanding, model_effect
from gateway.rehearsal.bench_understanding import half_of
from tests.conversation_understanding.situation import clock, meaning

DATA = Path(__file__).parents[3] / "shared" / "data"


def understood(*lines: object) -> list[dict[str, Any]]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    result = CliRunner().invoke(nightporter, ["understand"], input=text)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_a_line_says_each_value_with_its_words() -> None:
    [found] = understood(
        {"said": "It's Anna Brown, a cleaning tomorrow at ten please", "today": "2026-11-24"}
    )
    assert found["dates"] == [{"value": "2026-11-25", "words": "tomorrow"}]
    assert found["times"] == [{"value": "10:00", "words": "ten"}]
    assert found["name"]["value"] == "Anna Brown"
    assert found["service"] == {
        "value": "cleaning", "words": "cleaning", "source": "words", "sure": 1.0,
    }  # fmt: skip
    assert found["intent"]["value"] == "book"
    assert found["answer"]["value"] == "none"
    assert found["danger"] is None
    assert found["wants_person"]["value"] is False
    assert found["in_scope"] is True
    assert found["by"] == "rules"
    assert found["ms"] >= 0


def test_what_was_asked_and_offered_is_the_context() -> None:
    question = {"today": "2026-11-24T19:10:00", "asked": ["choice"],
                "offered": ["2026-11-25T10:00", "tomorrow at half past two"]}  # fmt: skip
    first, second = understood(
        {"said": "the second one", **question}, {"said": "two thirty", **question}
    )
    assert first["choice"]["value"] == 1
    assert second["choice"]["value"] == 1
    [number] = understood({"said": "five five five", "today": "2026-11-24", "asked": "phone"})
    assert number["phone"]["value"] == "555"
    assert number["phone_partial"]


def test_windows_limits_and_exclusions_have_their_own_form() -> None:
    [found] = understood(
        {"said": "not Friday, between two and four or after five", "today": "2026-11-24"}
    )
    assert found["dates"] == []
    assert found["not_weekdays"]["value"] == [4]
    assert [entry["value"] for entry in found["times"]] == ["14:00-16:00", "17:00"]
    assert found["times"][1]["limit"] == "not_before"


def test_bad_lines_are_said_to_be_bad_and_the_others_go_on() -> None:
    found = understood(
        "{", "[]", {"said": "hello"}, {"said": "x", "today": "yesterday"},
        {"said": "yes", "today": "2026-11-24", "asked": ["weather"]},
        {"said": "yes", "today": "2026-11-24", "asked": ["yes-no"]},
    )  # fmt: skip
    assert ["error" in line for line in found] == [True] * 5 + [False]
    assert found[-1]["answer"]["value"] == "yes"


def test_the_benchmark_says_that_it_skips_where_the_data_is_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench_understanding, "DATA", tmp_path)
    result = CliRunner().invoke(nightporter, ["bench", "understanding"])
    assert result.exit_code == 0
    assert "skipped" in result.output


def test_the_benchmark_tells_what_the_model_adds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Two turns of a call, one of them beyond the rules, and a model that knows the answer."""
    dialogue = next(name for name in map(str, range(99)) if half_of(name) == "dev")
    jokes = [said for said in map("tell me {} jokes".format, range(99)) if half_of(said) == "dev"]
    turns = [("yes please", "AFFIRM"), ("my whole heart cries out for it", "AFFIRM")]
    (tmp_path / "appointment_turns.jsonl").write_text(
        "".join(
            json.dumps({
                "dialogue": dialogue, "office_said": "Ten on Tuesday?", "office_asked": [],
                "caller_said": said, "acts": [{"act": act}],
            }) + "\n"
            for said, act in turns
        )
    )  # fmt: skip
    (tmp_path / "clinc_out_of_scope.jsonl").write_text(
        "".join(json.dumps({"said": said, "intent": "tell_joke"}) + "\n" for said in jokes)
    )
    monkeypatch.setattr(bench_understanding, "DATA", tmp_path)

    def knows(_said: str, question: ModelQuestion) -> tuple[float, ...]:
        return tuple(0.9 if value == "yes" else 0.05 for value in question.values)

    monkeypatch.setattr(model_effect, "own_worker", lambda _site: nullcontext(knows))
    result = CliRunner().invoke(nightporter, ["bench", "understanding", "--compare"])
    assert result.exit_code == 0, result.output
    assert "calls: 1 of 2 turns (50.0%) were put to the model" in result.output
    [answers] = [line for line in result.output.splitlines() if line.startswith("yes/no")]
    assert answers.split()[-6:] == ["50.0%", "of", "2", "100.0%", "of", "2"]
    assert "out of scope: " in result.output


def spoken_times() -> list[tuple[str, str, str]]:
    path = DATA / "spoken_times.tsv"
    if not path.exists():
        return []
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row[0], row[1], row[2]) for row in rows if len(row) == 3 and row[0] != "phrase"]


@pytest.mark.skipif(not spoken_times(), reason="no ../shared/data/spoken_times.tsv on this machine")
def test_phrases_of_others_are_read() -> None:
    wrong = []
    for said, date_wanted, time_wanted in spoken_times():
        found = meaning(said)
        days = [day.isoformat() for day in found.day.value.days] if found.day else []
        wish = clock(said) if found.time else None
        moments = (wish.times or wish.ambiguous) if wish else ()
        # The file gives clock times modulo twelve hours.
        times = {f"{moment.hour % 12:02}:{moment.minute:02}" for moment in moments}
        hour, _, minute = time_wanted.partition(":")
        wanted = {f"{int(hour) % 12:02}:{minute}"} if time_wanted else set()
        if days != ([date_wanted] if date_wanted else []) or times != wanted:
            wrong.append(f"{said}: {days} {sorted(times)}")
    assert not wrong
