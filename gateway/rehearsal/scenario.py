"""A scenario file: who rings, what happens, which rows must be there afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from gateway.errors import NightporterError

DEFAULT_AT = datetime(2026, 11, 23, 18, 30)
"""A Monday evening: the office has closed."""
DEFAULT_CALLER = "+12125550123"
SECTIONS = ("call", "caller", "wanted")


class ScenarioError(NightporterError):
    """A scenario file cannot be read; the message names file, line and mend."""


@dataclass(frozen=True)
class Step:
    """One line of a call."""

    kind: str
    """say, over, key, message, event, expect"""
    text: str
    """words, keys, or name of the event"""
    sure: float = 1.0
    """confidence of the recogniser"""


@dataclass(frozen=True)
class Part:
    """One call of a scenario: a fixed script, or a caller who reacts."""

    caller: str | None = DEFAULT_CALLER
    """number that rings, None when withheld"""
    steps: tuple[Step, ...] = ()
    """the fixed script"""
    wants: tuple[tuple[str, str], ...] = ()
    """what a reactive caller knows and wants; empty for a fixed script"""
    rung: int = 5
    """rung on which the call starts"""
    minutes_later: float = 0.0
    """time since the call before"""


@dataclass(frozen=True)
class Row:
    """A row that is wanted, or must not be there."""

    table: str
    """appointment, follow-up, event, journal"""
    facts: tuple[str, ...]
    """words that must all be in the row's text"""
    wanted: bool = True
    """False: no such row may be there"""


@dataclass(frozen=True)
class Scenario:
    """A whole file."""

    path: Path
    """where it is from"""
    title: str = ""
    """its first comment"""
    at: datetime = DEFAULT_AT
    """local wall time at the start"""
    settings: tuple[tuple[str, str], ...] = ()
    """changes to the sample office: dotted name, TOML value"""
    stands: tuple[str, ...] = ()
    """appointments at the start"""
    busy: tuple[str, ...] = ()
    """time that is taken otherwise, as appointments of nobody's"""
    world: tuple[tuple[str, str], ...] = ()
    """fails, taken, transfer, model, stale"""
    parts: tuple[Part, ...] = ()
    """the calls, in order"""
    outcomes: tuple[str, ...] = ()
    """outcome of each call; empty = any that has an owner"""
    rows: tuple[Row, ...] = ()
    """rows wanted and not wanted"""
    live: int | None = None
    """number of live appointments at the end"""
    says: tuple[str, ...] = ()
    """regular expressions that must be spoken"""
    never: tuple[str, ...] = ()
    """regular expressions that must never be spoken"""

    @property
    def name(self) -> str:
        """Folder and file without suffix."""
        return f"{self.path.parent.name}/{self.path.stem}"


@dataclass
class _Reader:
    scenario: Scenario
    section: str = ""
    part: Part | None = None
    parts: list[Part] = field(default_factory=list)
    caller: str | None = DEFAULT_CALLER


def read_scenario(path: Path) -> Scenario:
    """Read a .call file; ScenarioError names the line that is wrong."""
    reader = _Reader(Scenario(path))
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        try:
            _read_line(reader, line)
        except (ValueError, KeyError) as error:
            raise ScenarioError(f"{path}:{number}: {error}") from error
    if reader.part is not None:
        reader.parts.append(reader.part)
    if not reader.parts:
        raise ScenarioError(f'{path}: no call; begin one with "--- call" or "--- caller"')
    return replace(reader.scenario, parts=tuple(reader.parts))


def _read_line(reader: _Reader, line: str) -> None:
    if line.startswith("#"):
        if not reader.scenario.title:
            reader.scenario = replace(reader.scenario, title=line.lstrip("# "))
    elif line.startswith("---"):
        _begin(reader, line.strip("- ").strip())
    elif reader.section == "call":
        assert reader.part is not None
        reader.part = _call_line(reader.part, line)
    elif reader.section == "caller":
        assert reader.part is not None
        key, value = _pair(line)
        if key in ("rung", "later"):
            reader.part = _call_line(reader.part, line)
        else:
            reader.part = replace(reader.part, wants=(*reader.part.wants, (key, value)))
    elif reader.section == "wanted":
        reader.scenario = _wanted_line(reader.scenario, line)
    else:
        _head_line(reader, line)


def _begin(reader: _Reader, text: str) -> None:
    section, _, number = text.partition(" ")
    if section not in SECTIONS:
        raise ValueError(f'"--- {text}": there is {", ".join(f"--- {s}" for s in SECTIONS)}')
    if reader.part is not None:
        reader.parts.append(reader.part)
        reader.part = None
    reader.section = section
    if section != "wanted":
        caller = _number(number) if number else reader.caller
        reader.part = Part(caller=caller)


def _number(text: str) -> str | None:
    return None if text == "withheld" else text


def _pair(line: str) -> tuple[str, str]:
    key, colon, value = line.partition(":")
    if not colon:
        raise ValueError(f'"{line}": write "name: value"')
    return key.strip(), value.strip()


def _head_line(reader: _Reader, line: str) -> None:
    key, value = _pair(line)
    now = reader.scenario
    if key == "at":
        reader.scenario = replace(now, at=datetime.fromisoformat(value))
    elif key == "caller":
        reader.caller = _number(value)
    elif key == "set":
        name, _, text = value.partition("=")
        reader.scenario = replace(now, settings=(*now.settings, (name.strip(), text.strip())))
    elif key == "stands":
        reader.scenario = replace(now, stands=(*now.stands, value))
    elif key == "busy":
        reader.scenario = replace(now, busy=(*now.busy, value))
    elif key in ("fails", "taken", "transfer", "model", "stale"):
        reader.scenario = replace(now, world=(*now.world, (key, value)))
    else:
        raise ValueError(f'"{key}" is not known before the first call')


_SURE = re.compile(r"\s~([01](?:\.\d+)?)$")


def _call_line(part: Part, line: str) -> Part:
    """> words, >> words over us, /keys, * message, < expected, (event)."""
    if line.startswith(("rung:", "later:")):
        key, value = _pair(line)
        if key == "rung":
            return replace(part, rung=int(value))
        return replace(part, minutes_later=float(value.split()[0]))
    sure = 1.0
    found = _SURE.search(line)
    if found:
        sure, line = float(found.group(1)), line[: found.start()]
    for mark, kind in ((">>", "over"), (">", "say"), ("/", "key"), ("*", "message"),
                       ("<", "expect")):  # fmt: skip
        if line.startswith(mark):
            step = Step(kind, line[len(mark) :].strip(), sure)
            return replace(part, steps=(*part.steps, step))
    if line.startswith("(") and line.endswith(")"):
        return replace(part, steps=(*part.steps, Step("event", line[1:-1])))
    raise ValueError(f'"{line}": begin it with >, >>, /, *, < or put an event into brackets')


_TABLES = ("appointment", "follow-up", "event", "journal")


def _wanted_line(scenario: Scenario, line: str) -> Scenario:
    key, value = _pair(line)
    wanted = not key.startswith("no ")
    table = key.removeprefix("no ")
    if key == "outcome":
        return replace(scenario, outcomes=(*scenario.outcomes, value))
    if key == "live":
        return replace(scenario, live=int(value))
    if key == "never":
        return replace(scenario, never=(*scenario.never, value))
    if key == "says":
        return replace(scenario, says=(*scenario.says, value))
    if table in _TABLES:
        facts = tuple(part.strip() for part in value.split(",") if part.strip())
        return replace(scenario, rows=(*scenario.rows, Row(table, facts, wanted)))
    raise ValueError(f'"{key}" cannot be wanted; there is outcome, live, says, never, '
                     f"{', '.join(_TABLES)}")  # fmt: skip
