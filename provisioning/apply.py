"""Applies an opened stick: all or nothing, proved afterwards, taken back if the line stays away."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from gateway.errors import ProvisioningError
from provisioning.box import Box, note_of
from provisioning.bundle import CODE_NAMES
from provisioning.finding import Finding
from provisioning.generations import Generation
from provisioning.models_in import take_models
from provisioning.package_in import take_package
from provisioning.parcel import Parcel
from provisioning.plan import changed_fields
from provisioning.programs import Programs
from provisioning.proof import Proof, Prove
from provisioning.receipt import Outcome
from provisioning.sealing import SECRETS_NAME


@dataclass(frozen=True)
class Applied:
    """What became of it."""

    outcome: Outcome
    """applied, taken-back or nothing-new"""
    reason: str | None
    """Why it was taken back"""
    items: tuple[Finding, ...]
    """What the stick brought"""
    proof: tuple[Finding, ...]
    """How the box proved itself"""
    changed: tuple[str, ...]
    """Names of changed settings"""
    wipe: tuple[str, ...]
    """Files to wipe from the stick"""


def apply(parcel: Parcel, box: Box, programs: Programs, prove: Prove) -> Applied:
    """Do it. BundleRefused or OSError before the switch: the box is as it was."""
    if parcel.plan.nothing_new:
        proof = prove(box.paths, 0.0)
        return Applied("nothing-new", None, (), proof.findings, (), _wipe(parcel))
    worked_before = programs.line_on_duty()
    items = _take_large_files(parcel, box, programs)
    box.generations.adopt()
    previous = box.generations.current
    generation = box.generations.write(_contents(parcel, previous))
    box.generations.switch(generation)
    since = time.time()
    programs.restart()
    proof = _proved(prove, box, since)
    if not proof.line and worked_before and previous is not None:
        return _take_back(box, previous, programs, prove, proof, parcel)
    box.generations.prune()
    if parcel.secrets_text is not None:
        box.forget_code()
    text = parcel.settings_text
    old = parcel.before.settings
    changed = changed_fields(old, text) if text is not None and old is not None else ()
    items = (*_small_items(parcel), *items)
    return Applied("applied", None, items, proof.findings, changed, _wipe(parcel))


def _take_large_files(parcel: Parcel, box: Box, programs: Programs) -> tuple[Finding, ...]:
    """First what may take minutes and harms nothing if the stick is pulled out meanwhile."""
    bundle = parcel.plan.bundle
    models = take_models(parcel.stick, bundle.of_kind("model"), box.paths.models, box.disk)
    package = bundle.one("package")
    if package is None:
        return models
    return (*models, take_package(parcel.stick, package, box, programs))


def _contents(parcel: Parcel, previous: Generation | None) -> dict[str, bytes]:
    contents = {"generation.json": note_of(parcel.plan)}
    for name, text in (
        ("site.toml", parcel.settings_text),
        ("secrets.toml", parcel.secrets_text),
    ):
        if text is not None:
            contents[name] = text.encode()
        elif previous is not None and (kept := previous.read(name)) is not None:
            contents[name] = kept
    # Units load it as a credential; a file without passwords is better than none.
    contents.setdefault("secrets.toml", b"")
    return contents


def _proved(prove: Prove, box: Box, since: float) -> Proof:
    try:
        return prove(box.paths, since)
    except (ProvisioningError, OSError) as error:
        return Proof(False, (Finding("proof", "fail", f"could not be made: {error}"),))


def _take_back(
    box: Box,
    previous: Generation,
    programs: Programs,
    prove: Prove,
    failed: Proof,
    parcel: Parcel,
) -> Applied:
    box.generations.switch(previous)
    since = time.time()
    programs.restart()
    again = _proved(prove, box, since)
    reason = "With the new settings the line did not come on duty: " + "; ".join(
        finding.what for finding in failed.findings if finding.result == "fail"
    )
    if not again.line:
        reason += (
            "\nWith the old settings it is not on duty yet either: look at the network and the "
            "telephone system."
        )
    items = tuple(
        replace(item, result="fail", what=f"not in force: {item.what}")
        for item in _small_items(parcel)
    )
    return Applied("taken-back", reason, items, again.findings, (), ())


def _small_items(parcel: Parcel) -> tuple[Finding, ...]:
    items = []
    if parcel.settings is not None:
        office = parcel.settings.office
        items.append(Finding("settings", "ok", f"of {office.name}, box {office.box}"))
    if parcel.secrets_text is not None:
        items.append(Finding("secrets", "ok", "opened and stored for the programs only"))
    if parcel.plan.clock_behind:
        mend = "connect the box to the office's network, so that it learns the time"
        what = "the box's clock is behind the stick's: the expiry of the stick was not checked"
        items.append(Finding("clock", "warn", what, mend))
    return tuple(items)


def _wipe(parcel: Parcel) -> tuple[str, ...]:
    if parcel.plan.bundle.one("secrets") is None:
        return ()
    sealed = (SECRETS_NAME,) if parcel.stick.has(SECRETS_NAME) else ()
    return (*sealed, *parcel.stick.named(CODE_NAMES))
