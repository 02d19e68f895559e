"""The catalog of models, models/catalog.toml, and which of them are installed."""

from __future__ import annotations

import difflib
import json
import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from gateway.errors import CatalogError, ModelMissing
from models.catalog_entries import Archive, Kind, Model, ModelFile, Part, Source, Table

CATALOG_FILE = Path(__file__).with_name("catalog.toml")

MANIFEST = "nightporter-files.json"
"""In each installed model's folder: what was installed, {"files": {path: {"bytes", "sha256"}}}."""


class Catalog(Table):
    """All models that are known."""

    models: tuple[Model, ...] = Field(alias="model", min_length=1)
    """In order of preference: `find` takes the first that fits."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [model.name for model in self.models]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two models are called {name!r}; rename one")
        return self

    @property
    def default(self) -> list[Model]:
        """The set that set-up fetches."""
        return [model for model in self.models if model.default]

    def named(self, name: str) -> Model:
        """The model of this name; CatalogError with a suggestion when there is none."""
        for model in self.models:
            if model.name == name:
                return model
        hint = _did_you_mean(name, [model.name for model in self.models])
        raise CatalogError(f"no model is called {name!r}{hint}; see: nightporter models list")

    def installed(self, folder: Path) -> list[Model]:
        """The models whose files are all there, with the right sizes."""
        return [model for model in self.models if is_installed(folder, model)]

    def find(self, folder: Path, kind: Kind, language: str, wanted: str = "auto") -> Model:
        """The installed model to use: by name, by engine, or with "auto" the first that fits.

        ModelMissing, with the command that mends it, when nothing that fits is installed.
        """
        fits = [m for m in self.models if m.kind == kind and m.speaks(language)]
        if wanted != "auto":
            fits = [m for m in fits if wanted in (m.name, m.engine)]
        for model in fits:
            if is_installed(folder, model):
                return model
        what = f"{kind} for {language!r}" + ("" if wanted == "auto" else f" called {wanted!r}")
        if not fits:
            raise ModelMissing(f"the catalog has no {what}; see: nightporter models list")
        raise ModelMissing(
            f"no {what} is installed in {folder}; run: nightporter models fetch {fits[0].name}"
        )


def model_folder(folder: Path, model: Model) -> Path:
    """Where the files of a model lie, whether or not they are there."""
    return folder / model.name


def expected_files(folder: Path, model: Model) -> dict[str, tuple[int, str]]:
    """Path -> (bytes, SHA-256) of an installed model: from the catalog, else from its manifest.

    Empty when nothing is known, that is, when the model is not installed.
    """
    known = {f.path: (f.bytes, f.sha256) for f in model.files if f.sha256}
    if model.files and len(known) == len(model.files):
        return known
    try:
        manifest = json.loads((model_folder(folder, model) / MANIFEST).read_bytes())
        return {path: (f["bytes"], f["sha256"]) for path, f in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def is_installed(folder: Path, model: Model) -> bool:
    """Whether all files are there with the right sizes (hashes: `nightporter models verify`)."""
    expected = expected_files(folder, model)
    root = model_folder(folder, model)
    try:
        return bool(expected) and all(
            (root / path).stat().st_size == size for path, (size, _) in expected.items()
        )
    except OSError:
        return False


def load_catalog(path: Path = CATALOG_FILE) -> Catalog:
    """Read a catalog; CatalogError names file, model, field and mend."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # bad TOML or bad UTF-8
        raise CatalogError(f"{path}: is not TOML: {error}") from error
    try:
        # By way of JSON, where strict mode takes a list for a tuple.
        return Catalog.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise CatalogError(f"{path}: {_first_fault(error, data)}") from error


def _first_fault(error: ValidationError, data: dict[str, Any]) -> str:
    found = error.errors()
    # A misspelt field is also a missing one; the misspelling is what a person must see.
    fault = next((f for f in found if f["type"] == "extra_forbidden"), found[0])
    where = list(fault["loc"])
    place = ""
    if where[:1] == ["model"] and len(where) > 1 and isinstance(where[1], int):
        name = data["model"][where[1]].get("name")
        place = f"model {name!r}" if name else f"model number {where[1] + 1}"
        where = where[2:]
    field = ".".join(str(step) for step in where)
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        tables = (Model, ModelFile, Archive, Part, Source, Catalog)
        known = [key for table in tables for key in table.model_fields]
        message = f"no such field{_did_you_mean(str(where[-1]), known)}"
    elif fault["type"] == "missing":
        message = "is missing; add it"
    return ": ".join(text for text in (place, field and f"field {field}", message) if text)


def _did_you_mean(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
