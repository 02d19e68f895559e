"""How long a line takes from its start to the answer to a call, and how much of it was the machine.

python -m tests.sip.start_time [STARTS]     prints each start, the median and the noise
"""

from __future__ import annotations

import os
import socket
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.scripted_gateway import ScriptedGateway
from tests.sip.caller import Caller
from tests.sip.line_process import LineProcess, running_line

SURROUNDINGS = ("nothing", "a dead socket", "a gateway that hangs", "a broken database")
"""What else may be there when the line starts."""


@dataclass(frozen=True)
class Start:
    """One start of the line."""

    wall_s: float
    """From the start of the process to the 200 OK"""
    waited_s: float
    """Of it, how long the process wanted a processor and had none: the machine's noise"""

    @property
    def own_s(self) -> float:
        """What the start takes on a free processor, sleeping and waiting for others included."""
        return self.wall_s - self.waited_s


@contextmanager
def surrounded_by(what: str, line: LineProcess) -> Iterator[None]:
    """The line's home as it may be found."""
    paths = line.paths
    paths.make_folders()
    with ExitStack() as stack:
        if what == "a dead socket":
            with socket.socket(socket.AF_UNIX) as dead:
                dead.bind(str(paths.gateway_socket))
        elif what == "a gateway that hangs":
            silent = stack.enter_context(socket.socket(socket.AF_UNIX))
            silent.bind(str(paths.gateway_socket))
            silent.listen(8)
        elif what == "a gateway":
            stack.enter_context(ScriptedGateway(paths.gateway_socket))
        elif what == "a broken database":
            (paths.state / "nightporter.db").write_bytes(b"no database" * 100)
            (paths.state / "last-good-site.toml").write_text("[[[")
            (paths.spool / "half.json").write_text("{")
        yield


def measure(what: str) -> Start:
    """Start a line among `what`, dial at once, until it answers; AssertionError when it does not
    take the message."""
    with running_line(start=False) as line, surrounded_by(what, line):
        line.shorten_greetings()
        began = time.monotonic()
        line.start()
        with Caller(line.port) as caller:
            assert caller.call(60.0) == 200, line.log[-4000:]
            start = Start(time.monotonic() - began, _waited(line.pid))
            assert caller.tone(timeout=60.0), "no message was taken"
            return start


def _waited(pid: int) -> float:
    """Seconds that the process stood in the queue for a processor (proc(5), schedstat)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[1]) for task in tasks) / 1e9


def main(starts: int) -> None:
    """Print the figures."""
    found = []
    for number in range(starts):
        what = SURROUNDINGS[number % len(SURROUNDINGS)]
        start = measure(what)
        found.append(start)
        print(f"{what:22} {start.wall_s:5.2f} s, of it {start.waited_s:5.2f} s without a processor")
    own = sorted(start.own_s for start in found)
    wall = sorted(start.wall_s for start in found)
    print(
        f"start to answer, {starts} starts: median {statistics.median(own):.2f} s, worst "
        f"{own[-1]:.2f} s on a free processor; by the clock {statistics.median(wall):.2f} s and "
        f"{wall[-1]:.2f} s at a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
