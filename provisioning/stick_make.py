"""Makes a stick: checks as strictly as the box will, signs, seals, copies what is large."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.contract.settings import Secrets, Settings
from gateway.contract.settings_file import parse_secrets
from gateway.errors import BundleRefused, ProvisioningError
from provisioning.bundle import (
    KEY_NAME,
    LARGEST,
    MANIFEST_NAME,
    ListedFile,
    check_name,
    read_manifest,
    write_manifest,
)
from provisioning.code_key import check_code, new_code
from provisioning.judge import Judge, judge
from provisioning.sealing import SECRETS_NAME, seal_to_box, seal_to_code
from provisioning.signature import SIGNATURE_NAME, SignedComment, TrustedKey, verify
from provisioning.signing import public_key, sign
from provisioning.text import canonical

VALID_DAYS = 90
"""A stick in the post, a box in a cupboard until the opening of the practice."""
LABEL = "NIGHTPORTER"


@dataclass(frozen=True)
class Order:
    """What is to be on the stick."""

    settings: Path
    """site.toml as the technician edited it"""
    key: Path
    """The technician's secret key"""
    secrets: Path | None = None
    """secrets.toml in the clear; it is sealed, never copied"""
    typed: str | None = None
    """The same as text, where there is no such file"""
    box_key: str | None = None
    """age1... of the box; None: seal to a one-time code"""
    code: str | None = None
    """The code to seal to; None: make a new one"""
    serial: int | None = None
    """Rises with each stick; None: seconds of the epoch"""
    days: int = VALID_DAYS
    """How long the stick may be applied"""
    models: tuple[Path, ...] = ()
    """Folders of installed models"""
    package: Path | None = None
    """A Debian package"""
    trusted_keys: tuple[TrustedKey, ...] = ()
    """Keys that the box trusts from now on; empty: no change"""
    judge: Judge = judge
    """How the settings are checked"""


@dataclass(frozen=True)
class Made:
    """What was made."""

    comment: SignedComment
    """For whom, which one, until when"""
    signer: TrustedKey
    """Who signed"""
    code: str | None
    """One-time code to tell the office, None when sealed to the box's key or without secrets"""
    bytes: int
    """Size of everything on the stick"""
    warnings: tuple[str, ...]
    """What a technician should look at before driving off"""


def make_stick(
    order: Order, folder: Path, password: str | None = None, now: datetime | None = None
) -> Made:
    """Write a whole stick into a folder; ProvisioningError or SettingsError before any file."""
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    text = canonical(order.settings.read_bytes(), str(order.settings))
    settings = order.judge(text, str(order.settings))
    small = {"site.toml": text.encode()}
    code, warnings = None, tuple(_warnings(settings, order))
    plain = _secrets(order)
    if plain is not None:
        if order.box_key:
            small[SECRETS_NAME] = seal_to_box(plain.encode(), order.box_key)
        else:
            code = order.code or new_code()
            check_code(code)
            small[SECRETS_NAME] = seal_to_code(plain.encode(), code)
    large = _large(order)
    comment = SignedComment(
        box=settings.office.box,
        site=settings.office.site,
        serial=order.serial or int(now.timestamp()),
        expires=now + timedelta(days=order.days),
    )
    files = (*(_listed(name, data) for name, data in small.items()), *(f for f, _ in large))
    manifest = write_manifest(files, now, order.trusted_keys, code=code is not None)
    read_manifest(manifest)  # the box's own caps, here, where they can still be mended
    signer = public_key(order.key)
    signature = sign(manifest, comment, order.key, password)
    verify(manifest, signature, (signer,))
    for listed, source in large:
        place = folder / listed.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    small |= {
        MANIFEST_NAME: manifest.encode(),
        SIGNATURE_NAME: signature.encode(),
        KEY_NAME: f"untrusted comment: Nightporter technician\n{signer.base64}\n".encode(),
    }
    for name, data in small.items():
        (folder / name).write_bytes(data)
    total = sum(f.size for f, _ in large) + sum(len(data) for data in small.values())
    return Made(comment, signer, code, total, warnings)


def _secrets(order: Order) -> str | None:
    """The secrets in the clear, checked."""
    if order.secrets is None and order.typed is None:
        return None
    name = str(order.secrets or "secrets.toml")
    plain = canonical(order.secrets.read_bytes(), name) if order.secrets else order.typed or ""
    parse_secrets(plain, name)
    return plain


def _listed(name: str, data: bytes) -> ListedFile:
    kind = "settings" if name == "site.toml" else "secrets"
    return ListedFile(name, kind, len(data), hashlib.sha256(data).hexdigest())


def _large(order: Order) -> list[tuple[ListedFile, Path]]:
    found: list[tuple[ListedFile, Path]] = []
    for model in order.models:
        if not model.is_dir():
            raise ProvisioningError(f"{model}: is not the folder of a model")
        for file in sorted(p for p in model.rglob("*") if p.is_file()):
            name = f"models/{model.name}/{file.relative_to(model).as_posix()}"
            found.append((_hashed(name, "model", file), file))
    if order.package is not None:
        found.append((_hashed(order.package.name, "package", order.package), order.package))
    return found


def _hashed(name: str, kind: str, file: Path) -> ListedFile:
    try:
        check_name(name)
    except BundleRefused as error:
        raise ProvisioningError(
            f"{file}: this name would be refused by the box: {error}"
        ) from error
    if file.stat().st_size > LARGEST[kind]:
        raise ProvisioningError(f"{file}: is larger than a box takes from a stick")
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return ListedFile(name, kind, file.stat().st_size, digest)


def _warnings(settings: Settings, order: Order) -> list[str]:
    warnings = []
    plain = _secrets(order)
    held = parse_secrets(plain, "secrets.toml") if plain is not None else Secrets()
    if settings.line.mode == "register" and held.line_password is None:
        warnings.append(
            "no line_password: the line will not register unless the box has it already"
        )
    mqtt = settings.office.mqtt
    if mqtt is not None and mqtt.username and held.office_mqtt_password is None:
        warnings.append("no office_mqtt_password, but office.mqtt has a username")
    if settings.line.answer == "never":
        warnings.append('line.answer is "never": the box will not answer calls')
    if settings.line.bind.startswith("127."):
        warnings.append(
            f'line.bind is "{settings.line.bind}": only this box itself could call the box'
        )
    if settings.line.mode == "trunk" and all(p[:4] == "127." for p in settings.line.allowed_peers):
        warnings.append("line.allowed_peers names this box alone: no telephone system may call it")
    if not settings.people:
        warnings.append("there are no people to pass urgent calls to")
    return warnings
