"""Asynchronous tests of a module run side by side: they mostly wait, each for its own gateway.

@together
async def test_something() -> None: ...

all_together = running_together()   # the module's fixture
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.processes.gateway_process import all_phrases

AT_ONCE = 4
"""More would make each of them late on a machine with two cores."""
DEADLINE_S = 200.0
"""For one test; each takes about ten seconds, more on a busy machine."""
TRIES = 4
"""A busy machine is late once, a fault of ours each time."""

AsyncTest = Callable[[], Awaitable[None]]
Failures = dict[str, BaseException | None]


def together(test: AsyncTest) -> Callable[[Failures], None]:
    """Make a test of it that tells how it went when all ran."""

    def tell(all_together: Failures) -> None:
        error = all_together[test.__name__]
        if error is not None:
            raise error

    tell.__name__ = tell.__qualname__ = test.__name__
    tell.__module__ = test.__module__
    tell.alone = test  # type: ignore[attr-defined]
    return tell


def running_together() -> Any:
    """A fixture that runs the selected tests of its module, AT_ONCE at a time."""

    @pytest.fixture(scope="module", name="all_together")
    def run_all(request: pytest.FixtureRequest) -> Failures:
        all_phrases()  # before the clock of any call ticks
        items = [item for item in request.session.items if isinstance(item, pytest.Function)]
        mine = [item.function for item in items if item.module is request.module]
        tests = {f.__name__: f.alone for f in mine if hasattr(f, "alone")}
        return asyncio.run(_run(tests))

    return run_all


async def _run(tests: dict[str, AsyncTest]) -> Failures:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(test: AsyncTest) -> None:
        async with free, asyncio.timeout(DEADLINE_S):
            await test()

    results = await asyncio.gather(*(one(t) for t in tests.values()), return_exceptions=True)
    failures = dict(zip(tests, results, strict=True))
    for name, error in failures.items():
        for number in range(1, TRIES):
            if error is not None:
                print(f"{name}, try {number}: {error}")
                (error,) = await asyncio.gather(one(tests[name]), return_exceptions=True)
        failures[name] = error
    return failures
