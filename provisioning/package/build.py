"""`make package`: a Debian package for this machine's architecture, from the tested .venv."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from provisioning.package.distributions import copy_distributions, needed
from provisioning.package.integration import stage_integration
from provisioning.package.linked import linked_packages
from provisioning.package.manual import changelog, completion, manual_page
from provisioning.package.models_package import build_models_package

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
ENVIRONMENT = "usr/lib/nightporter/environment/venv"
"""What dpkg replaces; postinst makes the copy that runs from it, see debian/live-copy."""
PACKAGES = ("gateway", "telephony", "models", "provisioning")
EXTRAS = ("line", "models", "systemd", "bench")
"""Of pyproject.toml; pyaudio, for the loudspeaker, is in "bench"."""
PYTHON = Path("/usr/bin/python3")
"""Debian's own: the environment uses it, so its security fixes reach us."""


def main() -> None:
    """Build dist/nightporter_VERSION_ARCH.deb and print its name."""
    environment = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".venv")
    release = sys.argv[2] if len(sys.argv) > 2 else ""
    version = project_version() + release
    stage = ROOT / "build" / "package"
    if stage.exists():
        shutil.rmtree(stage)
    stage_environment(stage / ENVIRONMENT, environment)
    stage_calendar(stage, environment)
    stage_integration(stage, ROOT)
    stage_documents(stage, version)
    print(pack(stage, version))
    models = build_models_package(ROOT, version)
    print(models or "no package of models: none are fetched; see `nightporter models fetch`")


def project_version() -> str:
    """Of pyproject.toml."""
    import tomllib

    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


def python_version() -> tuple[int, int]:
    """Of Debian's Python, which must be that of the environment."""
    code = "import sys; print(*sys.version_info[:2])"
    major, minor = run([str(PYTHON), "-c", code]).split()
    found = int(major), int(minor)
    if found != sys.version_info[:2]:
        sys.exit(
            f"{PYTHON} is {major}.{minor}, the environment {sys.version_info[:2]}: set it up anew"
        )
    return found


def stage_environment(place: Path, environment: Path) -> None:
    """The environment that the tests ran in, less what only developers need."""
    site, source = empty_environment(place), site_packages(environment)
    copy_distributions(needed("nightporter", EXTRAS, source), source, site)
    for name in PACKAGES:
        shutil.copytree(
            ROOT / name,
            site / name,
            ignore=shutil.ignore_patterns("__pycache__", "package", "setup"),
        )
    shutil.copytree(ROOT / "examples", site / "examples")
    finish_environment(place)


def stage_calendar(stage: Path, environment: Path) -> None:
    """The calendar's environment, beside the other as in the checkout: caldav replaces urllib3."""
    source = site_packages(environment.with_name(f"{environment.name}-caldav"))
    if not source.is_dir():
        sys.exit(f"{source}: is missing; run `make setup`")
    place = (stage / ENVIRONMENT).with_name("venv-caldav")
    skip = shutil.ignore_patterns("__pycache__", "pip", "pip-*")
    shutil.copytree(source, empty_environment(place), ignore=skip, dirs_exist_ok=True)
    finish_environment(place)


def site_packages(environment: Path) -> Path:
    """Where an environment keeps its packages."""
    major, minor = python_version()
    return environment / f"lib/python{major}.{minor}/site-packages"


def empty_environment(place: Path) -> Path:
    """A new environment of Debian's Python; its folder of packages."""
    run([str(PYTHON), "-m", "venv", "--without-pip", str(place)])
    return site_packages(place)


def finish_environment(place: Path) -> None:
    """Nothing of this machine stays in it; modules are compiled for where they will lie."""
    for unwanted in (*(place / "bin").glob("[Aa]ctivate*"), place / ".gitignore"):
        unwanted.unlink(missing_ok=True)
    config = place / "pyvenv.cfg"
    lines = [
        x for x in config.read_text().splitlines() if not x.startswith(("command", "executable"))
    ]
    config.write_text("\n".join(lines) + "\n")
    stage, site = place.parents[len(Path(ENVIRONMENT).parts) - 1], site_packages(place)
    run([str(PYTHON), "-m", "compileall", "-q", "-s", str(stage), "-p", "/", str(site)])


def stage_documents(stage: Path, version: str) -> None:
    """Man page, completion, licence, changes."""
    documents = stage / "usr/share/doc/nightporter"
    documents.mkdir(parents=True)
    shutil.copy(HERE / "debian" / "copyright", documents / "copyright")
    for name in ("technician.md", "office.md", "calendar.md", "conflicts.md", "settings.md"):
        if (ROOT / "docs" / name).exists():
            shutil.copy(ROOT / "docs" / name, documents)
    shutil.copy(ROOT / "CHANGELOG.md", documents)
    (documents / "changelog").write_text(changelog(version))
    run(["gzip", "-9n", str(documents / "changelog")])
    manual = stage / "usr/share/man/man1"
    manual.mkdir(parents=True)
    (manual / "nightporter.1").write_text(manual_page(version))
    run(["gzip", "-9n", str(manual / "nightporter.1")])
    shells = stage / "usr/share/bash-completion/completions"
    shells.mkdir(parents=True)
    (shells / "nightporter").write_text(completion())


def pack(stage: Path, version: str) -> Path:
    """dpkg-deb over the staged files; everything below etc/ is a conffile."""
    control = stage / "DEBIAN"
    control.mkdir()
    control.chmod(0o755)  # dpkg-deb insists, whatever the umask
    major, minor = python_version()
    size = sum(f.stat().st_size for f in stage.rglob("*") if f.is_file() and not f.is_symlink())
    architecture = run(["dpkg", "--print-architecture"]).strip()
    text = (HERE / "debian" / "control").read_text()
    for key, value in (
        ("VERSION", version),
        ("ARCHITECTURE", architecture),
        ("SIZE", str(size // 1024)),
        ("PYTHON_NEXT", f"{major}.{minor + 1}"),
        ("PYTHON", f"{major}.{minor}"),
        ("LINKED", "".join(f", {name}" for name in linked_packages(stage / ENVIRONMENT))),
    ):
        text = text.replace(f"@{key}@", value)
    (control / "control").write_text(text)
    kept = sorted(f for f in (stage / "etc").rglob("*") if f.is_file())
    (control / "conffiles").write_text("".join(f"/{f.relative_to(stage)}\n" for f in kept))
    for name in ("postinst", "prerm", "postrm"):
        script = (HERE / "debian" / name).read_text().replace("@VERSION@", version)
        (control / name).write_text(script)
        (control / name).chmod(0o755)
    run(["chmod", "-R", "u+rwX,go+rX,go-w", str(stage)])
    deb = ROOT / "dist" / f"nightporter_{version}_{architecture}.deb"
    deb.parent.mkdir(exist_ok=True)
    run(["dpkg-deb", "--root-owner-group", "-Zzstd", "-z3", "--build", str(stage), str(deb)])
    return deb


def run(command: list[str]) -> str:
    """Run a command; what it prints. It ends the build when it fails."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    assert sysconfig.get_platform().startswith("linux")
    main()
