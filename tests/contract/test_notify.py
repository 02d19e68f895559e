"""What systemd hears from a program, with systemd-python and without."""

from __future__ import annotations

import importlib.util
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.contract.service import notify

HEARD_S = 60.0


@pytest.fixture(params=["systemd-python", "sd_notify"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "sd_notify":
        monkeypatch.setitem(sys.modules, "systemd", None)
    elif importlib.util.find_spec("systemd.daemon") is None:
        pytest.skip("systemd-python is not installed")


@pytest.fixture(params=["a file", "an abstract name"])
def systemd(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        address = str(tmp_path / "n")
        if request.param == "an abstract name":
            address = f"@nightporter-{tmp_path.name}"
        listener.bind(address.replace("@", "\0"))
        listener.settimeout(HEARD_S)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        yield listener


def test_ready_is_heard(systemd: socket.socket) -> None:
    notify("READY=1\nSTATUS=takes calls")
    assert systemd.recv(4096) == b"READY=1\nSTATUS=takes calls"


def test_a_program_outlives_its_supervisor_and_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    assert not caplog.records
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("WATCHDOG=1")
    assert "supervisor-not-listening" in caplog.text
