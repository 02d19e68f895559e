"""Night mode: the operator's word on whether the box answers, above the opening hours.

    on     answer now, whatever the opening hours say
    off    leave calls alone
    auto   the settings decide (no file)

It lies in a file of the state folder, so that it survives a restart; the line reads it for each
call.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from gateway.contract.service import write_atomically

NightMode = Literal["auto", "on", "off"]
NAME = "night-mode"


def read(state: Path) -> NightMode:
    """What is in force; a file that cannot be read is none."""
    try:
        word = (state / NAME).read_text().strip()
    except (OSError, ValueError):
        return "auto"
    return "on" if word == "on" else "off" if word == "off" else "auto"


def write(state: Path, mode: NightMode) -> None:
    """Put it in force; OSError when the disk does not take it."""
    if mode == "auto":
        (state / NAME).unlink(missing_ok=True)
    else:
        write_atomically(state / NAME, f"{mode}\n".encode())
