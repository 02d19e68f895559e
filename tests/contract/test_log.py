"""Log lines say what happened and where, never a caller's word."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import logging
from gateway.contract.service import log_fields, start_logging

def read(said):
    try:
        return int(said)
    except ValueError as error:
        raise LookupError(f"no number in {said}") from error

start_logging("gateway", "info")
try:
    read("Anna Brown")
except LookupError:
    logging.getLogger("x").exception("call-failed", extra=log_fields(call_id="c-1"))
logging.getLogger("asyncio").error("Task failed\\nfuture: <exception='Carl Green'>")
logging.getLogger("x").info("%d", "Dora White")
"""


def test_a_log_tells_what_failed_and_where_without_anybodys_words() -> None:
    program = [sys.executable, "-c", PROGRAM]
    log = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60).stderr
    assert "call-failed call_id=c-1" in log and "Task failed" in log
    assert "LookupError" in log and "ValueError" in log and "in read" in log
    for word in ("Anna", "Carl", "Dora"):
        assert word not in log
