"""Reads site.toml and secrets.toml; reports all faults of a file at once with line and mend."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from gateway.contract.settings import Secrets, Settings, Table
from gateway.contract.text_file import text_of
from gateway.errors import SettingsError

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\"' ]+?)\s*\]\]?")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-\"']+(?:\s*\.\s*[A-Za-z0-9_\-\"']+)*)\s*=")
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")

T = TypeVar("T", bound=Table)
Location = tuple[str | int, ...]


def load_settings(path: Path) -> Settings:
    """Read site.toml; SettingsError lists every fault with file, line, field and mend."""
    return _load(path, Settings)


def load_secrets(path: Path) -> Secrets:
    """Read secrets.toml; a file that is not there holds no secrets."""
    if not path.exists():
        return Secrets()
    return _load(path, Secrets)


def load_table(path: Path, schema: type[T]) -> T:
    """As load_settings, for a file of another program's settings."""
    return _load(path, schema)


def parse_settings(text: str, name: str) -> Settings:
    """As load_settings, from text; `name` is the file's name in messages."""
    return _parse(text, name, Settings)


def parse_secrets(text: str, name: str) -> Secrets:
    """As load_secrets, from text; no message repeats a password."""
    return _parse(text, name, Secrets)


def _load(path: Path, schema: type[T]) -> T:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    return _parse(text_of(data, str(path)), str(path), schema)


def _parse(text: str, name: str, schema: type[T]) -> T:
    try:
        data = tomllib.loads(text.replace("\r\n", "\n").replace("\r", "\n"))
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        line = f":{found.group(1)}" if found else ""
        raise SettingsError(f"{name}{line}: not TOML: {error}") from error
    try:
        return schema.model_validate(data)
    except ValidationError as error:
        lines = key_lines(text)
        faults = sorted(
            {_fault(name, lines, schema, fault) for fault in error.errors(include_input=False)},
            key=lambda fault: (
                int(m.group(1)) if (m := re.search(r":(\d+): ", fault)) else 0,
                fault,
            ),
        )
        raise SettingsError("\n".join(faults)) from error


def _fault(name: str, lines: dict[Location, int], schema: type[Table], fault: Any) -> str:
    location: Location = tuple(fault["loc"])
    line = None
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            line = lines[location[:length]]
            break
    field = ".".join(str(part + 1) if isinstance(part, int) else part for part in location)
    kind, message = fault["type"], fault["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        message = "there is no such setting" + _did_you_mean(schema, location)
    elif kind == "missing":
        message = "is missing; add it"
    elif kind == "string_pattern_mismatch":
        message = _SHAPES.get(fault["ctx"]["pattern"], message)
    where = f"{name}:{line}" if line else name
    return f"{where}: {field or 'file'}: {message}"


_SHAPES = {
    r"^[a-z][a-z0-9-]{0,39}$": 'write it in small letters, digits and hyphens, as in "front-desk"',
    r"^[A-Z]{2}$": 'write it in two capital letters, as in "GB"',
    r"^[a-z]{2}$": 'write it in two small letters, as in "en"',
}
"""The patterns of settings.py, in words."""


def _did_you_mean(schema: type[Table], location: Location) -> str:
    fields = _fields_at(schema, location[:-1])
    close = difflib.get_close_matches(str(location[-1]), fields, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; there are: {', '.join(fields)}" if fields else ""


def _fields_at(schema: type[Table], location: Location) -> list[str]:
    current: Any = schema
    for part in location:
        if isinstance(part, int):
            continue
        info = getattr(current, "model_fields", {})
        found = info.get(part) or next((f for f in info.values() if f.alias == part), None)
        if found is None:
            return []
        current = table_in(found.annotation)
    return [f.alias or key for key, f in getattr(current, "model_fields", {}).items()]


def table_in(annotation: Any) -> Any:
    """The table in a type such as `list[Service]`; None when there is none."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = table_in(part)
        if found is not None:
            return found
    return None


def key_lines(text: str) -> dict[Location, int]:
    """Where each key of a TOML file stands: path of the key -> line, counted from 1."""
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    prefix: Location = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            prefix = _resolve(_split(header.group(2)), counts, header.group(1) == "[[")
            lines.setdefault(prefix, number)
            continue
        key = _KEY.match(line)
        if key:
            lines.setdefault(prefix + _split(key.group(1)), number)
    return lines


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _resolve(parts: tuple[str, ...], counts: dict[Location, int], array: bool) -> Location:
    path: Location = ()
    for index, part in enumerate(parts):
        path = (*path, part)
        if array and index == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
