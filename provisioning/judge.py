"""Whether the programs would start with these settings: the check that they make themselves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from gateway.contract.settings import Settings
from gateway.contract.settings_file import parse_settings
from gateway.errors import ProvisioningError, SettingsError

CHECK_LIMIT_S = 120.0
"""Python starts and loads the conversation: a second, on a busy small machine twenty."""

Judge = Callable[[str, str], Settings]
"""(text, name for messages) -> the settings; SettingsError with every fault."""


def judge(text: str, name: str) -> Settings:
    """As strict as every program at its start.

    What the gateway alone can tell (the office's own wordings among it) is asked of it in a process
    of its own, because provisioning does not load the conversation.
    """
    settings = parse_settings(text, name)
    command = [sys.executable, "-m", "gateway.cli", "settings", "check", "-", "--name", name]
    try:
        done = subprocess.run(
            command,
            input=text.encode(),
            capture_output=True,
            timeout=CHECK_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProvisioningError(f"{name}: could not be checked: {error}; try again") from error
    if done.returncode == 1:
        said = done.stderr.decode(errors="replace").strip().removeprefix("nightporter: ")
        raise SettingsError(said if said.startswith(name) else f"{name}: {said}")
    if done.returncode != 0:
        raise ProvisioningError(
            f"{name}: could not be checked (the check ended with {done.returncode}); try again"
        )
    return settings
