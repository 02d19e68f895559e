"""Settings to start with: site.toml, or the copy that worked last when it cannot be read."""

from __future__ import annotations

import logging
from pathlib import Path

from gateway.contract.service import Paths, log_fields, write_atomically
from gateway.contract.settings import Secrets, Settings
from gateway.contract.settings_file import load_secrets, load_settings
from gateway.errors import SettingsError

log = logging.getLogger(__name__)


def last_good_file(paths: Paths) -> Path:
    """The copy that worked last."""
    return paths.state / "last-good-site.toml"


def settings_that_work(paths: Paths) -> Settings:
    """Read site.toml; when it is wrong, the copy; SettingsError when there is no copy either."""
    try:
        return load_settings(paths.settings)
    except SettingsError as error:
        copy = last_good_file(paths)
        if not copy.exists():
            raise
        log.error("site-toml-is-wrong-using-the-last-good-one", extra=log_fields(faults=error))
        return load_settings(copy)


def secrets_that_work(paths: Paths) -> Secrets:
    """Read secrets.toml; without it the line still takes calls from listed addresses."""
    try:
        return load_secrets(paths.secrets)
    except SettingsError as error:
        log.error("secrets-toml-is-wrong", extra=log_fields(faults=error))
        return Secrets()


def keep_as_good(paths: Paths) -> None:
    """The settings have worked: keep a copy, unless the copy is what was used."""
    try:
        load_settings(paths.settings)
        write_atomically(last_good_file(paths), paths.settings.read_bytes())
    except (SettingsError, OSError) as error:
        log.warning("settings-not-kept", extra=log_fields(why=error))
