"""One real worker for all tests that only talk to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import ModelMissing
from models.catalog import load_catalog
from tests.models.worker import WorkerProcess, machine_models


@pytest.fixture(scope="session")
def models_folder() -> Path:
    """Where the default set is installed; without it the real models cannot be tested."""
    folder = machine_models()
    try:
        for kind in ("recogniser", "voice", "voice-activity", "language-model"):
            load_catalog().find(folder, kind, "en")
    except ModelMissing as error:
        pytest.skip(f"{error} (`make setup` fetches the default set)")
    return folder


@pytest.fixture(scope="session")
def worker(
    tmp_path_factory: pytest.TempPathFactory, models_folder: Path
) -> Iterator[WorkerProcess]:
    """A worker with the default set."""
    process = WorkerProcess(tmp_path_factory.mktemp("w"), models_folder)
    try:
        process.start()
        yield process
        process.stop()
    finally:
        process.kill()
