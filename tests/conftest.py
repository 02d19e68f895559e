"""`make test` has two lanes, as the machine has two cores; what would disturb each other follows.

Tests with real models go one after the other in one lane: two sets of models at once would be late.
Calls without models mostly wait, and go in the other. Whichever lane is through first goes on with
everything else, with low priority.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("same-each-time", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile("same-each-time")
"""`make test` fails for a change, not by chance; `pytest --hypothesis-profile=search` looks on."""

MODELS, CALLS = "models", "calls"
CALL_FOLDERS = ("tests/processes/", "tests/phone/")
NICE = 10
"""Added to the niceness of a lane, and so of the programs that its tests start."""


def lane_of(item: pytest.Item) -> str | None:
    """Group of a test that happens in real time; None for all else."""
    if item.get_closest_marker("models"):
        return MODELS
    is_call = item.get_closest_marker("sip") or item.nodeid.startswith(CALL_FOLDERS)
    return CALLS if is_call else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`--dist loadgroup` keeps a group together, in order, in one worker; the largest go first."""
    for item in items:
        lane = lane_of(item)
        if lane is not None:
            item.add_marker(pytest.mark.xdist_group(lane))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A worker that has nothing of real time to do any more steps back for good."""
    beside = "PYTEST_XDIST_WORKER" in os.environ
    if beside and lane_of(item) is None and os.getpriority(os.PRIO_PROCESS, 0) < NICE:
        os.nice(NICE)
