"""Hands a package from a stick to `nightporter upgrade`, which can go back by itself."""

from __future__ import annotations

import sys

from gateway.errors import BundleRefused
from provisioning.box import Box
from provisioning.bundle import ListedFile
from provisioning.finding import Finding
from provisioning.programs import Programs, under_systemd
from provisioning.stick import Stick

UPGRADE_LIMIT_S = 6000.0
"""Unpacking on a slow card, rehearsal, calls finished first (up to an hour), and the way back."""


_BY_ITSELF = (
    "systemd-run", "--wait", "--collect", "--unit=nightporter-upgrade",
    "--property=EnvironmentFile=-/etc/default/nightporter",
)  # fmt: skip
"""A unit of its own, with what /etc/default/nightporter says of this machine."""


def take_package(stick: Stick, listed: ListedFile, box: Box, programs: Programs) -> Finding:
    """Copy, verify, upgrade; BundleRefused when the old package is still in force."""
    folder = box.paths.state / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / listed.name
    unfinished = folder / ".incoming.deb"
    box.disk.write(unfinished, stick.blocks(listed), 0o644)
    box.disk.rename(unfinished, place)
    box.disk.sync_folder(folder)
    command = [sys.executable, "-m", "gateway.cli", "upgrade", "--signed-by-stick", str(place)]
    if under_systemd():  # out of the sandbox, and not restarted by the package's own scripts
        command = [*_BY_ITSELF, *command]
    done = programs.run(command, UPGRADE_LIMIT_S)
    if done.returncode == 0:
        return Finding("package", "ok", f"{listed.name} is installed")
    last = (done.stdout + done.stderr).strip().splitlines() or ["no answer"]
    raise BundleRefused(
        f"{listed.name}: the box went back to its old package: {last[-1]}; "
        "make the stick with another package, or without one"
    )
