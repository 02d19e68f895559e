"""What a stick says that it brings: bundle.toml, its files, its caps. Pure."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.errors import BundleRefused
from provisioning.signature import TrustedKey
from provisioning.text import printable

MANIFEST_NAME = "bundle.toml"
KEY_NAME = "technician.pub"
CODE_NAMES = ("code.txt", "code.txt.txt")
"""In small letters or capitals. Windows hides the end of a name, so that people type it twice."""

MANIFEST_BYTES = 64 * 1024
SIGNATURE_BYTES = 16 * 1024
KEY_BYTES = 1024
CODE_BYTES = 256
"""Caps of the files that are read before anything is trusted."""

LARGEST = {
    "settings": 256 * 1024,
    "secrets": 64 * 1024,
    "model": 4 * 1024**3,
    "package": 1024**3,
}
"""By kind, in bytes. FAT32 itself ends at 4 GiB."""

MOST_FILES = 200
MOST_BYTES = 16 * 1024**3
"""Of all files of one stick together."""

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*(?:\.[A-Za-z0-9_+-]+)*")
_MODEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class ListedFile:
    """One file that the bundle brings."""

    name: str
    """Where it lies on the stick, parts joined by /"""
    kind: str
    """settings, secrets, model or package"""
    size: int
    """Bytes; of settings in canonical form"""
    sha256: str
    """Hash of those bytes, 64 hexadecimal digits"""

    @property
    def model(self) -> tuple[str, str]:
        """Folder of the model and the file's place in it (kind model: models/NAME/...)."""
        _, folder, rest = self.name.split("/", 2)
        return folder, rest


@dataclass(frozen=True)
class Bundle:
    """The manifest, read."""

    files: tuple[ListedFile, ...]
    """What it brings"""
    trusted_keys: tuple[TrustedKey, ...]
    """Keys to trust from now on; empty: no change"""
    made: datetime
    """When the stick was made, UTC"""
    digest: str
    """SHA-256 of the canonical manifest"""
    code: bool = False
    """The secrets are sealed to a one-time code, not to the box's key"""

    def of_kind(self, kind: str) -> tuple[ListedFile, ...]:
        """The files of one kind."""
        return tuple(file for file in self.files if file.kind == kind)

    def one(self, kind: str) -> ListedFile | None:
        """The only file of a kind, if there is one."""
        found = self.of_kind(kind)
        return found[0] if found else None


def read_manifest(text: str) -> Bundle:
    """Parse a manifest whose signature was verified; BundleRefused names the field."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise _wrong("is not TOML") from error
    extra = set(data) - {"format", "made", "trusted_keys", "files", "code"}
    if extra:
        raise _wrong(f"{printable(min(extra), 40)}: there is no such field")
    if data.get("format") != 1:
        raise _wrong("format: this box reads format 1 only; update the box or the stick maker")
    made = data.get("made")
    if not isinstance(made, datetime) or made.tzinfo is None:
        raise _wrong("made: is not a moment with a time zone")
    code = data.get("code", False)
    if not isinstance(code, bool):
        raise _wrong("code: is not true or false")
    files = _files(data.get("files", []))
    return Bundle(
        files=files,
        trusted_keys=_keys(data.get("trusted_keys", [])),
        made=made.astimezone(UTC),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        code=code,
    )


def write_manifest(
    files: tuple[ListedFile, ...],
    made: datetime,
    trusted_keys: tuple[TrustedKey, ...] = (),
    code: bool = False,
) -> str:
    """The canonical text of a manifest; read_manifest reads it back."""
    lines = ["format = 1", f"made = {made.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}"]
    if code:
        lines.append("code = true")
    if trusted_keys:
        lines.append("trusted_keys = [" + ", ".join(f'"{k.base64}"' for k in trusted_keys) + "]")
    for file in files:
        lines += ["", "[[files]]", f'name = "{file.name}"', f'kind = "{file.kind}"']
        lines += [f"size = {file.size}", f'sha256 = "{file.sha256}"']
    return "\n".join(lines) + "\n"


def check_name(name: str) -> str:
    """A name that is safe to open below a folder on any file system; else BundleRefused."""
    parts = name.split("/")
    if len(name) > 200 or len(parts) > 6:
        raise _wrong(f'files: "{printable(name, 40)}": this name is too long')
    for part in parts:
        if not _PART.fullmatch(part) or _RESERVED.fullmatch(part):
            raise _wrong(
                f'files: "{printable(name, 40)}": use letters, digits, hyphens, underscores and '
                "dots only"
            )
    return name


def _files(entries: Any) -> tuple[ListedFile, ...]:
    if not isinstance(entries, list) or len(entries) > MOST_FILES:
        raise _wrong(f"files: is not a list of at most {MOST_FILES}")
    files = tuple(_file(entry) for entry in entries)
    names = [file.name.lower() for file in files]
    if len(set(names)) < len(names):
        raise _wrong("files: a name stands there twice")
    for kind in ("settings", "secrets", "package"):
        if sum(file.kind == kind for file in files) > 1:
            raise _wrong(f"files: more than one file of kind {kind}")
    if sum(file.size for file in files) > MOST_BYTES:
        raise _wrong(f"files: together larger than {MOST_BYTES // 1024**3} GiB")
    return files


def _file(entry: Any) -> ListedFile:
    if not isinstance(entry, dict) or set(entry) != {"name", "kind", "size", "sha256"}:
        raise _wrong("files: an entry has name, kind, size and sha256, nothing else")
    name, kind, size, digest = (entry[key] for key in ("name", "kind", "size", "sha256"))
    if not isinstance(name, str) or not isinstance(kind, str) or kind not in LARGEST:
        raise _wrong(f"files: kind is not one of {', '.join(LARGEST)}")
    check_name(name)
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= LARGEST[kind]:
        raise _wrong(f"files: {name}: size is not a number of bytes up to {LARGEST[kind]}")
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise _wrong(f"files: {name}: sha256 is not 64 hexadecimal digits")
    parts = name.split("/")
    if kind == "model":
        if len(parts) < 3 or parts[0] != "models" or not _MODEL.fullmatch(parts[1]):
            raise _wrong(f"files: {name}: a model lies under models/NAME/")
    elif len(parts) != 1:
        raise _wrong(f"files: {name}: lies beside bundle.toml, in no folder")
    return ListedFile(name, kind, size, digest)


def _keys(entries: Any) -> tuple[TrustedKey, ...]:
    if not isinstance(entries, list) or len(entries) > 20:
        raise _wrong("trusted_keys: is not a list of at most 20 keys")
    keys = []
    for entry in entries:
        if not isinstance(entry, str):
            raise _wrong("trusted_keys: is not a list of texts")
        keys.append(TrustedKey.from_text(entry, f"{MANIFEST_NAME}: trusted_keys"))
    return tuple(keys)


def _wrong(what: str) -> BundleRefused:
    return BundleRefused(f"{MANIFEST_NAME}: {what}; make the stick again")
