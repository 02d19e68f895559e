"""What became of a stick, in plain language and as JSON. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from provisioning.finding import Finding, worst

TEXT_NAME = "receipt.txt"
JSON_NAME = "receipt.json"

Outcome = Literal["applied", "taken-back", "refused", "nothing-new"]

HEADLINES: dict[str, str] = {
    "applied": "APPLIED. The box works with what this stick brought.",
    "applied-with-faults": "APPLIED, BUT NOT EVERYTHING WORKS YET. See the lines marked BAD.",
    "taken-back": "TAKEN BACK. The line did not come up with these settings; the box works with "
    "its old ones.",
    "refused": "REFUSED. Nothing on the box was changed.",
    "nothing-new": "NOTHING NEW. This very stick was applied before; the box was checked again.",
}
"""The first line of a receipt; docs/technician.md explains each."""

SPOKEN: dict[str, str] = {
    "applied": "The stick was applied. The telephone line is on duty.",
    "applied-with-faults": "The stick was applied, but something needs your attention. "
    "Please read the receipt on the stick.",
    "taken-back": "The new settings did not work. The old settings are back.",
    "refused": "The stick was refused. Nothing was changed. Please read the receipt on the stick.",
    "nothing-new": "This stick was applied before. Nothing was changed.",
}
"""The same through the loudspeaker."""
SPOKEN_KEY = "From now on this box trusts the key of this stick."
"""Said after it when the box was new."""


@dataclass(frozen=True)
class Receipt:
    """The whole result of one stick."""

    outcome: Outcome
    """What became of it"""
    at: str
    """When, local time of the box, ISO 8601"""
    box: str | None
    """Short name of the box, None in factory state"""
    site: str | None
    """Short name of its site"""
    box_key: str
    """What secrets for this box are sealed to, age1..."""
    serial: int | None
    """Serial of the stick, None when it could not be trusted"""
    signer: str | None
    """Number of the key that signed it"""
    trusts_from_now: str | None
    """Number of a key that the box trusts since this stick (factory state)"""
    reason: str | None
    """Why it was refused or taken back, with the mend"""
    items: tuple[Finding, ...]
    """What the stick brought, each with its result"""
    proof: tuple[Finding, ...]
    """How the box proved itself afterwards"""
    changed: tuple[str, ...] = ()
    """Names of the settings that changed"""
    wiped: tuple[str, ...] = ()
    """Files that were taken in and wiped from the stick"""

    @property
    def headline(self) -> str:
        """Key of the first line and of the spoken sentence."""
        bad = worst((*self.items, *self.proof)) == "fail"
        return "applied-with-faults" if self.outcome == "applied" and bad else self.outcome

    @property
    def spoken(self) -> str:
        """What the loudspeaker says."""
        said = SPOKEN[self.headline]
        return f"{said} {SPOKEN_KEY}" if self.trusts_from_now else said

    def text(self) -> str:
        """For people. Carriage returns, because it is read in editors of all ages."""
        lines = ["Nightporter: receipt", "", HEADLINES[self.headline], ""]
        if self.reason:
            lines += [*self.reason.splitlines(), ""]
        name = f"{self.box} at {self.site}" if self.box else "a box that nobody has set up yet"
        lines += [f"Box:    {name}", f"Time:   {self.at}"]
        if self.serial is not None:
            lines.append(f"Stick:  serial {self.serial}, signed with key {self.signer}")
        if self.trusts_from_now:
            lines.append(
                f"From now on this box takes sticks signed with key {self.trusts_from_now} only. "
                "If that is not your key, call the operator."
            )
        lines += _section("What the stick brought", self.items)
        if self.changed:
            lines += ["", "Settings that changed: " + ", ".join(self.changed)]
        lines += _section("How the box proved itself", self.proof)
        if self.wiped:
            lines += ["", "Wiped from the stick: " + ", ".join(self.wiped)]
        lines += ["", "Next:", *(f"  {number}. {step}" for number, step in enumerate(self.next, 1))]
        lines += ["", f"Seal secrets for this box to: {self.box_key}", ""]
        return "\r\n".join(lines)

    @property
    def next(self) -> tuple[str, ...]:
        """What a person does now."""
        found = (*self.items, *self.proof)
        mends = [f"{f.name}: {f.mend}" for f in found if f.result == "fail" and f.mend]
        if self.outcome == "refused":
            return ("Do what stands under REFUSED, then plug the stick in again.",)
        if self.outcome == "taken-back":
            return (
                "Have the settings of the line looked at and a new stick made.",
                "The office's calls are answered as before; nothing else is needed today.",
            )
        return (
            *dict.fromkeys(mends),
            "Dial the office's number from outside and leave a test message.",
            "Keep this stick; it holds no password any more."
            if self.wiped
            else "Keep this stick in a safe place.",
        )

    def as_data(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "format": 1,
            "outcome": self.outcome,
            "headline": HEADLINES[self.headline],
            "at": self.at,
            "box": self.box,
            "site": self.site,
            "box_key": self.box_key,
            "serial": self.serial,
            "signer": self.signer,
            "trusts_from_now": self.trusts_from_now,
            "reason": self.reason,
            "items": [finding.as_data() for finding in self.items],
            "proof": [finding.as_data() for finding in self.proof],
            "changed": list(self.changed),
            "wiped": list(self.wiped),
            "next": list(self.next),
        }

    def json(self) -> str:
        """as_data as text."""
        return json.dumps(self.as_data(), indent=2, ensure_ascii=False) + "\n"


def _section(title: str, findings: tuple[Finding, ...]) -> list[str]:
    if not findings:
        return []
    return ["", f"{title}:", *(f"  {line}" for f in findings for line in f.lines())]
