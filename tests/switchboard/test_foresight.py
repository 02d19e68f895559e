"""How long the silence after some words must be."""

from __future__ import annotations

import pytest

from gateway.switchboard.foresight import stops_in_the_middle


@pytest.mark.parametrize(
    "text",
    ["On Tuesday at", "My name is,", "Hello.", "Good morning,", "I'd like to...", "well…", "a -"],
)
def test_half_a_sentence_calls_for_more(text: str) -> None:
    assert stops_in_the_middle(text)


@pytest.mark.parametrize(
    "text", ["", "I would like to book an appointment,", "Yes.", "Paul Green,", "At ten, please"]
)
def test_a_whole_sentence_does_not_even_with_a_comma_behind_it(text: str) -> None:
    assert not stops_in_the_middle(text)
