"""The sample office's store in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.contract.settings import Settings
from gateway.contract.settings_file import load_settings
from gateway.store.store import Store

SAMPLE = Path(__file__).parents[2] / "examples" / "dental-practice" / "site.toml"


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings(SAMPLE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "nightporter.db"


@pytest.fixture
def store(path: Path, settings: Settings) -> Iterator[Store]:
    opened = Store.open(path, settings, recordings=path.parent / "recordings")
    yield opened
    opened.close()


@pytest.fixture
def other(path: Path, settings: Settings, store: Store) -> Iterator[Store]:
    """A second connection to the same file, as another program has."""
    opened = Store.open(path, settings, busy_s=0.2)
    yield opened
    opened.close()
