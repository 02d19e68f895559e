"""`nightporter models`: list what is known, fetch what is missing, verify what is installed."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import click

from gateway.contract.service import Paths
from gateway.errors import FetchError, ModelError
from models.catalog import Catalog, is_installed, load_catalog, model_folder
from models.catalog_entries import Model
from models.fetch import Fetcher
from models.install import faults

TERMINAL_EVERY_S = 0.2
"""A terminal's progress line is rewritten this often."""

LOG_EVERY_S = 5.0
"""Into a file or a log, a line of progress this often is enough."""


class _Progress:
    """One line that rewrites itself on a terminal; a line every few seconds elsewhere."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._terminal = sys.stdout.isatty()
        self._last = 0.0

    def report(self, what: str, done: int, total: int) -> None:
        every = TERMINAL_EVERY_S if self._terminal else LOG_EVERY_S
        if time.monotonic() - self._last < every:
            return
        self._last = time.monotonic()
        line = f"{self._prefix}{what}: {done >> 20} of {max(done, total) >> 20} MB"
        click.echo(f"\r{line}\033[K" if self._terminal else line, nl=not self._terminal)

    def say(self, text: str) -> None:
        """A line that stays."""
        click.echo(("\r\033[K" if self._terminal else "") + self._prefix + text)


def _folder() -> Path:
    return Paths.from_environment().models


def _downloads() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "nightporter" / "downloads"


def _catalog() -> Catalog:
    try:
        return load_catalog()
    except ModelError as error:
        raise click.ClickException(str(error)) from error


def _chosen(catalog: Catalog, names: tuple[str, ...]) -> list[Model]:
    try:
        return [catalog.named(name) for name in names] or catalog.default
    except ModelError as error:
        raise click.ClickException(str(error)) from error


@click.group()
def models() -> None:
    """Speech and language models: list, fetch, verify."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for other programs.")
def list_models(as_json: bool) -> None:
    """List the models of the catalog and which of them are installed."""
    catalog, folder = _catalog(), _folder()
    if as_json:
        rows = [
            {
                **model.model_dump(include={"name", "kind", "engine", "licence", "default"}),
                "languages": list(model.languages),
                "installed": is_installed(folder, model),
                "folder": str(model_folder(folder, model)),
                "size_bytes": model.size,
                "memory_mb": model.memory_mb,
                "hash_known": not model.pending,
            }
            for model in catalog.models
        ]
        click.echo(json.dumps(rows, indent=2))
        return
    table: list[tuple[str, ...]] = [("", "name", "kind", "languages", "size", "memory", "licence")]
    table += [_row(folder, model) for model in catalog.models]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())
    click.echo(f"\n* installed in {folder}   d part of the default set   ? no hash known")


def _row(folder: Path, model: Model) -> tuple[str, ...]:
    marks = ("*" if is_installed(folder, model) else " ") + ("d" if model.default else " ")
    return (
        marks + ("?" if model.pending else " "),
        model.name,
        model.kind,
        " ".join(model.languages),
        f"{max(1, round(model.size / 1e6))} MB",
        f"{model.memory_mb} MB",
        model.licence,
    )


@models.command("fetch")
@click.argument("names", nargs=-1)
@click.option("--accept-new-hash", is_flag=True, help="Trust and pin a file of unknown hash.")
@click.option("--if-missing", is_flag=True, help="Do not re-hash what is installed.")
@click.option("--prefix", default="", hidden=True)
def fetch_models(
    names: tuple[str, ...], accept_new_hash: bool, if_missing: bool, prefix: str
) -> None:
    """Fetch models by name, or the default set; installs whole models only."""
    progress = _Progress(prefix)
    fetcher = Fetcher(
        folder=_folder(),
        downloads=_downloads(),
        report=progress.report,
        note=progress.say,
        accept_new_hash=accept_new_hash,
    )
    for model in _chosen(_catalog(), names):
        try:
            new = fetcher.fetch(model, if_missing=if_missing)
        except FetchError as error:
            raise click.ClickException(str(error)) from error
        if new:
            progress.say(f"{model.name}: installed ({max(1, round(model.size / 1e6))} MB)")
        elif not if_missing:
            progress.say(f"{model.name}: already installed and whole")


@models.command("verify")
def verify_models() -> None:
    """Hash every file of the installed models; exit code 1 when one is wrong."""
    folder = _folder()
    # A model whose folder exists counts as installed here, or a missing file would go unseen.
    present = [m for m in _catalog().models if model_folder(folder, m).is_dir()]
    wrong = 0
    for model in present:
        found = faults(folder, model)
        click.echo(f"{model.name}: {'wrong' if found else 'whole'}")
        for fault in found:
            click.echo(f"  {fault}")
        if found:
            wrong += 1
            click.echo(f"  mend: nightporter models fetch {model.name}")
    if not present:
        raise click.ClickException(
            f"no model is installed in {folder}; run: nightporter models fetch"
        )
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    models(prog_name="nightporter models")
