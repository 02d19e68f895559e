"""Who did what, and what follows: the table behind the bridge."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from gateway.calendar_bridge.entry import Ours, Standing
from gateway.calendar_bridge.memory import Written
from gateway.calendar_bridge.reconcile import (
    Box,
    Nothing,
    Put,
    Remove,
    Say,
    Seen,
    Step,
    Understand,
    reconcile,
)

TEN = Standing(datetime(2026, 12, 1, 10), 30, "confirmed")
NOON = replace(TEN, start=datetime(2026, 12, 1, 12))
ASKED = replace(TEN, status="tentative")
OFF = replace(TEN, status="cancelled")
ASKED_NOON = replace(NOON, status="tentative")


def box(standing: Standing = TEN, revision: int = 1, **more: object) -> Box:
    fields = {"calendar": "weber", "over": False, **more}
    return Box("u", revision, standing=standing, **fields)  # type: ignore[arg-type]


def wrote(standing: Standing = TEN, revision: int = 1, **more: object) -> Written:
    fields: dict[str, object] = {"calendar": "weber", "etag": "1", **more}
    return Written("u", href="/u.ics", revision=revision, standing=standing, **fields)  # type: ignore[arg-type]


def seen(
    standing: Standing | None = TEN, etag: str = "1", calendar: str = "weber", base: int = 1,
    summary: str = "Check up",
) -> Seen:  # fmt: skip
    ours = Ours(standing, base, None, summary, (base, TEN))
    return Seen(calendar, "/u.ics", etag, ours)


CASES: list[tuple[str, Box, Written | None, list[Seen], object]] = [
    ("a new booking", box(), None, [], Put("weber", None)),
    ("a new one that is over", box(over=True), None, [], Nothing()),
    ("a cancelled one that was never written", box(OFF), None, [], Nothing()),
    ("both agree", box(), wrote(), [seen()], Nothing()),
    ("the caller moved it", box(NOON, 2), wrote(), [seen()], Put("weber", seen())),
    ("the caller cancelled it", box(OFF, 2), wrote(), [seen()], Put("weber", seen())),
    ("a higher revision alone", box(TEN, 2), wrote(), [seen()], Put("weber", seen())),
    ("staff deleted it, and we know", box(OFF, 2), wrote(OFF, gone=True), [], Nothing()),
    ("staff deleted what was cancelled", box(OFF, 2), wrote(OFF, 2), [],
     Understand(wrote(OFF, 2, gone=True, etag=""))),
    ("staff tidied up what is over", box(over=True), wrote(), [],
     Understand(wrote(gone=True, etag=""))),
    ("the office took the cancellation back", box(TEN, 3), wrote(OFF, 1, gone=True), [],
     Put("weber", None)),
    ("staff wrote a note", box(), wrote(), [seen(etag="2")], Understand(wrote(etag="2"))),
    ("made longer than a day", box(), wrote(), [seen(None, etag="2")], Understand(wrote(etag="2"))),
    ("the box moved it to a colleague", box(calendar="patel"), wrote(), [seen()],
     Put("patel", None)),
    ("and it still stands in the old place", box(TEN, 2, calendar="patel"),
     wrote(TEN, 2, calendar="patel"), [seen(), seen(calendar="patel", base=2)], Remove(seen())),
    ("staff are just moving it", box(), wrote(), [seen(), seen(calendar="patel")], Nothing()),
    ("its practitioner has no calendar", box(calendar=None), None, [], Nothing()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("standing", "written", "found", "step"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_what_follows(
    standing: Box, written: Written | None, found: list[Seen], step: Step
) -> None:
    assert reconcile(standing, written, found) == step


SAID: list[tuple[str, Box, Written, list[Seen], tuple[str, str, Standing, str, int]]] = [
    ("staff moved it", box(), wrote(), [seen(NOON, "2")], ("appointment", "", NOON, "weber", 1)),
    ("staff cancelled it", box(), wrote(), [seen(OFF, "2")], ("appointment", "", OFF, "weber", 1)),
    ("staff deleted it", box(), wrote(), [], ("appointment", "", OFF, "weber", 1)),
    ("staff moved what the caller has moved since", box(OFF, 4), wrote(), [seen(NOON, "2")],
     ("appointment", "", NOON, "weber", 1)),
    ("staff gave it to a colleague", box(), wrote(), [seen(TEN, "1", "patel")],
     ("appointment", "", TEN, "patel", 1)),
    ("staff brought it back", box(OFF, 2), wrote(OFF, 2, gone=True), [seen(TEN, "9")],
     ("appointment", "", TEN, "weber", 2)),
    ("staff accepted it", box(ASKED), wrote(ASKED), [seen(TEN, "2")],
     ("decision", "accepted", TEN, "weber", 1)),
    ("staff took Request: away", box(ASKED), wrote(ASKED, summary="Request: Check up"),
     [seen(ASKED, "2")], ("decision", "accepted", TEN, "weber", 1)),
    ("staff declined it", box(ASKED), wrote(ASKED), [seen(replace(ASKED, status="cancelled"), "2")],
     ("decision", "declined", OFF, "weber", 1)),
    ("staff deleted a request", box(ASKED), wrote(ASKED), [],
     ("decision", "declined", OFF, "weber", 1)),
    ("staff moved a request", box(ASKED), wrote(ASKED), [seen(ASKED_NOON, "2")],
     ("decision", "moved", ASKED_NOON, "weber", 1)),
    ("the caller moved the request meanwhile", box(ASKED_NOON, 2),
     wrote(ASKED), [seen(TEN, "2")], ("appointment", "", TEN, "weber", 1)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("standing", "written", "found", "said"),
    [case[1:] for case in SAID],
    ids=[case[0] for case in SAID],
)
def test_what_staff_did_is_said(
    standing: Box, written: Written, found: list[Seen], said: tuple[str, str, Standing, str, int]
) -> None:
    step = reconcile(standing, written, found)
    assert isinstance(step, Say)
    assert (step.topic, step.decision, step.standing, step.calendar, step.based_on) == said
    waiting = reconcile(standing, step.written, found, waiting=True)
    assert waiting == Nothing(), "until the box has answered, the calendar is left alone"
    again = reconcile(standing, step.written, found)
    assert not isinstance(again, Say), "it is said once"


def test_without_a_memory_the_event_itself_tells_how_it_was_written() -> None:
    step = reconcile(box(TEN, 3), None, [seen(NOON, "7", base=3)])
    assert isinstance(step, Understand) and step.written.revision == 3
    then = reconcile(box(TEN, 3), step.written, [seen(NOON, "7", base=3)])
    assert isinstance(then, Say) and then.standing == NOON
