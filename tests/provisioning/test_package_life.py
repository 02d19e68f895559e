"""Install, upgrade, remove and purge, each as Debian users expect, in a root of its own."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning.package import build
from provisioning.package.models_package import build_models_package
from tests.provisioning.debian_root import INSTALL, Root, needs_root, overlaid, small_package

pytestmark = needs_root

PYTHON_COMMAND = ("/usr/lib/nightporter/venv/bin/python", "-c")
COMPLETES = (
    ". /usr/share/bash-completion/completions/nightporter; complete -p nightporter; "
    "complete -p nightporter | grep -q _nightporter_completion"
)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Root]:
    with overlaid(tmp_path) as found:
        yield found


LATE = """\
import importlib, pathlib, sys
print(importlib.import_module("early").VERSION, flush=True)
sys.stdin.readline()
late = importlib.import_module("late")
print(late.VERSION, (pathlib.Path(late.__file__).parent / "sentence.txt").read_text(), flush=True)
"""
"""A program that imports a module and reads a file long after its start."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two versions of the package, whole but for the large environment; 1.1 has no module
    `early` any more and another `late`."""
    folder = tmp_path_factory.mktemp("built")
    return small_package(folder, "1.0", ("early", "late")), small_package(
        folder, "1.1", ("late", "new")
    )


@pytest.fixture
def package(built: tuple[Path, Path], root: Root) -> list[str]:
    """The two versions inside the root."""
    for deb in built:
        shutil.copy(deb, root / "tmp")
    return [f"/tmp/{deb.name}" for deb in built]


WANTS = "etc/systemd/system/multi-user.target.wants/nightporter.target"


def test_a_package_comes_changes_and_goes_as_debian_users_expect(
    root: Root, package: list[str]
) -> None:
    old, new = package

    root.run(*INSTALL, old)
    assert "nightporter:" in (root / "etc/passwd").read_text()
    assert oct((root / "var/lib/nightporter").stat().st_mode)[-3:] == "700"
    assert (root / WANTS).is_symlink(), "it starts at the next boot"
    assert "COMMANDS" in root.run("zcat", "/usr/share/man/man1/nightporter.1.gz")
    changes = root.run("zcat", "/usr/share/doc/nightporter/changelog.gz")
    assert changes.startswith("nightporter (1.0) ")
    assert "nightporter" in root.run("bash", "-c", COMPLETES)
    status = root.run("dpkg-query", "--status", "nightporter")
    assert "Conffiles:\n /etc/default/nightporter " in status

    (root / "etc/default/nightporter").write_text("NIGHTPORTER_LOG=debug\n")
    (root / "etc/nightporter/site.toml").write_text("# ours\n")
    (root / "var/lib/nightporter/nightporter.db").write_text("rows")
    root.run(*INSTALL, new)
    assert root.run("dpkg-query", "-W", "-f", "${Version}", "nightporter") == "1.1"
    assert (root / "etc/default/nightporter").read_text() == "NIGHTPORTER_LOG=debug\n"
    assert (root / "var/lib/nightporter/nightporter.db").read_text() == "rows"

    root.run("dpkg", "--remove", "nightporter")
    assert not (root / "usr/lib/nightporter").exists()
    assert (root / "etc/nightporter/site.toml").exists(), "remove keeps settings"
    assert (root / "var/lib/nightporter/nightporter.db").exists(), "and appointments"
    root.run(*INSTALL, new)
    root.run("test", "-e", f"/{WANTS}")  # installed again after remove, it starts again

    root.run("dpkg", "--purge", "nightporter")
    for gone in (
        "etc/nightporter",
        "etc/default/nightporter",
        "var/lib/nightporter",
        "usr/lib/nightporter",
        "usr/share/nightporter",
    ):
        assert not (root / gone).exists(), gone
    assert not (root / WANTS).is_symlink()


def test_what_the_administrator_disabled_stays_so_on_upgrade(
    root: Root, package: list[str]
) -> None:
    old, new = package
    root.run(*INSTALL, old)
    (root / WANTS).unlink()
    root.run(*INSTALL, new)
    assert not (root / WANTS).is_symlink()


def test_a_program_in_mid_call_finds_its_own_files_after_the_upgrade(
    root: Root, package: list[str]
) -> None:
    old, new = package
    root.run(*INSTALL, old)
    command = ["chroot", str(root.place), "/usr/lib/nightporter/venv/bin/python", "-c", LATE]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stdout.readline() == "early 1.0\n"
        root.run(*INSTALL, new)
        assert root.run(*PYTHON_COMMAND, "import late; print(late.VERSION)") == "late 1.1\n"
        assert not list((root / build.ENVIRONMENT).rglob("early.py")), "dpkg took it"
        program.stdin.write("go on\n")
        program.stdin.flush()
        assert program.stdout.readline() == "late 1.0 sentence of 1.0\n"
    assert len(list((root / "usr/lib/nightporter/live").glob("1.*"))) == 2
    root.run("/usr/lib/nightporter/live-copy", "tidy")
    (left,) = (root / "usr/lib/nightporter/live").glob("1.*")
    assert left.name.startswith("1.1."), "the old copy goes with the last program that used it"


def test_models_come_in_a_package_and_what_a_stick_brought_stays(
    root: Root, package: list[str], tmp_path: Path
) -> None:
    catalog, cache = tmp_path / "catalog.toml", tmp_path / "cache"
    text = ""
    for name in ("ear", "voice"):
        (cache / name).mkdir(parents=True)
        (cache / name / "weights").write_text(f"of {name}")
        digest = hashlib.sha256(f"of {name}".encode()).hexdigest()
        text += f'[[model]]\nname = "{name}"\nlicence = "MIT"\ndefault = true\n'
        text += f'[[model.files]]\npath = "weights"\nsha256 = "{digest}"\n'
    catalog.write_text(text)
    deb = build_models_package(tmp_path, "1.0", cache, catalog)
    assert deb is not None
    shutil.copy(deb, root / "tmp")
    root.run(*INSTALL, package[0])
    folder = root / "var/lib/nightporter/models"
    (folder / "voice").mkdir()
    (folder / "voice/weights").write_text("from a stick")

    root.run("dpkg", "--install", f"/tmp/{deb.name}")
    assert root.run("cat", "/var/lib/nightporter/models/ear/weights") == "of ear"
    assert (folder / "voice/weights").read_text() == "from a stick"
    root.run("dpkg", "--purge", "nightporter-models")
    assert not (folder / "ear").is_symlink()
    assert (folder / "voice/weights").read_text() == "from a stick"

    (cache / "ear/weights").write_text("not what the catalog says")
    with pytest.raises(SystemExit, match="is damaged"):
        build_models_package(tmp_path, "1.0", cache, catalog)
    (cache / "ear/weights").unlink()
    assert build_models_package(tmp_path, "1.0", cache, catalog) is None
