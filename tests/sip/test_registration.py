"""Registering at a real registrar, Kamailio, with digest authentication."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.busy_machine import again_when_late
from tests.sip.caller import Caller
from tests.sip.line_process import LineProcess, running_line, site_toml
from tests.sip.registrar import PASSWORD, Registrar

pytestmark = [pytest.mark.sip, pytest.mark.processes]


@pytest.fixture
def registrar() -> Iterator[Registrar]:
    with Registrar() as kamailio:
        yield kamailio


def start(line: LineProcess, password: str = PASSWORD) -> LineProcess:
    line.paths.secrets.write_text(f'line_password = "{password}"\n')
    line.paths.secrets.chmod(0o600)
    line.shorten_greetings()
    return line.start()


def extension(registrar: Registrar, **changes: Any) -> str:
    return site_toml(
        {
            "mode": "register",
            "registrar": f"127.0.0.1:{registrar.port}",
            "domain": "pbx.example",
            "user": "700",
            "auth_user": "line-7",
            "allowed_peers": [],
            **changes,
        }
    )


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@again_when_late
def test_registers_takes_the_registrars_calls_and_nobody_elses(transport: str) -> None:
    with (
        Registrar() as registrar,
        running_line(extension(registrar, transport=transport), start=False) as line,
    ):
        registrar.start()
        start(line)
        status = line.wait_for(registered=True)
        assert status["registration_code"] == 200
        with Caller(registrar.port, dialled="700") as caller:
            assert caller.call() == 200, registrar.log
            assert caller.first_sound()
        (message,) = line.spooled()
        assert message.caller == "+15550007777", "P-Asserted-Identity of the registrar"
        with Caller(line.port, bind="127.0.0.2") as stranger:
            assert stranger.call() == 403
        line.stop()
        with Caller(registrar.port, dialled="700") as caller:
            assert caller.call() == 404, "a clean stop deregisters"


def test_a_wrong_password_is_in_the_status_and_tried_again_slowly(registrar: Registrar) -> None:
    registrar.start()
    with running_line(extension(registrar), start=False) as line:
        start(line, "wrong")
        status = line.wait_for(registration_code=401)
        assert not status["registered"]
        assert 30 <= status["registration_next_try_s"] <= 36
        assert "wrong" not in line.log and "not-registered" in line.log
        assert line.status()["ready"], "it is ready to take calls all the same"


def test_the_registrar_comes_late_goes_and_comes_back() -> None:
    with (
        Registrar(max_expires=7) as registrar,
        running_line(extension(registrar, transport="tcp"), start=False) as line,
    ):
        start(line)
        line.wait_for(registered=False)
        registrar.start()
        line.wait_for(registered=True)
        registrar.stop()
        line.wait_for(registered=False)
        registrar.start()
        line.wait_for(registered=True)


def test_a_registrar_that_wants_longer_registrations_gets_them() -> None:
    with Registrar(min_expires=400) as registrar:
        registrar.start()
        with running_line(extension(registrar, expires_s=60), start=False) as line:
            start(line)
            assert line.wait_for(registered=True)["registration_code"] == 200


def test_a_line_that_never_reached_its_registrar_stops_in_time(registrar: Registrar) -> None:
    with running_line(extension(registrar), start=False) as line:
        start(line)
        time.sleep(0.5)
        line.stop()
