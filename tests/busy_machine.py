"""Times that a test measures on a machine that does other things as well."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

TRIES = 4
REST_S = 2.0
"""Grows with each try, so that whatever keeps the machine busy can come to its end."""


def again_when_late(test: Callable[P, T]) -> Callable[P, T]:
    """Run a test of times anew: a busy machine is late once, a fault of ours each time.

    For tests that measure and whose fixtures are factories; and for what leads up to a test, e.g.
    ten calls that have to be in ten stages at one moment.
    """

    @functools.wraps(test)
    def tried(*args: P.args, **kwargs: P.kwargs) -> T:
        for number in range(1, TRIES):
            try:
                return test(*args, **kwargs)
            except (AssertionError, TimeoutError) as error:
                print(f"try {number}: {error}")
                time.sleep(REST_S * number)
        return test(*args, **kwargs)

    return tried
