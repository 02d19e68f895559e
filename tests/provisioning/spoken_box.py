"""A whole box with models that is registered at an exchange, and the mailbox behind it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway.contract.self_call import HEADER
from gateway.rehearsal.phone.box import Box
from tests.sip.line_process import LineProcess, running_line, site_toml
from tests.sip.registrar import EXTENSION, PASSWORD, Registrar

MAILBOX = "+15550009999"
SPEECH = '[speech]\nlanguage_model = "none"\n'


def extension(registrar: Registrar, **changes: Any) -> dict[str, Any]:
    return {
        "mode": "register",
        "registrar": f"127.0.0.1:{registrar.port}",
        "domain": "pbx.example",
        "user": EXTENSION,
        "auth_user": "line-7",
        "allowed_peers": [],
        "answer": "after-hours",
        **changes,
    }


OPEN_NOW = {day: ["00:00-24:00"] for day in ("monday", "tuesday", "wednesday", "thursday")} | {
    day: ["00:00-24:00"] for day in ("friday", "saturday", "sunday")
}
"""A technician comes by day: callers get 480 then, the test call is answered."""


@contextmanager
def running_mailbox() -> Iterator[LineProcess]:
    """The provider's mailbox: another line, which answers alone."""
    with running_line(site_toml({"user": MAILBOX}), start=False) as line:
        yield line.start()


@contextmanager
def running_box() -> Iterator[Box]:
    """A box that is registered, by day, with models; its exchange drops headers unknown to it."""
    home = Path(tempfile.mkdtemp(prefix="np-"))
    with (
        running_mailbox() as mailbox,
        Registrar(forward_to=mailbox.port, drop_header=HEADER) as registrar,
    ):
        registrar.start()
        home.joinpath("secrets.toml").write_text(f'line_password = "{PASSWORD}"\n')
        site = site_toml(extension(registrar), opening=OPEN_NOW)
        box = Box(home, site + SPEECH)
        box.start()
        try:
            box.wait_ready(("line", "gateway", "models"), lambda _: None)
            yield box
        finally:
            box.stop()
            shutil.rmtree(home, ignore_errors=True)
