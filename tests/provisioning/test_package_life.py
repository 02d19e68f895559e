"""Install, upgrade, remove and purge, each as Debian users expect, in a root of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.package import build
from tests.provisioning.workshop import tool

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("dpkg") or not shutil.which("systemd-sysusers"),
    reason="needs root, dpkg and systemd's tools",
)


class Root:
    """This machine's own root, under an overlay that takes all changes."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def run(self, *words: str | Path) -> str:
        return tool(["chroot", self.place, *words])

    def __truediv__(self, path: str) -> Path:
        return self.place / path


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
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
    yield Root(layers / "root")
    for place in reversed(mounted):
        tool(["umount", place])


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Root) -> Iterator[list[str]]:
    """Two versions of the package, whole but for the large environment."""

    def small(place: Path, _environment: Path) -> None:
        (place / "bin").mkdir(parents=True)
        (place / "bin/python").symlink_to("/usr/bin/python3")

    monkeypatch.setattr(build, "stage_environment", small)
    names = []
    for number, version in enumerate(("1.0", "1.1")):
        stage = tmp_path / version
        build.stage_environment(stage / "usr/lib/nightporter/venv", Path())
        build.stage_integration(stage)
        build.stage_documents(stage, version)
        if number:
            (stage / "etc/default/nightporter").write_text("# a newer default\n")
        monkeypatch.setattr(build, "ROOT", tmp_path)
        deb = build.pack(stage, version)
        monkeypatch.undo()
        monkeypatch.setattr(build, "stage_environment", small)
        shutil.copy(deb, root / "tmp")
        names.append(f"/tmp/{deb.name}")
    yield names


def test_a_package_comes_changes_and_goes_as_debian_users_expect(
    root: Root, package: list[str]
) -> None:
    old, new = package
    install = ("dpkg", "--force-depends", "--force-confold", "--install")

    root.run(*install, old)
    assert "nightporter:" in (root / "etc/passwd").read_text()
    assert oct((root / "var/lib/nightporter").stat().st_mode)[-3:] == "700"
    wants = root / "etc/systemd/system/multi-user.target.wants/nightporter.target"
    assert wants.is_symlink()
    assert "COMMANDS" in root.run("zcat", "/usr/share/man/man1/nightporter.1.gz")

    (root / "etc/default/nightporter").write_text("NIGHTPORTER_LOG=debug\n")
    (root / "etc/nightporter/site.toml").write_text("# ours\n")
    (root / "var/lib/nightporter/nightporter.db").write_text("rows")
    root.run(*install, new)
    assert root.run("dpkg-query", "-W", "-f", "${Version}", "nightporter") == "1.1"
    assert (root / "etc/default/nightporter").read_text() == "NIGHTPORTER_LOG=debug\n"
    assert (root / "var/lib/nightporter/nightporter.db").read_text() == "rows"

    root.run("dpkg", "--remove", "nightporter")
    assert not (root / "usr/lib/nightporter").exists()
    assert not wants.is_symlink()
    assert (root / "etc/nightporter/site.toml").exists(), "remove keeps settings"
    assert (root / "var/lib/nightporter/nightporter.db").exists(), "and appointments"

    root.run("dpkg", "--purge", "nightporter")
    for gone in ("etc/nightporter", "etc/default/nightporter", "var/lib/nightporter"):
        assert not (root / gone).exists(), gone
