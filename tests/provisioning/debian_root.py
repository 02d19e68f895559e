"""This machine's root under an overlay that takes all changes, and small real packages in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioning.package import build
from provisioning.package.integration import stage_integration
from tests.provisioning.workshop import tool

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("dpkg") or not shutil.which("systemd-sysusers"),
    reason="needs root, dpkg and systemd's tools",
)
INSTALL = ("dpkg", "--force-depends,confold,unsafe-io", "--install")


class Root:
    """This machine's own root, under an overlay that takes all changes."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def run(self, *words: str | Path) -> str:
        return tool(["chroot", self.place, *words])

    def __truediv__(self, path: str) -> Path:
        return self.place / path


@contextmanager
def overlaid(tmp_path: Path) -> Iterator[Root]:
    layers = tmp_path / "layers"
    layers.mkdir()
    mounted = []
    try:
        tool(["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", layers])
        mounted.append(layers)
        for name in ("upper", "work", "root"):
            (layers / name).mkdir()
        options = f"lowerdir=/,upperdir={layers}/upper,workdir={layers}/work"
        tool(["mount", "-t", "overlay", "-o", options, "overlay", layers / "root"])
        mounted.append(layers / "root")
        tool(["mount", "-t", "proc", "proc", layers / "root/proc"])
        mounted.append(layers / "root/proc")
    except subprocess.CalledProcessError as error:
        for place in reversed(mounted):
            tool(["umount", place])
        pytest.skip(f"cannot lay an overlay over this root: {error.stderr}")
    (layers / "root/var/lib/man-db/auto-update").unlink(missing_ok=True)  # slow, and not ours
    try:
        yield Root(layers / "root")
    finally:
        for place in reversed(mounted):
            tool(["umount", place])


def small_package(
    folder: Path, version: str, modules: tuple[str, ...] = (), sources: Mapping[str, str] = {}
) -> Path:
    """The package, whole but for the large environment: that holds `modules`, which know their
    version, and `sources` (path below site-packages -> text)."""
    stage = folder / version
    environment = stage / build.ENVIRONMENT
    site = build.site_packages(environment)
    site.mkdir(parents=True)
    (environment / "bin").mkdir()
    (environment / "bin/python").symlink_to(build.PYTHON)
    (environment / "pyvenv.cfg").write_text(f"home = {build.PYTHON.parent}\n")
    for name in modules:
        (site / f"{name}.py").write_text(f'VERSION = "{name} {version}"\n')
    for name, text in sources.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    (site / "sentence.txt").write_text(f"sentence of {version}")
    stage_integration(stage, build.ROOT)
    build.stage_documents(stage, version)
    if version == "1.1":
        (stage / "etc/default/nightporter").write_text("# a newer default\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "ROOT", folder)
        return build.pack(stage, version)
