"""The wait before a dying program is started again."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

BACKOFF = Path(__file__).parents[2] / "systemd" / "backoff"


def start(folder: Path, name: str, longest: int) -> str:
    """Run it with `echo` in place of `sleep`: the delay that it chose, in seconds."""
    environ = {**os.environ, "RUNTIME_DIRECTORY": str(folder), "BACKOFF_SLEEP": "echo"}
    result = subprocess.run(
        ["sh", BACKOFF, name, str(longest)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    return result.stdout.strip()


def test_the_first_starts_do_not_wait_and_later_ones_wait_longer_and_longer(tmp_path: Path) -> None:
    delays = [start(tmp_path, "gateway", 30) for _ in range(11)]
    assert delays == ["0", "0", "0", "1", "2", "5", "10", "20", "30", "30", "30"]


def test_the_line_never_waits_longer_than_its_limit(tmp_path: Path) -> None:
    assert {start(tmp_path, "line", 5) for _ in range(12)} == {"0", "1", "2", "5"}


def test_a_line_in_a_crash_loop_is_told_to_take_voicemail_only(tmp_path: Path) -> None:
    for _ in range(4):
        start(tmp_path, "line", 5)
    assert not (tmp_path / "line.env").exists()
    start(tmp_path, "line", 5)
    assert (tmp_path / "line.env").read_text() == "NIGHTPORTER_VOICEMAIL_ONLY=1\n"


def test_a_line_that_lived_long_enough_is_trusted_again(tmp_path: Path) -> None:
    long_ago = int(time.time()) - 301
    (tmp_path / "line.starts").write_text(f"{long_ago}\n" * 8)
    (tmp_path / "line.env").write_text("NIGHTPORTER_VOICEMAIL_ONLY=1\n")
    assert start(tmp_path, "line", 5) == "0"
    assert not (tmp_path / "line.env").exists()


def test_a_crash_loop_of_the_gateway_leaves_the_line_alone(tmp_path: Path) -> None:
    for _ in range(9):
        start(tmp_path, "gateway", 30)
    assert not (tmp_path / "line.env").exists()


def test_a_broken_or_future_list_of_starts_is_as_good_as_none(tmp_path: Path) -> None:
    later = int(time.time()) + 9999
    (tmp_path / "gateway.starts").write_text(f"junk\n\n-1\n{later}\n$(touch x)\n")
    assert start(tmp_path, "gateway", 30) == "0"
