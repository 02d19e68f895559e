"""What /etc/default/nightporter says of a machine that is far too slow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.contract.patience import MOST, NAME, read_patience

DEFAULT = Path(__file__).parents[2] / "systemd" / "nightporter.default"
DEADLINES = "import gateway.contract.model_link as m; print(m.TRANSCRIPT_DEADLINE_S)"


@pytest.mark.parametrize(
    ("text", "factor"),
    [(None, 1.0), ("", 1.0), ("60", 60.0), ("1.5", 1.5), (f"{MOST}", MOST)],
)
def test_patience_is_a_factor(text: str | None, factor: float) -> None:
    assert read_patience(text) == factor


@pytest.mark.parametrize("text", ["much", "0", "-5", "0.5", "nan", "inf", "1e9", "60 s"])
def test_a_factor_that_makes_no_sense_counts_as_one(text: str) -> None:
    assert read_patience(text) == 1.0


@pytest.mark.parametrize(("text", "seconds"), [("60", "120.0"), ("soon", "2.0")])
def test_programs_wait_as_much_longer_for_the_recogniser(text: str, seconds: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DEADLINES],
        env=os.environ | {NAME: text}, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == seconds


def test_the_file_for_the_machine_names_it_and_changes_nothing() -> None:
    lines = DEFAULT.read_text().splitlines()
    assert f"#{NAME}=1" in lines
    assert all(line.startswith("#") for line in lines), "a default of ours would hide the program's"
