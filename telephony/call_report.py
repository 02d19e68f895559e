"""What became of the box's call to itself. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; the receipt and `doctor` show the same fields."""

    name: str
    """Short name"""
    result: str
    """ok, warn, fail or skipped"""
    what: str
    """What was found, one sentence"""
    mend: str | None = None
    """What to do"""


@dataclass
class CallReport:
    """Filled in as the call goes on; the JSON of `nightporter call-test`."""

    said: str
    """The sentence that the box says to itself"""
    answered: bool = False
    """The line answered, and sound came"""
    way: str | None = None
    """"exchange" (through the registrar) or "line" (on this machine only)"""
    greeting_ms: int | None = None
    """From dialling to the first sound of the greeting, milliseconds"""
    heard: str = ""
    """What the box's recogniser read of everything that was heard: greeting and answer"""
    heard_by_box: str = ""
    """What the recogniser understood of `said` while the call was on"""
    understood: str | None = None
    """What was taken to be asked for ("hours"); None: not understood"""
    rung: int | None = None
    """Rung of the ladder on which the call was held"""
    fallback: str | None = None
    """Who answers while the line is away, in words; None: nobody, or not tried"""
    fallback_skipped: str | None = None
    """Why the fallback was not tried; None: it was"""
    checks: list[Check] = field(default_factory=list)
    """Each thing that was looked at, with its mend"""

    @property
    def result(self) -> str:
        """understood, not-understood or not-answered."""
        if not self.answered:
            return "not-answered"
        return "understood" if self.understood else "not-understood"

    def check(self, name: str, result: str, what: str, mend: str | None = None) -> None:
        """Note a result."""
        self.checks.append(Check(name, result, what, mend))

    def as_data(self) -> dict[str, object]:
        """For other programs."""
        return asdict(self)
