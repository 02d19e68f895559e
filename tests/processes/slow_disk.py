"""A disk that hangs whenever a test says so, under a program of ours that is otherwise as it is."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SlowDisk:
    """For the environment of a program; `hangs_at()` stops its commits."""

    def __init__(self, folder: Path) -> None:
        self._library = folder / "slow_disk.so"
        self._flag = folder / "the-disk-hangs"
        source = Path(__file__).with_suffix(".c")
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-o", str(self._library), str(source), "-ldl"], check=True
        )

    @property
    def environ(self) -> dict[str, str]:
        """What the program has to be started with."""
        return {"LD_PRELOAD": str(self._library), "SLOW_DISK": str(self._flag)}

    @contextmanager
    def hangs_at(self, words: str) -> Iterator[None]:
        """No file is saved that holds these words; afterwards what was under way goes on."""
        new = self._flag.with_suffix(".new")
        new.write_text(words)
        new.replace(self._flag)
        try:
            yield
        finally:
            self._flag.unlink()
