"""Runs the commands of set-up, keeps what they say in a log, and tells its end when one fails."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from provisioning.setup.progress import SetupError

LAST_LINES = 15
"""Lines of a failed command's output that a person is shown."""

WAKE_S = 1.0
"""How often a silent command is reported as still running."""


def run(
    command: list[str],
    log: Path,
    *,
    on_line: Callable[[str], None] = lambda line: None,
    on_wake: Callable[[], None] = lambda: None,
    environ: Mapping[str, str] | None = None,
    mend: str,
) -> None:
    """Run to the end; SetupError with the last lines and `mend` when it fails.

    `on_line` gets each line of output as it comes, `on_wake` is called once a second.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(command)}\n")
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **(environ or {})},
        )
        ended = threading.Event()
        waker = threading.Thread(target=_wake, args=(ended, on_wake), daemon=True)
        waker.start()
        try:
            assert child.stdout
            for line in child.stdout:
                file.write(line)
                said.append(line.rstrip())
                on_line(line.rstrip())
            child.wait()
        except BaseException:
            child.terminate()
            raise
        finally:
            ended.set()
            waker.join()
    if child.returncode:
        end = "\n".join(f"    {line}" for line in said[-LAST_LINES:])
        raise SetupError(
            f"{Path(command[0]).name} failed (exit code {child.returncode}):\n{end}\n"
            f"All of it is in {log}. {mend}"
        )


def _wake(ended: threading.Event, on_wake: Callable[[], None]) -> None:
    while not ended.wait(WAKE_S):
        on_wake()
