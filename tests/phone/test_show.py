"""Calls that overlap are shown one after the other, each whole and in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.rehearsal.phone.evidence import Evidence
from gateway.rehearsal.phone.result import CallResult
from gateway.rehearsal.phone.scripted_call import CallReport
from gateway.rehearsal.phone.show import Transcript


def result(name: str) -> CallResult:
    return CallResult(name, CallReport(), Evidence(), None, Path(f"{name}.wav"), [])


def test_the_later_of_two_calls_at_once_is_shown_after_the_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = Transcript("first call")
    second = Transcript("second call", after=first)
    third = Transcript("third call", after=second)
    first.line("box", "one", 0.5)
    second.line("box", "two", None)
    second.close(result("second"))
    first.line("caller", "three", None)
    assert "two" not in capsys.readouterr().out
    first.close(result("first"))
    third.line("box", "four", None)
    third.close(result("third"))
    Transcript("fourth call", after=third).line("box", "five", None)
    shown = capsys.readouterr().out
    places = [shown.index(text) for text in ("first.wav", "two", "second.wav", "four", "five")]
    assert places == sorted(places)
