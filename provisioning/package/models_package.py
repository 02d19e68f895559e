"""nightporter-models: the default models of the catalog as a Debian package for every machine."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

NAME = "nightporter-models"
PLACE = "usr/share/nightporter/models"
HERE = Path(__file__).resolve().parent
BLOCK = 1024 * 1024


def cached_models() -> Path:
    """Where set-up keeps models."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("NIGHTPORTER_MODELS") or cache / "nightporter" / "models")


def build_models_package(
    root: Path, version: str, folder: Path | None = None, catalog: Path | None = None
) -> Path | None:
    """Build dist/nightporter-models_VERSION_all.deb from the models in `folder`, each checked
    against the catalog; None when one of the default models is not there."""
    folder = folder or cached_models()
    listed = tomllib.loads((catalog or root / "models" / "catalog.toml").read_text())["model"]
    wanted = [model for model in listed if model.get("default")]
    if not all((folder / m["name"] / f["path"]).is_file() for m in wanted for f in m["files"]):
        return None
    stage = root / "build" / "models-package"
    if stage.exists():
        shutil.rmtree(stage)
    licences = []
    for model in wanted:
        name = model["name"]
        for file in model["files"]:
            source, place = folder / name / file["path"], stage / PLACE / name / file["path"]
            if _copied(source, place) != file["sha256"]:
                sys.exit(f"{source}: is damaged; run `nightporter models fetch {name}`")
        licences.append(f"Files: {name}/*\nCopyright: its makers\nLicense: {model['licence']}\n")
    documents = stage / "usr/share/doc" / NAME
    documents.mkdir(parents=True)
    head = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
    (documents / "copyright").write_text(head + "\n".join(licences))
    return _pack(stage, root, version)


def _copied(source: Path, place: Path) -> str:
    """Copy a file; the SHA-256 of what was copied."""
    place.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    with source.open("rb") as old, place.open("wb") as new:
        while block := old.read(BLOCK):
            found.update(block)
            new.write(block)
    return found.hexdigest()


def _pack(stage: Path, root: Path, version: str) -> Path:
    control = stage / "DEBIAN"
    control.mkdir()
    control.chmod(0o755)  # dpkg-deb insists, whatever the umask
    size = sum(f.stat().st_size for f in stage.rglob("*") if f.is_file())
    text = (HERE / "debian" / "control.models").read_text()
    for key, value in (("VERSION", version), ("SIZE", str(size // 1024))):
        text = text.replace(f"@{key}@", value)
    (control / "control").write_text(text)
    for name in ("postinst", "postrm"):
        shutil.copy(HERE / "debian" / f"{name}.models", control / name)
        (control / name).chmod(0o755)
    subprocess.run(["chmod", "-R", "u+rwX,go+rX,go-w", str(stage)], check=True)
    deb = root / "dist" / f"{NAME}_{version}_all.deb"
    deb.parent.mkdir(exist_ok=True)
    # Weights do not compress.
    command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(stage), str(deb)]
    subprocess.run(command, check=True, capture_output=True)
    shutil.rmtree(stage)
    return deb
