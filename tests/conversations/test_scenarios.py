"""Every written call, graded on the rows that it leaves; and the graders' own ability to fail."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from gateway.contract.settings import Settings
from gateway.contract.settings_file import load_settings
from gateway.rehearsal.rehearse import find, play, transcript
from gateway.rehearsal.scenario import Scenario, ScenarioError, read_scenario
from gateway.rehearsal.stage import SAMPLE

HERE = Path(__file__).parent
SCENARIOS = find([HERE])
NOISE = 0.1


@cache
def sample() -> Settings:
    return load_settings(SAMPLE)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_call_leaves_the_rows_that_it_should(scenario: Scenario) -> None:
    verdict, calls = play(scenario, sample=sample())
    assert verdict.passed, f"{verdict}\n{transcript(calls)}"


@pytest.mark.parametrize("scenario", SCENARIOS[::8], ids=lambda scenario: scenario.name)
def test_a_bad_recogniser_never_makes_a_wrong_row(scenario: Scenario) -> None:
    verdict, calls = play(scenario, seed=7, noise=NOISE, sample=sample())
    assert verdict.safe, f"{verdict}\n{transcript(calls)}"


def test_there_are_scenarios_enough() -> None:
    assert len(SCENARIOS) >= 150
    assert len({scenario.title for scenario in SCENARIOS}) == len(SCENARIOS)


def written(folder: Path, text: str) -> Scenario:
    file = folder / "a.call"
    file.write_text(text)
    return read_scenario(file)


BOOKING = """# A booking.
set: conversation.yes_above = {above}
--- call
> a check-up on Tuesday at ten
> Anna Brown
> yes
> yes
--- wanted
{wanted}
"""


def test_a_missing_row_is_noticed(tmp_path: Path) -> None:
    text = BOOKING.format(above=0.5, wanted="appointment: cleaning, Anna Brown\nlive: 2")
    verdict, _ = play(written(tmp_path, text), sample=sample())
    assert len(verdict.missed) == 2


def test_a_forbidden_sentence_is_noticed(tmp_path: Path) -> None:
    text = BOOKING.format(above=0.5, wanted="never: that's booked")
    assert not play(written(tmp_path, text), sample=sample())[0].passed


def test_a_commit_to_which_nobody_said_yes_is_noticed(tmp_path: Path) -> None:
    text = BOOKING.format(above=0.0, wanted="")
    scenario = written(
        tmp_path, text.replace("> yes\n> yes\n", "> yes\n> whatever you think\n" * 9)
    )
    found = [play(scenario, seed=n, noise=0.4, sample=sample())[0] for n in range(40)]
    assert any(verdict.wrong_commits for verdict in found), "an echo taken for a yes"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("hello", 'a.call:1: "hello": write "name: value"'),
        ("--- cal", "there is --- call"),
        ("# nothing\n", "no call"),
        ("--- call\nhello\n", "begin it with >"),
        ("--- call\n> hi\n--- wanted\noutcom: booked", "cannot be wanted"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_line_and_mend(
    tmp_path: Path, text: str, fault: str
) -> None:
    with pytest.raises(ScenarioError, match=fault.replace("(", r"\(")):
        written(tmp_path, text)
