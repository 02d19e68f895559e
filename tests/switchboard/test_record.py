"""What the row of a call keeps of the line's offer and of its end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.contract.call_link import CallEnded, CallOffered
from gateway.switchboard.record import CallRecord
from tests.switchboard.test_later_words import CALLER, Morning

OFFERED = CallOffered("call-1", CALLER, "100", 0.0, "200", "no-answer")


def record(home: Path, ended: CallEnded | None, *said: str) -> Morning:
    """A call that went so, as the office finds it."""
    morning = Morning(home)
    kept = CallRecord(morning.premises, OFFERED)
    for words in said:
        kept.said("caller", words)

    async def life() -> None:
        await kept.started()
        await kept.ended(ended)

    asyncio.run(life())
    return morning


def test_why_a_call_was_sent_on_to_us_is_on_its_page(tmp_path: Path) -> None:
    page = record(tmp_path, None).store.call_page("call-1")
    assert (page.called, page.forwarded_from, page.forward_reason) == ("100", "200", "no-answer")


@pytest.mark.parametrize(
    ("ended", "said", "reasons"),
    [
        (CallEnded("call-1", "caller", 0.0), (), []),
        (CallEnded("call-1", "caller", 0.0), ("a check-up",), [("abandoned", "office")]),
        (None, (), [("abandoned", "office")]),
    ],
    ids=["hung up without a word", "hung up", "dropped by us"],
)
def test_who_was_dropped_by_us_is_called_back_whatever_they_had_said(
    tmp_path: Path,
    ended: CallEnded | None,
    said: tuple[str, ...],
    reasons: list[tuple[str, str]],
) -> None:
    assert record(tmp_path, ended, *said).reasons == reasons
