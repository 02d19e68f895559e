"""A short run of the chaos; `make chaos` makes a long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.chaos import Chaos


@pytest.mark.processes
@pytest.mark.timeout(600)
def test_after_chaos_all_tables_are_equal(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, events=600, kills=6, seed=5)
    try:
        figures = chaos.run()
    finally:
        chaos.close()
    assert sum(figures.kills.values()) == 6
    assert figures.repeated > 0
