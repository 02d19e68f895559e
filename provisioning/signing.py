"""The technician's own signing key, in minisign's format."""

from __future__ import annotations

import os
from pathlib import Path

import minisign

from gateway.errors import ProvisioningError
from provisioning.signature import SignedComment, TrustedKey


def default_key() -> Path:
    """Where a technician's key lies on the laptop."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return config / "nightporter" / "technician.key"


def new_key(place: Path, password: str | None) -> TrustedKey:
    """Make a key, NAME.key (mode 0600) with NAME.pub beside it; never over another one."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pair = minisign.KeyPair.generate()
    public = TrustedKey(pair.public_key.to_base64().decode("ascii"))
    if password:
        pair.secret_key.encrypt(password)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        handle = os.open(place, flags, 0o600)
    except FileExistsError as error:
        raise ProvisioningError(f"{place}: is there already; it was not touched") from error
    with os.fdopen(handle, "wb") as file:
        file.write(bytes(pair.secret_key) + b"\n")
    place.with_suffix(".pub").write_bytes(bytes(pair.public_key) + b"\n")
    return public


def locked(place: Path) -> bool:
    """Whether a key wants a password."""
    return bool(_load(place).is_encrypted())


def sign(manifest: str, comment: SignedComment, place: Path, password: str | None) -> str:
    """The text of bundle.toml.minisig."""
    key = _load(place)
    if key.is_encrypted():
        try:
            key.decrypt(password or "")
        except minisign.Error as error:
            raise ProvisioningError(f"{place}: {error}") from error
    made = key.sign(
        manifest.encode(),
        trusted_comment=comment.line(),
        untrusted_comment="nightporter stick: minisign -V -m bundle.toml -p technician.pub",
    )
    return bytes(made).decode("ascii") + "\n"


def public_key(place: Path) -> TrustedKey:
    """The public half; from NAME.pub, because a locked key keeps its own public half locked."""
    beside = place.with_suffix(".pub")
    try:
        text = beside.read_text()
    except OSError as error:
        raise ProvisioningError(
            f"{beside}: cannot be read ({error.strerror}); lay the public key beside the secret one"
        ) from error
    return TrustedKey.from_text(text, str(beside))


def _load(place: Path) -> minisign.SecretKey:
    try:
        return minisign.SecretKey.from_file(place)
    except OSError as error:
        raise ProvisioningError(
            f"{place}: cannot be read ({error.strerror}); make a key with `nightporter stick key`"
        ) from error
    except (minisign.Error, ValueError) as error:
        raise ProvisioningError(f"{place}: is not a secret key of minisign: {error}") from error
