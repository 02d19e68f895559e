"""How many times longer than usual programs wait for each other in a call on this machine.

`NIGHTPORTER_PATIENCE` in /etc/default/nightporter. On a machine that is far too slow for its
models, such as one that is emulated in software, calls go on with the models instead of without
them; the silence before an answer is as much longer. It changes no setting of the office.
"""

from __future__ import annotations

import os

NAME = "NIGHTPORTER_PATIENCE"
MOST = 1000.0
"""The longest deadlines become a day, not for ever."""


def read_patience(text: str | None) -> float:
    """A factor, 1 to MOST; 1 for whatever is no such number: the line starts all the same."""
    try:
        factor = float(text or "1")
    except ValueError:
        return 1.0
    return factor if 1.0 <= factor <= MOST else 1.0


PATIENCE = read_patience(os.environ.get(NAME))
"""Of this machine."""
