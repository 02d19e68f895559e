"""Fixtures for real calls: a line with short greetings, so that tests need not listen for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.fakes.scripted_gateway import ScriptedGateway
from tests.sip.caller import Caller
from tests.sip.line_process import LineProcess, running_line, site_toml

StartLine = Callable[..., LineProcess]
Call = Callable[..., Caller]


@pytest.fixture
def start_line() -> Iterator[StartLine]:
    """start_line(line={...}, voicemail={...}) -> a running line; settings as in site_toml."""
    with ExitStack() as stack:

        def start(
            *, short: bool = True, wait: bool = True, environ: Any = None, **changes: Any
        ) -> LineProcess:
            line = stack.enter_context(
                running_line(site_toml(**changes), start=False, environ=environ)
            )
            if short:
                line.shorten_greetings()
            return line.start(wait=wait)

        yield start


@pytest.fixture
def place_call() -> Iterator[Call]:
    """place_call(line, ...) -> a caller who has dialled; hung up and closed afterwards."""
    with ExitStack() as stack:

        def place(line: LineProcess, expect: int = 200, **options: Any) -> Caller:
            caller = stack.enter_context(Caller(line.port, **options))
            assert caller.call() == expect, line.log[-4000:]
            return caller

        yield place


@pytest.fixture
def gateway_for() -> Iterator[Callable[..., ScriptedGateway]]:
    """gateway_for(line) -> a scripted gateway on that line's socket."""
    with ExitStack() as stack:

        def listen(line: LineProcess, **options: Any) -> ScriptedGateway:
            return stack.enter_context(ScriptedGateway(line.paths.gateway_socket, **options))

        yield listen
