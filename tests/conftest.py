"""`make test` has two lanes: what happens in real time runs alone in one, all else in the other.

Two calls at once, or a call beside a loaded model, would make each other late on two cores; what
merely computes or waits for disk and broker goes beside them with low priority.
"""

from __future__ import annotations

import os

import pytest

REAL_TIME_MARKS = ("sip", "models")
REAL_TIME_FOLDERS = ("tests/processes/", "tests/phone/")
NICE = 10
"""Added to the niceness of the other lane, and so of the programs that its tests start."""


def is_real_time(item: pytest.Item) -> bool:
    """Whether it talks, listens or loads a model."""
    marked = any(item.get_closest_marker(mark) for mark in REAL_TIME_MARKS)
    return marked or item.nodeid.startswith(REAL_TIME_FOLDERS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`--dist loadgroup` keeps a group together, in order, in one worker."""
    for item in items:
        if is_real_time(item):
            item.add_marker(pytest.mark.xdist_group("real-time"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """The worker that has no real-time tests to do, or none any more, steps back for good."""
    beside = "PYTEST_XDIST_WORKER" in os.environ
    if beside and not is_real_time(item) and os.getpriority(os.PRIO_PROCESS, 0) < NICE:
        os.nice(NICE)
