"""Times that a test measures on a machine that does other things as well."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")

TRIES = 4
REST_S = 2.0
"""Grows with each try, so that whatever keeps the machine busy can come to its end."""


def again_when_late(test: Callable[P, None]) -> Callable[P, None]:
    """Run a test of times anew: a busy machine is late once, a fault of ours each time.

    Only for tests that measure, and whose fixtures are factories.
    """

    @functools.wraps(test)
    def tried(*args: P.args, **kwargs: P.kwargs) -> None:
        for number in range(1, TRIES):
            try:
                return test(*args, **kwargs)
            except AssertionError as error:
                print(f"try {number}: {error}")
                time.sleep(REST_S * number)
        return test(*args, **kwargs)

    return tried
