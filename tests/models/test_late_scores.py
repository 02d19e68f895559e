"""What becomes of a question to the language model that was not answered in time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from wyoming.event import Event

from gateway.contract.model_link import Understand
from gateway.errors import ModelError
from models.lane import Lane
from models.requests import understand


class SlowScorer:
    """Never scores before the deadline; has learnt what is shared after `pieces` goes."""

    name = "slow"

    def __init__(self, pieces: int) -> None:
        self.pieces = pieces
        self.scored = 0
        self.learnt = 0
        self.done = threading.Event()

    def score(self, request: Understand, deadline: float) -> Sequence[float]:
        self.scored += 1
        raise ModelError("the deadline passed")

    def learn(self, request: Understand, deadline: float) -> None:
        self.learnt += 1
        if self.learnt < self.pieces:
            raise ModelError("the deadline passed")
        self.done.set()


def test_after_a_late_answer_what_is_shared_is_learnt_and_the_turn_is_let_go() -> None:
    scorer = SlowScorer(pieces=3)
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)

    async def late() -> None:
        lane = Lane("scoring")
        with pytest.raises(ModelError):
            await understand(Understand("One word.", "", "well", ("a", "b")), scorer, lane, send)
        async with asyncio.timeout(60):
            while not scorer.done.is_set() or lane.busy:
                await asyncio.sleep(0.01)
        lane.stop()

    asyncio.run(late())
    assert (scorer.scored, scorer.learnt, sent) == (1, 3, [])
