"""A technician and a box for each test."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.contract.service import Paths
from gateway.rehearsal.phone.box import Box
from tests.provisioning.spoken_box import running_box
from tests.provisioning.workshop import Bench, Technician

MODEL = "moonshine-tiny-en"


@pytest.fixture
def technician(tmp_path: Path) -> Technician:
    return Technician.in_folder(tmp_path / "technician")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "box")


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def spoken_box() -> Iterator[Box]:
    """A registered box with models, for all tests that need a voice and ears."""
    if not (Paths.from_environment({"NIGHTPORTER_HOME": "/nowhere"}).models / MODEL).is_dir():
        pytest.skip("the models are not installed")
    with running_box() as box:
        yield box
